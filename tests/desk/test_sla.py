"""What is due: still true, once, and the last of several."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import CancelTimers, ChangeStatus, Note, OpenTicket, Send, SetTimer, TimerKind
from mailflow.desk.agents.answer import reply
from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Account
from mailflow.desk.conversation.asked import awaiting
from mailflow.desk.conversation.opening import new_ticket
from mailflow.desk.parent import StandsAlone
from mailflow.desk.ticket import Move, Status
from mailflow.desk.timing.sla import due_actions, our_turn, timers_of_question, timers_of_waiting
from mailflow.desk.writing.kind import Kind
from tests.conftest import ORGANISATION

DAY = timedelta(days=1)


def rings(desk: Any, kind: TimerKind, step: int, after: timedelta, **said: Any) -> tuple[Any, ...]:
    """The timer of a question asked at `desk.now`."""
    ticket = desk.ticket(**{"status": Status.AWAITING_CUSTOMER, "question_at": desk.now, **said})
    return due_actions(ticket, kind, step, desk.policy, desk.now + after)


def test_a_question_sets_reminders_and_the_end(desk: Any, only: Any) -> None:
    cancel, *timers = timers_of_question(desk.policy, desk.now, 42)
    assert cancel == CancelTimers(ticket=42, kinds=frozenset(TimerKind) - {TimerKind.CONSENT, TimerKind.EXPIRE})
    assert [(timer.kind, timer.step, timer.due - desk.now) for timer in only(tuple(timers), SetTimer)] == [
        (TimerKind.REMIND, 1, 2 * DAY),
        (TimerKind.REMIND, 2, 5 * DAY),
        (TimerKind.RESOLVE, 1, 10 * DAY),
    ]


def test_waiting_sets_the_departments_escalation(desk: Any) -> None:
    (timer,) = timers_of_waiting(desk.policy, desk.now, "support", 42)
    assert timer == SetTimer(ticket=42, kind=TimerKind.ESCALATE, step=1, due=desk.now + timedelta(hours=4))
    assert timers_of_waiting(desk.policy, desk.now, "billing", 42) == ()
    assert timers_of_waiting(desk.policy, desk.now, "gone", 42) == ()


def test_time_is_that_of_the_calendar_of_contract_or_department(policy: Any, desk: Any, only: Any) -> None:
    """Opened on Friday at 16:15 in Warsaw: the office closes at 20:00, whose contract is gold is served at night."""
    friday = datetime(2026, 11, 6, 15, 15, tzinfo=UTC)
    office = {"name": "office", "time_zone": "Europe/Warsaw", "hours": {"mon-fri": "08:00-20:00"}}
    config = {
        **ORGANISATION,
        "department": [{**each, "calendar": "office"} for each in ORGANISATION["department"]],
        "calendar": [office, {"name": "always", "hours": {"mon-sun": "00:00-24:00"}}],
        "contract": [
            {"name": "Gold Plus", "priority": "high", "calendar": "always"},
            {"name": "silver", "priority": "high"},
        ],
    }
    policy = replace(policy, config=Config.model_validate(config))
    monday = datetime(2026, 11, 9, 7, 15, tzinfo=UTC)
    for contract, due in (("", monday), ("silver", monday), ("gold  plus", friday + timedelta(hours=4))):
        (timer,) = timers_of_waiting(policy, friday, "support", 42, contract)
        assert timer.due == due
    asked = desk.ticket(question_at=friday, status=Status.AWAITING_CUSTOMER)
    _, *timers = reply(asked, "Ist es an?", "ewa", policy, friday, then=Move.QUESTION_MAILED)[-4:]
    assert [(timer.due - friday).days for timer in only(tuple(timers), SetTimer)] == [4, 7, 14]
    assert due_actions(asked, TimerKind.REMIND, 1, policy, friday + 5 * DAY) != ()
    assert due_actions(asked, TimerKind.REMIND, 1, policy, friday + 7 * DAY) == ()  # the second is due


def test_a_customer_is_given_days_of_theirs(policy: Any, desk: Any, only: Any) -> None:
    """Asked on Friday at 17:15 in Cairo, where people work from Sunday on: two days are Tuesday morning."""
    friday = datetime(2026, 11, 6, 15, 15, tzinfo=UTC)
    cairo = {"name": "cairo", "time_zone": "Africa/Cairo", "hours": {"sun-thu": "08:00-16:00"}}
    config = {**ORGANISATION, "calendar": [cairo], "region": [{"name": "Cairo", "calendar": "cairo"}]}
    policy = replace(policy, config=Config.model_validate(config))
    asked = desk.ticket(question_at=friday, status=Status.AWAITING_CUSTOMER, region="CAIRO")
    tuesday = datetime(2026, 11, 10, 6, 0, tzinfo=UTC)
    actions = reply(asked, "Is it on?", "ewa", policy, friday, then=Move.QUESTION_MAILED)
    first, *_ = only(actions, SetTimer)
    assert (first.kind, first.due) == (TimerKind.REMIND, tuesday)
    elsewhere = reply(replace(asked, region=""), "Is it on?", "ewa", policy, friday, then=Move.QUESTION_MAILED)
    assert only(elsewhere, SetTimer)[0].due == friday + 2 * DAY
    second = datetime(2026, 11, 15, 6, 0, tzinfo=UTC)
    assert due_actions(asked, TimerKind.REMIND, 1, policy, second - timedelta(minutes=1)) != ()
    assert due_actions(asked, TimerKind.REMIND, 1, policy, second) == ()


def test_who_is_asked_by_a_rule_is_given_the_same_days(policy: Any, desk: Any, only: Any) -> None:  # R4.2
    friday = datetime(2026, 11, 6, 15, 15, tzinfo=UTC)
    cairo = {"name": "cairo", "time_zone": "Africa/Cairo", "hours": {"sun-thu": "08:00-16:00"}}
    config = {**ORGANISATION, "calendar": [cairo], "region": [{"name": "Cairo", "calendar": "cairo"}]}
    policy = replace(policy, config=Config.model_validate(config))
    known = replace(desk.contact(), account=Account(id=3, code="4711", name="Kunde", region="CAIRO"))
    for trusted, due in ((True, datetime(2026, 11, 10, 6, 0, tzinfo=UTC)), (False, friday + 2 * DAY)):
        case = Case.of(desk.message(), desk.entry(trusted=trusted), known, policy, friday)
        (ticket,) = only(new_ticket(case, case.mailboxes, StandsAlone()).actions, OpenTicket)
        assert only(awaiting(case, ticket.department, "it was asked"), SetTimer)[0].due == due


OPEN, ASKED, ON_HOLD, RESOLVED = Status.OPEN, Status.AWAITING_CUSTOMER, Status.ON_HOLD, Status.RESOLVED


@pytest.mark.parametrize(
    ("before", "after", "begins"),
    [
        ((OPEN, False), (OPEN, True), True),
        ((OPEN, True), (OPEN, True), False),  # R3.9
        ((ASKED, False), (ASKED, True), True),
        ((ASKED, True), (OPEN, True), False),
        ((ON_HOLD, True), (OPEN, True), True),
        ((ON_HOLD, False), (ON_HOLD, True), False),
        ((OPEN, True), (ON_HOLD, True), False),
        ((RESOLVED, False), (OPEN, True), True),
        ((RESOLVED, False), (OPEN, False), False),
    ],
)
def test_our_turn_begins_when_somebody_waits_and_nothing_holds_it_up(
    before: Any, after: Any, begins: bool, desk: Any
) -> None:
    was, is_ = (
        desk.ticket(status=status, waiting_since=desk.now - DAY if waits else None) for status, waits in (before, after)
    )
    due = desk.now + timedelta(hours=4)  # from now, however old the mail is
    expected = (SetTimer(ticket=42, kind=TimerKind.ESCALATE, step=1, due=due),) if begins else ()
    assert our_turn(was, is_, desk.policy, desk.now) == expected


def test_each_turn_that_is_late_is_escalated_in_a_mail_of_its_own(desk: Any, only: Any) -> None:
    ticket = desk.ticket(waiting_since=desk.now)
    keys = {
        send.key
        for after in (DAY, 2 * DAY)
        for send in only(due_actions(ticket, TimerKind.ESCALATE, 1, desk.policy, desk.now + after), Send)
    }
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("step", "after", "reminded"),
    [(1, 2 * DAY, True), (2, 5 * DAY, True), (1, 5 * DAY, False), (1, 11 * DAY, False), (2, 11 * DAY, False)],
)
def test_after_downtime_only_the_last_step_is_done(step: int, after: timedelta, reminded: bool, desk: Any) -> None:
    assert bool(rings(desk, TimerKind.REMIND, step, after)) == reminded


def test_a_reminder_says_when_the_ticket_will_be_resolved(desk: Any, only: Any) -> None:
    actions = rings(desk, TimerKind.REMIND, 1, 2 * DAY)
    (send,) = only(actions, Send)
    assert (send.kind, send.to, send.language) == (Kind.REMINDER, desk.anna, "pl")
    assert send.key == "reminder:42:2026-11-02T09:00:00+00:00:1"
    assert send.values == {"resolves_on": "2026-11-12"}
    assert actions == (send,)  # its event is that it was mailed


def test_that_day_is_one_of_our_time_zone(desk: Any, only: Any) -> None:
    tokyo = desk.having(time_zone="Asia/Tokyo")
    evening = desk.now.replace(hour=18)  # in Tokyo it is the 13th, ten days later
    (send,) = only(rings(tokyo, TimerKind.REMIND, 1, 3 * DAY, question_at=evening), Send)
    assert send.values == {"resolves_on": "2026-11-13"}


def test_without_an_answer_the_ticket_is_resolved_and_the_customer_told(desk: Any, only: Any) -> None:
    actions = rings(desk, TimerKind.RESOLVE, 1, 10 * DAY)
    assert [change.move for change in only(actions, ChangeStatus)] == [Move.RESOLVE]
    (send,) = only(actions, Send)
    assert (send.kind, send.values) == (Kind.CLOSING, {"status": "Resolved"})


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.AWAITING_CUSTOMER])
@pytest.mark.parametrize("kind", [TimerKind.REMIND, TimerKind.RESOLVE])
def test_a_timer_that_is_no_longer_true_brings_nothing(kind: TimerKind, status: Status, desk: Any) -> None:
    assert rings(desk, kind, 1, 2 * DAY, status=status) == ()
    assert rings(desk, kind, 1, 2 * DAY, question_at=None) == ()


@pytest.mark.parametrize(
    ("status", "waits", "told"),
    [
        (Status.OPEN, True, ["lead@firma.example"]),
        (Status.OPEN, False, []),
        (Status.AWAITING_CUSTOMER, True, ["lead@firma.example"]),
        (Status.AWAITING_CUSTOMER, False, []),
        (Status.ON_HOLD, True, []),
        (Status.RESOLVED, True, []),
    ],
)
def test_a_ticket_that_nobody_answered_is_escalated(
    status: Status, waits: bool, told: list[str], desk: Any, only: Any
) -> None:
    ticket = desk.ticket(status=status, waiting_since=desk.now if waits else None)
    actions = due_actions(ticket, TimerKind.ESCALATE, 1, desk.policy, desk.now + timedelta(hours=4))
    assert [send.to for send in only(actions, Send)] == told
    assert [note.text for note in only(actions, Note)] == (
        ["nobody answered since 2026-11-02 09:00 UTC; told lead@firma.example"] if told else []
    )


@pytest.mark.parametrize("requester", ["", "sales@firma.example", '"a b"@kunde.example'])
def test_nobody_is_reminded_who_must_not_or_cannot_be_written_to(requester: str, desk: Any, only: Any) -> None:
    assert only(rings(desk, TimerKind.REMIND, 1, 2 * DAY, requester=requester), object) == []


def test_a_machine_does_not_repeat_a_strangers_name(desk: Any, only: Any) -> None:
    (send,) = only(rings(desk, TimerKind.REMIND, 1, 2 * DAY, contact=None, requester_name="http://evil.example"), Send)
    assert send.to_name == ""
