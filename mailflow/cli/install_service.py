"""`mailflow install-service`: the units of this machine, made of its config.toml and of where this program is.

A file that nobody changed since is made anew. One that somebody changed, or wrote by hand, stays.
"""

import os
import pwd
import re
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from socket import SOCK_STREAM, gaierror, getaddrinfo
from typing import Annotated

import typer

from mailflow import configfile
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.cli.units import COPIES, Machine, units
from mailflow.config import Config, Listen
from mailflow.errors import Refused

FOLDER = Path("etc/systemd/system")
STATES = Path("/var/lib")  # %S of systemd's own manager
HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108  nothing is written there
FOR_ALL_TO_READ = 0o022
"""The umask: units have no secrets."""
_USER = re.compile("[A-Za-z_][A-Za-z0-9_.-]{0,30}")
"""systemd.io/USER_NAMES, and nothing that a unit reads otherwise."""
_SEAL = re.compile(r"# Made by mailflow install-service ([0-9a-f]{12})[^\n]*\n")
SQLITE = "sqlite:///"


def install_service(
    config: ConfigFile = DEFAULT_CONFIG,
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Write below this folder instead of /.")] = Path(
        "/"
    ),
    user: Annotated[str, typer.Option("--user", metavar="NAME", help="Who mailflow runs as.")] = "mailflow",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the units, write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over what somebody changed.")] = False,
) -> None:
    """Write the units of the service, its socket and its nightly backup for this machine."""
    machine = _machine(config.absolute(), user)
    texts = {root / FOLDER / name: sealed(text) for name, text in units(machine).items()}
    for line in _warnings(machine):
        print(f"warning: {line}", file=sys.stderr)
    if dry_run:
        print("\n".join(f"# {path}\n{text}" for path, text in texts.items()), end="")
        return
    _refuse_changed(texts, force=force)
    for path, text in texts.items():
        print(f"{_put(path, text)}: {path}")
    print("next:", *_commands(machine, [path.name for path in texts]), sep="\n  ")


def sealed(text: str) -> str:
    """With a first line by which it is seen whether somebody changed it."""
    return f"# Made by mailflow install-service {_digest(text)}; what is your own: systemctl edit mailflow\n{text}"


def is_sealed(text: str) -> bool:
    seal = _SEAL.match(text)
    return seal is not None and seal[1] == _digest(text[seal.end() :])


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


# What is there


def _machine(file: Path, user: str) -> Machine:
    if not _USER.fullmatch(user):
        raise Refused(f"{user!r} is no name of a user: letters, digits, '_', '-' and '.', and no digit first")
    config = configfile.load(file)
    program = Path(sys.executable).with_name("mailflow")
    folders = {config.state, *([Path(config.database.url.removeprefix(SQLITE)).parent] if _is_file(config) else [])}
    below = config.state.is_relative_to(STATES) and config.state != STATES
    state_directory = str(config.state.relative_to(STATES)) if below else ""
    others = sorted(each for each in folders if not (below and each.is_relative_to(config.state)))
    secrets = configfile.credentials(file)
    return Machine(
        program=_written(program) if program.exists() else f"{_written(Path(sys.executable))} -m mailflow",
        config=_written(file),
        user=user,
        state=_written(config.state),
        state_directory=_written(Path(state_directory)) if state_directory else "",
        writable=tuple(map(_written, others)),
        has_file=_is_file(config),
        homes=any(each.is_relative_to(home) for each in (program, file, *folders) for home in HOMES),
        credentials={name: _written(path) for name, path in secrets.items()},
        streams=tuple(dict.fromkeys(stream for listen in config.listen for stream in _streams(listen))),
    )


def _is_file(config: Config) -> bool:
    return config.database.url.startswith(SQLITE)


def _streams(listen: Listen) -> Iterator[str]:
    """ListenStream= knows numbers only; a port that is not chosen yet is mailflow's own."""
    if listen.address.startswith("unix:"):
        yield _written(Path(listen.address.removeprefix("unix:")))
        return
    host, _, port = listen.address.rpartition(":")
    if not int(port):
        return
    try:
        found = {str(each[4][0]) for each in getaddrinfo(host.strip("[]"), int(port), type=SOCK_STREAM)}
    except gaierror as error:
        raise Refused(f"listen.address {listen.address}: {error.strerror}; write its number") from None
    for address in sorted(found):
        yield f"[{address}]:{port}" if ip_address(address).version == 6 else f"{address}:{port}"


def _written(path: Path) -> str:
    """As a unit has it."""
    text = str(path)
    if re.search(r"[\s\"'\\:$;]", text):
        raise Refused(f"{text!r}: a unit cannot name a path with a space or a sign such as : $ ; in it")
    return text.replace("%", "%%")


def _warnings(machine: Machine) -> Iterator[str]:
    for name, file in machine.credentials.items():
        if not Path(file.replace("%%", "%")).is_file():
            yield f"{file} is not there, and the service does not start without it (credential {name})"
    for path in (machine.program, machine.config, machine.state):
        if any(Path(path).is_relative_to(each) for each in TEMPORARY):
            yield f"{path}: the service has a folder for temporary files of its own and does not see this"
    if not machine.state_directory:
        yield f"{machine.state} is not below {STATES}: make it, for the user {machine.user} alone"


# What is written


def _refuse_changed(texts: Mapping[Path, str], *, force: bool) -> None:
    changed = [
        path
        for path, text in texts.items()
        if path.exists() and (found := path.read_text("utf-8", "replace")) != text and not is_sealed(found)
    ]
    if changed and not force:
        raise Refused(
            f"somebody wrote or changed {', '.join(map(str, changed))}: nothing was written. "
            "--dry-run shows what would be there, --force writes over it"
        )


def _put(path: Path, text: str) -> str:
    if path.exists() and path.read_text("utf-8", "replace") == text:
        return "as it should be"
    before = os.umask(FOR_ALL_TO_READ)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)  # left over, or somebody's link to elsewhere
        with new.open("x", encoding="utf-8") as file:
            file.write(text)
        new.replace(path)  # whole, or not at all
    finally:
        os.umask(before)
    return "written"


def _commands(machine: Machine, names: list[str]) -> Iterator[str]:
    try:
        pwd.getpwnam(machine.user)
    except KeyError:
        yield f"useradd --system --home-dir {machine.state} --shell /usr/sbin/nologin {machine.user}"
    yield "systemctl daemon-reload"
    yield f"systemctl enable --now {' '.join(name for name in reversed(names) if 'backup' not in name)}"
    yield "systemctl status mailflow"
    if machine.has_file:
        yield f"install -d -m 700 -o {machine.user} -g {machine.user} {COPIES}"
        yield "systemctl enable --now mailflow-backup.timer"
