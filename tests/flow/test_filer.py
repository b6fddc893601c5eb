"""From the journal to tickets: whole batches, bad messages, a database that comes and goes."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.policy import Policy
from mailflow.edge.child import Request
from mailflow.edge.parser import Answer
from mailflow.errors import ParserDied, StoreAway, StoreFull
from mailflow.flow import filing as filing_module
from mailflow.flow.filer import Filer
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.parse import parse
from mailflow.store import journal
from mailflow.store.database import Connection, Database
from mailflow.store.writer import Writer
from tests.flow.conftest import Now, filing
from tests.running import eventually

Rows = Callable[[str], list[Any]]
DISPOSITIONS = "SELECT disposition FROM entry ORDER BY id"


class Child:
    """The parsing child: dies of `poison`, is asked to wait by `slow`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []  # subject's last word, attempt
        self.answered: list[int] = []  # messages, each time
        self.go_on = asyncio.Event()

    async def parse_some(self, requests: Sequence[Request]) -> list[Answer]:
        answers: list[Answer] = []
        for octets, attempt in requests:
            answers.append(await self._parse(octets, attempt))
            if isinstance(answers[-1], ParserDied):
                break
        self.answered.append(len(answers))
        return answers

    async def _parse(self, octets: bytes, attempt: int) -> Answer:
        message = parse(octets)
        word = message.subject.split()[-1]
        self.asked.append((word, attempt))
        if word == "slow":
            await self.go_on.wait()
        return ParserDied("killed by SIGSEGV") if word == "poison" else message


def arrival(word: str) -> Arrival:
    name = f"customer-{word}@kunde.example"
    text = (
        f"From: {name}\r\nTo: sales@firma.example\r\nSubject: About {word}\r\nMessage-ID: <{word}@kunde.example>\r\n"
        f"Date: Mon, 2 Nov 2026 09:00:00 +0000\r\n\r\nHello, {word}.\r\n"
    )
    envelope = Envelope(source="smtp", mail_from=name, rcpt_tos=("sales@firma.example",), trusted=True)
    return Arrival(envelope=envelope, octets=text.encode())


@pytest.fixture
def child() -> Child:
    return Child()


@pytest.fixture
def receive(database: Database, clock: Any) -> Callable[..., None]:
    def receive(*words: str) -> None:
        with database.begin() as connection:
            journal.receive(connection, [arrival(word) for word in words], clock.now())

    return receive


@pytest.fixture
def filer(writer: Writer, child: Child, policy: Policy, now: Now) -> Filer:
    return Filer(writer, child, child, node="main", policy=lambda: policy, now=now)  # type: ignore[arg-type]  # a far end


async def test_what_was_received_becomes_tickets_in_its_order(receive: Any, filer: Filer, rows: Rows) -> None:
    receive(*(f"{number:03}" for number in range(70)))  # three batches
    async with filing(filer):
        await eventually(lambda: len(rows("SELECT id FROM ticket")) == 70)
    assert set(rows(DISPOSITIONS)) == {("filed",)}
    assert rows("SELECT ticket FROM entry ORDER BY id") == rows("SELECT id FROM ticket ORDER BY id")
    assert len(rows("SELECT id FROM outbox WHERE kind = 'acknowledgement'")) == 70


async def test_it_wakes_when_something_is_received_while_it_runs(receive: Any, filer: Filer, rows: Rows) -> None:
    async with filing(filer):
        receive("one")
        filer.wake.set()
        await eventually(lambda: rows(DISPOSITIONS) == [("filed",)])


async def test_the_same_mail_twice_is_one_ticket(receive: Any, filer: Filer, rows: Rows) -> None:  # P3
    receive("same", "same", "other")
    receive("same")
    async with filing(filer):
        await eventually(lambda: not rows("SELECT id FROM entry WHERE disposition = 'received'"))
    assert rows(DISPOSITIONS) == [("filed",), ("duplicate",), ("filed",), ("duplicate",)]
    assert len(rows("SELECT id FROM message")) == len(rows("SELECT id FROM ticket")) == 2


async def test_poison_costs_its_neighbours_nothing_and_fails_after_three_attempts(
    receive: Any, filer: Filer, child: Child, clock: Any, rows: Rows
) -> None:  # P6, D9
    receive("before", "poison", "after")
    async with filing(filer):
        for attempt in (1, 2, 3):
            await eventually(lambda n=attempt: ("poison", n) in child.asked)
            await eventually(lambda: not rows("SELECT id FROM entry WHERE claimed_by <> ''"))
            assert rows(DISPOSITIONS)[::2] == [("filed",), ("filed",)]
            clock.forward(timedelta(hours=1))
            filer.wake.set()
    assert rows(DISPOSITIONS) == [("filed",), ("failed",), ("filed",)]
    assert rows("SELECT attempts, reason FROM entry WHERE id = 2") == [(3, "killed by SIGSEGV")]
    assert len(rows("SELECT entry FROM octets WHERE entry = 2")) == 1  # raw is kept
    assert [asked for asked in child.asked if asked[0] != "poison"] == [("before", 1), ("after", 1)]


async def test_a_death_ends_the_batch_and_what_was_not_read_comes_next(
    receive: Any, filer: Filer, child: Child, rows: Rows
) -> None:  # P6
    receive("a", "poison", "b", "poison", "c", *(f"{number:03}" for number in range(40)))
    async with filing(filer):
        await eventually(lambda: len(rows("SELECT id FROM entry WHERE disposition = 'filed'")) == 43)
    assert child.answered[:2] == [2, 2]
    assert sum(child.answered) == 45
    assert [word for word, _ in child.asked[:5]] == ["a", "poison", "b", "poison", "c"]
    assert rows("SELECT max(attempts) FROM entry") == [(1,)]


