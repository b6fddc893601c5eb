"""Whether a database is fit to keep mail: asked by `mailflow doctor`, never by the daemon: some of it takes time."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, text

from mailflow.store.database import Database
from mailflow.store.tables import ENTRY

LARGEST = 1 << 30
"""Octets of a file that is read through: about ten seconds."""
MOST_FAULTS = 5
_VERSION = {"sqlite": text("SELECT sqlite_version()"), "postgresql": text("SHOW server_version")}


@dataclass(frozen=True, slots=True)
class Checkup:
    version: str
    ahead: timedelta  # its newest entry, or the server's clock, before ours
    faults: tuple[str, ...] | None  # None: it is too large to be read through, or a server looks after itself


class _TakeBack(Exception):
    """What was tried is not kept."""


def checkup(database: Database, now: datetime) -> Checkup:
    """Trouble when it does not answer, cannot be written, or would not survive a power cut (store.database)."""
    with suppress(_TakeBack), database.begin() as connection:
        connection.execute(text("CREATE TABLE mailflow_doctor (tried INTEGER)"))
        raise _TakeBack
    with database.connect() as connection:
        version: str = connection.execute(_VERSION[connection.dialect.name]).scalar_one()
        return Checkup(version, _ahead(connection, now), _faults(database, connection))


def _ahead(connection: Connection, now: datetime) -> timedelta:
    newest = connection.execute(select(ENTRY.c.received).order_by(ENTRY.c.id.desc()).limit(1)).scalar()
    at = max(newest - now, timedelta(0)) if newest else timedelta(0)
    if connection.dialect.name == "postgresql":
        server: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return max(at, server - datetime.now(UTC), key=abs)
    return at


def _faults(database: Database, connection: Connection) -> tuple[str, ...] | None:
    if database.file is None or database.file.stat().st_size > LARGEST:
        return None
    return tuple(_told(connection))


def _told(connection: Connection) -> Iterator[str]:
    for line in connection.execute(text(f"PRAGMA quick_check({MOST_FAULTS})")).scalars():
        if line != "ok":
            yield str(line)
