"""Clocks that are set, that change by law, that have a day more: nobody is reminded early, twice or by a storm (D8)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.flow.timepiece import Timepiece
from mailflow.store.database import Database
from mailflow.store.tables import OUTBOX
from mailflow.store.writer import Writer
from tests.flow.house import DAY, HOUR, House
from tests.flow.machine import EPOCH, Machine

Rows = Callable[[str], list[Any]]
MINUTE, YEAR = timedelta(minutes=1), 365 * DAY
MONDAY = Machine().now()
WAITS, SET = "waits", "set"
OTHERS = [{"name": "billing", "title": "Billing"}, {"name": "sales", "title": "Sales"}]
Happens = tuple[str, timedelta]

# What happens to the machine on which a customer was asked something, to be reminded a day, two and three days later;
# and after how much real time reminders are written.
STORIES: dict[str, tuple[Sequence[Happens], Sequence[timedelta]]] = {
    "an hour forward, and back": (
        [(WAITS, 23.5 * HOUR), (SET, HOUR), (WAITS, 20 * MINUTE), (SET, -HOUR), (WAITS, 9 * MINUTE), (WAITS, MINUTE)],
        [DAY],
    ),
    "an hour back": ([(WAITS, 23 * HOUR), (SET, -HOUR), (WAITS, HOUR), (WAITS, HOUR)], [DAY + HOUR]),
    "a day forward, and back": (
        [(WAITS, HOUR), (SET, DAY), (WAITS, 30 * MINUTE), (SET, -DAY), (WAITS, 22.5 * HOUR)],
        [DAY],
    ),
    "a day back, after the first": ([(WAITS, DAY), (SET, -DAY), (WAITS, DAY), (WAITS, DAY)], [DAY, 3 * DAY]),
    "a year forward, and back": (
        [(WAITS, HOUR), (SET, YEAR), (WAITS, 5 * HOUR), (SET, -YEAR), (WAITS, 18 * HOUR)],
        [DAY],
    ),
    "a year forward": ([(WAITS, HOUR), (SET, YEAR), (WAITS, HOUR), (WAITS, 20 * DAY)], []),
    "back to 1970": ([(WAITS, HOUR), (SET, EPOCH - MONDAY), (WAITS, DAY), (WAITS, 9 * DAY)], []),
    "to 1970, and to the right time": (
        [(WAITS, HOUR), (SET, EPOCH - MONDAY), (WAITS, HOUR), (SET, MONDAY - EPOCH), (WAITS, HOUR), (WAITS, 21 * HOUR)],
        [DAY],
    ),
    "a machine that stood still": ([(WAITS, HOUR), (SET, 3 * DAY), (WAITS, 59 * MINUTE), (WAITS, MINUTE)], [2 * HOUR]),
    "a clock that runs fast": (
        [(SET, 5 * MINUTE), (WAITS, 11 * HOUR), (SET, 5 * MINUTE), (WAITS, 12 * HOUR), (WAITS, 50 * MINUTE)],
        [DAY - 10 * MINUTE],
    ),
}


@pytest.fixture
def machine() -> Machine:
    return Machine()


async def reminded(house: House, machine: Machine, happens: Sequence[Happens]) -> list[timedelta]:
    """After how much real time there was another one; a second look, or another daemon, never finds any."""
    times, up = [], machine.steady()
    for what, by in happens:
        machine.passes(by) if what == WAITS else machine.is_set(by)
        before = _reminders(house)
        await house.runs()
        times += [machine.steady() - up] * (_reminders(house) - before)
    return times


def _reminders(house: House) -> int:
    with house.database.connect() as connection:
        return len(connection.execute(select(OUTBOX.c.id).where(OUTBOX.c.kind.in_(["reminder", "closing"]))).all())


@pytest.mark.parametrize("story", STORIES)
async def test_a_clock_that_is_set(
    story: str, database: Database, writer: Writer, policy: Policy, machine: Machine, rows: Rows
) -> None:
    house = House(database, writer, policy, machine)
    house.rests = Timepiece(machine.now, steady=machine.steady).rests
    house.is_answered("asked@kunde.example", Move.QUESTION_MAILED)
    happens, at = STORIES[story]
    assert await reminded(house, machine, happens) == list(at)
    assert rows("SELECT status FROM ticket") == [("awaiting_customer",)]


@pytest.mark.parametrize(
    ("zone", "asked", "due"),
    [
        ("Europe/Warsaw", datetime(2026, 10, 23, 10), datetime(2026, 10, 26, 10)),  # the 25th has 25 hours
        ("Europe/Warsaw", datetime(2027, 3, 26, 10), datetime(2027, 3, 29, 10)),  # the 28th has 23
        ("America/New_York", datetime(2026, 10, 30, 10), datetime(2026, 11, 2, 10)),
        ("America/New_York", datetime(2027, 3, 12, 10), datetime(2027, 3, 15, 10)),
        ("Europe/Warsaw", datetime(2028, 2, 28, 10), datetime(2028, 2, 29, 10)),  # a Tuesday
        ("Europe/Warsaw", datetime(2028, 2, 29, 10), datetime(2028, 3, 1, 10)),
    ],
    ids=str,
)
async def test_a_working_day_ends_at_the_same_time_of_day(
    zone: str, asked: datetime, due: datetime, database: Database, writer: Writer, policy: Policy
) -> None:
    since, at = (each.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for each in (asked, due))
    machine = Machine(since)
    office = {"name": "office", "time_zone": zone, "hours": {"mon-fri": "09:00-17:00"}}
    support = {"name": "support", "title": "Support", "calendar": "office"}
    house = House(database, writer, policy, machine, calendar=[office], department=[support, *OTHERS])
    house.is_answered("asked@kunde.example", Move.QUESTION_MAILED)
    happens = [(WAITS, at - since - MINUTE), (WAITS, MINUTE), (WAITS, MINUTE)]
    assert await reminded(house, machine, happens) == [at - since]
