"""Timers that elapse: exactly one effect each, however long we were away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mailflow.desk.actions import ChangeStatus, OpenTicket, SetTimer, TimerKind
from mailflow.desk.agents import answer
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.desk.timing.sla import timers_of_question, timers_of_waiting
from mailflow.desk.writing.kind import Kind
from mailflow.flow import escalate as module
from mailflow.flow.escalate import Escalate, Rung
from mailflow.store import apply
from mailflow.store.database import Database
from mailflow.store.tables import OUTBOX, TICKET
from mailflow.store.tickets import tickets
from mailflow.store.timing import timers
from mailflow.store.writer import Writer
from tests.flow.conftest import Now

Rows = Callable[[str], list[Any]]
KINDS = "SELECT kind FROM outbox ORDER BY id"


@pytest.fixture
def escalate(writer: Writer, policy: Policy, now: Now) -> Escalate:
    return Escalate(writer, policy=lambda: policy, now=now)


@pytest.fixture
def act(database: Database, policy: Policy, clock: Any) -> Callable[..., int | None]:
    def act(ticket: int | None, *actions: Any) -> int | None:
        with database.begin() as connection:
            return apply.carry_out(connection, ticket, actions, policy, clock.now())

    return act


@pytest.fixture
def ticket(act: Any) -> int:
    opening = OpenTicket(
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
    number: int = act(None, opening)
    return number


def ask(act: Any, ticket: int, policy: Policy, clock: Any) -> None:
    """We asked, it is the customer's turn."""
    moved = ChangeStatus(ticket=ticket, move=Move.QUESTION_MAILED, cause="ewa asked")
    act(ticket, moved, *timers_of_question(policy, clock.now(), ticket))


async def test_nothing_is_due_before_its_time(
    escalate: Escalate, act: Any, ticket: int, policy: Policy, clock: Any, rows: Rows
) -> None:
    ask(act, ticket, policy, clock)
    clock.forward(timedelta(days=2) - timedelta(seconds=1))
    assert not await escalate.sweep()
    assert rows(KINDS) == []


async def test_reminders_then_resolution_while_the_customer_is_silent(
    escalate: Escalate, act: Any, ticket: int, policy: Policy, clock: Any, rows: Rows
) -> None:  # R3.5
    ask(act, ticket, policy, clock)
    for days in (2, 3, 5):
        clock.forward(timedelta(days=days))
        assert await escalate.sweep()
        assert not await escalate.sweep()
    assert rows(KINDS) == [("reminder",), ("reminder",), ("closing",)]
    assert rows("SELECT status FROM ticket") == [("resolved",)]
    assert rows("SELECT kind FROM timer") == [("close",)]


async def test_after_a_long_absence_only_the_latest_step_acts(
    escalate: Escalate, act: Any, ticket: int, policy: Policy, clock: Any, rows: Rows
) -> None:  # D8
    ask(act, ticket, policy, clock)
    clock.forward(timedelta(days=6))
    await escalate.sweep()
    assert rows(KINDS) == [("reminder",)]
    assert rows("SELECT kind FROM timer") == [("resolve",)]
    clock.forward(timedelta(days=30))
    await escalate.sweep()
    assert rows(KINDS) == [("reminder",), ("closing",)]


async def test_who_was_not_answered_in_time_is_escalated_once(
    escalate: Escalate, act: Any, ticket: int, policy: Policy, clock: Any, rows: Rows, database: Database
) -> None:  # R3.2
    with database.begin() as connection:
        connection.execute(update(TICKET).values(waiting_since=clock.now()))
    act(ticket, *timers_of_waiting(policy, clock.now(), "support", ticket))
    clock.forward(timedelta(hours=4))
    await escalate.sweep()
    await escalate.sweep()
    assert rows("SELECT kind, rcpt_to FROM outbox") == [("escalation", "lead@firma.example")]
    assert len(rows("SELECT id FROM event WHERE kind = 'escalated'")) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_timer_that_elapses_while_an_agent_resolves_the_ticket_brings_nothing(
    act: Any, ticket: int, policy: Policy, clock: Any, rows: Rows, database: Database
) -> None:  # R3.5: they waited for each other, one for the ticket and one for its timers
    def sweep() -> list[Rung]:
        with database.begin() as connection:
            return module.ring_due(connection, policy, clock.now())

    ask(act, ticket, policy, clock)
    clock.forward(timedelta(days=2))
    with ThreadPoolExecutor(1) as thread:
        with database.begin() as mine:
            asked = tickets.load(mine, ticket, lock=True)
            assert asked
            sweeping = thread.submit(sweep)
            waits = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            while not mine.exec_driver_sql(waits).scalar():
                assert not sweeping.done()
            apply.carry_out(mine, ticket, answer.resolve(asked, "ewa", policy, clock.now()), policy, clock.now())
        assert sweeping.result(10) == []
    assert rows(KINDS) == [("resolved",)]


async def test_what_a_ceiling_forbids_is_not_logged_as_written(
    act: Any, ticket: int, policy: Policy, clock: Any, rows: Rows, database: Database
) -> None:
    one = policy.config.limits.model_copy(update={"automatic_per_ticket": 1})
    strict = replace(policy, config=policy.config.model_copy(update={"limits": one}))
    ask(act, ticket, policy, clock)
    clock.forward(timedelta(days=2))
    with database.begin() as connection:
        (first,) = module.ring_due(connection, strict, clock.now())
        connection.execute(update(OUTBOX).values(state="sent"))
    clock.forward(timedelta(hours=1))
    ask(act, ticket, policy, clock)
    with database.begin() as connection:
        timers.set_timer(connection, ticket, TimerKind.REMIND, 1, clock.now())
        (second,) = module.ring_due(connection, strict, clock.now())
    assert [[send.kind for send in each.outcome] for each in (first, second)] == [[Kind.REMINDER], []]
    assert rows("SELECT kind FROM event WHERE kind = 'silence'") == [("silence",)]


async def test_a_mistake_on_one_ticket_does_not_keep_the_others_from_theirs(
    escalate: Escalate, act: Any, ticket: int, policy: Policy, clock: Any, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(ticket, SetTimer(ticket=ticket, kind=TimerKind.ESCALATE, step=1, due=clock.now()))
    ask_after = module.sla.due_actions

    def stumble(of: Any, kind: TimerKind, *rest: Any, **also: Any) -> Any:
        if kind is TimerKind.ESCALATE:
            raise ZeroDivisionError("our bug")
        return ask_after(of, kind, *rest, **also)

    monkeypatch.setattr(module.sla, "due_actions", stumble)
    act(ticket, ChangeStatus(ticket=ticket, move=Move.QUESTION_MAILED, cause="ewa asked"))
    act(ticket, SetTimer(ticket=ticket, kind=TimerKind.REMIND, step=1, due=clock.now()))
    await escalate.sweep()
    assert rows(KINDS) == [("reminder",)]
    assert rows("SELECT kind FROM timer") == [("escalate",)]
    assert not await escalate.sweep()  # not each second
    clock.forward(timedelta(hours=1))
    assert await escalate.sweep()
