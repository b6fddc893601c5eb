"""`mailflow db backup`: a copy of a SQLite database, or one more in a folder where the oldest are removed."""

import re
import shutil
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.opening import Office, now, office
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile, number_in
from mailflow.errors import Refused
from mailflow.standing import KEY_FILE

OURS = re.compile(r"mailflow-\d{8}T\d{6}Z\.db")


def backup(
    place: Annotated[
        Path,
        typer.Argument(metavar="FILE|FOLDER", help="The copy, which must not exist yet; or where copies are kept."),
    ],
    keep: Annotated[
        int | None,
        typer.Option("--keep", parser=number_in, metavar="N", help="Of the copies in FOLDER only the newest N."),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Copy a SQLite database as it is at one moment, while the daemon runs."""
    with office(config) as here:
        if here.database.dialect != "sqlite":
            raise Refused(f"PostgreSQL has its own tool for this: pg_dump --format=custom --file={place}")
        if not place.is_dir():
            if keep is not None:
                raise Refused(f"--keep is for a folder, and {place} is none")
            _copy(here, place)
            return
        _copy(here, place / f"mailflow-{now().astimezone(UTC):%Y%m%dT%H%M%SZ}.db")
        _take_key(here, place)
        if keep is not None:
            _remove_oldest(place, keep)


def _copy(here: Office, file: Path) -> None:
    """Under its name only when it is whole."""
    if file.exists():
        raise Refused(f"{file} exists already")
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        here.database.backup(unfinished)
        unfinished.chmod(0o600)  # customers' mail
        unfinished.rename(file)
        here.database.note_backup()
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"{file}: {file.stat().st_size:,} octets")


def _take_key(here: Office, folder: Path) -> None:
    """Without it answers to older mail do not prove their ticket."""
    key = here.config.state / KEY_FILE
    if key.exists():
        shutil.copyfile(key, folder / KEY_FILE)
        (folder / KEY_FILE).chmod(0o600)


def _remove_oldest(folder: Path, keep: int) -> None:
    copies = sorted(file for file in folder.iterdir() if OURS.fullmatch(file.name))
    for file in copies[:-keep]:
        file.unlink()
        print(f"{file} removed: {keep} are kept")
