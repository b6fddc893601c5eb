"""Levels of escalation through what happens to a ticket: moved with what is due, done once, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mailflow.config import Config
from mailflow.desk import answer
from mailflow.desk.actions import Action, AddPause, ChangeStatus, OpenTicket, Route, SetPriority
from mailflow.desk.merge import merge
from mailflow.desk.pause import Pause, Why
from mailflow.desk.policy import Policy
from mailflow.desk.sla import our_turn
from mailflow.desk.ticket import Move, Priority, Status
from mailflow.flow.deadlines import Deadlines
from mailflow.flow.escalate import Escalate
from mailflow.store import apply, tickets
from mailflow.store.database import Database
from mailflow.store.tables import TICKET, TIMER
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


class Desk:
    """One ticket that waits for us since START, and everything that may happen to it."""

    def __init__(self, database: Database, writer: Writer, policy: Policy, clock: Clock, rows: Rows) -> None:
        self.database, self.clock, self.rows = database, clock, rows
        self.policy = replace(policy, config=Config.model_validate(CONFIG))
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

    def due(self) -> list[tuple[int, timedelta]]:
        """Which levels are to come, and when, from START on."""
        escalate = select(TIMER.c.step, TIMER.c.due).where(TIMER.c.kind == "escalate").order_by(TIMER.c.step)
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
    return Desk(database, writer, policy, clock, rows)


ONE, TWO, THREE = (f"{each}@firma.example" for each in ("one", "two", "three"))


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
