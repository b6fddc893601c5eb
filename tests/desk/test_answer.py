"""What agents do: what it brings, and that an illegal move raises and nothing happens."""

from typing import Any

import pytest

from mailflow.desk.actions import Assign, CancelTimers, ChangeStatus, Note, Say, Send, SetTimer, TimerKind
from mailflow.desk.agents import answer
from mailflow.desk.ticket import Move, Status
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import write
from mailflow.errors import Refused


def reply(desk: Any, then: Move | None = None, text: str = "Proszę użyć wody.", **said: Any) -> tuple[Any, ...]:
    return answer.reply(desk.ticket(**said), text, "ewa", desk.policy, desk.now, then=then)


def test_an_answer_is_said_and_mailed_under_one_message_id(desk: Any, only: Any) -> None:
    actions = reply(desk)
    (said,), (send,) = only(actions, Say), only(actions, Send)
    assert (said.text, said.author, said.internal) == ("Proszę użyć wody.", "ewa", False)
    assert (send.kind, send.to, send.values["status"]) == (Kind.REPLY, desk.anna, "Open")
    assert write(send, desk.ticket(), desk.policy, desk.now).message_id == said.message_id
    assert only(actions, ChangeStatus) == []
    assert only(actions, CancelTimers) == [CancelTimers(ticket=42, kinds=frozenset({TimerKind.ESCALATE}))]


def test_all_who_take_part_are_answered_each_alone(desk: Any, only: Any) -> None:
    actions = reply(desk, participants=frozenset({"Anna@KUNDE.example", "zoe@kunde.example", "bob@kunde.example"}))
    sends = only(actions, Send)
    assert [send.to for send in sends] == ["anna@kunde.example", "bob@kunde.example", "zoe@kunde.example"]
    assert len({send.key for send in sends}) == 3


def test_a_question_awaits_the_customer_and_starts_the_reminders(desk: Any, only: Any) -> None:  # R3.5
    actions = reply(desk, Move.QUESTION_MAILED)
    assert [change.move for change in only(actions, ChangeStatus)] == [Move.QUESTION_MAILED]
    assert only(actions, Send)[0].values["status"] == "Awaiting your reply"
    assert [timer.kind for timer in only(actions, SetTimer)] == [TimerKind.REMIND, TimerKind.REMIND, TimerKind.RESOLVE]


def test_an_answer_that_settles_it_is_one_mail(desk: Any, only: Any) -> None:
    actions = reply(desk, Move.RESOLVE)
    assert [send.kind for send in only(actions, Send)] == [Kind.REPLY]
    assert only(actions, Send)[0].values["status"] == "Resolved"
    assert only(actions, CancelTimers) == [CancelTimers(ticket=42, kinds=frozenset(TimerKind))]


