"""What a driver's error means to whoever waits for a commit: everything the database says is temporary."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailflow.errors import StoreAway, StoreFull, Trouble

DISK_FULL = frozenset({"SQLITE_FULL", "53100"})  # sqlite3's error name, PostgreSQL's SQLSTATE
LITTLE = 64 << 10  # octets free: what SQLite needs to open its log
TOO_LONG = "57014"  # PostgreSQL ended the statement: statement_timeout, or an operator did
NO_SUCH_NAME = frozenset({"42P01", "42703"})  # PostgreSQL: no such table, no such column
NO_SUCH = ("no such table", "no such column")  # SQLite has one name for every mistake in a statement
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
AWAY = (
    # classes of SQLSTATE (PostgreSQL, appendix A): connection, its transaction, authorisation, no such database,
    # conflict with another, resources, object in use, an operator, the system; two of its files are damaged
    "08", "25", "28", "3D", "40", "53", "55", "57", "58", "XX001", "XX002",
    # primary result codes of SQLite; extended ones begin with them
    "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_CORRUPT",
    "SQLITE_NOTADB", "SQLITE_NOMEM", "SQLITE_PROTOCOL",
)  # fmt: skip
"""What the database says when it would say the same to anybody. The rest is about the statement and its values, however
the driver classes it: a value that fits in no index (54000) is an OperationalError too."""


def trouble_of(error: BaseException) -> Trouble | None:
    """The temporary trouble that `error` is; None when the fault is not the database's."""
    if isinstance(error, DBAPIError):
        return StoreFull(str(error.orig)) if _said(error) in DISK_FULL else StoreAway(str(error.orig))
    if isinstance(error, PoolTimeout | OSError):
        return StoreAway(str(error))
    return None


def hits_everyone(error: BaseException) -> bool:
    """Gone, locked, out of order: the next statement would fare no better, and a commit in doubt must not be redone.
    A full disk is not among them: what is smaller may still fit."""
    return any(_is_away(each) for each in causes(error))


def is_slow(error: BaseException) -> bool:
    """A statement took too long, or waited too long for who holds its rows, and nothing else is wrong: its neighbours
    may fare better, and nothing of it was committed."""
    away = [each for each in causes(error) if _is_away(each)]
    return bool(away) and all(isinstance(each, DBAPIError) and _said(each) == TOO_LONG for each in away)


def is_full(error: BaseException) -> bool:
    return any(isinstance(trouble_of(each), StoreFull) for each in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what came before it: a rollback that finds no transaction any more hides why there is none."""
    each: BaseException | None = error
    while each:
        yield each
        each = each.__cause__ or each.__context__


def _is_away(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolTimeout) or (isinstance(error, StoreAway) and error.__cause__ is None)
    if said := _said(error):
        return said.startswith(AWAY) and said not in DISK_FULL
    unspoken = isinstance(error, OperationalError | InterfaceError) and hasattr(error.orig, "sqlstate")
    return unspoken or error.connection_invalidated  # PostgreSQL hung up without a word


@contextmanager
def in_our_words(file: Path | None = None) -> Iterator[None]:
    """Errors of the driver leave as StoreAway or StoreFull. `file` is SQLite's."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        trouble = trouble_of(error)
        assert trouble is not None  # noqa: S101  # both kinds are trouble
        raise type(trouble)(f"{trouble}{_other_tables(error)}{_damaged(error, file)}{_no_room(file)}") from error


def _other_tables(error: Exception) -> str:
    """A command of one version and a database of another, before the daemon was restarted."""
    if not isinstance(error, DBAPIError):
        return ""
    unknown = _said(error) in NO_SUCH_NAME or str(error.orig).startswith(NO_SUCH)
    return "; its tables are not of this version: restart mailflow, or mailflow db upgrade" if unknown else ""


def _damaged(error: Exception, file: Path | None) -> str:
    damaged = isinstance(error, DBAPIError) and _said(error).startswith(DAMAGED)
    return f"; {file} is damaged: stop mailflow and bring back a backup with: mailflow db restore" if damaged else ""


def _no_room(file: Path | None) -> str:
    """SQLite calls a full disk 'disk I/O error' where it needs a file beside its own."""
    try:
        status = os.statvfs(file.parent) if file else None
    except OSError:
        return ""
    full = status is not None and status.f_bavail * status.f_frsize < LITTLE
    return f"; no room is left in {file.parent}" if file and full else ""


def _said(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
