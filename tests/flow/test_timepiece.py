"""Which clock is believed, and for how long one that leapt is not."""

import asyncio
from datetime import timedelta

import pytest

from mailflow.flow.clock import Clock, Every
from mailflow.flow.timepiece import BACK, DOUBT, FAR, LEAP, Timepiece
from tests.flow.machine import EPOCH, Machine

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
YEAR = 365 * DAY


@pytest.fixture
def machine() -> Machine:
    return Machine()


def timepiece(machine: Machine, **given: object) -> Timepiece:
    return Timepiece(machine.now, steady=machine.steady, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("leap", [timedelta(0), LEAP, -HOUR, -DAY, -YEAR], ids=str)
def test_a_clock_that_is_set_right_or_back_makes_nothing_wait(machine: Machine, leap: timedelta) -> None:
    told = timepiece(machine)
    machine.is_set(leap)
    assert not told.rests()
    assert told.why == ""


def test_a_clock_that_is_slowly_set_right_is_believed(machine: Machine) -> None:
    told = timepiece(machine)
    for _ in range(100):  # a thousand seconds a day
        machine.passes(DAY)
        machine.is_set(LEAP)
        assert not told.rests()


@pytest.mark.parametrize("leap", [HOUR, DAY, 3 * DAY, FAR], ids=str)
def test_a_clock_that_leaps_is_believed_when_it_stays_so(machine: Machine, leap: timedelta) -> None:
    told = timepiece(machine)
    machine.is_set(leap)
    assert told.rests()
    machine.passes(DOUBT - SECOND)
    assert told.rests()
    machine.passes(SECOND)
    assert not told.rests()


def test_a_clock_that_leaps_again_is_doubted_anew(machine: Machine) -> None:
    told = timepiece(machine)
    machine.is_set(HOUR)
    assert told.rests()
    machine.passes(DOUBT - SECOND)
    machine.is_set(DAY)
    assert told.rests()
    machine.passes(DOUBT - SECOND)
    assert told.rests()


@pytest.mark.parametrize("leap", [HOUR, DAY, YEAR], ids=str)
def test_a_clock_that_comes_back_is_right(machine: Machine, leap: timedelta) -> None:
    told = timepiece(machine)
    machine.is_set(leap)
    assert told.rests()
    machine.passes(30 * SECOND)
    machine.is_set(-leap - HOUR)  # or so it was thought
    assert not told.rests()
    machine.is_set(HOUR)
    assert not told.rests()


def test_a_year_is_believed_when_a_person_says_so(machine: Machine) -> None:
    told = timepiece(machine)
    machine.is_set(YEAR)
    machine.passes(10 * DAY)
    assert told.rests()
    waits = "what is due waits until mailflow is restarted by who knows that the clock is right"
    assert told.why == f"the clock leapt 365 days forward: {waits}"
    assert not timepiece(machine, last_beat=machine.now() - SECOND).rests()  # started anew


@pytest.mark.parametrize(("ago", "rests"), [(SECOND, False), (3 * DAY, False), (FAR, False), (FAR + SECOND, True)])
def test_a_copy_of_long_ago_reminds_nobody(machine: Machine, ago: timedelta, rests: bool) -> None:
    told = timepiece(machine, last_beat=machine.now() - ago)
    machine.passes(2 * HOUR)
    assert told.rests() is rests
    assert ("nothing was heard of this database since 2026-10-02" in told.why) is rests


def test_a_database_in_which_nothing_was_done_is_used(machine: Machine) -> None:
    assert not timepiece(machine, last_beat=None).rests()
    assert not timepiece(machine, last_beat=machine.now() + YEAR).rests()


@pytest.mark.parametrize("by", [HOUR, YEAR, Machine().now() - EPOCH], ids=str)
def test_a_clock_that_was_put_back_may_come_forward_again(machine: Machine, by: timedelta) -> None:
    told = timepiece(machine)
    machine.is_set(-by)
    assert not told.rests()
    machine.passes(DAY)
    machine.is_set(by)
    assert not told.rests()
    machine.is_set(by)
    assert told.rests()


def test_a_machine_that_was_started_without_the_time_may_be_told_it(machine: Machine) -> None:
    now = machine.now()
    machine.is_set(EPOCH - now)
    told = timepiece(machine, last_beat=now - 3 * DAY)
    assert not told.rests()
    machine.passes(10 * SECOND)
    machine.is_set(now - EPOCH)
    assert told.rests()
    machine.passes(DOUBT)
    assert not told.rests()


@pytest.mark.parametrize("leap", [-HOUR, -DAY, EPOCH - Machine().now()], ids=str)
async def test_ticks_come_from_a_clock_that_was_put_back(machine: Machine, leap: timedelta) -> None:
    """Each second, not when it is as late again."""
    set_back: list[None] = []
    told = timepiece(machine)
    told.when_set_back = lambda: set_back.append(None)
    machine.is_set(-BACK)
    assert not told.rests()
    assert set_back == []
    machine.is_set(leap)
    told.rests()
    told.rests()
    assert set_back == [None]


async def test_after_a_leap_there_is_one_tick_and_then_the_next() -> None:
    every, at = Every(SECOND), EPOCH + YEAR
    assert every.get_next_fire_time(EPOCH, at) == at + SECOND


async def test_ticks_are_counted_anew() -> None:
    bell = asyncio.Event()
    async with Clock() as clock:
        clock.rings(timedelta(seconds=0.01), bell)
        (job,) = clock._scheduler.get_jobs()
        job.modify(next_run_time=job.next_run_time + YEAR)  # as it is after the clock was put back by a year
        clock.begin_anew()
        async with asyncio.timeout(5):
            await bell.wait()
