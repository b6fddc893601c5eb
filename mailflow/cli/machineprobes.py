"""What the machine is like that mailflow runs on: disk, clock, whose files they are, the unit of systemd."""

import ctypes
import http.client
import os
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from mailflow.cli.finding import NOT_RUNNING, PATIENCE, Finding
from mailflow.config import Config
from mailflow.ownership import Strays
from mailflow.standing import KEY_FILE
from mailflow.store.health.checkup import Checkup

UNITS = tuple(
    Path(folder) for folder in ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/lib/systemd/system")
)
UNIT = "mailflow.service"
NOT_OTHERS, NOT_BUT_US, NOT_WRITABLE = 0o007, 0o077, 0o002
MOST_AHEAD = timedelta(minutes=1)
TIME_ERROR = 5
"""Of adjtimex(2): nobody sets this clock."""


def room(config: Config) -> Finding:
    """Of the disk that mail is kept on."""
    folder = config.state if config.state.exists() else config.state.parent
    try:
        status = os.statvfs(folder)
    except OSError as error:
        return Finding("disk", str(error), f"create {config.state}, owned by the user that runs mailflow")
    free = status.f_bavail * status.f_frsize
    advice = "" if free > config.limits.ample_space else "make room: mail is answered 452 when the disk is full"
    return Finding("disk", f"{free / (1 << 30):.1f} GiB free at {folder}", advice)


def clock(found: Checkup | None) -> Finding:
    """By what the database knows and by what the kernel says: a smarthost or an IMAP server tells no time."""
    if found and abs(found.ahead) > MOST_AHEAD:
        away = timedelta(seconds=round(found.ahead.total_seconds()))
        return Finding("clock", f"the database is {away} ahead of it", _SET_CLOCK)
    if _kernel_clock() == TIME_ERROR:
        return Finding("clock", "as the database has it; the kernel says that nobody sets it: timesyncd, chrony")
    return Finding("clock", "as the database has it")


def _kernel_clock() -> int:
    """The state of adjtimex(2), which changes nothing when all it is given are zeros; -1 where there is none."""
    try:
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))
    except (OSError, AttributeError):
        return -1


def files(config: Config, config_file: Path) -> Iterator[Finding]:
    """Who else may read or write what only we should. One finding for each that is wrong, or one for all."""
    database = config.database.url.removeprefix("sqlite:///")
    ours = [config.state, config.state / KEY_FILE, *([Path(database)] if database.startswith("/") else [])]
    found = [
        *_open(ours, NOT_BUT_US, "chmod go= {}"),
        *_open(_secrets(config), NOT_OTHERS, "chmod o= {}"),
        *_strays({config.state, *(each.parent for each in ours[2:])}),
        *_open([config_file, config.filters, *config.templates], NOT_WRITABLE, "chmod o-w {}"),
    ]
    yield from found or [Finding("files", "nobody else reads what is ours, or writes what we read")]


def _strays(folders: Iterable[Path]) -> Iterator[Finding]:
    for strays in map(Strays.of, sorted(folders)):
        if strays.files:
            advice = f"{strays.mend}; commands are run as {strays.folder.owner()}, not as root"
            yield Finding("files", str(strays), advice)


def _open(paths: Sequence[Path], forbidden: int, mend: str) -> Iterator[Finding]:
    for path in paths:
        try:
            mode = path.stat().st_mode & 0o777
        except OSError:  # whoever needs it says so
            continue
        if mode & forbidden:
            yield Finding("files", f"{path} is open to others (mode {mode:04o})", mend.format(path))


def _secrets(config: Config) -> list[Path]:
    named = [each.password_file for each in config.imap]
    named += [config.smarthost.password_file] if config.smarthost else []
    named += [
        config.database.url_file,
        config.trust.users_file,
        *(each.key or each.certificate for each in config.listen),
    ]
    named += [file for each in config.on_call for step in each.step for file in (step.webhook_file, step.header_file)]
    return [file for file in named if file and "credentials" not in file.parts[:3]]


def unit(folders: Sequence[Path] = UNITS, shipped: Path | None = None) -> Finding:
    """Whether systemd knows mailflow, and by a unit that has what ours has."""
    installed = next((folder / UNIT for folder in folders if (folder / UNIT).is_file()), None)
    if installed is None:
        return Finding("systemd", f"no {UNIT}: mailflow is started by hand, or by something else")
    ours = _keys(shipped or Path(sys.prefix) / "share/mailflow" / UNIT)
    missing = sorted(ours - _keys(installed))
    if missing:
        advice = f"take the shipped {UNIT} again (docs/operations.md), then systemctl daemon-reload"
        return Finding(
            "systemd", f"{installed} is older than this mailflow: it has no {', '.join(missing[:5])}", advice
        )
    return Finding("systemd", f"{installed} has all that ours has")


def _keys(file: Path) -> set[str]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {line.partition("=")[0].strip() for line in lines if "=" in line and not line.startswith(("#", ";"))}


def health(address: str) -> Finding:
    """[monitor], asked as Prometheus would."""
    about = f"monitor {address}"
    connection = (
        _Unix(address) if address.startswith("unix:") else http.client.HTTPConnection(address, timeout=PATIENCE)
    )
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        said = answer.read(2_000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return Finding(about, f"does not answer: {error}", NOT_RUNNING)
    finally:
        connection.close()
    if answer.status == http.client.OK:
        return Finding(about, said)
    return Finding(
        about, said.replace("\n", "; "), "its log says more; if it does not mend: systemctl restart mailflow"
    )


class _Unix(http.client.HTTPConnection):
    def __init__(self, address: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = address.removeprefix("unix:")

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


_SET_CLOCK = "let systemd-timesyncd or chrony set it: due times, leases and signatures rest on it"
