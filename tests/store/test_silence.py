"""PostgreSQL keeps the connection and does not answer: who has patience has an end of it (D6)."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.errors import StoreAway
from mailflow.store.database import Database
from tests.crash.silence import frozen

PATIENCE = 0.5
CONNECT = 2  # seconds; what libpq takes for the least


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    opened = Database(f"{postgresql_url}&connect_timeout={CONNECT}", patience=PATIENCE)
    yield opened
    opened.close()


def test_who_has_patience_gives_a_silent_server_up_and_finds_it_again(
    database: Database, postgresql_server: Any
) -> None:
    with database.connect() as connection:
        connection.execute(text("SELECT 1"))
    begun = monotonic()
    with frozen(postgresql_server), pytest.raises(StoreAway), database.connect():
        pass  # the connection of before is asked first whether it lives, and then there is no other
    assert PATIENCE < monotonic() - begun < 2 * (PATIENCE + CONNECT)
    with database.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_a_silence_in_the_middle_of_a_transaction_leaves_nothing_of_it(
    database: Database, postgresql_server: Any
) -> None:
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE one (number INTEGER)"))

    def write_into_silence() -> None:
        with database.begin() as connection:
            connection.execute(text("INSERT INTO one VALUES (1)"))
            with frozen(postgresql_server):
                connection.execute(text("INSERT INTO one VALUES (2)"))

    with pytest.raises(StoreAway, match=r"keeps the connection and has not answered for 0\.5 s"):
        write_into_silence()
    with database.begin() as connection:
        connection.execute(text("INSERT INTO one VALUES (3)"))
        assert connection.execute(text("SELECT number FROM one")).scalars().all() == [3]


def test_a_server_that_is_slow_says_so_itself_and_keeps_the_connection(database: Database) -> None:
    def backend() -> int:
        with database.connect() as connection:
            return int(connection.execute(text("SELECT pg_backend_pid()")).scalar() or 0)

    before = backend()
    with pytest.raises(StoreAway, match="statement timeout"), database.connect() as connection:
        connection.execute(text("SELECT pg_sleep(60)"))
    assert backend() == before


def test_what_changes_tables_and_who_has_no_patience_set_waits_as_long_as_it_takes(
    database: Database, postgresql_url: str
) -> None:
    commands = Database(postgresql_url)
    with database._altering() as connection, commands.connect() as other:
        for each in (connection, other):
            each.execute(text("SELECT pg_sleep(:long)"), {"long": 1.2 * PATIENCE})
    commands.close()
