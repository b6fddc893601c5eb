"""PostgreSQL keeps the connection and does not answer, or answers late: who has patience has an end of it (D6)."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mailflow.errors import StoreAway
from mailflow.store.database import Database
from mailflow.store.unhurried import unhurried
from mailflow.store.writer import Writer
from tests.crash.silence import frozen
from tests.store.test_writer import in_one_group

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


SLEEP = text("SELECT 'slept' FROM pg_sleep(:seconds)")


async def test_what_is_slow_costs_its_neighbours_nothing_and_the_writer_moves(database: Database) -> None:
    writer = Writer(database)
    seen: list[int | None] = []

    def slow(connection: Any) -> Any:
        seen.append(writer.progress)
        return connection.execute(SLEEP, {"seconds": 60}).scalar()

    def quick(connection: Any) -> Any:
        return connection.execute(text("SELECT 1")).scalar()

    first, *others = await in_one_group(writer, slow, *[quick] * 5)
    await writer.close()
    assert isinstance(first, StoreAway)
    assert "statement timeout" in str(first)
    assert others == [1] * 5
    together, alone = seen
    assert together is not None
    assert alone is not None
    assert together < alone


def test_what_is_unhurried_has_longer_all_its_statements_together(database: Database) -> None:
    usual = 0.8 * PATIENCE
    with database.begin() as connection:
        with unhurried(connection):
            assert connection.execute(SLEEP, {"seconds": 1.2 * PATIENCE}).scalar() == "slept"
        with pytest.raises(DBAPIError, match="statement timeout"), connection.begin_nested():
            connection.execute(SLEEP, {"seconds": 60})
        assert connection.execute(SLEEP, {"seconds": usual / 2}).scalar() == "slept"

    def too_many() -> None:
        with database.begin() as connection, unhurried(connection):
            for _ in range(4):
                connection.execute(SLEEP, {"seconds": 0.7 * PATIENCE})

    begun = monotonic()
    with pytest.raises(StoreAway, match="statement timeout"):
        too_many()
    assert monotonic() - begun < 2.5 * PATIENCE
    with database.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == f"{usual * 1000:.0f}ms"


@pytest.mark.parametrize(("given", "holds"), [("2000", "2s"), ("100", "100ms"), ("0", "400ms")])
def test_the_time_that_the_url_gives_comes_first(given: str, holds: str, postgresql_url: str) -> None:
    opened = Database(f"{postgresql_url}&options=-c%20statement_timeout={given}", patience=PATIENCE)
    with opened.connect() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == holds
        if given == "2000":
            assert connection.execute(SLEEP, {"seconds": 1.2 * PATIENCE}).scalar() == "slept"
    opened.close()
