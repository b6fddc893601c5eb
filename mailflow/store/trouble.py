"""What a driver's error means to whoever waits for a commit: everything the database says is temporary."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailflow.errors import StoreAway, StoreFull, Trouble

DISK_FULL = frozenset({"SQLITE_FULL", "53100"})  # sqlite3's error name, PostgreSQL's SQLSTATE


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
    if isinstance(error, Trouble) and error.__cause__:
        error = error.__cause__
    if isinstance(error, OperationalError | InterfaceError):
        return _said(error) not in DISK_FULL
    return isinstance(error, PoolTimeout | StoreAway)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Errors of the driver leave as StoreAway or StoreFull."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        trouble = trouble_of(error)
        assert trouble is not None  # noqa: S101  # both kinds are trouble
        raise trouble from error


def _said(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
