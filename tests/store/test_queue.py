"""The queue: by priority, then who waits longest; what does not wait for us is not in it (R2.3, R3.9)."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import AddDepartments, Append, Assign, ChangeStatus, Say, SetPriority, SetTimer, TimerKind
from mailflow.desk.agents.merge import merge
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ticket import Move, Priority
from mailflow.store.shown import ticket_views
from mailflow.store.shown.queue import queue
from mailflow.store.tickets.tickets import load_all

MINUTE = timedelta(minutes=1)


@pytest.fixture
def waiting(desk: Any) -> Any:
    """Five tickets, of each priority one and two of `normal`, from what matters least to what matters most."""
    for level in (Priority.LOW, Priority.NORMAL, Priority.NORMAL, Priority.HIGH, Priority.URGENT):
        number = desk.open()
        if level is not Priority.NORMAL:
            desk.act(number, SetPriority(ticket=number, priority=level))
        desk.clock.forward(MINUTE)
    return desk


def numbers(desk: Any, **asked: Any) -> list[int]:
    with desk.database.connect() as connection:
        return [each["number"] for each in queue(connection, **asked)]


def chase(desk: Any, ticket: int) -> None:
    desk.clock.forward(MINUTE)
    actions = (Append(ticket=ticket),)
    desk.file(Decision(disposition=Disposition.FILED, reason="any news?", ticket=ticket, actions=actions))


def move(desk: Any, ticket: int, move: Move) -> None:
    desk.act(ticket, ChangeStatus(ticket=ticket, move=move, cause="by hand"))


def test_what_matters_most_comes_first_and_then_who_waits_longest(waiting: Any) -> None:
    assert numbers(waiting) == [5, 4, 2, 3, 1]
    assert numbers(waiting, limit=3) == [5, 4, 2]


def test_a_chaser_does_not_change_it(waiting: Any) -> None:  # R3.9
    before = numbers(waiting)
    for ticket in (2, 1, 4):
        chase(waiting, ticket)
    assert numbers(waiting) == before


def test_an_answer_ends_the_wait_and_the_next_question_is_a_wait_of_its_own(waiting: Any) -> None:
    waiting.act(2, Say(ticket=2, text="Pour water.", author="ewa", internal=False))
    assert numbers(waiting) == [5, 4, 3, 1]
    chase(waiting, 2)
    assert numbers(waiting) == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("how", [Move.HOLD, Move.RESOLVE, Move.QUESTION_MAILED])
def test_what_does_not_wait_for_us_is_not_in_it(waiting: Any, how: Move) -> None:
    move(waiting, 5, how)
    assert numbers(waiting) == [4, 2, 3, 1]


def test_what_is_resolved_is_not_in_it_though_somebody_wrote_there(waiting: Any) -> None:
    move(waiting, 5, Move.RESOLVE)
    chase(waiting, 5)
    assert numbers(waiting) == [4, 2, 3, 1]


def test_what_was_merged_waits_in_the_other(waiting: Any) -> None:
    with waiting.database.connect() as connection:
        both = load_all(connection, {2, 3})
    waiting.act(3, *merge(both[2], both[3], "ewa", waiting.policy, waiting.clock.now()))
    assert numbers(waiting) == [5, 4, 3, 1]


def test_what_awaits_the_customer_waits_for_us_when_somebody_else_wrote(waiting: Any) -> None:
    move(waiting, 5, Move.QUESTION_MAILED)
    chase(waiting, 5)
    assert numbers(waiting) == [5, 4, 2, 3, 1]


def test_a_department_has_what_it_sees_and_an_agent_what_is_theirs(waiting: Any) -> None:  # R2.5
    waiting.act(3, AddDepartments(ticket=3, departments=("billing",)), Assign(ticket=3, assignee="ewa"))
    waiting.act(5, Assign(ticket=5, assignee="ewa"))
    assert numbers(waiting, department="billing") == [3]
    assert numbers(waiting, department="support") == [5, 4, 2, 3, 1]
    assert numbers(waiting, assignee="ewa") == [5, 3]
    assert numbers(waiting, department="sales") == []


def test_it_shows_what_a_list_shows(waiting: Any) -> None:
    due = waiting.clock.now() + timedelta(hours=4)
    waiting.act(5, SetTimer(ticket=5, kind=TimerKind.ESCALATE, step=1, due=due))
    with waiting.database.connect() as connection:
        (first, *_) = queue(connection)
        assert first == next(each for each in ticket_views.tickets(connection) if each["number"] == 5)
    assert first["due"]["first_response"] == due.isoformat()
