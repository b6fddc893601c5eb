"""What a driver's error means: temporary, and whether the neighbours fare better."""

import sqlite3
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailflow.errors import StoreAway, StoreFull
from mailflow.store.trouble import hits_everyone, in_our_words, trouble_of


class Said(Exception):
    """An error of PostgreSQL's driver."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"the server said {sqlstate}")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "trouble", "everyone"),
    [
        (OperationalError("", {}, Said("53100")), StoreFull, False),  # disk full: what is smaller may fit
        (OperationalError("", {}, Said("57P01")), StoreAway, True),  # admin shutdown
        (OperationalError("", {}, sqlite3.OperationalError("database is locked")), StoreAway, True),
        (InterfaceError("", {}, Said("")), StoreAway, True),
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
