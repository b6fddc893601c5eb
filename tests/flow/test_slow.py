"""A PostgreSQL that is too slow for some of the mail: the rest is filed at once, and that in the end."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.desk.policy import Policy
from mailflow.flow.filer import Filer
from mailflow.flow.filing import SLOW_AGAIN, TOO_SLOW
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.writer import Writer
from tests.flow.conftest import Now, filing
from tests.flow.test_filer import Child, arrival
from tests.running import eventually

PATIENCE = 0.5  # seconds; a statement has 0.4, an unhurried transaction 1.0
SLOWLY = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_sleep(CASE NEW.subject WHEN 'About late' THEN 0.6 WHEN 'About never' THEN 60 ELSE 0 END);
    RETURN NEW;
END $$;
CREATE TRIGGER slowly BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION slowly()
"""


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    opened = Database(postgresql_url, patience=PATIENCE)
    with opened.begin() as connection:
        for statement in SLOWLY.rsplit(";\n", 1):
            connection.execute(text(statement))
    yield opened
    with opened.begin() as connection:
        connection.execute(text("DROP FUNCTION slowly CASCADE"))
    opened.close()


@pytest.fixture
async def filer(database: Database, policy: Policy, now: Now) -> AsyncIterator[Filer]:
    writer, child = Writer(database), Child()
    yield Filer(writer, child, child, node="main", policy=lambda: policy, now=now)  # type: ignore[arg-type]  # a far end
    await writer.close()


def receive(database: Database, clock: Any, *words: str) -> None:
    with database.begin() as connection:
        journal.receive(connection, [arrival(word) for word in words], clock.now())


async def test_what_is_too_slow_has_more_time_and_costs_its_neighbours_nothing(
    database: Database, filer: Filer, clock: Any, rows: Callable[[str], list[Any]]
) -> None:
    receive(database, clock, "one", "late", "three")
    async with filing(filer):
        await eventually(lambda: rows("SELECT disposition FROM entry ORDER BY id") == [("filed",)] * 3)
    assert rows("SELECT attempts, failures FROM entry") == [(1, 0)] * 3
    assert sorted(rows("SELECT subject FROM ticket")) == [("About late",), ("About one",), ("About three",)]


async def test_what_is_too_slow_even_so_comes_again_until_it_is_filed(
    database: Database, filer: Filer, clock: Any, rows: Callable[[str], list[Any]]
) -> None:
    receive(database, clock, "one", "never", "three")
    async with filing(filer):
        await eventually(lambda: rows("SELECT trouble FROM entry WHERE disposition = 'received'") == [(TOO_SLOW,)])
        assert rows("SELECT id, attempts, failures FROM entry WHERE disposition = 'received'") == [(2, 0, 0)]
        assert rows("SELECT subject FROM ticket ORDER BY id") == [("About one",), ("About three",)]
        with database.begin() as connection:
            connection.execute(text("DROP TRIGGER slowly ON ticket"))
        clock.forward(SLOW_AGAIN + timedelta(seconds=1))
        filer.wake.set()
        await eventually(lambda: rows("SELECT disposition FROM entry WHERE id = 2") == [("filed",)])
