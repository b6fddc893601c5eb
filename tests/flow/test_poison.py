"""Mail that kills, freezes or fills the child that reads it (D9, P6): three attempts, `failed`, kept; the others go on.

Real children, the real loop. In `make test` three kinds, in `make endure` all.
"""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from mailflow.desk.policy import Policy
from mailflow.edge import child
from mailflow.edge.parser import Parser
from mailflow.edge.parser_child import Allowance
from mailflow.flow.filer import Filer
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.rooms import FIRST_LOOK
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.writer import Writer
from tests.flow.conftest import Now, filing
from tests.flow.poison import POISONS
from tests.running import eventually, figure, hindered

Rows = Callable[[str], list[Any]]
KINDS = list(POISONS) if figure("POISONS", 0, 1) else ["segv", "loop", "babble"]
BOOT = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from poison import arm; arm(); " + child.BOOT
SHORT = Allowance(cpu=0.5, wall=1.5)
DELAY = 5.0  # seconds, of a neighbour

pytestmark = [pytest.mark.endure, pytest.mark.timeout(300)]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def receive(database: Database, clock: Any) -> Callable[..., None]:
    def receive(*words: str) -> None:
        with database.begin() as connection:
            journal.receive(connection, [arrival(word) for word in words], clock.now())

    return receive


def arrival(word: str) -> Arrival:
    name = f"{word}@kunde.example"
    text = f"From: {name}\r\nTo: sales@firma.example\r\nSubject: About {word}\r\nX-Poison: {word}\r\n\r\nHello.\r\n"
    text = text if word in POISONS else text.replace("X-Poison", "X-Harmless")
    envelope = Envelope(source="smtp", mail_from=name, rcpt_tos=("sales@firma.example",), trusted=True)
    return Arrival(envelope=envelope, octets=text.encode())


@asynccontextmanager
async def filed(writer: Writer, policy: Policy, now: Now, first: Allowance, alone: Allowance) -> AsyncIterator[Filer]:
    """The loop runs, its first child is ready; what it began is over at the end."""
    parsers = Parser(first), Parser(alone)
    await parsers[0].start()
    filer = Filer(writer, *parsers, node="main", policy=lambda: policy, now=now)
    try:
        async with filing(filer):
            yield filer
    finally:
        for parser in parsers:
            await parser.close()


def dispositions(rows: Rows) -> Sequence[str]:
    return [row[0] for row in rows("SELECT disposition FROM entry ORDER BY id")]


async def test_each_kind_of_poison_fails_after_three_attempts_and_is_filed_after_a_repair(
    receive: Any, writer: Writer, policy: Policy, now: Now, clock: Any, rows: Rows, database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(child, "BOOT", BOOT)
    receive(*(word for kind in KINDS for word in (kind, f"neighbour-of-{kind}")))
    kept = rows("SELECT octets FROM octets ORDER BY entry")
    async with filed(writer, policy, now, SHORT, SHORT) as filer:
        for attempt in (1, 2, 3):
            tried = f"SELECT id FROM entry WHERE failures = {attempt} AND claimed_by = ''"
            await eventually(lambda tried=tried: len(rows(tried)) == len(KINDS), within=120)
            await eventually(lambda: set(dispositions(rows)[1::2]) == {"filed"}, within=60)
            clock.forward(timedelta(hours=1))
            filer.wake.set()
    assert dispositions(rows) == ["failed", "filed"] * len(KINDS)
    assert {attempts for (attempts,) in rows("SELECT attempts FROM entry WHERE disposition = 'failed'")} == {3}
    assert rows("SELECT id FROM entry WHERE disposition = 'failed' AND trouble = ''") == []
    assert rows("SELECT octets FROM octets ORDER BY entry") == kept
    monkeypatch.undo()  # the repair
    with database.begin() as connection:
        for number in range(1, 2 * len(KINDS), 2):
            journal.retry(connection, number)
    async with filed(writer, policy, now, SHORT, SHORT):
        await eventually(lambda: set(dispositions(rows)) == {"filed"}, within=60)


@pytest.mark.parametrize("kind", ["mute"])
async def test_the_neighbours_of_poison_wait_no_longer_than_five_seconds(
    receive: Any, writer: Writer, policy: Policy, now: Now, rows: Rows, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:  # with what the daemon allows
    monkeypatch.setattr(child, "BOOT", BOOT)
    receive(kind, *(f"neighbour-{number}" for number in range(40)))
    async with filed(writer, policy, now, Allowance(wall=FIRST_LOOK), Allowance()) as filer:
        begun, others = monotonic(), hindered(os.getpid())
        await eventually(lambda: dispositions(rows).count("filed") == 40, within=60)
        process = filer._parser._children[0]._process  # the second: the first is dead
        assert process
        took = monotonic() - begun - (hindered(os.getpid(), process.pid) - others)
    assert took < DELAY
