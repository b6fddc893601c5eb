"""Two tickets become one: which may, what waits there afterwards, and who can put something into it (T1, T4)."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import (
    AddDepartments,
    Append,
    CancelTimers,
    ChangeStatus,
    Merge,
    Note,
    OpenTicket,
    Send,
    SetTimer,
    TimerKind,
)
from mailflow.desk.agents.answer import reply
from mailflow.desk.agents.merge import merge, stands
from mailflow.desk.context import Context
from mailflow.desk.ticket import Move, Status
from mailflow.desk.writing.kind import Kind
from mailflow.errors import Refused

BOB = "bob@fremd.example"
HOUR = timedelta(hours=1)
BOBS = {"requester": BOB, "participants": frozenset({BOB}), "contact": None, "account": None}


def merged(
    desk: Any, ticket: dict[str, Any] | None = None, into: dict[str, Any] | None = None, **how: Any
) -> tuple[Any, ...]:
    """What comes of #17 into #12, both Anna's and open."""
    one, other = desk.ticket(**{"number": 17, **(ticket or {})}), desk.ticket(12, **(into or {}))
    return merge(one, other, "ewa", desk.policy, desk.now, **how)


def test_both_say_what_happened_and_nothing_is_due_in_the_one_that_ends(desk: Any, only: Any) -> None:
    actions = merged(desk, {"department": "sales"})
    assert [(note.ticket, note.text) for note in only(actions, Note)] == [
        (17, "into #12 by ewa"),
        (12, "#17 was merged into this by ewa"),
    ]
    assert [(change.ticket, change.move) for change in only(actions, ChangeStatus)] == [(17, Move.MERGE)]
    assert only(actions, CancelTimers) == [CancelTimers(ticket=17, kinds=frozenset(TimerKind))]
    assert [(each.ticket, each.into) for each in only(actions, Merge)] == [(17, 12)]
    assert only(actions, AddDepartments) == [AddDepartments(ticket=12, departments=("sales",))]
    assert only(actions, Send) == []


@pytest.mark.parametrize(
    ("ticket", "into", "how", "why"),
    [
        ({"number": 12}, {}, {}, "#12 cannot be merged into itself"),
        ({"merged_into": 5}, {}, {}, "#17 was merged into #5 already"),
        ({}, {"merged_into": 17}, {}, "#12 was merged into #17 already"),
        ({}, {"merged_into": 3, "status": Status.CLOSED}, {}, "#12 was merged into #3: merge #17 into that"),
        ({}, {"status": Status.CLOSED}, {}, "#12 is closed: nobody would read #17 there"),
        ({"account": 8}, {}, {}, "#17 and #12 are of different accounts: neither may see the other's"),
        (
            {**BOBS, "account": 8},
            {},
            {"other_requester": True},
            "#17 and #12 are of different accounts: neither may see the other's",
        ),
        (
            BOBS,
            {},
            {},
            f"#17 is {BOB}'s and #12 is anna@kunde.example's, who alone will be answered; if that is meant, add "
            "--other-requester",
        ),
        (BOBS, {}, {"other_requester": True, "tell": True}, f"{BOB} cannot be told: #12 is anna@kunde.example's"),
    ],
)
def test_what_may_not_become_one(ticket: Any, into: Any, how: Any, why: str, desk: Any) -> None:
    with pytest.raises(Refused) as caught:
        merged(desk, ticket, into, **how)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ({}, True),
        ({"requester": "Anna@KUNDE.example", "contact": None}, True),
        ({"requester": "a.nowak@privat.example"}, True),  # another address of the contact
        ({"requester": "a.nowak@privat.example", "contact": None}, False),
        ({"account": None}, True),  # she was registered in between
    ],
)
def test_one_person_is_known_by_contact_or_address(said: Any, same: bool, desk: Any) -> None:
    if same:
        assert merged(desk, said)
    else:
        with pytest.raises(Refused):
            merged(desk, said)


def test_tickets_of_nobody_are_not_the_same_persons(desk: Any) -> None:
    nobody = {"requester": "", "contact": None, "account": None}
    with pytest.raises(Refused, match="#17 is nobody's"):
        merged(desk, nobody, nobody)


OPEN, ASKED, ON_HOLD, RESOLVED, CLOSED = (
    Status.OPEN, Status.AWAITING_CUSTOMER, Status.ON_HOLD, Status.RESOLVED, Status.CLOSED
)  # fmt: skip