@pytest.mark.parametrize("kills", [1, 2, 9])
async def test_what_was_claimed_when_the_daemon_was_killed_is_read_as_thoroughly_as_before(
    receive: Any, filer: Filer, child: Child, rows: Rows, database: Database, now: Now, kills: int
) -> None:  # D1
    receive("innocent")
    for _ in range(kills):
        with database.begin() as connection:
            journal.claim(connection, "main", now(), timedelta(minutes=10), 1, 1 << 20)
            journal.release_claims(connection, "main")  # as the next start does
    async with filing(filer):
        await eventually(lambda: rows(DISPOSITIONS) == [("filed",)])
    assert [attempt for _, attempt in child.asked] == [1]


async def test_kills_do_not_count_as_failures(
    receive: Any, filer: Filer, child: Child, clock: Any, rows: Rows, database: Database, now: Now
) -> None:
    receive("poison")
    for _ in range(2):
        with database.begin() as connection:
            journal.claim(connection, "main", now(), timedelta(minutes=10), 1, 1 << 20)
            journal.release_claims(connection, "main")
    async with filing(filer):
        for look in (1, 2, 3):
            await eventually(lambda n=look: child.asked[-1:] == [("poison", n)])
            await eventually(lambda: not rows("SELECT id FROM entry WHERE claimed_by <> ''"))
            clock.forward(timedelta(hours=1))
            filer.wake.set()
    assert rows("SELECT disposition, attempts FROM entry") == [("failed", 5)]


async def test_nobody_waits_behind_a_message_that_failed_before(
    receive: Any, filer: Filer, child: Child, clock: Any, rows: Rows, database: Database, now: Now
) -> None:
    receive("slow")
    with database.begin() as connection:
        (claimed,) = journal.claim(connection, "main", now(), timedelta(minutes=10), 1, 1 << 20)
        journal.count_failure(connection, claimed.entry)
        journal.postpone(connection, claimed.entry, now(), "killed by SIGSEGV")
    async with filing(filer):
        await eventually(lambda: ("slow", 2) in child.asked)
        receive("quick")
        filer.wake.set()
        await eventually(lambda: rows(DISPOSITIONS) == [("received",), ("filed",)])
        child.go_on.set()
    assert rows(DISPOSITIONS) == [("filed",), ("filed",)]


async def test_a_mistake_of_ours_costs_one_message_an_attempt_and_keeps_the_traceback(
    receive: Any, filer: Filer, clock: Any, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    heart = filing_module.file_together

    def stumble(connection: Connection, messages: Any, *rest: Any) -> Any:
        result = heart(connection, messages, *rest)  # everything is written …
        if any("bad" in message.subject for _, message in messages):
            raise ZeroDivisionError("our bug")  # … and must be undone
        return result

    monkeypatch.setattr(filing_module, "file_together", stumble)
    receive("one", "bad", "two")
    async with filing(filer):
        await eventually(lambda: len(rows("SELECT id FROM entry WHERE disposition = 'filed'")) == 2)
        await eventually(lambda: rows("SELECT id FROM entry WHERE trouble <> ''"))
    assert rows(DISPOSITIONS) == [("filed",), ("received",), ("filed",)]
    assert len(rows("SELECT id FROM ticket")) == 2
    ((trouble,),) = rows("SELECT trouble FROM entry WHERE id = 2")
    assert trouble.startswith("Traceback")
    assert trouble.endswith("ZeroDivisionError: our bug\n")


async def test_a_database_that_is_away_costs_no_attempt(
    receive: Any, filer: Filer, rows: Rows, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:  # P5
    receive("one")
    outages = iter([StoreAway("the server closed the connection")] * 3)
    write = writer.write

    async def sometimes(work: Any) -> Any:
        if error := next(outages, None):
            raise error
        return await write(work)

    monkeypatch.setattr(writer, "write", sometimes)
    async with filing(filer):
        await eventually(lambda: rows(DISPOSITIONS) == [("filed",)])
    assert rows("SELECT attempts FROM entry") == [(1,)]


async def test_what_keeps_mail_from_being_filed_is_known_until_it_is_over(
    receive: Any, filer: Filer, rows: Rows, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:  # D4
    """What is small still fits, so the filer does move: for systemd it lives, and it files nothing."""
    write, is_full, tries = writer.write, True, []

    async def full(work: Any) -> Any:
        if is_full and getattr(work, "func", None) is filing_module.file_batch:
            tries.append(work)
            raise StoreFull("database or disk is full")
        return await write(work)

    monkeypatch.setattr(writer, "write", full)
    async with filing(filer):
        assert filer.hindrance is None
        receive("one")
        filer.wake.set()
        await eventually(lambda: filer.hindrance)
        hindrance = filer.hindrance
        await eventually(lambda: len(tries) > 1)
        assert filer.hindrance is hindrance
        assert isinstance(hindrance and hindrance.trouble, StoreFull)
        is_full = False
        await eventually(lambda: rows(DISPOSITIONS) == [("filed",)])
        await eventually(lambda: filer.hindrance is None)


async def test_a_commit_that_was_in_doubt_and_had_happened_is_not_done_again(
    receive: Any, filer: Filer, rows: Rows, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive("one")
    write = writer.write
    lost = []

    async def loses_the_answer(work: Any) -> Any:
        result = await write(work)
        if getattr(work, "func", None) is filing_module.file_batch and not lost:
            lost.append(work)
            raise StoreAway("the connection broke during COMMIT")
        return result

    monkeypatch.setattr(writer, "write", loses_the_answer)
    async with filing(filer):
        await eventually(lambda: lost)
    assert rows(DISPOSITIONS) == [("filed",)]
    assert len(rows("SELECT id FROM message")) == len(rows("SELECT id FROM outbox")) == 1
