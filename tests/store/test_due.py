"""What is due is kept with the ticket and found by an index; whatever happens to the ticket changes it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from mailflow.config import Config
from mailflow.desk.actions import Append, ChangeStatus, Note, Route, Say, SetPriority
from mailflow.desk.agents.merge import merge
from mailflow.desk.agents.split import split
from mailflow.desk.context import Said
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ticket import Move, Priority
from mailflow.desk.timing.pause import Why
from mailflow.flow.deadlines import Deadlines
from mailflow.store.shown import overview, queue
from mailflow.store.tables import TICKET
from mailflow.store.tickets import tickets
from mailflow.store.timing import due as kept
from mailflow.store.writer import Writer
from tests.conftest import ORGANISATION

HOUR = timedelta(hours=1)
DUE = [
    {"priority": "high", "first_response": "1h", "resolution": "4h"},
    {"department": "billing", "first_response": "2h"},
    {"priority": "normal", "first_response": "4h", "next_response": "3h", "resolution": "9h"},
]


def test_what_was_answered_and_is_split_off_is_promised_a_resolution(desk: Any) -> None:
    desk.policy = policy_with(desk, DUE)
    desk.open()
    started, answered = desk.clock.now(), desk.clock.forward(HOUR)
    said = [
        Said(id=place, direction=direction, entry=place, at=at, subject="Printer")
        for place, (direction, at) in enumerate((("in", started), ("in", started), ("out", answered)), 1)
    ]
    desk.act(1, Say(ticket=1, text="Both are on.", author="ewa", internal=False))
    with desk.database.connect() as connection:
        ticket = tickets.load(connection, 1)
    assert ticket
    desk.act(1, *split(ticket, said, 2, "ewa", desk.policy))
    assert after(desk, answered, 2) == (None, 9 * HOUR, 9 * HOUR)


@pytest.fixture
def promised(desk: Any) -> Any:
    """A desk that promises something."""
    desk.policy = policy_with(desk, DUE)
    return desk


def policy_with(desk: Any, due: list[dict[str, str]]) -> Any:
    return replace(desk.policy, config=Config.model_validate({**ORGANISATION, "due": due}))


def after(desk: Any, start: datetime, number: int = 1) -> tuple[timedelta | None, ...]:
    """When response and resolution are due, after `start`; and the sooner of the two."""
    with desk.database.connect() as connection:
        row = connection.execute(TICKET.select().where(TICKET.c.id == number)).one()
    return tuple(at and at - start for at in (row.response_due, row.resolution_due, row.due))


def move(desk: Any, how: Move, number: int = 1) -> None:
    desk.act(number, ChangeStatus(ticket=number, move=how, cause="by hand"))


def test_from_the_first_mail_to_the_end(promised: Any) -> None:
    start = promised.clock.now()
    promised.open()
    assert after(promised, start) == (4 * HOUR, 9 * HOUR, 4 * HOUR)
    promised.clock.forward(HOUR)
    promised.act(1, Say(ticket=1, text="Is it on?", author="ewa", internal=False))
    move(promised, Move.QUESTION_MAILED)
    assert after(promised, start) == (None, None, None)
    promised.clock.forward(5 * HOUR)
    answer = (Append(ticket=1), ChangeStatus(ticket=1, move=Move.CUSTOMER_WROTE, cause="the customer wrote"))
    promised.file(Decision(disposition=Disposition.FILED, reason="", ticket=1, actions=answer))
    assert after(promised, start) == (9 * HOUR, 14 * HOUR, 9 * HOUR)
    move(promised, Move.RESOLVE)
    assert after(promised, start) == (None, None, None)
    promised.clock.forward(HOUR)
    move(promised, Move.REOPEN)
    assert after(promised, start) == (None, 15 * HOUR, 15 * HOUR)
    with promised.database.connect() as connection:
        ticket = tickets.load(connection, 1)
    assert ticket
    assert [(each.why, each.until - each.since) for each in ticket.pauses if each.until] == [
        (Why.AWAITING, 5 * HOUR),
        (Why.RESOLVED, HOUR),
    ]


def test_whatever_changes_the_ticket_changes_what_is_due(promised: Any) -> None:
    start = promised.clock.now()
    promised.open()
    promised.act(1, SetPriority(ticket=1, priority=Priority.HIGH))
    assert after(promised, start) == (HOUR, 4 * HOUR, HOUR)
    promised.act(1, SetPriority(ticket=1, priority=Priority.LOW), Route(ticket=1, department="billing"))
    assert after(promised, start) == (2 * HOUR, None, 2 * HOUR)
    promised.act(1, Note(ticket=1, kind="note", text="nothing"))
    assert after(promised, start) == (2 * HOUR, None, 2 * HOUR)


def test_of_two_that_become_one_the_older_wait_counts(promised: Any) -> None:
    start = promised.clock.now()
    promised.open()
    promised.clock.forward(HOUR)
    promised.open()
    with promised.database.begin() as connection:
        one, two = (tickets.load(connection, number) for number in (1, 2))
    assert one
    assert two
    promised.act(1, *merge(one, two, "ewa", promised.policy, promised.clock.now()))
    assert after(promised, start, 1) == (None, None, None)
    assert after(promised, start, 2) == (4 * HOUR, 10 * HOUR, 4 * HOUR)


def test_the_list_has_what_is_due_soonest_first(promised: Any) -> None:
    for number in (1, 2, 3, 4):
        promised.open()
        promised.clock.forward(HOUR)
        if number == 3:
            promised.act(3, SetPriority(ticket=3, priority=Priority.HIGH))
    move(promised, Move.HOLD, 2)
    with promised.database.connect() as connection:
        rows = queue.due(connection)
        assert [each["number"] for each in rows] == [3, 1, 4]
        assert rows[0]["next_due"] == rows[0]["due"]["first_response"]
        assert [each["number"] for each in queue.due(connection, limit=1)] == [3]
        assert queue.due(connection, department="billing") == []
        assert overview.status(connection, promised.clock.now() + timedelta(minutes=1))["due"]["overdue"] == 1 + 1


def test_it_is_found_by_an_index(sqlite_desk: Any) -> None:
    plans: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.startswith("SELECT") and not plans:
            plans.extend(
                row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            )

    sqlite_desk.open()
    event.listen(sqlite_desk.database.engine, "before_cursor_execute", note)
    with sqlite_desk.database.begin() as connection:
        queue.due(connection, department="support", assignee="ewa")
    assert any("ix_ticket_due" in plan for plan in plans)
    assert not any("TEMP B-TREE" in plan for plan in plans)


def test_who_was_asked_before_pauses_were_kept_has_had_the_move_since_then(promised: Any) -> None:
    """A database of a version that kept none; the daemon works out what is due when it starts."""
    start = promised.clock.now()
    promised.open()
    promised.clock.forward(HOUR)
    promised.act(1, Say(ticket=1, text="Is it on?", author="ewa", internal=False))
    move(promised, Move.QUESTION_MAILED)
    with promised.database.begin() as connection:
        connection.execute(TICKET.update().values(pauses=()))
    promised.clock.forward(5 * HOUR)
    with promised.database.begin() as connection:
        assert kept.work_out(connection, promised.policy.schedule, promised.clock.now()) is None
    promised.clock.forward(HOUR)
    move(promised, Move.REOPEN)
    assert after(promised, start) == (None, 15 * HOUR, 15 * HOUR)


async def test_what_is_promised_otherwise_is_worked_out_anew(promised: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start and after a reload, a batch after the other; tickets that are over stay as they are."""
    monkeypatch.setattr(kept, "BATCH", 5)
    start, before = promised.clock.now(), promised.policy
    promised.policy = policy_with(promised, [])
    for _ in range(kept.BATCH + 3):
        promised.open()
    move(promised, Move.RESOLVE, 2)
    assert after(promised, start) == (None, None, None)
    writer = Writer(promised.database)
    deadlines = Deadlines(writer, policy=lambda: promised.policy, now=promised.clock.now)
    promised.policy = before
    await deadlines.round()
    assert after(promised, start) == (4 * HOUR, 9 * HOUR, 4 * HOUR)
    assert after(promised, start, kept.BATCH + 3) == (4 * HOUR, 9 * HOUR, 4 * HOUR)
    assert after(promised, start, 2) == (None, None, None)
    promised.policy = policy_with(promised, [{"resolution": "1h"}])
    await deadlines.round()
    assert after(promised, start) == (None, HOUR, HOUR)
    promised.policy = policy_with(promised, [])
    await deadlines.round()
    assert after(promised, start, kept.BATCH + 3) == (None, None, None)
    await writer.close()
