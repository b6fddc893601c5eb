"""Which delivery report marks an address, what becomes of the ticket, and how the mark ends."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import (
    Append,
    CancelTimers,
    ClearUndeliverable,
    MarkUndeliverable,
    Note,
    Send,
    SetTimer,
    TimerKind,
)
from mailflow.desk.context import NOTHING_KNOWN
from mailflow.desk.ticket import Status
from mailflow.mail.message import Report, ReportRecipient

ANNA = "anna@kunde.example"


def reported(
    desk: Any,
    *,
    action: str = "failed",
    code: str = "5.1.1",
    to: str = ANNA,
    robot: str = "bounce",
    sender: str = "",
    **ticket: Any,
) -> Any:
    recipient = ReportRecipient(address=to, action=action, status=code, diagnostic="no such user")
    report = Report(recipients=(recipient,), original_message_id="ours@x")
    return desk.decide(
        desk.message(author="mailer-daemon@kunde.example", robot=robot, report=report),
        desk.entry(mail_from=sender),
        NOTHING_KNOWN,
        tickets={42: desk.ticket(**ticket)},
        reported=42,
        reported_to=frozenset({ANNA}),
    )


def of(decision: Any, kind: type) -> list[Any]:
    return [action for action in decision.actions if isinstance(action, kind)]


def test_a_final_failure_marks_the_address_our_mail_was_written_to(desk: Any) -> None:
    decision = reported(desk, to="Anna@KUNDE.example")

    assert of(decision, MarkUndeliverable) == [
        MarkUndeliverable(
            ticket=42, address=ANNA, until=desk.now + timedelta(days=30), status="5.1.1", diagnostic="no such user"
        )
    ]
    assert [note.text for note in of(decision, Note)] == [
        f"mail to {ANNA} does not arrive: 5.1.1 no such user. "
        "No automatic mail is written to it until 2026-12-02, or until it writes to us"
    ]


NO_MARK = {
    "late": {"action": "delayed", "code": "4.4.1", "robot": "delay"},
    "late, as a bounce": {"action": "delayed", "code": "4.4.1"},
    "not final": {"code": "4.2.2"},
    "delivered": {"action": "delivered", "code": "2.0.0"},
    "somebody we did not write to": {"to": "ola@kunde.example"},  # threats 10
    "from somebody": {"sender": "eve@evil.example"},
    "too big": {"code": "5.3.4"},
    "unwanted": {"code": "5.7.1"},
}


@pytest.mark.parametrize("said", NO_MARK.values(), ids=NO_MARK)
def test_what_says_nothing_about_our_address_marks_nothing_and_moves_nothing(said: dict[str, str], desk: Any) -> None:
    decision = reported(desk, **said, question_at=desk.now)

    assert [type(action) for action in decision.actions] == [Append, Note]
    assert not decision.actions[0].waits_for_us


def test_a_question_that_never_arrived_is_ours_again(desk: Any) -> None:
    decision = reported(desk, code="5.1.1", status=Status.AWAITING_CUSTOMER, question_at=desk.now)

    assert of(decision, Append) == [Append(ticket=42, is_activity=False, waits_for_us=True)]
    assert of(decision, CancelTimers) == [
        CancelTimers(ticket=42, kinds=frozenset({TimerKind.REMIND, TimerKind.RESOLVE}))
    ]
    assert [timer.kind for timer in of(decision, SetTimer)] == [TimerKind.ESCALATE]


@pytest.mark.parametrize(
    "ticket", [{"status": Status.RESOLVED}, {"requester": "zoe@kunde.example"}], ids=["over", "not the requester's"]
)
def test_what_waits_for_nobody_goes_on_waiting_for_nobody(ticket: dict[str, Any], desk: Any) -> None:
    decision = reported(desk, **ticket)

    assert of(decision, MarkUndeliverable)
    assert not of(decision, Append)[0].waits_for_us
    assert not of(decision, CancelTimers)


def test_its_owner_clears_it_and_is_answered(desk: Any) -> None:
    decision = desk.decide(undeliverable=True)

    assert of(decision, ClearUndeliverable) == [ClearUndeliverable(ticket=None, address=ANNA)]
    assert [note.kind for note in of(decision, Note)] == ["deliverable"]
    assert of(decision, Send)
    assert not of(desk.decide(), ClearUndeliverable)


@pytest.mark.parametrize(
    "how", [{"entry": {"trusted": False}}, {"message": {"robot": "auto-reply"}}], ids=["not proven", "robot"]
)
def test_nobody_else_clears_it(how: dict[str, Any], desk: Any) -> None:
    message, entry = desk.message(**how.get("message", {})), desk.entry(**how.get("entry", {}))
    decision = desk.decide(message, entry, undeliverable=True)

    assert not of(decision, ClearUndeliverable)
