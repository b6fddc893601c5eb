"""Group commit: durable before anybody is told, and nobody pays for a neighbour's fault."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text

from mailflow.errors import Refused, StoreAway, StoreFull
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.tables import ENTRY, OCTETS
from mailflow.store.writer import GROUP_ITEMS, GROUP_OCTETS, Writer


def arrival(octets: bytes = b"Subject: hello\r\n\r\nhello\r\n", key: str | None = None) -> Arrival:
    envelope = Envelope(source="smtp", mail_from="anna@kunde.example", rcpt_tos=("support@firma.example",))
    return Arrival(envelope=envelope, octets=octets, key=key)


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[Writer]:
    opened = Writer(database)
    yield opened
    if not opened._closed:
        await opened.close()


class Held:
    """Keeps the writer busy, so that what is submitted meanwhile becomes one group."""

    def __init__(self, writer: Writer) -> None:
        self._open = threading.Event()
        self._busy = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait(connection: Connection) -> None:
            loop.call_soon_threadsafe(self._busy.set)
            self._open.wait(10)

        self._task = asyncio.create_task(writer.write(wait))

    async def __aenter__(self) -> None:
        await self._busy.wait()

    async def __aexit__(self, *error: object) -> None:
        self._open.set()
        await self._task


async def in_one_group(writer: Writer, *works: Any) -> list[Any]:
    """Outcomes of arrivals and functions that were waiting together."""
    async with Held(writer):
        tasks = [asyncio.create_task(submit(writer, work)) for work in works]
        await asyncio.sleep(0)
    return await asyncio.gather(*tasks, return_exceptions=True)


def submit(writer: Writer, work: Any) -> Any:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 2, tzinfo=UTC)
    return writer.receive(work, now) if isinstance(work, Arrival) else writer.write(work)


def kept(database: Database) -> list[int]:
    with database.connect() as connection:
        return list(connection.execute(select(OCTETS.c.entry).order_by(OCTETS.c.entry)).scalars())


def our_bug(connection: Connection) -> None:
    connection.execute(text("DELETE FROM octets"))
    raise ZeroDivisionError


def refuse(connection: Connection) -> None:
    raise Refused("not so")


def bad_row(connection: Connection) -> None:
    connection.execute(insert(OCTETS), {"entry": 10**6, "octets": b"of no entry"})


async def test_mail_is_on_the_disk_when_its_number_is_known(writer: Writer, database: Database, clock: Any) -> None:
    number = await writer.receive(arrival(), clock.now())
    assert kept(database) == [number]


async def test_a_group_is_one_commit_and_numbers_keep_the_order(writer: Writer, database: Database) -> None:
    before = writer.commits
    numbers = await in_one_group(writer, *(arrival(b"%d" % i) for i in range(20)))
    assert numbers == sorted(numbers)
    assert writer.commits - before == 2  # the one that kept it busy, and the group
    with database.connect() as connection:
        assert list(connection.execute(select(OCTETS.c.octets).order_by(OCTETS.c.entry)).scalars()) == [
            b"%d" % i for i in range(20)
        ]


async def test_new_mail_waits_for_nothing_else_in_its_group(writer: Writer, database: Database) -> None:
    seen: list[list[int]] = []
    number, _ = await in_one_group(writer, arrival(), lambda connection: seen.append(kept(database)))
    assert seen == [[number]]  # committed: another connection sees it


async def test_groups_are_bounded_in_number_and_octets(writer: Writer) -> None:
    before = writer.commits
    await in_one_group(writer, *(arrival() for _ in range(2 * GROUP_ITEMS)))
    assert writer.commits - before == 3
    before = writer.commits
    await in_one_group(writer, *(arrival(bytes(GROUP_OCTETS // 2)) for _ in range(4)))
    assert writer.commits - before == 3


async def test_one_fault_fails_alone(writer: Writer, database: Database) -> None:
    # X10
    outcomes = await in_one_group(
        writer, arrival(), our_bug, refuse, bad_row, arrival(key="known"), arrival(key="known"), lambda c: "done"
    )
    assert [type(outcome) for outcome in outcomes] == [
        int, ZeroDivisionError, Refused, StoreAway, int, StoreAway, str
    ]  # fmt: skip
    assert kept(database) == [outcomes[0], outcomes[4]]


@pytest.mark.parametrize("error", [StopIteration, SystemExit, KeyboardInterrupt, MemoryError])
async def test_nothing_a_piece_of_work_raises_stops_the_thread(writer: Writer, error: type[BaseException]) -> None:
    def fail(connection: Connection) -> None:
        raise error

    with pytest.raises((RuntimeError, MemoryError)):
        await writer.write(fail)
    assert isinstance(await submit(writer, arrival()), int)


async def test_a_caller_that_left_takes_nobody_along(writer: Writer, database: Database) -> None:
    # X10, X2: its row is kept all the same
    async with Held(writer):
        tasks = [asyncio.create_task(submit(writer, arrival())) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, int, int]
    assert len(kept(database)) == 3


async def test_closing_keeps_what_was_submitted_and_takes_no_more(writer: Writer, database: Database) -> None:
    # X10
    tasks = [asyncio.create_task(submit(writer, arrival())) for _ in range(100)]
    await asyncio.sleep(0)
    await writer.close()
    assert sorted(await asyncio.gather(*tasks)) == kept(database)
    with pytest.raises(StoreAway, match="stopping"):
        await submit(writer, arrival())


async def test_a_full_disk_fails_only_what_does_not_fit(sqlite_url: str) -> None:
    # X11, D4
    database = Database(sqlite_url)
    writer = Writer(database)

    def limit(pages: int) -> Callable[[Connection], None]:
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").close()

    used = await writer.write(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
    await writer.write(limit(used + 20))
    small, large, other = await in_one_group(writer, arrival(), arrival(bytes(1 << 20)), arrival())
    assert [type(outcome) for outcome in (small, large, other)] == [int, StoreFull, int]
    assert kept(database) == [small, other]
    await writer.write(limit(used + 10_000))
    assert isinstance(await submit(writer, arrival(bytes(1 << 20))), int)
    await writer.close()
    database.close()


async def test_when_the_database_goes_everybody_hears_it_once_and_the_next_group_works(
    postgresql_url: str, clock: Any
) -> None:
    # D3
    database, other = Database(postgresql_url), Database(postgresql_url)
    writer = Writer(database)
    runs: list[int] = []

    def lose_the_connection(connection: Connection) -> None:
        runs.append(1)
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        with other.begin() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})
        connection.execute(text("SELECT 1"))

    def keep(connection: Connection) -> None:
        journal.receive(connection, [arrival()], clock.now())

    outcomes = await in_one_group(writer, keep, lose_the_connection, keep)
    assert [type(outcome) for outcome in outcomes] == [StoreAway] * 3
    assert runs == [1]
    assert kept(other) == []
    assert isinstance(await submit(writer, arrival()), int)
    await writer.close()
    database.close()
    other.close()


async def test_a_missing_file_is_trouble_until_it_is_back(sqlite_url: str) -> None:
    # D5
    database = Database(sqlite_url)
    writer = Writer(database)
    assert database.file
    away = database.file.rename(database.file.with_suffix(".away"))
    with pytest.raises(StoreAway, match="there is no database"):
        await submit(writer, arrival())
    away.rename(database.file)
    assert isinstance(await submit(writer, arrival()), int)
    await writer.close()
    database.close()


async def test_reading_goes_on_beside_a_long_write(writer: Writer, database: Database) -> None:
    def entries() -> Any:
        with database.connect() as connection:
            return connection.execute(select(func.count()).select_from(ENTRY)).scalar()

    async with Held(writer):
        assert await asyncio.to_thread(entries) == 0
