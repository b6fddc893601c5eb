"""What was there before we were: it counts by its own date, and is closed when it is old."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailflow.desk.actions import Append, ChangeStatus, SetTimer, TimerKind
from mailflow.desk.backlog import STILL_COMING
from mailflow.desk.ticket import Move, Status
from mailflow.desk.timing.sla import due_actions

DAY = timedelta(days=1)


@pytest.mark.parametrize(("age", "due_in"), [(400 * DAY, STILL_COMING), (10 * DAY, 20 * DAY)])
def test_it_counts_by_its_own_date(desk: Any, only: Any, age: timedelta, due_in: timedelta) -> None:
    decision = desk.decide(message=desk.message(date=desk.now - age), entry=desk.entry(backlog=True))
    assert [append.said for append in only(decision.actions, Append)] == [desk.now - age]
    assert only(decision.actions, SetTimer) == [
        SetTimer(ticket=None, kind=TimerKind.RETIRE, step=1, due=desk.now + due_in)
    ]


@pytest.mark.parametrize("date", [None, datetime.fromisoformat("2099-01-01T00:00:00+00:00")])
def test_a_date_that_cannot_be_is_that_of_its_arrival(desk: Any, only: Any, date: datetime | None) -> None:
    entry = desk.entry(backlog=True)
    decision = desk.decide(message=desk.message(date=date), entry=entry)
    assert [append.said for append in only(decision.actions, Append)] == [entry.received]


def test_new_mail_counts_from_now(desk: Any, only: Any) -> None:
    decision = desk.decide(message=desk.message(date=desk.now - 400 * DAY))
    assert [append.said for append in only(decision.actions, Append)] == [None]
    assert TimerKind.RETIRE not in [timer.kind for timer in only(decision.actions, SetTimer)]


def test_where_all_stay_open_nothing_is_asked(desk: Any, only: Any) -> None:
    resolved = desk.policy.config.resolved.model_copy(update={"close_backlog": None})
    desk.policy = replace(desk.policy, config=desk.policy.config.model_copy(update={"resolved": resolved}))
    decision = desk.decide(entry=desk.entry(backlog=True))
    assert only(decision.actions, SetTimer) == []


@pytest.mark.parametrize(
    ("changes", "is_closed"),
    [
        ({"waiting_since": None}, True),
        ({"waiting_since": None, "last_activity": timedelta(days=29)}, False),
        ({}, False),
        ({"waiting_since": None, "assignee": "ewa"}, False),
        ({"waiting_since": None, "status": Status.RESOLVED}, False),
    ],
)
def test_it_is_closed_when_it_is_old_and_nobody_took_it_up(desk: Any, changes: dict[str, Any], is_closed: bool) -> None:
    age = changes.pop("last_activity", timedelta(days=30))
    ticket = desk.ticket(**{"answered_at": None, "waiting_since": desk.now, "status": Status.OPEN, **changes})
    ticket = replace(ticket, last_activity=desk.now - age)
    actions = due_actions(ticket, TimerKind.RETIRE, 1, desk.policy, desk.now)
    assert [action.move for action in actions if isinstance(action, ChangeStatus)] == [Move.RETIRE] * is_closed
    assert len(actions) == is_closed