@pytest.mark.parametrize(
    ("ticket", "into", "then"),
    [  # status, and hours ago since when somebody waits
        ((OPEN, 1), (OPEN, None), (OPEN, 1)),
        ((OPEN, 1), (OPEN, 2), (OPEN, 2)),
        ((OPEN, 2), (OPEN, 1), (OPEN, 2)),
        ((OPEN, 1), (ASKED, None), (OPEN, 1)),
        ((OPEN, 1), (ON_HOLD, None), (OPEN, 1)),
        ((OPEN, 1), (RESOLVED, None), (OPEN, 1)),
        ((ON_HOLD, 1), (RESOLVED, None), (OPEN, 1)),
        ((OPEN, None), (RESOLVED, None), (OPEN, None)),  # not settled yet
        ((OPEN, None), (ASKED, None), (ASKED, None)),
        ((OPEN, None), (ON_HOLD, 1), (ON_HOLD, 1)),
        ((RESOLVED, None), (RESOLVED, None), (RESOLVED, None)),
        ((CLOSED, None), (RESOLVED, None), (RESOLVED, None)),
        ((RESOLVED, None), (OPEN, 1), (OPEN, 1)),
    ],
)
def test_what_was_not_answered_or_settled_is_open_in_the_one_that_stands(
    ticket: Any, into: Any, then: Any, desk: Any, only: Any
) -> None:
    def said(status: Status, hours: int | None) -> dict[str, Any]:
        return {"status": status, "waiting_since": None if hours is None else desk.now - hours * HOUR}

    actions = merged(desk, said(*ticket), said(*into))
    (written,) = only(actions, Merge)
    opened = [change.move for change in only(actions, ChangeStatus) if change.ticket == 12]
    assert opened == ([] if then[0] is into[0] else [Move.REOPEN])
    assert written.waiting_since == said(*then)["waiting_since"]


@pytest.mark.parametrize(
    ("ticket", "into", "due"),
    [  # waiting since so many hours; due in so many, with 4 to answer
        ((OPEN, 3), (OPEN, None), 1),
        ((OPEN, 3), (OPEN, 1), 1),
        ((OPEN, 1), (OPEN, 3), None),  # its timer stands
        ((OPEN, 3), (OPEN, 3), None),
        ((ON_HOLD, 3), (RESOLVED, None), 4),  # our turn begins
        ((OPEN, None), (RESOLVED, None), None),
        ((OPEN, None), (OPEN, 3), None),
    ],
)
def test_our_turn_is_as_old_as_that_of_the_older(ticket: Any, into: Any, due: Any, desk: Any, only: Any) -> None:
    one, other = (
        {"status": status, "waiting_since": desk.now - hours * HOUR if hours else None}
        for status, hours in (ticket, into)
    )
    timers = only(merged(desk, one, other), SetTimer)
    assert [(timer.ticket, timer.kind, timer.due - desk.now) for timer in timers] == (
        [(12, TimerKind.ESCALATE, due * HOUR)] if due else []
    )


def test_what_opens_again_reminds_nobody(desk: Any, only: Any) -> None:
    asked = {"status": ASKED, "question_at": desk.now - HOUR}
    actions = merged(desk, {"waiting_since": desk.now}, asked)
    assert CancelTimers(ticket=12, kinds=frozenset({TimerKind.REMIND, TimerKind.RESOLVE})) in actions


def test_the_last_activity_is_that_of_both(desk: Any, only: Any) -> None:
    (written,) = only(merged(desk, {"last_activity": desk.now + HOUR}), Merge)
    assert written.last_activity == desk.now + HOUR


def test_the_requester_is_told_in_the_ticket_that_stands(desk: Any, only: Any) -> None:
    (send,) = only(merged(desk, {"subject": "other"}, tell=True), Send)
    assert (send.kind, send.to, send.ticket, send.values) == (Kind.MERGED, desk.anna, 12, {"merged": "17"})


def test_two_peoples_tickets_become_one_only_on_purpose_and_one_of_them_is_answered(desk: Any, only: Any) -> None:  # T4
    actions = merged(desk, BOBS, other_requester=True)
    assert only(actions, Note)[1].text == f"#17, of {BOB}, was merged into this by ewa"
    said = reply(desk.ticket(12), "Solved.", "ewa", desk.policy, desk.now, then=None)
    assert [send.to for send in only(said, Send)] == [desk.anna]


def test_nothing_is_done_to_a_ticket_that_was_merged(desk: Any) -> None:
    stands(desk.ticket(12))
    with pytest.raises(Refused, match="#17 was merged into #12; work on that"):
        stands(desk.ticket(17, merged_into=12, status=CLOSED))


# What comes later for #17

JOINS, WARNS, APART = "joins", "joins with a warning", "apart"