@pytest.mark.parametrize(
    ("then", "said", "why"),
    [
        (None, {"text": " \n"}, "there is nothing to say: the answer is empty"),
        (None, {"status": Status.CLOSED}, "#42 is closed; write a new ticket that names it"),
        (
            Move.RESOLVE,
            {"status": Status.RESOLVED},
            "#42 is resolved: 'resolve' is not possible; possible: reopen, close, merge",
        ),
        (Move.CLOSE, {}, "'close' cannot follow an answer"),
        (None, {"requester": ""}, "#42 has no requester that can be written to: ''"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(then: Move | None, said: dict[str, Any], why: str, desk: Any) -> None:
    with pytest.raises(Refused) as caught:
        reply(desk, then, **said)
    assert str(caught.value) == why


def test_a_note_is_never_mailed(desk: Any) -> None:
    assert answer.note(desk.ticket(), "Anna rang.", "ewa") == (
        Say(ticket=42, text="Anna rang.", author="ewa", internal=True),
    )
    with pytest.raises(Refused):
        answer.note(desk.ticket(), " ", "ewa")


def test_a_ticket_is_given_to_somebody_else(desk: Any) -> None:
    assert answer.assign(desk.ticket(), "ewa", desk.policy, "ewa", desk.now) == (Assign(ticket=42, assignee="ewa"),)
    with pytest.raises(Refused, match="#42 is ewa's already"):
        answer.assign(desk.ticket(assignee="ewa"), "ewa", desk.policy, "ewa", desk.now)


def test_resolving_tells_the_customer(desk: Any, only: Any) -> None:  # R3.2
    actions = answer.resolve(desk.ticket(), "ewa", desk.policy, desk.now)
    assert [(change.move, change.cause) for change in only(actions, ChangeStatus)] == [
        (Move.RESOLVE, "ewa resolved it")
    ]
    assert [(send.kind, send.values) for send in only(actions, Send)] == [(Kind.RESOLVED, {"status": "Resolved"})]


def test_who_is_only_a_from_line_is_told_by_a_machine_only_what_an_agent_began(desk: Any, only: Any) -> None:  # P8
    unasked, asked = desk.ticket(believed=False), desk.ticket(believed=False, question_at=desk.now)
    assert only(answer.resolve(unasked, "ewa", desk.policy, desk.now), Send) == []
    assert only(answer.resolve(asked, "ewa", desk.policy, desk.now), Send)


@pytest.mark.parametrize(("status", "told"), [(Status.RESOLVED, [Kind.REOPENED]), (Status.ON_HOLD, [])])
def test_reopening_tells_the_customer_only_what_changes_for_them(
    status: Status, told: list[Kind], desk: Any, only: Any
) -> None:
    actions = answer.reopen(desk.ticket(status=status), "ewa", desk.policy, desk.now)
    assert [send.kind for send in only(actions, Send)] == told


@pytest.mark.parametrize(("waits", "timers"), [(True, [TimerKind.ESCALATE]), (False, [])])
def test_who_still_waits_after_the_hold_is_waited_for_again(
    waits: bool, timers: list[TimerKind], desk: Any, only: Any
) -> None:
    ticket = desk.ticket(status=Status.ON_HOLD, waiting_since=desk.now if waits else None)
    actions = answer.reopen(ticket, "ewa", desk.policy, desk.now)
    assert [timer.kind for timer in only(actions, SetTimer)] == timers


@pytest.mark.parametrize(
    ("deed", "status"),
    [("resolve", Status.CLOSED), ("reopen", Status.OPEN), ("reopen", Status.CLOSED), ("hold", Status.RESOLVED),
     ("close", Status.OPEN), ("close", Status.CLOSED)],
)  # fmt: skip
def test_what_is_not_in_the_table_cannot_happen(deed: str, status: Status, desk: Any) -> None:
    ticket = desk.ticket(status=status)
    deeds = {
        "resolve": lambda: answer.resolve(ticket, "ewa", desk.policy, desk.now),
        "reopen": lambda: answer.reopen(ticket, "ewa", desk.policy, desk.now),
        "hold": lambda: answer.hold(ticket, "ewa"),
        "close": lambda: answer.close(ticket, "ewa"),
    }
    with pytest.raises(Refused, match=f"#42 is {status}: "):
        deeds[deed]()


def test_hold_and_close_mail_nobody(desk: Any, only: Any) -> None:
    held, closed = answer.hold(desk.ticket(), "ewa"), answer.close(desk.ticket(status=Status.RESOLVED), "ewa")
    assert only(held, Send) == only(closed, Send) == []
    assert [change.move for change in only(held + closed, ChangeStatus)] == [Move.HOLD, Move.CLOSE]
    others = frozenset({TimerKind.CONSENT, TimerKind.EXPIRE})  # who must agree is reminded all the same
    assert only(held, CancelTimers) == [CancelTimers(ticket=42, kinds=frozenset(TimerKind) - others)]


def test_a_call_is_logged_and_what_was_said_is_mailed(desk: Any, only: Any) -> None:  # R3.12
    ticket = desk.ticket(status=Status.AWAITING_CUSTOMER)
    actions = answer.call(ticket, "We bring water.", "ewa", desk.policy, desk.now, whom="Karl", then=Move.RESOLVE)
    assert [(note.kind, note.text) for note in only(actions, Note)] == [("called", "ewa spoke by telephone with Karl")]
    (send,) = only(actions, Send)
    assert (send.kind, send.to, send.values["text"]) == (Kind.RECAP, desk.anna, "We bring water.")
    assert [change.move for change in only(actions, ChangeStatus)] == [Move.RESOLVE]
    assert [said.text for said in only(actions, Say)] == ["We bring water."]


def test_who_was_called_is_the_requester_unless_somebody_else_is_named(desk: Any, only: Any) -> None:
    actions = answer.call(desk.ticket(), "x", "ewa", desk.policy, desk.now, whom="", then=None)
    assert [note.text for note in only(actions, Note)] == ["ewa spoke by telephone with Anna Nowak"]
