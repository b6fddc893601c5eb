"""Replies to what is settled: for some time they open it again, then another ticket continues it, or none does."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Resolved
from mailflow.desk.actions import Append, ChangeStatus, OpenTicket, Send, SetTimer, TimerKind
from mailflow.desk.decision import Disposition
from mailflow.desk.ticket import Move, Status
from mailflow.desk.timing.sla import due_actions, timers_of_rest
from mailflow.desk.writing.kind import Kind

REFUSE = Resolved(late_reply="refuse")


def reply(desk: Any, resolved: Resolved, message: Any = None, **ticket: Any) -> Any:
    known = {42: desk.ticket(**{"status": Status.CLOSED, **ticket})}
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    return desk.having(resolved=resolved).decide(message, entry, tickets=known)


def test_what_is_resolved_is_closed_after_some_time_and_nobody_is_told(desk: Any, only: Any) -> None:
    (timer,) = only(timers_of_rest(desk.policy, desk.now, 42), SetTimer)
    assert (timer.kind, timer.due - desk.now) == (TimerKind.CLOSE, timedelta(days=30))
    brought = due_actions(desk.ticket(status=Status.RESOLVED), TimerKind.CLOSE, 1, desk.policy, timer.due)
    assert brought == (ChangeStatus(ticket=42, move=Move.CLOSE, cause="resolved 30 days ago"),)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.RESOLVED}))
def test_what_was_opened_again_is_not_closed(status: Status, desk: Any) -> None:
    assert due_actions(desk.ticket(status=status), TimerKind.CLOSE, 1, desk.policy, desk.now) == ()


def test_never_is_never(desk: Any, only: Any) -> None:
    policy = desk.having(resolved=Resolved(close_after=None)).policy
    assert only(timers_of_rest(policy, desk.now, 42), SetTimer) == []
    resolved = desk.ticket(status=Status.RESOLVED)
    assert due_actions(resolved, TimerKind.CLOSE, 1, policy, desk.now) == ()  # set before that was written


def test_a_successor_is_for_whom_the_closed_one_was(desk: Any, only: Any) -> None:
    decision = reply(desk, Resolved(), department="billing")
    (opened,) = only(decision.actions, OpenTicket)
    assert (opened.continues, opened.department) == (42, "billing")


@pytest.mark.parametrize(("subject", "taken"), [("Re: Zgłoszenie jest rozwiązane", "Drukarka"), ("Faktura", "Faktura")])
def test_a_successor_keeps_the_subject_unless_it_has_one_of_its_own(
    subject: str, taken: str, desk: Any, only: Any
) -> None:
    (opened,) = only(reply(desk, Resolved(), desk.message(subject=subject)).actions, OpenTicket)
    assert opened.subject == taken


def test_a_refusal_is_told_and_the_reply_is_kept(desk: Any, only: Any) -> None:
    decision = reply(desk, REFUSE)
    assert (decision.disposition, decision.ticket) == (Disposition.FILED, 42)
    assert [type(action) for action in decision.actions] == [Append, Send]
    append, told = decision.actions
    assert (append.waits_for_us, append.is_activity) == (False, False)
    assert (told.kind, told.to, told.ticket) == (Kind.CLOSED, desk.anna, 42)


def test_who_cannot_be_told_is_not_refused(desk: Any, only: Any) -> None:
    decision = reply(desk, REFUSE, desk.message(auto_submitted="auto-generated"))
    assert [opened.continues for opened in only(decision.actions, OpenTicket)] == [42]


def test_what_is_resolved_is_opened_again_all_the_same(desk: Any, only: Any) -> None:
    decision = reply(desk, REFUSE, status=Status.RESOLVED)
    assert [change.move for change in only(decision.actions, ChangeStatus)] == [Move.CUSTOMER_WROTE]


@pytest.mark.parametrize(
    ("subject", "is_another"),
    [
        ("Faktura za maj", True),
        ("Re: Drukarka płonie", False),
        ("Re: [#42] Przyjęliśmy zgłoszenie: Drukarka płonie", False),
        ("Nadal: drukarka PŁONIE", False),
        ("Odp: cokolwiek", False),
        ("", False),
    ],
)
def test_a_new_subject_in_an_old_thread_is_shown_to_the_agent(
    subject: str, is_another: bool, desk: Any, only: Any
) -> None:
    decision = reply(desk, Resolved(), desk.message(subject=subject), status=Status.OPEN, subject="Drukarka płonie")
    (append,) = only(decision.actions, Append)
    assert append.warning == (f"a new subject, perhaps another matter: {subject}" if is_another else "")
    assert append.another_matter is is_another