def later(desk: Any, by: str, author: str, addressee: str, trusted: bool, context: Context, into: Any, **ticket: Any):
    rcpt_to, said = "support@firma.example", {}
    match by:
        case "token":
            rcpt_to = f"support+{desk.token(17, addressee)}@firma.example"
        case "id":
            said["in_reply_to"] = ("ours@x",)
        case "tag":
            said["subject"] = "Re: [#17] Drukarka"
    tickets = {17: desk.ticket(17, **{"merged_into": 12, "status": CLOSED, **ticket}), 12: desk.ticket(12, **into)}
    return desk.decide(
        desk.message(author=author, **said),
        desk.entry(rcpt_to, trusted=trusted, mail_from=author),
        context,
        tickets=tickets,
        by_message_id={"ours@x": 17},
    )


ANNA = "anna@kunde.example"
PRIVATE = "a.nowak@privat.example"


@pytest.mark.parametrize(
    ("by", "author", "addressee", "trusted", "into", "expected"),
    [
        # both tickets are Anna's
        ("token", ANNA, ANNA, True, {}, JOINS),
        ("token", PRIVATE, ANNA, True, {}, JOINS),
        ("token", ANNA, ANNA, False, {}, WARNS),
        ("token", BOB, ANNA, True, {}, WARNS),
        ("token", BOB, BOB, True, {}, WARNS),
        ("id", ANNA, "", True, {}, JOINS),
        ("id", ANNA, "", False, {}, APART),
        ("id", BOB, "", True, {}, APART),
        ("tag", ANNA, "", True, {}, JOINS),
        ("tag", ANNA, "", False, {}, APART),
        ("tag", BOB, "", True, {}, APART),
        # #17 is Anna's, #12 is Bob's: she is heard, and no part of it
        ("token", ANNA, ANNA, True, BOBS, WARNS),
        ("token", ANNA, ANNA, False, BOBS, WARNS),
        ("id", ANNA, "", True, BOBS, WARNS),
        ("id", ANNA, "", False, BOBS, APART),
        ("tag", ANNA, "", True, BOBS, WARNS),
        ("tag", ANNA, "", False, BOBS, APART),
        ("token", BOB, ANNA, True, BOBS, JOINS),
        ("tag", BOB, "", True, BOBS, JOINS),
        ("token", "eve@evil.example", ANNA, True, BOBS, WARNS),
        ("id", "eve@evil.example", "", True, BOBS, APART),
        ("tag", "eve@evil.example", "", True, BOBS, APART),
        # nobody reads #12 any more
        ("token", BOB, ANNA, True, {"status": RESOLVED}, APART),
        ("token", ANNA, ANNA, True, {"status": CLOSED}, APART),
    ],
)
def test_what_answers_a_merged_ticket_is_put_into_the_other_and_grants_nothing(  # T1, T4
    by: str,
    author: str,
    addressee: str,
    trusted: bool,
    into: Any,
    expected: str,
    desk: Any,
    only: Any,
    stranger: Context,
) -> None:
    context = desk.contact() if author in (ANNA, PRIVATE) else stranger
    decision = later(desk, by, author, addressee, trusted, context, into)
    if expected == APART:
        assert decision.ticket is None
        assert [opened.possible_parent or opened.continues for opened in only(decision.actions, OpenTicket)] in (
            [12],
            [],
        )
        return
    (append,) = only(decision.actions, Append)
    assert (decision.ticket, append.ticket, bool(append.warning)) == (12, 12, expected == WARNS)
    assert only(decision.actions, Send) == []
    assert "; #17 was merged into #12" in decision.reason


def test_an_answer_to_a_merged_ticket_reopens_the_other(desk: Any, only: Any) -> None:  # R3.8
    decision = later(desk, "token", ANNA, ANNA, True, desk.contact(), {"status": RESOLVED})
    assert [(each.ticket, each.move) for each in only(decision.actions, ChangeStatus)] == [(12, Move.CUSTOMER_WROTE)]
    assert [(send.kind, send.ticket) for send in only(decision.actions, Send)] == [(Kind.REOPENED, 12)]


@pytest.mark.parametrize("by", ["token", "id"])
def test_a_late_report_is_an_event_of_the_ticket_that_stands(by: str, desk: Any, only: Any) -> None:
    tickets = {17: desk.ticket(17, merged_into=12, status=CLOSED), 12: desk.ticket(12)}
    rcpt_to = f"support+{desk.token(17)}@firma.example" if by == "token" else "support@firma.example"
    decision = desk.decide(
        desk.message(author="mailer-daemon@kunde.example", robot="bounce"),
        desk.entry(rcpt_to, mail_from=""),
        tickets=tickets,
        reported=17 if by == "id" else None,
    )
    assert decision.ticket == 12
    assert {action.ticket for action in decision.actions} == {12}
    assert [(r.answer, r.why.rpartition("; ")[2]) for r in decision.reasons if r.question == "ticket"] == [
        ("#12 event", "#17 was merged into #12")
    ]
