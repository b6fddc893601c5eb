"""What a driver's error means: temporary, and whether the neighbours fare better."""

import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailflow.errors import StoreAway, StoreFull
from mailflow.store.trouble import hits_everyone, in_our_words, is_slow, trouble_of


class Said(Exception):
    """An error of PostgreSQL's driver."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"the server said {sqlstate}")
        self.sqlstate = sqlstate


class Spoken(sqlite3.OperationalError):
    """An error of SQLite's driver."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.sqlite_errorname = name


@pytest.mark.parametrize(
    ("error", "trouble", "everyone"),
    [
        (OperationalError("", {}, Said("53100")), StoreFull, False),  # disk full: what is smaller may fit
        (OperationalError("", {}, Said("57P01")), StoreAway, True),  # admin shutdown
        (OperationalError("", {}, Said("54000")), StoreAway, False),  # a value that fits in no index
        (OperationalError("", {}, Said("40P01")), StoreAway, True),  # deadlock
        (InternalError("", {}, Said("25006")), StoreAway, True),  # a standby: read only
        (OperationalError("", {}, Spoken("SQLITE_BUSY_SNAPSHOT")), StoreAway, True),
        (OperationalError("", {}, Spoken("SQLITE_IOERR_WRITE")), StoreAway, True),
        (DatabaseError("", {}, Spoken("SQLITE_CORRUPT")), StoreAway, True),
        (OperationalError("", {}, Spoken("SQLITE_FULL")), StoreFull, False),
        (OperationalError("", {}, Spoken("SQLITE_ERROR")), StoreAway, False),  # about the statement
        (DataError("", {}, Spoken("SQLITE_TOOBIG")), StoreAway, False),
        (InterfaceError("", {}, Said("")), StoreAway, True),  # hung up without a word
        (PoolTimeout("no connection"), StoreAway, True),
        (IntegrityError("", {}, Said("23505")), StoreAway, False),
        (DBAPIError("", {}, Said("22021")), StoreAway, False),
        (OSError("disk"), StoreAway, False),
        (ZeroDivisionError(), None, False),
    ],
)
def test_errors_have_our_names(error: Exception, trouble: Any, everyone: bool) -> None:
    # D3, D4
    found = trouble_of(error)
    assert type(found) is (trouble or type(None))
    assert hits_everyone(error) is everyone
    if isinstance(error, DBAPIError):
        with pytest.raises(trouble) as raised, in_our_words():
            raise error
        assert hits_everyone(raised.value) is everyone


def test_a_lost_transaction_does_not_hide_what_it_was_lost_to() -> None:
    # SQLite rolls back all of it on some errors; then there is no savepoint to go back to
    with pytest.raises(OperationalError) as raised:  # noqa: PT012
        try:
            raise OperationalError("", {}, Spoken("SQLITE_IOERR_WRITE"))
        finally:
            raise OperationalError("", {}, Spoken("SQLITE_ERROR"))
    assert hits_everyone(raised.value)


def test_a_statement_that_took_too_long_is_slow_unless_something_else_is_wrong() -> None:
    slow = OperationalError("", {}, Said("57014"))
    with pytest.raises(StoreAway) as raised, in_our_words():
        raise slow
    assert hits_everyone(slow)  # whose piece it is cannot be told: others may hold its rows
    assert is_slow(slow)
    assert is_slow(raised.value)
    gone = OperationalError("", {}, Said("57P01"))
    gone.__context__ = slow
    assert not is_slow(gone)
    assert not is_slow(ZeroDivisionError())


@pytest.mark.parametrize(("free", "told"), [(8, "; no room is left in {}"), (1 << 20, "")])
def test_a_full_disk_is_told_by_its_folder(
    free: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free, f_frsize=512))
    with pytest.raises(StoreAway) as raised, in_our_words(tmp_path / "mailflow.db"):
        raise OperationalError("", {}, Spoken("SQLITE_IOERR_SHMSIZE"))
    assert str(raised.value) == "SQLITE_IOERR_SHMSIZE" + told.format(tmp_path)


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (ProgrammingError("", {}, Said("42P01")), True),
        (ProgrammingError("", {}, Said("42703")), True),
        (ProgrammingError("", {}, Said("42601")), False),
        (OperationalError("", {}, sqlite3.OperationalError("no such table: ticket")), True),
        (OperationalError("", {}, sqlite3.OperationalError("database is locked")), False),
    ],
)
def test_tables_of_another_version_are_told_from_other_trouble(error: DBAPIError, is_told: bool) -> None:
    with pytest.raises(StoreAway) as told, in_our_words():
        raise error
    assert ("mailflow db upgrade" in str(told.value)) is is_told
