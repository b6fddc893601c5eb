"""Loops that never die in silence, and a clock that only rings."""

import asyncio
from datetime import timedelta

import pytest

from mailflow.errors import StoreAway
from mailflow.flow.clock import Clock
from mailflow.flow.patience import insist, kept_alive

AT_ONCE = (0.0,)


async def test_a_step_is_tried_until_the_trouble_is_over() -> None:
    outcomes = iter([StoreAway("1"), StoreAway("2"), "done"])

    async def step() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert await insist(step, "test", AT_ONCE) == "done"


async def test_one_outage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = iter([StoreAway("away"), StoreAway("away"), StoreAway("away"), None])

    async def step() -> None:
        if error := next(outcomes):
            raise error

    await insist(step, "test", AT_ONCE)
    assert capsys.readouterr().err.count("StoreAway") <= 2  # the sentence and the traceback's end
    assert next(outcomes, "all tried") == "all tried"


async def test_what_is_no_trouble_is_raised() -> None:
    async def step() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await insist(step, "test", AT_ONCE)


async def test_a_loop_that_falls_is_told_and_started_again(capsys: pytest.CaptureFixture[str]) -> None:
    starts = 0

    async def inner() -> None:
        raise ZeroDivisionError("our bug")

    async def loop() -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            async with asyncio.TaskGroup() as group:
                group.create_task(inner())

    await kept_alive("filer", loop, AT_ONCE)
    assert starts == 3
    assert capsys.readouterr().err.count('trouble where=filer error="ZeroDivisionError: our bug"') == 2


async def test_the_clock_rings_all_its_bells_again_and_again() -> None:
    first, second = asyncio.Event(), asyncio.Event()
    async with Clock() as clock:
        clock.rings(timedelta(seconds=0.01), first, second)
        for _ in range(3):
            await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), 5)
            first.clear()
            second.clear()


async def test_a_late_clock_rings_once() -> None:  # X12
    rung: list[int] = []

    class Bell(asyncio.Event):
        def set(self) -> None:
            rung.append(1)
            super().set()

    bell = Bell()
    async with Clock() as clock:
        clock.rings(timedelta(seconds=0.05), bell)
        import time

        time.sleep(1.3)  # noqa: ASYNC251  # the loop stalls: the library's default would drop what is a second late
        await asyncio.wait_for(bell.wait(), 5)
        assert len(rung) == 1
