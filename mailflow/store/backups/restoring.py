"""A backup takes the place of a SQLite database. The backup is copied, examined, brought to this version and taken care
of (`store.backups.aftercare`) beside the database; then one takes the place of the other at once. What was there is
kept aside.

Nothing has happened before the last step, whenever it ends.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailflow.errors import MailflowError, Refused, Trouble
from mailflow.store.backups.aftercare import Aftercare, Former, former_of, take_care
from mailflow.store.database import HEAD, Database, revision
from mailflow.store.health.sole_use import claim_sole_use

ROOM = 1.2
"""Times its size: an upgrade copies tables."""
LOGS = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Restored:
    aside: Path | None  # where the former database is; None when there was none
    was: str  # revision of the tables of the backup
    former_was_readable: bool
    aftercare: Aftercare


def restore(backup: Path, place: Path, *, skip: int, now: datetime) -> Restored:
    """`place` is the database's file. Refused when a daemon works on it, or `backup` is none of ours or damaged."""
    if place.exists() and backup.exists() and backup.samefile(place):
        raise Refused(f"{backup} is the database itself; a backup is what mailflow db backup wrote")
    _examine(backup)
    with claim_sole_use(place.with_name(place.name + ".lock")), _copied(backup, place) as copy:
        with closing(Database(f"sqlite:///{copy}")) as database:
            was = _brought_to_this_version(database, backup)
            former = _former(place)
            with database.begin() as connection:
                care = take_care(connection, former, skip=skip, now=now)
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        aside = _put_aside(place, now)
        os.replace(copy, place)
        _synced(place.parent)
    place.with_name(place.name + ".known").touch()
    return Restored(aside, was, former is not None, care)


def _examine(backup: Path) -> None:
    if not backup.is_file():
        raise Refused(f"there is no file {backup}")
    if Path(f"{backup}-wal").exists():
        raise Refused(
            f"{backup} is a database in use: {backup}-wal is beside it. A copy is made by: mailflow db backup"
        )
    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            (first, *more) = (row[0] for row in connection.execute("PRAGMA integrity_check(5)"))
    except sqlite3.Error as error:
        raise Refused(f"{backup} is no whole database: {error}") from None
    if first != "ok":
        raise Refused("\n".join([f"{backup} is damaged, and nothing was changed:", first, *more]))


@contextmanager
def _copied(backup: Path, place: Path) -> Iterator[Path]:
    """Beside the database, for the same owner; gone if it does not take its place."""
    copy = place.with_name(place.name + ".restoring")
    room = shutil.disk_usage(place.parent).free
    if room < backup.stat().st_size * ROOM:
        raise Trouble(f"{place.parent} has room for {room:,} octets, and the backup has {backup.stat().st_size:,}")
    try:
        copy.unlink(missing_ok=True)
        copy.touch(mode=0o600)  # customers' mail
        shutil.copyfile(backup, copy)
        if os.geteuid() == 0:
            owner = (place if place.exists() else place.parent).stat()
            os.chown(copy, owner.st_uid, owner.st_gid)
        yield copy
    finally:
        for ending in ("", *LOGS, ".known"):
            Path(f"{copy}{ending}").unlink(missing_ok=True)


def _brought_to_this_version(database: Database, backup: Path) -> str:
    with database.connect() as connection:
        was = revision(connection)
    if was is None:
        raise Refused(f"{backup} is a database, but none of mailflow")
    if was > HEAD:
        raise Refused(
            f"{backup} is of a newer mailflow: its tables are {was}, this one knows {HEAD}; install that first"
        )
    database.upgrade()
    return was


def _former(place: Path) -> Former | None:
    """Of a damaged one too, as far as it can be read; of an older version it cannot."""
    if not place.exists():
        return None
    with suppress(MailflowError), closing(Database(f"sqlite:///{place}")) as database, database.connect() as connection:
        return former_of(connection)
    return None


def _put_aside(place: Path, now: datetime) -> Path | None:
    if not place.exists():
        return None
    aside = place.with_name(f"{place.name}.before-{now:%Y%m%dT%H%M%SZ}")
    os.link(place, aside)
    for ending in LOGS:
        with suppress(FileNotFoundError):
            Path(f"{place}{ending}").rename(f"{aside}{ending}")
    return aside


def _synced(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
