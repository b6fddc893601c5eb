"""What is due of a ticket, and why: a function of what the ticket is, so each change of it is a row here (R1.6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.ticket import Priority, Status
from mailflow.desk.timing import due_told
from mailflow.desk.timing.due import Promise, clocks, terms
from mailflow.desk.timing.pause import Pause, Why, moved
from mailflow.desk.timing.schedule import Schedule
from tests.conftest import ORGANISATION

FIRST, NEXT, RESOLUTION = Promise.FIRST_RESPONSE, Promise.NEXT_RESPONSE, Promise.RESOLUTION
HOUR = timedelta(hours=1)
FRIDAY = datetime(2026, 11, 6, 15, 15, tzinfo=UTC)  # 16:15 in Warsaw


@pytest.fixture
def schedule() -> Schedule:
    office = {"name": "office", "time_zone": "Europe/Warsaw", "hours": {"mon-fri": "08:00-20:00"}, "closed": ["11-11"]}
    return Schedule(
        Config.model_validate(
            {
                **ORGANISATION,
                "department": [
                    {**each, "calendar": "office" if each["name"] == "support" else None}
                    for each in ORGANISATION["department"]
                ],
                "calendar": [office, {"name": "always", "hours": {"mon-sun": "00:00-24:00"}}],
                "contract": [{"name": "Gold", "priority": "high", "calendar": "always"}],
                "due": [
                    {"contract": "gold", "first_response": "1h"},
                    {"priority": "high", "first_response": "4h", "next_response": "2h", "resolution": "3d"},
                    {"department": "billing", "resolution": "1w"},
                    {"priority": "normal", "first_response": "1d", "next_response": "never"},
                ],
            }
        )
    )


@pytest.fixture
def opened(desk: Any) -> Any:
    """On Friday afternoon, with high priority; nobody answered."""

    def ticket(**said: Any) -> Any:
        return desk.ticket(
            **{"priority": Priority.HIGH, "created": FRIDAY, "waiting_since": FRIDAY, "last_activity": FRIDAY, **said}
        )

    return ticket


def at(text: str) -> datetime:
    """In UTC."""
    return datetime.fromisoformat(f"2026-{text}:00+00:00")


ANSWERED = {"waiting_since": None, "answered_at": FRIDAY + HOUR}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, {FIRST: at("11-09 07:15"), RESOLUTION: at("11-12 15:15")}),
        ({"priority": Priority.NORMAL}, {FIRST: at("11-09 15:15")}),
        ({"priority": Priority.LOW}, {}),
        ({"contract": "GOLD"}, {FIRST: at("11-06 16:15"), RESOLUTION: at("11-09 15:15")}),
        ({"department": "billing"}, {FIRST: at("11-06 19:15"), RESOLUTION: at("11-09 15:15")}),
        ({"department": "billing", "priority": Priority.LOW}, {RESOLUTION: at("11-13 15:15")}),
        (ANSWERED, {RESOLUTION: at("11-12 15:15")}),
        (
            {"answered_at": FRIDAY, "waiting_since": at("11-09 07:00")},
            {NEXT: at("11-09 09:00"), RESOLUTION: at("11-12 15:15")},
        ),
        ({"status": Status.AWAITING_CUSTOMER, **ANSWERED}, {RESOLUTION: "paused"}),
        ({"status": Status.AWAITING_CUSTOMER}, {FIRST: at("11-09 07:15"), RESOLUTION: "paused"}),
        ({"status": Status.ON_HOLD}, {FIRST: "paused", RESOLUTION: "paused"}),
        ({"status": Status.RESOLVED}, {}),
        ({"status": Status.CLOSED, "merged_into": 1}, {}),
        ({"waiting_since": None}, {}),  # it was there before we were
    ],
)
def test_what_is_due(said: dict[str, Any], expected: dict[Promise, Any], opened: Any, schedule: Schedule) -> None:
    """Three working days from Friday at 16:15 are Wednesday; but that is a holiday, so they are Thursday."""
    ticket = opened(**said)
    kept = clocks(ticket, schedule, FRIDAY + HOUR)
    found = {term.promise: term.due or "paused" for term in terms(opened(**said, pauses=kept.pauses), schedule)}
    assert found == expected
    dues = {name: each for name, each in expected.items() if each != "paused"}
    assert kept.resolution_due == dues.get(RESOLUTION)
    assert kept.response_due == dues.get(FIRST, dues.get(NEXT))
    assert kept.due == min(dues.values(), default=None)


def pause(why: Why, since: str, until: str | None) -> Pause:
    return Pause(at(since), why, at(until) if until else None)


@pytest.mark.parametrize(
    ("pauses", "first", "resolution"),
    [
        ([], "11-09 07:15", "11-12 15:15"),
        ([(Why.ON_HOLD, "11-09 07:00", "11-09 09:00")], "11-09 09:15", "11-12 17:15"),
        ([(Why.AWAITING, "11-09 07:00", "11-09 09:00")], "11-09 07:15", "11-12 17:15"),
        ([(Why.ON_HOLD, "11-07 07:00", "11-08 09:00")], "11-09 07:15", "11-12 15:15"),  # while it was closed
        ([(Why.ON_HOLD, "11-01 07:00", "11-09 07:10")], "11-09 11:10", "11-13 07:10"),  # since before it was opened
        ([(Why.ON_HOLD, "11-13 07:00", "11-13 09:00")], "11-09 07:15", "11-12 15:15"),  # late before, late after
        (  # two at once are one
            [(Why.ON_HOLD, "11-09 07:00", "11-09 09:00"), (Why.DISRUPTED, "11-09 08:00", "11-09 10:00")],
            "11-09 10:15",
            "11-12 18:15",
        ),
        (  # and one within another is none
            [(Why.DISRUPTED, "11-09 07:00", "11-09 10:00"), (Why.AWAITING, "11-09 08:00", "11-09 09:00")],
            "11-09 10:15",
            "11-12 18:15",
        ),
    ],
)
def test_pauses_are_not_counted(
    pauses: list[Any], first: str, resolution: str, opened: Any, schedule: Schedule
) -> None:
    ticket = opened(pauses=tuple(pause(*each) for each in pauses))
    assert {term.promise: term.due for term in terms(ticket, schedule)} == {
        FIRST: at(first),
        RESOLUTION: at(resolution),
    }


def test_a_status_begins_a_pause_and_another_ends_it() -> None:
    held = moved((), Why.ON_HOLD, at("11-09 07:00"))
    assert held == (pause(Why.ON_HOLD, "11-09 07:00", None),)
    assert moved(held, Why.ON_HOLD, at("11-09 08:00")) == held
    asked = moved(held, Why.AWAITING, at("11-09 08:00"))
    assert asked == (pause(Why.ON_HOLD, "11-09 07:00", "11-09 08:00"), pause(Why.AWAITING, "11-09 08:00", None))
    assert moved(asked, None, at("11-09 09:00"))[-1] == pause(Why.AWAITING, "11-09 08:00", "11-09 09:00")
    assert moved((), None, at("11-09 09:00")) == ()


def told(ticket: Any, schedule: Schedule) -> list[str]:
    return [
        f"{due_told.PROMISES[term.promise]} {due_told.due(term)}, because of {due_told.because(term)}"
        for term in terms(ticket, schedule)
    ]


def test_each_says_why(opened: Any, schedule: Schedule) -> None:
    office = "calendar office (Mon–Fri 08:00–20:00 Europe/Warsaw)"
    assert told(opened(), schedule) == [
        "first response due Mon 9 Nov 08:15, because of high priority: "
        f"4 working hours from Fri 6 Nov 16:15, {office}; "
        "3 h 45 min on Fri 6 Nov, 15 min on Mon 9 Nov",
        f"resolution due Thu 12 Nov 16:15, because of high priority: 3 working days from Fri 6 Nov 16:15, {office}; "
        "closed on Wed 11 Nov",
    ]
    held = opened(pauses=(pause(Why.ON_HOLD, "11-09 07:00", "11-09 09:00"), pause(Why.ON_HOLD, "11-09 09:10", None)))
    first, _ = told(held, schedule)
    assert first == (
        "first response paused since Mon 9 Nov 10:10, on hold: 5 min left, "
        "because of high priority: 4 working hours from "
        f"Fri 6 Nov 16:15, {office}; 3 h 45 min on Fri 6 Nov, 15 min on Mon 9 Nov; 2 h on hold did not count"
    )


def test_around_the_clock_says_less(opened: Any, schedule: Schedule) -> None:
    ticket = opened(department="billing", priority=Priority.LOW)
    assert told(ticket, schedule) == [
        "resolution due Fri 13 Nov 15:15 UTC, because of department billing: 1 week from Fri 6 Nov 15:15 UTC, "
        "around the clock"
    ]


def test_a_week_is_told_by_days_that_are_alike() -> None:
    nine, late, night = (540, 720), (780, 1440), (1320, 1800)
    assert due_told.week([(nine, late)] * 3 + [(nine,), (), (night,), ()]) == (
        "Mon–Wed 09:00–12:00 13:00–24:00, Thu 09:00–12:00, Sat 22:00–06:00"
    )


def test_what_is_expected_of_a_new_ticket_is_a_line_of_explain(desk: Any, schedule: Schedule) -> None:
    policy = replace(desk.policy, config=schedule.config)
    decision = type(desk)(policy).decide()
    (reason,) = [each for each in decision.reasons if each.question == "due"]
    assert reason.answer == "first response"
    assert reason.why.startswith("due Tue 3 Nov 10:00; normal priority: 1 working day from Mon 2 Nov 10:00, calendar")


def test_what_is_due_of_a_kind_of_request_is_its_own(desk: Any) -> None:
    rows = [{"type": "transfer", "resolution": "2d"}, {"resolution": "9d"}]
    schedule = Schedule(Config.model_validate({**ORGANISATION, "due": rows}))
    found = {name: schedule.promised(desk.ticket(type=name), "resolution") for name in ("transfer", "fault", "")}
    assert {name: str(each[1]) for name, each in found.items() if each} == {"transfer": "2d", "fault": "9d", "": "9d"}


@pytest.mark.parametrize(("complete_at", "counts_from"), [(None, "first mail"), (None, "complete"), (1, "complete")])
def test_the_resolution_of_a_request_counts_from_when_all_is_there_unless_the_row_says_otherwise(
    complete_at: int | None, counts_from: str, desk: Any
) -> None:
    rows = [{"type": "transfer", "resolution": "2h", "resolution_from": counts_from}]
    schedule = Schedule(Config.model_validate({**ORGANISATION, "due": rows}))
    created = desk.now
    complete = created + timedelta(hours=complete_at) if complete_at else None
    ticket = desk.ticket(type="transfer", collects=True, created=created, complete_at=complete, waiting_since=created)
    starts = [term.start for term in terms(ticket, schedule) if term.promise is RESOLUTION]
    assert starts == ([created] if counts_from == "first mail" else [complete] if complete else [])
