"""Levels of escalation through what happens to a ticket: moved with what is due, done once, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mailflow.config import Config
from mailflow.desk.actions import Action, AddPause, ChangeStatus, OpenTicket, Route, SetPriority
from mailflow.desk.agents import answer
from mailflow.desk.agents.merge import merge
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move, Priority, Status
from mailflow.desk.timing.pause import Pause, Why
from mailflow.desk.timing.sla import our_turn
from mailflow.flow.deadlines import Deadlines
from mailflow.flow.escalate import Escalate
from mailflow.store import apply
from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from mailflow.store.tables import TICKET, TIMER
from mailflow.store.tickets import tickets
from mailflow.store.writer import Writer
from tests.conftest import ORGANISATION, Clock

Rows = Callable[[str], list[Any]]
HOUR = timedelta(hours=1)
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TOLD = "SELECT rcpt_to FROM outbox WHERE kind = 'escalation' ORDER BY id"
LEVELS = [{"at": "50%", "tell": ["one@firma.example"]}, {"at": "100%", "tell": ["two@firma.example"]},
          {"after": "1d", "tell": ["three@firma.example"], "priority": "urgent", "page": "night"}]  # fmt: skip
CONFIG = {
    **ORGANISATION,
    "department": [
        {"name": "support", "title": "Support", "escalation": LEVELS},
        {"name": "billing", "title": "Billing", "escalation": [{"at": "100%", "tell": ["billing@firma.example"]}]},
        {"name": "sales", "title": "Sales"},
    ],
    "on_call": [{"name": "night", "step": [{"mail": ["phone@firma.example"]}]}],
    "due": [{"priority": "high", "first_response": "4h"}, {"first_response": "8h", "next_response": "8h"}],
}
OPENING = OpenTicket(
    subject="Printer on fire",
    department="support",
    also=(),
    mailbox="support@firma.example",
    requester="anna@kunde.example",
    requester_name="Anna",
    contact=None,
    account=None,
    language="en",
)


OF_RESOLUTION = {"of": "resolution", "at": "50%", "tell": ["four@firma.example"]}
BOTH = {
    **CONFIG,
    "department": [
        {"name": "support", "title": "Support", "escalation": [
            *LEVELS[:1], OF_RESOLUTION, {**OF_RESOLUTION, "at": None, "after": "1d", "tell": ["five@firma.example"]},
        ]},
        {"name": "billing", "title": "Billing", "escalation": [{**OF_RESOLUTION, "at": "100%"}]},
        {"name": "sales", "title": "Sales"},
    ],
    "due": [{"priority": "high", "resolution": "10h"}, {"first_response": "8h", "resolution": "20h"}],
}  # fmt: skip


class Desk:
    """One ticket that waits for us since START, and everything that may happen to it."""

    def __init__(self, database: Database, writer: Writer, policy: Policy, clock: Clock, rows: Rows) -> None:
        self.database, self.clock, self.rows = database, clock, rows
        self.policy = policy
        self.escalate = Escalate(writer, policy=lambda: self.policy, now=clock.now)
        self.deadlines = Deadlines(writer, policy=lambda: self.policy, now=clock.now)
        self.act(OPENING, ticket=None)
        self.somebody_waits()

    def act(self, *actions: Action, ticket: int | None = 1) -> None:
        with self.database.begin() as connection:
            apply.carry_out(connection, ticket, actions, self.policy, self.clock.now())

    def ticket(self, number: int = 1) -> Any:
        with self.database.connect() as connection:
            return tickets.load(connection, number)

    def somebody_waits(self, number: int = 1) -> None:
        """From now on."""
        of_it = TICKET.update().where(TICKET.c.id == number)
        with self.database.begin() as connection:
            connection.execute(of_it.values(status="on_hold", waiting_since=self.clock.now()))
        self.reopen(number)

    def hold(self) -> None:
        self.act(*answer.hold(self.ticket(), "ewa"))

    def reopen(self, number: int = 1) -> None:
        ticket = self.ticket(number)
        turn = our_turn(ticket, replace(ticket, status=Status.OPEN), self.policy, self.clock.now())
        self.act(ChangeStatus(ticket=number, move=Move.REOPEN, cause="by hand"), *turn)

    def due(self, kind: str = "escalate") -> list[tuple[int, timedelta]]:
        """Which levels are to come, and when, from START on."""
        escalate = select(TIMER.c.step, TIMER.c.due).where(TIMER.c.kind == kind).order_by(TIMER.c.step)
        with self.database.connect() as connection:
            return [(row.step, row.due - START) for row in connection.execute(escalate)]

    async def after(self, hours: float) -> list[str]:
        """Who was told so far, once the clock has gone on; nobody twice."""
        self.clock.forward(timedelta(hours=hours))
        await self.escalate.round()
        assert not await self.escalate.sweep()
        return [to for (to,) in self.rows(TOLD)]


@pytest.fixture
def desk(database: Database, writer: Writer, policy: Policy, clock: Clock, rows: Rows) -> Desk:
    return Desk(database, writer, replace(policy, config=Config.model_validate(CONFIG)), clock, rows)


ONE, TWO, THREE, FOUR, FIVE = (f"{each}@firma.example" for each in ("one", "two", "three", "four", "five"))
RESOLUTION = "escalate_resolution"


@pytest.fixture
def both(database: Database, writer: Writer, policy: Policy, clock: Clock, rows: Rows) -> Desk:
    """Levels of the response and of the resolution, which is due after twenty hours."""
    return Desk(database, writer, replace(policy, config=Config.model_validate(BOTH)), clock, rows)


@pytest.fixture
def single(database: Database, writer: Writer, policy: Policy, clock: Clock, rows: Rows) -> Desk:
    """Departments with one step each, and no [[due]]."""
    return Desk(database, writer, replace(policy, config=Config.model_validate(SINGLE)), clock, rows)


async def test_each_level_comes_once_in_its_time(desk: Desk) -> None:
    assert desk.due() == [(1, 4 * HOUR), (2, 8 * HOUR), (3, 32 * HOUR)]
    assert await desk.after(3.9) == []
    assert await desk.after(0.2) == [ONE]
    assert await desk.after(4) == [ONE, TWO]
    assert await desk.after(24) == [ONE, TWO, THREE]
    assert desk.rows("SELECT priority FROM ticket") == [("urgent",)]
    assert desk.rows("SELECT on_call, state FROM page") == [("night", "waiting")]
    assert await desk.after(1000) == [ONE, TWO, THREE]


async def test_after_downtime_the_latest_stands_for_the_others(desk: Desk) -> None:
    assert await desk.after(9) == [TWO]
    (note,) = desk.rows("SELECT text FROM event WHERE kind = 'escalated'")
    assert note[0].endswith("told two@firma.example; stands for level 1 too, due meanwhile")
    assert desk.due() == [(3, 32 * HOUR)]


async def test_another_priority_moves_what_is_to_come_and_repeats_nothing(desk: Desk) -> None:
    assert await desk.after(4) == [ONE]
    desk.act(SetPriority(ticket=1, priority=Priority.HIGH))
    assert desk.due() == [(2, 4 * HOUR), (3, 28 * HOUR)]
    assert await desk.after(0) == [ONE, TWO]
    desk.act(SetPriority(ticket=1, priority=Priority.NORMAL))
    assert desk.due() == [(3, 32 * HOUR)]
    assert await desk.after(20) == [ONE, TWO]


async def test_a_hold_stops_the_levels_and_repeats_none(desk: Desk) -> None:
    assert await desk.after(5) == [ONE]
    desk.hold()
    assert desk.due() == []
    assert await desk.after(10) == [ONE]
    desk.reopen()
    assert desk.due() == [(2, 18 * HOUR), (3, 42 * HOUR)]


async def test_an_answer_ends_them_and_the_next_turn_begins_anew(desk: Desk) -> None:
    assert await desk.after(5) == [ONE]
    desk.act(*answer.reply(desk.ticket(), "It is on.", "ewa", desk.policy, desk.clock.now(), then=None))
    assert desk.due() == []
    assert await desk.after(95) == [ONE]
    desk.somebody_waits()
    assert desk.due() == [(1, 104 * HOUR), (2, 108 * HOUR), (3, 132 * HOUR)]
    assert await desk.after(4) == [ONE, ONE]


async def test_another_department_has_levels_of_its_own(desk: Desk) -> None:
    assert await desk.after(5) == [ONE]
    desk.act(Route(ticket=1, department="billing"))
    assert desk.due() == [(1, 8 * HOUR)]
    assert await desk.after(3) == [ONE, "billing@firma.example"]
    desk.act(Route(ticket=1, department="support"))
    assert await desk.after(0) == [ONE, "billing@firma.example"]
    assert desk.due() == [(3, 32 * HOUR)]
    desk.act(Route(ticket=1, department="sales"))
    assert desk.due() == []


async def test_a_reload_moves_them(desk: Desk) -> None:
    assert await desk.after(4) == [ONE]
    desk.policy = replace(desk.policy, config=Config.model_validate({**CONFIG, "due": [{"first_response": "10h"}]}))
    await desk.deadlines.round()
    assert desk.due() == [(2, 10 * HOUR), (3, 34 * HOUR)]


async def test_what_is_promised_later_has_levels_from_then_on(desk: Desk) -> None:
    """By another priority, or by a reload."""
    desk.policy = replace(desk.policy, config=Config.model_validate({**CONFIG, "due": CONFIG["due"][:1]}))
    desk.hold()
    desk.reopen()
    assert desk.due() == []
    desk.clock.forward(3 * HOUR)
    desk.act(SetPriority(ticket=1, priority=Priority.HIGH))
    assert desk.due() == [(1, 2 * HOUR), (2, 4 * HOUR), (3, 28 * HOUR)]
    desk.act(SetPriority(ticket=1, priority=Priority.NORMAL))
    desk.hold()
    desk.reopen()
    assert desk.due() == []
    desk.policy = replace(desk.policy, config=Config.model_validate(CONFIG))
    await desk.deadlines.round()
    assert desk.due() == [(1, 4 * HOUR), (2, 8 * HOUR), (3, 32 * HOUR)]


async def test_a_disruption_that_is_over_moves_them(desk: Desk) -> None:
    assert await desk.after(4) == [ONE]
    desk.clock.forward(5 * HOUR)
    desk.act(AddPause(ticket=1, pause=Pause(START + 4 * HOUR, Why.DISRUPTED, desk.clock.now())))
    assert desk.due() == [(2, 13 * HOUR), (3, 37 * HOUR)]
    assert await desk.after(0) == [ONE]


async def test_of_two_that_become_one_the_older_wait_counts(desk: Desk) -> None:
    assert await desk.after(5) == [ONE]
    desk.act(OPENING, ticket=None)
    desk.somebody_waits(2)
    desk.act(*merge(desk.ticket(), desk.ticket(2), "ewa", desk.policy, desk.clock.now()))
    assert desk.due() == [(1, 4 * HOUR), (2, 8 * HOUR), (3, 32 * HOUR)]


def say(desk: Desk, then: Move | None) -> None:
    desk.act(*answer.reply(desk.ticket(), "It is on.", "ewa", desk.policy, desk.clock.now(), then=then))


async def test_the_resolution_has_levels_of_its_own_which_an_answer_does_not_end(both: Desk) -> None:
    assert (both.due(), both.due(RESOLUTION)) == ([(1, 4 * HOUR)], [(2, 10 * HOUR), (3, 44 * HOUR)])
    assert await both.after(5) == [ONE]
    say(both, None)
    assert (both.due(), both.due(RESOLUTION)) == ([], [(2, 10 * HOUR), (3, 44 * HOUR)])
    assert await both.after(6) == [ONE, FOUR]
    assert both.rows("SELECT text FROM event WHERE kind = 'escalated' ORDER BY id DESC LIMIT 1") == [
        ("level 2 of 3, at 50% of the resolution: not resolved since 2026-11-02 09:00 UTC; told four@firma.example",)
    ]
    assert await both.after(40) == [ONE, FOUR, FIVE]
    assert await both.after(1000) == [ONE, FOUR, FIVE]


@pytest.mark.parametrize("then", [Move.QUESTION_MAILED, Move.RESOLVE, Move.HOLD])
async def test_it_stands_still_with_the_clock_of_the_resolution(then: Move, both: Desk) -> None:
    both.clock.forward(5 * HOUR)
    both.hold() if then is Move.HOLD else say(both, then)
    assert both.due(RESOLUTION) == []
    assert FOUR not in await both.after(100)
    both.act(ChangeStatus(ticket=1, move=Move.CUSTOMER_WROTE, cause="it is not"))
    assert both.due(RESOLUTION) == [(2, 110 * HOUR), (3, 144 * HOUR)]
    assert FOUR in await both.after(5)
    say(both, Move.RESOLVE)
    both.act(ChangeStatus(ticket=1, move=Move.CUSTOMER_WROTE, cause="it is not"))
    assert [step for step, _ in both.due(RESOLUTION)] == [3]  # once for a ticket
    with both.database.connect() as connection:
        assert audit(connection, both.clock.now()).problems == ()


async def test_what_moves_the_resolution_moves_its_levels(both: Desk) -> None:
    both.act(SetPriority(ticket=1, priority=Priority.HIGH))
    assert both.due(RESOLUTION) == [(2, 5 * HOUR), (3, 34 * HOUR)]
    both.act(Route(ticket=1, department="billing"))
    assert both.due(RESOLUTION) == [(1, 10 * HOUR)]
    both.act(Route(ticket=1, department="sales"))
    assert both.due(RESOLUTION) == []
    both.act(Route(ticket=1, department="support"))
    both.policy = replace(both.policy, config=Config.model_validate({**BOTH, "due": [{"resolution": "40h"}]}))
    await both.deadlines.round()
    assert both.due(RESOLUTION) == [(2, 20 * HOUR), (3, 64 * HOUR)]


async def test_where_a_resolution_is_promised_later_its_levels_count_from_then_on(both: Desk) -> None:
    both.policy = replace(both.policy, config=Config.model_validate({**BOTH, "due": BOTH["due"][:1]}))
    both.hold()
    both.reopen()
    assert both.due(RESOLUTION) == []
    both.act(SetPriority(ticket=1, priority=Priority.HIGH))
    assert both.due(RESOLUTION) == [(2, 5 * HOUR), (3, 34 * HOUR)]


SINGLE = {
    **ORGANISATION,
    "department": [
        {"name": "support", "title": "Support", "escalate_after": "4h", "escalate_to": [ONE]},
        {"name": "billing", "title": "Billing", "escalate_after": "6h", "escalate_to": [TWO]},
        {"name": "sales", "title": "Sales"},
    ],
}


async def test_in_another_department_its_one_step_counts(single: Desk) -> None:
    assert single.due() == [(1, 4 * HOUR)]
    single.act(Route(ticket=1, department="billing"))
    assert single.due() == [(1, 6 * HOUR)]
    single.act(Route(ticket=1, department="sales"))
    assert single.due() == []
    single.act(Route(ticket=1, department="billing"))
    assert await single.after(7) == [TWO]
    single.act(Route(ticket=1, department="support"))
    assert single.due() == [(1, 11 * HOUR)]  # four hours were over already: they count anew
    assert await single.after(0) == [TWO]
    assert await single.after(4) == [TWO, ONE]


async def test_what_was_on_hold_counts_from_the_end_of_that_in_another_department(single: Desk) -> None:
    single.hold()
    single.clock.forward(5 * HOUR)
    single.reopen()
    single.act(Route(ticket=1, department="billing"))
    assert single.due() == [(1, 11 * HOUR)]
