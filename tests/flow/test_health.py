"""What is wrong with a daemon, said in words; and how late its loop is."""

import asyncio
import time
from collections.abc import Awaitable

import pytest

from mailflow.errors import StoreFull
from mailflow.flow import health
from mailflow.flow.health import Health, Moves, Question
from mailflow.flow.lag import LoopLag
from mailflow.flow.patience import Hindrance
from mailflow.flow.spread import Spread


class Filer:
    """That stands."""

    progress = 1
    hindrance: Hindrance | None = None


async def well() -> None:
    return None


def has_room() -> bool:
    return True


def hold_up(seconds: float) -> None:
    """The loop."""
    time.sleep(seconds)


async def test_nothing_is_said_of_what_is_well() -> None:
    with LoopLag() as lag:
        assert await Health(lag, writer=well, database=well, filer=Filer(), has_room=has_room).problems() == []


async def test_each_is_named_with_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LATE", 0.01)

    async def broken() -> None:
        raise OSError("at db.example with the password hunter2")

    never = asyncio.Event()
    with LoopLag(beat=0.01, late=0.02) as lag:
        asked = Health(lag, writer=never.wait, database=broken, filer=Filer(), has_room=lambda: False)
        asked._moves = Moves(lambda: 1, stuck=-1.0)
        asked._writer = Question(never.wait, patience=0.05)
        await asyncio.sleep(0)
        hold_up(0.08)
        await asyncio.sleep(0.02)
        told = await asked.problems()
    assert told == [
        "the loop was late by 0.1 s within the last minute",
        "the writer has not answered for 0 s",
        "the database is in trouble: OSError",
        "the filer has not moved for 0 s",
        "the disk has less room than [limits] free_space: no mail is taken in",
    ]


async def test_a_filer_that_tries_the_same_again_and_again_moves_and_is_ill() -> None:
    """As on a full disk: systemd is not to start it again, and a person is to know."""
    filer = Filer()
    with LoopLag() as lag:
        asked = Health(lag, writer=well, database=well, filer=filer, has_room=has_room)
        now = asyncio.get_running_loop().time()
        filer.hindrance = Hindrance(StoreFull("database or disk is full"), now - health.HINDERED + 5)
        assert await asked.problems() == []
        filer.hindrance = Hindrance(StoreFull("database or disk is full"), now - 43)
        assert await asked.problems() == ["the filer has been in trouble for 43 s: StoreFull"]


async def test_who_is_stuck_is_asked_once_and_forgiven_when_it_answers() -> None:
    asked, may_answer = 0, asyncio.Event()

    def probe() -> Awaitable[object]:
        nonlocal asked
        asked += 1
        return may_answer.wait()

    question = Question(probe, patience=0.01)
    assert await question.silence()
    assert await question.silence()
    may_answer.set()
    await asyncio.sleep(0)
    assert await question.silence() == ""
    assert asked == 1
    assert await question.silence() == ""
    assert asked == 2


async def test_who_moves_is_not_stuck() -> None:
    turns = iter(range(9))
    moves = Moves(lambda: next(turns), stuck=-1.0)
    assert moves._seen == 0
    moves = Moves(lambda: next(turns), stuck=0.0)
    assert moves.standstill() == ""


async def test_a_loop_that_is_held_up_is_one_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    with LoopLag(beat=0.01, late=0.03) as lag:
        for _ in range(3):
            await asyncio.sleep(0.005)
            hold_up(0.06)
        await asyncio.sleep(0.02)
        assert 0.03 < lag.worst < 5
        assert lag.spread.count >= 3
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("loop_late ")]
    assert "times=1" in line
    assert "level=warning" in line


def test_a_spread_counts_what_is_at_most_a_bound() -> None:
    spread = Spread((1.0, 2.0))
    for value in (-3.0, 1.0, 1.5, 9.0):
        spread.add(value)
    assert list(spread.up_to()) == [(1.0, 2), (2.0, 3), (float("inf"), 4)]
    assert (spread.sum, spread.count) == (11.5, 4)
