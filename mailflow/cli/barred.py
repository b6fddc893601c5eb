"""What `mailflow doctor` may not read: whose it is, who may read it, and what to do. Never to be who one is already."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from os import R_OK, X_OK, access
from pathlib import Path

from mailflow.cli.finding import Finding
from mailflow.cli.machineprobes import UNIT, UNITS
from mailflow.ownership import owner_of, user

CREDENTIALS = ("LoadCredential", "LoadCredentialEncrypted")
ETC = "/etc"
BY_SYSTEMD = ", have systemd hand it over (LoadCredential=)"


def each_of(about: str, probe: Callable[[], Iterable[Finding]], ours: Sequence[Path]) -> Iterator[Finding]:
    """What `probe` finds; what it may not even look at is a finding, and keeps nobody from looking at the rest. `ours`
    as in `mend`."""
    try:
        yield from probe()
    except OSError as error:
        path = Path(str(error.filename or "?"))
        yield Finding(about, f"{path}: {error.strerror}, for the user {user()}", mend(path, ours))


def secret(about: str, file: Path, units: Sequence[Path] = UNITS) -> Finding:
    """Of one that could not be read. A credential of systemd's is well: it is not for whoever asks, and not tried."""
    if not access(file, R_OK, effective_ids=True) and is_credential(file, units):
        return Finding(about, f"not tried: only root and the service may read {file}; as root doctor tries it")
    if _barrier(file) is None:
        return Finding(
            about,
            f"cannot read {file}: it is no file of text, or not there",
            "write it, or correct its name in config.toml",
        )
    return Finding(about, f"cannot read {file}: Permission denied, for the user {user()}", mend(file, also=BY_SYSTEMD))


def mend(path: Path, ours: Sequence[Path] = (), also: str = "") -> str:
    """What gives us `path`: the first thing on the way to it that bars us is not ours, or its mode is wrong. A folder
    is nobody's to give away but for `ours` and what is in them. `also`: what else helps where a folder bars."""
    barrier, me = _barrier(path) or path, user()
    owner = owner_of(barrier)
    if owner == me:
        return f"chmod u+r{'x' if barrier.is_dir() else ''} {barrier}"
    theirs = "" if owner in ("", "root") else f"; or run doctor as {owner}, if the service is run as {owner}"
    if barrier.is_dir() and not any(barrier.is_relative_to(each) for each in ours):
        moved = next((each for each in ours if path.is_relative_to(each)), path)
        wanted = f"move {moved.name} out of {barrier}{also}, or as root: setfacl -m u:{me}:x {barrier}"
        return f"{owner} does not let {me} in; if it is {me} that the service is run as, {wanted}{theirs}"
    return f"if it is {me} that the service is run as, as root: chown {me} {barrier}{theirs}"


def _barrier(path: Path) -> Path | None:
    """The first folder on the way that we may not enter, else `path` if it is there and not for us."""
    for folder in reversed(path.parents):
        if not access(folder, X_OK, effective_ids=True):
            return folder
    return path if path.exists() and not access(path, R_OK, effective_ids=True) else None


def is_credential(file: Path, units: Sequence[Path] = UNITS) -> bool:
    """Whether systemd reads it as root, for the service that is installed here (systemd.exec(5))."""
    named = (line.partition("=") for unit in _units(units) for line in _lines(unit))
    files = (value.partition(":")[2] for key, _, value in named if key.strip() in CREDENTIALS)
    return str(file) in {each.strip().replace("%E", ETC).replace("%%", "%") for each in files}


def _units(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield folder / UNIT
        yield from sorted((folder / f"{UNIT}.d").glob("*.conf"))


def _lines(unit: Path) -> list[str]:
    try:
        return unit.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
