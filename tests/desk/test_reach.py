"""What becomes of the case of an account that somebody cannot reach: what is next, when it is due, what is ticked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.config.request import Reach
from mailflow.config.values import Lapse
from mailflow.desk.policy import Policy
from mailflow.desk.reach.courses import Course, Seeker, course, due, seekers
from mailflow.desk.reach.deeds import TickTasks
from mailflow.desk.reach.reaching import Came, Letter, Reaching, State, Task
from mailflow.desk.reach.tasks import numbers_in, tick
from mailflow.desk.ticket import Status
from mailflow.errors import Refused
from tests.conftest import ORGANISATION

NOW = datetime(2026, 11, 6, 9, 0, tzinfo=UTC)  # a Friday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def letter(number: int = 1, **more: Any) -> Letter:
    return Letter(number=number, contact=1, address=f"x{number}@ziel.example", asked=NOW - DAY, **more)


def case(state: State = State.ASKED, **more: Any) -> Reaching:
    known: dict[str, Any] = {
        "number": 1, "account": 3, "code": "2002", "name": "Ziel", "region": "Coast", "disrupted": False,
        "tickets": (1,), "opened": NOW - DAY, "asked": NOW - DAY, "due": NOW + HOUR, "letters": (letter(),),
    }  # fmt: skip
    return Reaching(state=state, **{**known, **more})


LOST, ANSWER = letter(came=Came.LOST), letter(came=Came.CONFIRMED, news=True)
COURSES = {
    "nothing yet": (case(), None),
    "due": (case(due=NOW), Course.WIDEN),
    "a person has it": (case(due=None), None),
    "no address works": (case(letters=(LOST,)), Course.WIDEN),
    "one address works": (case(letters=(LOST, letter(2))), None),
    "it has no address": (case(letters=()), Course.WIDEN),
    "answered": (case(letters=(ANSWER,)), Course.TELL),
    "answered before it is due": (case(due=NOW, letters=(ANSWER,)), Course.TELL),
    "answered though it is over": (case(State.OVER, letters=(ANSWER,)), Course.TELL),
    "disrupted": (case(disrupted=True), Course.PAUSE),
    "disrupted when it is due": (case(disrupted=True, due=NOW), Course.PAUSE),
    "still disrupted": (case(State.PAUSED, disrupted=True, due=NOW), None),
    "lifted": (case(State.PAUSED, due=NOW), Course.RESUME),
    "lifted before anybody was asked": (case(State.PAUSED, asked=None, due=None, letters=()), Course.RESUME),
    "investigated": (case(State.WIDER, due=None), None),
    "investigated in a region that is disrupted now": (case(State.WIDER, disrupted=True, due=None), None),
    "a task is done": (case(State.WIDER, tasks=(Task(number=1, text="Call", news=True),)), Course.TICK),
    "over": (case(State.OVER, due=NOW, disrupted=True), None),
}


@pytest.mark.parametrize("name", COURSES)
def test_what_happens_next(name: str, desk: Any) -> None:
    reaching, wanted = COURSES[name]
    ticket = desk.ticket()
    assert course(reaching, [Seeker(ticket, ticket)], NOW) is wanted


def test_who_does_not_look_for_it_any_more_ends_it(desk: Any) -> None:
    assert course(case(due=NOW), [], NOW) is Course.END
    settled = [replace(desk.ticket(), number=1, status=each) for each in (Status.RESOLVED, Status.CLOSED)]
    assert [seekers(case(), [each]) for each in settled] == [(), ()]


def test_a_merged_ticket_is_told_where_it_is_read(desk: Any) -> None:
    merged = replace(desk.ticket(), number=1, status=Status.CLOSED, merged_into=2)
    into = replace(desk.ticket(), number=2)
    assert seekers(case(tickets=(1, 2)), [merged, into]) == (Seeker(into, into),)
    assert seekers(case(), [merged, into]) == (Seeker(merged, into),)


@pytest.fixture
def working(policy: Policy) -> Policy:
    office = {"name": "office", "hours": {"mon-fri": "08:00-20:00"}}
    departments = [{**each, "calendar": "office"} for each in ORGANISATION["department"]]  # type: ignore[dict-item]
    config = Config.model_validate({**ORGANISATION, "calendar": [office], "department": departments})
    return replace(policy, config=config)


FRIDAY = datetime(2026, 11, 6, 18, 0, tzinfo=UTC)
DUE = [
    ({}, (), FRIDAY + DAY),
    ({"after": Lapse(3, "h"), "working_hours": True}, (), datetime(2026, 11, 9, 9, 0, tzinfo=UTC)),
    ({}, [(FRIDAY + HOUR, FRIDAY + 3 * HOUR)], FRIDAY + DAY + 2 * HOUR),
    ({}, [(FRIDAY - DAY, FRIDAY + HOUR)], FRIDAY + DAY + HOUR),
    ({}, [(FRIDAY - 2 * DAY, FRIDAY - DAY), (FRIDAY + 2 * DAY, FRIDAY + 3 * DAY)], FRIDAY + DAY),
    (
        {},
        [(FRIDAY + DAY + HOUR, FRIDAY + DAY + 4 * HOUR), (FRIDAY + HOUR, FRIDAY + 3 * HOUR)],
        FRIDAY + DAY + 5 * HOUR,
    ),
]


@pytest.mark.parametrize(("shape", "lost", "wanted"), DUE)
def test_when_the_wider_investigation_begins(shape: Any, lost: Any, wanted: datetime, working: Policy) -> None:
    """Around the clock, or in working time; without what was lost to disruptions, in whichever order they are known."""
    assert due(Reach(account="member", **shape), FRIDAY, "support", lost, working) == wanted


def wider(desk: Any) -> Any:
    tasks = (Task(number=1, text="Call"), Task(number=2, text="Ask"), Task(number=3, text="Look", done=NOW, by="ewa"))
    return replace(desk.ticket(), number=1, reach=case(State.WIDER, tasks=tasks))


def test_tasks_are_ticked_once(desk: Any) -> None:
    ticked, *notes = tick(wider(desk), (1, 2, 1), "klara")
    assert ticked == TickTasks(ticket=1, case=1, tasks=(1, 2), by="klara")
    assert [each.text for each in notes] == ["task 1 done by klara: Call", "task 2 done by klara: Ask"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("numbers", "why"), [((4,), "no task 4"), ((3,), "done already, by ewa"), ((1, 3), "done")])
def test_what_is_no_task_or_done_is_refused(numbers: tuple[int, ...], why: str, desk: Any) -> None:
    with pytest.raises(Refused, match=why):
        tick(wider(desk), numbers, "klara")


def test_there_are_tasks_only_where_something_is_investigated(desk: Any) -> None:
    over = replace(wider(desk), reach=replace(wider(desk).reach, state=State.ANSWERED))
    for ticket in (desk.ticket(), replace(desk.ticket(), reach=case()), over):
        with pytest.raises(Refused):
            tick(ticket, (1,), "klara")


def test_numbers_of_tasks() -> None:
    assert [numbers_in(each) for each in ("1", "1 3", "1, 3")] == [(1,), (1, 3), (1, 3)]
    for wrong in ("", "all", "1-3", "-1", "²", "9999"):
        with pytest.raises(Refused):
            numbers_in(wrong)
