"""Away for three days: whatever fell due meanwhile is done once, by its latest step, and nothing else is (D8)."""

from collections.abc import Callable
from typing import Any

import pytest

from mailflow.desk.agents import answer
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.store import apply
from mailflow.store.database import Database
from mailflow.store.tickets import tickets
from mailflow.store.writer import Writer
from tests.conftest import Clock
from tests.flow.house import DAY, HOUR, House

Rows = Callable[[str], list[Any]]


@pytest.fixture
def house(database: Database, writer: Writer, policy: Policy, clock: Clock) -> House:
    return House(database, writer, policy, clock)


MACHINES = (
    "SELECT kind, rcpt_to, count(*) FROM outbox WHERE kind <> 'reply' GROUP BY kind, rcpt_to ORDER BY kind, rcpt_to"
)
EVENTS = "SELECT kind, count(*) FROM event WHERE kind IN ('escalated', 'page') GROUP BY kind ORDER BY kind"
STATES = "SELECT requester, status FROM ticket ORDER BY id"


async def test_three_days_away_are_made_up_for_once(house: House, rows: Rows) -> None:
    house.waits("waits@kunde.example")
    house.is_answered("asked@kunde.example", Move.QUESTION_MAILED)
    house.is_answered("settled@kunde.example", Move.RESOLVE)
    house.pages("night@kunde.example")
    house.holds()
    await house.runs()
    assert rows(MACHINES) == [("page", "phone@firma.example", 1)]

    house.clock.forward(3 * DAY + HOUR)  # Thursday, 10:00
    await house.runs()
    await house.runs()  # killed, and started again
    assert rows(MACHINES) == [
        ("digest", "ewa@staff.example", 1),  # of today, not of Tuesday and Wednesday
        ("escalation", "three@firma.example", 1),  # the last of three levels
        ("page", "phone@firma.example", 1),
        ("reminder", "asked@kunde.example", 1),  # the last of three
    ]
    assert rows(EVENTS) == [("escalated", 1), ("page", 3)]  # wanted, paged, and given up after an hour
    assert rows(STATES)[:3] == [
        ("waits@kunde.example", "open"),
        ("asked@kunde.example", "awaiting_customer"),
        ("settled@kunde.example", "closed"),
    ]
    assert rows("SELECT kind, step FROM timer") == [("resolve", 1)]


async def test_nothing_is_made_up_for_that_was_no_longer_true(house: House, rows: Rows) -> None:
    house.is_answered("asked@kunde.example", Move.QUESTION_MAILED)
    house.clock.forward(3 * DAY + HOUR)
    with house.database.begin() as connection:  # by a command, before the daemon is started again
        ticket = tickets.load(connection, 1)
        assert ticket
        actions = answer.resolve(ticket, "ewa", house.policy, house.clock.now())
        apply.carry_out(connection, 1, actions, house.policy, house.clock.now())
    await house.runs()
    assert rows(MACHINES) == [("resolved", "asked@kunde.example", 1)]
