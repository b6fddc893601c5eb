"""Levels of escalation: when each is due, which of several acts, and what it does (R3.5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import Assign, Note, PageOnCall, Send, SetPriority, SetTimer, TimerKind
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Priority, Status
from mailflow.desk.timing.levels import coming, described, rungs
from mailflow.desk.timing.pause import Pause, Why
from mailflow.desk.timing.sla import due_actions
from mailflow.desk.timing.turn import level_timers
from mailflow.desk.writing.kind import Kind
from tests.conftest import ORGANISATION

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY = datetime(2026, 11, 6, 15, 0, tzinfo=UTC)  # the office closes at 17:00
MONDAY = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)  # it opens
SATURDAY = FRIDAY + DAY
TELL = {"tell": ["lead@firma.example"]}
LEVELS = [{"at": "75%", **TELL}, {"at": "100%", **TELL}, {"after": "4h", **TELL}]
OURS = (Why.ON_HOLD, Why.DISRUPTED)


@pytest.fixture
def with_levels(policy: Policy) -> Callable[..., Policy]:
    """Four working hours to the first response, two if it is of high priority; ewa and jan answer for support."""

    def policy_with(*levels: Any, **more: Any) -> Policy:
        support = {"name": "support", "title": "Support", "calendar": "office", "escalation": levels or LEVELS}
        billing = {
            "name": "billing",
            "title": "Billing",
            "escalation": [{"at": "50%", **TELL}, {"after": "1d", **TELL}],
        }
        sales = {"name": "sales", "title": "Sales", "escalate_after": "3h", "escalate_to": ["lead@firma.example"]}
        config = {
            **ORGANISATION,
            "department": [support, billing, sales],
            "agent": [{"name": name, "addresses": [f"{name}@firma.example"]} for name in ("ewa", "jan")],
            "calendar": [
                {"name": "office", "hours": {"mon-fri": "09:00-17:00"}},
                {"name": "always", "hours": {"mon-sun": "00:00-24:00"}},
            ],
            "contract": [{"name": "gold", "priority": "normal", "calendar": "always"}],
            "on_call": [{"name": "night", "step": [{"mail": ["phone@firma.example"]}]}],
            "due": [{"priority": "high", "first_response": "2h"}, {"first_response": "4h"}],
            **more,
        }
        return replace(policy, config=Config.model_validate(config))

    return policy_with


@pytest.fixture
def waiting(desk: Any) -> Callable[..., Any]:
    def ticket(**said: Any) -> Any:
        return desk.ticket(**{"created": FRIDAY, "waiting_since": FRIDAY, **said})

    return ticket


def moments(ticket: Any, policy: Policy) -> list[datetime]:
    return [each.at for each in rungs(ticket, policy.schedule, TimerKind.ESCALATE)]


def pause(since: datetime, until: datetime | None, why: Why = Why.ON_HOLD) -> Pause:
    return Pause(since, why, until)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, [MONDAY + HOUR, MONDAY + 2 * HOUR, MONDAY + 6 * HOUR]),  # two hours were Friday's
        ({"priority": Priority.HIGH}, [FRIDAY + 1.5 * HOUR, MONDAY, MONDAY + 4 * HOUR]),
        ({"contract": "gold"}, [FRIDAY + 3 * HOUR, FRIDAY + 4 * HOUR, FRIDAY + 8 * HOUR]),
        *(
            ({"pauses": (pause(MONDAY, MONDAY + HOUR, why),)}, [MONDAY + each * HOUR for each in (2, 3, 7)])
            for why in OURS
        ),
        ({"pauses": (pause(MONDAY, MONDAY + HOUR, Why.AWAITING),)}, [MONDAY + each * HOUR for each in (1, 2, 6)]),
        # what comes after a level moves the later ones only
        (
            {"pauses": (pause(MONDAY + 1.5 * HOUR, MONDAY + 2.5 * HOUR),)},
            [MONDAY + HOUR, MONDAY + 3 * HOUR, MONDAY + 7 * HOUR],
        ),
        (
            {"pauses": (pause(MONDAY + 3 * HOUR, MONDAY + 4 * HOUR),)},
            [MONDAY + HOUR, MONDAY + 2 * HOUR, MONDAY + 7 * HOUR],
        ),
        ({"pauses": (pause(MONDAY + 1.5 * HOUR, None),)}, [MONDAY + HOUR]),
        ({"answered_at": FRIDAY - DAY}, []),  # no next response is promised
        ({"waiting_since": None}, []),
        ({"department": "sales"}, []),
        ({"department": "gone"}, []),
    ],
)
def test_a_level_is_due_in_the_time_that_was_promised(
    said: Any, expected: list[datetime], waiting: Any, with_levels: Any
) -> None:
    assert moments(waiting(**said), with_levels()) == expected


@pytest.mark.parametrize(
    ("at_night", "after"), [(True, MONDAY + 2 * HOUR + 10 * HOUR), (False, MONDAY + DAY + 4 * HOUR)]
)
def test_at_night_what_comes_after_counts_around_the_clock(
    at_night: bool, after: datetime, waiting: Any, with_levels: Any
) -> None:
    policy = with_levels({"after": "10h", "at_night": at_night, **TELL})
    assert moments(waiting(), policy) == [after]


@pytest.mark.parametrize(
    ("elapsed", "now", "acts", "set_anew"),
    [
        ([1], MONDAY + HOUR, 1, {}),
        ([1, 2], MONDAY + 2 * HOUR, 2, {}),
        ([1, 2, 3], MONDAY + DAY, 3, {}),
        ([3], MONDAY + DAY, 3, {}),
        ([1], MONDAY + 2 * HOUR, 0, {}),  # the second is due as well, and acts in its own turn
        ([1], SATURDAY, 0, {1: MONDAY + HOUR}),  # it was moved since
        ([1, 2], MONDAY + HOUR, 1, {2: MONDAY + 2 * HOUR}),
        ([1, 2, 3], MONDAY + 10 * HOUR, 0, dict.fromkeys((1, 2, 3), MONDAY + DAY)),  # 19:00
        ([4], MONDAY + DAY, 0, {}),  # there are three by now
    ],
)
def test_the_latest_that_is_due_acts_and_nothing_at_night(
    elapsed: list[int],
    now: datetime,
    acts: int,
    set_anew: dict[int, datetime],
    waiting: Any,
    with_levels: Any,
    only: Any,
) -> None:
    *also, step = elapsed
    actions = due_actions(waiting(), TimerKind.ESCALATE, step, with_levels(), now, also=also)
    assert {timer.step: timer.due for timer in only(actions, SetTimer)} == set_anew
    assert len(only(actions, Send)) == (1 if acts else 0)
    if acts:
        (note,) = only(actions, Note)
        assert note.text.startswith(f"level {acts} of 3, ")
        missed = [each for each in elapsed if each < acts]
        assert (f"stands for level {', '.join(map(str, missed))} too" in note.text) == bool(missed)


@pytest.mark.parametrize(("night", "acts"), [((True, False), 1), ((False, True), 2), ((True, True), 2)])
def test_a_level_that_may_acts_at_night(
    night: tuple[bool, bool], acts: int, waiting: Any, with_levels: Any, only: Any
) -> None:
    first, second = ({"at": at, "at_night": each, **TELL} for at, each in zip(("75%", "100%"), night, strict=True))
    policy = with_levels(first, second)
    actions = due_actions(waiting(), TimerKind.ESCALATE, 2, policy, MONDAY + 10 * HOUR, also=[1])
    assert [note.text[:12] for note in only(actions, Note)] == [f"level {acts} of 2"]
    assert [timer.step for timer in only(actions, SetTimer)] == ([2] if acts == 1 else [])


@pytest.mark.parametrize(("status", "waits"), [(Status.ON_HOLD, True), (Status.RESOLVED, True), (Status.OPEN, False)])
def test_nothing_comes_of_a_ticket_that_does_not_wait_for_us(
    status: Status, waits: bool, waiting: Any, with_levels: Any
) -> None:
    ticket = waiting(status=status, waiting_since=FRIDAY if waits else None)
    assert due_actions(ticket, TimerKind.ESCALATE, 1, with_levels(), MONDAY + HOUR) == ()


@pytest.mark.parametrize(
    ("tell", "assignee", "told"),
    [
        (["assignee"], "ewa", ["ewa"]),
        (["assignee"], "", ["ewa", "jan"]),
        (["department"], "ewa", ["ewa", "jan"]),
        (["assignee", "department", "EWA@firma.example", "lead@firma.example"], "jan", ["jan", "ewa", "lead"]),
    ],
)
def test_who_is_told_is_told_once(
    tell: list[str], assignee: str, told: list[str], waiting: Any, with_levels: Any, only: Any
) -> None:
    policy = with_levels({"at": "75%", "tell": tell})
    actions = due_actions(waiting(assignee=assignee), TimerKind.ESCALATE, 1, policy, MONDAY + HOUR)
    sends = only(actions, Send)
    assert [(send.kind, send.to) for send in sends] == [(Kind.ESCALATION, f"{each}@firma.example") for each in told]
    again = due_actions(waiting(assignee=assignee), TimerKind.ESCALATE, 1, policy, MONDAY + 2 * HOUR)
    assert [send.key for send in only(again, Send)] == [send.key for send in sends]  # one mail for one turn of ours


@pytest.mark.parametrize(("had", "raised"), [(Priority.LOW, True), (Priority.HIGH, False), (Priority.URGENT, False)])
def test_priority_is_only_raised(had: Priority, raised: bool, waiting: Any, with_levels: Any, only: Any) -> None:
    policy = with_levels({"at": "75%", "priority": "high"})
    actions = due_actions(waiting(priority=had), TimerKind.ESCALATE, 1, policy, MONDAY + DAY)
    assert [each.priority for each in only(actions, SetPriority)] == ([Priority.HIGH] if raised else [])


@pytest.mark.parametrize(("had", "assigned"), [("", True), ("jan", True), ("ewa", False)])
def test_it_is_given_to_an_agent_who_is_told(
    had: str, assigned: bool, waiting: Any, with_levels: Any, only: Any
) -> None:
    policy = with_levels({"at": "75%", "assign": "ewa"})
    actions = due_actions(waiting(assignee=had), TimerKind.ESCALATE, 1, policy, MONDAY + HOUR)
    assert [each.assignee for each in only(actions, Assign)] == (["ewa"] if assigned else [])
    assert [(each.kind, each.to) for each in only(actions, Send)] == (
        [(Kind.NOTIFICATION, "ewa@firma.example")] if assigned else []
    )


def test_whoever_is_on_call_is_paged(waiting: Any, with_levels: Any, only: Any) -> None:
    policy = with_levels({"at": "100%", "page": "night"})
    actions = due_actions(waiting(), TimerKind.ESCALATE, 1, policy, MONDAY + 2 * HOUR)
    cause = "level 1 of 1, at 100% of the first response: nobody answered since 2026-11-06 15:00 UTC"
    assert only(actions, PageOnCall) == [PageOnCall(ticket=42, on_call="night", cause=cause)]
    assert [note.text for note in only(actions, Note)] == [cause]


@pytest.mark.parametrize(
    ("step", "now", "said"),
    [
        (1, MONDAY + HOUR, {"promise": "response", "due": "2026-11-09 11:00 UTC", "late": ""}),
        (2, MONDAY + 2 * HOUR, {"promise": "response", "due": "2026-11-09 11:00 UTC", "late": "yes"}),
        (3, MONDAY + DAY + 2 * HOUR, {"promise": "resolution", "due": "2026-11-10 15:00 UTC", "late": ""}),
        (4, MONDAY + DAY + 6 * HOUR, {"promise": "resolution", "due": "2026-11-10 15:00 UTC", "late": "yes"}),
    ],
)
def test_the_mail_says_where_we_are(
    step: int, now: datetime, said: dict[str, str], waiting: Any, with_levels: Any, only: Any
) -> None:
    levels = [*LEVELS[:2], *({"of": "resolution", **each} for each in LEVELS[:2])]
    policy = with_levels(*levels, due=[{"first_response": "4h", "resolution": "2d"}])
    kind = TimerKind.ESCALATE if step < 3 else TimerKind.ESCALATE_RESOLUTION
    (send,) = only(due_actions(waiting(), kind, step, policy, now), Send)
    assert send.values == {"requester": send.values["requester"], "since": "2026-11-06 15:00 UTC", **said}


def test_a_single_step_says_nothing_of_what_was_not_promised(waiting: Any, with_levels: Any, only: Any) -> None:
    actions = due_actions(waiting(department="sales"), TimerKind.ESCALATE, 1, with_levels(), MONDAY)
    assert [(each.values["due"], each.values["late"]) for each in only(actions, Send)] == [("", "")]


def test_what_comes_next_is_said(waiting: Any, with_levels: Any) -> None:
    last = {
        "after": "2h",
        "tell": ["assignee", "lead@firma.example"],
        "priority": "high",
        "assign": "ewa",
        "page": "night",
    }
    schedule = with_levels({"at": "75%", **TELL}, last).schedule
    first, second = coming(waiting(), schedule), coming(waiting(), schedule, [2])
    assert first
    assert described(first) == "level 1 of 2, at 75% of the first response: tells lead@firma.example"
    assert second
    assert described(second) == (
        "level 2 of 2, 2h after the first response was due: tells the assignee, lead@firma.example; high priority; "
        "assigns it to ewa; pages night"
    )
    assert coming(waiting(), schedule, []) is None


BEGUN = [1, 2, 3]


@pytest.mark.parametrize(
    ("before", "after", "now", "given_up", "expected"),
    [
        (None, {}, FRIDAY, False, (False, BEGUN, [])),
        (None, {}, MONDAY + 2 * HOUR, False, (False, BEGUN, [])),  # it was split off: the latest that is due acts
        (None, {"status": Status.ON_HOLD}, FRIDAY, False, (False, [], [])),
        ({"waiting_since": None}, {}, FRIDAY, False, (False, BEGUN, [])),
        ({"status": Status.ON_HOLD}, {}, MONDAY + 1.5 * HOUR, False, (False, [2, 3], [])),  # the first was told
        ({}, {"priority": Priority.HIGH}, FRIDAY, False, (False, [], BEGUN)),
        ({}, {}, MONDAY + DAY, False, (False, [], BEGUN)),
        ({}, {}, FRIDAY, True, (False, BEGUN, [])),
        ({}, {"waiting_since": None}, FRIDAY, True, (False, [], [])),
        ({"answered_at": FRIDAY - DAY}, {}, FRIDAY, False, (False, BEGUN, [])),  # nothing was promised
        ({}, {"department": "billing"}, FRIDAY, False, (True, [1, 2], [])),
        ({}, {"department": "billing"}, FRIDAY + 3 * HOUR, False, (True, [2], [])),
        ({}, {"department": "sales"}, FRIDAY, False, (True, [1], [])),
        ({"department": "sales"}, {}, FRIDAY, False, (True, BEGUN, [])),
        ({"department": "sales"}, {"department": "sales"}, FRIDAY, True, (False, [], [])),
    ],
)
def test_timers_are_set_with_our_turn_and_moved_with_what_is_due(
    before: Any, after: Any, now: datetime, given_up: bool, expected: Any, waiting: Any, with_levels: Any
) -> None:
    was, is_ = None if before is None else waiting(**before), waiting(**after)
    gone = {TimerKind.ESCALATE} if given_up else set()
    kept = level_timers(was, is_, with_levels(), now, given_up=gone)
    assert (bool(kept.given_up), [each.step for each in kept.set], [each.step for each in kept.moved]) == expected
