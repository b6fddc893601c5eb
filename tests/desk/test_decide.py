"""What becomes of a message: the questions in order, and what they bring."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.desk.actions import (
    AddDepartments,
    Append,
    CancelTimers,
    ChangeStatus,
    Note,
    OpenTicket,
    Send,
    SetTimer,
    TimerKind,
)
from mailflow.desk.contacts.contact import Account, Role
from mailflow.desk.context import Context, Earlier
from mailflow.desk.decision import Disposition
from mailflow.desk.ticket import Move, Status
from mailflow.desk.writing.kind import Kind
from mailflow.mail.effort import ONLY_HEADER
from mailflow.mail.message import Address, Report, ReportRecipient

BOB = "bob@fremd.example"


# Not kept as a ticket


def test_the_same_message_again_is_a_duplicate(desk: Any) -> None:  # P3
    decision = desk.decide(earlier=Earlier(number=800, ticket=41))
    assert decision.disposition is Disposition.DUPLICATE
    assert (decision.duplicate_of, decision.ticket) == (800, 41)
    assert decision.actions == (AddDepartments(ticket=41, departments=("support",)),)  # R2.5: the copy to another


def test_an_entry_is_no_duplicate_of_itself(desk: Any) -> None:
    for held in (False, True):
        decision = desk.decide(earlier=Earlier(number=812, ticket=None, held=held))
        assert (decision.disposition, decision.reason) == (Disposition.FILED, "a new ticket")


@pytest.mark.parametrize(
    ("mailbox", "disposition", "reason"),
    [
        ("billing", Disposition.DUPLICATE, "the same message as entry 800"),
        ("sales", Disposition.FILED, "a new ticket; the same message is held as entry 800"),
    ],
)
def test_a_held_copy_swallows_only_what_would_be_held_as_well(
    mailbox: str, disposition: Disposition, reason: str, desk: Any, only: Any, stranger: Context
) -> None:  # R2.5
    entry = desk.entry(f"{mailbox}@firma.example")
    held = Earlier(number=800, ticket=None, held=True)
    decision = desk.decide(desk.message(author=BOB), entry, stranger, earlier=held)
    assert (decision.disposition, decision.reason) == (disposition, reason)
    assert decision.duplicate_of == (800 if disposition is Disposition.DUPLICATE else None)
    assert bool(only(decision.actions, Send)) == (disposition is Disposition.FILED)


def test_what_is_released_after_its_copy_was_filed_shows_that_ticket_to_its_department(desk: Any) -> None:  # R2.5
    entry = desk.entry("billing@firma.example", released=True)
    decision = desk.decide(entry=entry, earlier=Earlier(number=900, ticket=41))
    assert (decision.disposition, decision.duplicate_of, decision.ticket) == (Disposition.DUPLICATE, 900, 41)
    assert decision.actions == (AddDepartments(ticket=41, departments=("billing",)),)


@pytest.mark.parametrize(("hops", "rule"), [(50, ""), (51, "loop-hops")])
def test_too_many_hops_are_a_loop(hops: int, rule: str, desk: Any) -> None:
    assert desk.decide(desk.message(hops=hops)).rule == rule


def test_our_own_mail_that_comes_back_is_dropped_by_its_signature(desk: Any) -> None:
    ours = f"{desk.token()}.u@mail.firma.example"
    decision = desk.decide(desk.message(message_id=ours), tickets={42: desk.ticket()})
    assert (decision.disposition, decision.rule, decision.actions) == (Disposition.DROPPED, "own-mail", ())


@pytest.mark.parametrize(
    ("mail_from", "author", "rule"),
    [
        ("x@qq.com", "anna@kunde.example", "blocked-domain"),
        ("anna@kunde.example", "x@mail.qq.com", "blocked-domain"),
        ("x@notqq.com", "x@notqq.com", ""),
    ],
)
def test_a_blocked_domain_is_dropped_and_not_answered(
    mail_from: str, author: str, rule: str, desk: Any
) -> None:  # R3.10
    decision = desk.decide(desk.message(author=author), desk.entry("sales@firma.example", mail_from=mail_from))
    assert decision.rule == rule
    assert (decision.actions == ()) == bool(rule)


def test_mail_for_nobody_here_is_held(desk: Any) -> None:
    decision = desk.decide(entry=desk.entry("nobody@firma.example"))
    assert (decision.disposition, decision.reason) == (Disposition.HELD, "none of its recipients is ours")


def test_what_an_agent_released_finds_a_mailbox(desk: Any) -> None:
    decision = desk.decide(entry=desk.entry("nobody@firma.example", trusted=False, released=True))
    assert decision.disposition is Disposition.FILED


# Reports


def bounce(desk: Any, **said: Any) -> Any:
    recipient = ReportRecipient(
        address="anna@kunde.example", action="failed", status="5.1.1", diagnostic="no such user"
    )
    report = Report(recipients=(recipient,), original_message_id=said.pop("about", ""))
    return desk.message(author="mailer-daemon@kunde.example", robot="bounce", report=report, **said)


@pytest.mark.parametrize("by", ["signed address", "signed id", "known id"])
def test_a_bounce_of_our_mail_is_an_event_of_its_ticket_and_moves_nothing(
    by: str, desk: Any, only: Any, stranger: Context
) -> None:
    about = {"signed id": f"{desk.token()}.u@mail.firma.example", "known id": "ours@x"}.get(by, "")
    rcpt_to = f"support+{desk.token()}@firma.example" if by == "signed address" else "support@firma.example"
    decision = desk.decide(
        bounce(desk, about=about),
        desk.entry(rcpt_to, mail_from=""),
        stranger,
        tickets={42: desk.ticket(status=Status.RESOLVED)},
        reported=42 if by == "known id" else None,
    )
    assert decision.ticket == 42
    assert decision.actions == (
        Append(ticket=42, is_activity=False, waits_for_us=False),
        Note(ticket=42, kind="undeliverable", text="anna@kunde.example: failed 5.1.1 no such user"),
    )


def test_an_agent_is_warned_of_a_report_that_nobody_proves(desk: Any, stranger: Context) -> None:  # threats 10
    entry = desk.entry(f"support+{desk.token()}@firma.example", mail_from="", trusted=False)
    decision = desk.decide(bounce(desk), entry, stranger, tickets={42: desk.ticket()})
    assert decision.actions[0].warning == "nothing proves who wrote this report"


def test_a_report_about_the_customers_own_mail_is_about_no_mail_of_ours(desk: Any, stranger: Context) -> None:
    forged = bounce(desk, about="1@kunde.example")
    decision = desk.decide(forged, context=stranger, by_message_id={"1@kunde.example": 42})
    assert decision.rule == "report-unknown"


def test_a_bounce_of_nothing_we_know_is_dropped(desk: Any, stranger: Context) -> None:
    decision = desk.decide(bounce(desk, about="guessed@x"), desk.entry(mail_from=""), stranger)
    assert (decision.disposition, decision.rule) == (Disposition.DROPPED, "report-unknown")


# An old token


LONG_AGO = datetime(2025, 9, 1, tzinfo=UTC)
WHY = "signed token in recipient address, issued more than 365 days ago"


def test_a_token_that_is_too_old_proves_nothing_and_the_mail_is_a_ticket_that_names_it(desk: Any, only: Any) -> None:
    entry = desk.entry(f"support+{desk.token(issued=LONG_AGO)}@firma.example")
    decision = desk.decide(entry=entry, tickets={42: desk.ticket()})
    (opened,) = only(decision.actions, OpenTicket)
    assert opened.possible_parent == 42
    assert any(WHY in str(reason) for reason in decision.reasons)


def test_beside_a_token_that_is_too_old_another_clue_counts(desk: Any) -> None:
    tokens = (desk.token(issued=LONG_AGO), desk.token(42))
    message = desk.message(in_reply_to=(f"{tokens[1]}.u@mail.firma.example",))
    decision = desk.decide(message, desk.entry(f"support+{tokens[0]}@firma.example"), tickets={42: desk.ticket()})
    assert decision.ticket == 42
    tagged = desk.message(subject="Re: [#42] Drukarka")
    decision = desk.decide(tagged, desk.entry(f"support+{tokens[0]}@firma.example"), tickets={42: desk.ticket()})
    assert decision.ticket == 42


def test_whom_only_an_old_token_would_believe_is_held(desk: Any) -> None:
    entry = desk.entry(f"support+{desk.token(issued=LONG_AGO)}@firma.example", trusted=False)
    decision = desk.decide(entry=entry, tickets={42: desk.ticket()})
    assert decision.disposition is Disposition.HELD


# Robots


@pytest.mark.parametrize("status", list(Status))
def test_an_absence_note_on_a_ticket_moves_nothing(status: Status, desk: Any) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    decision = desk.decide(desk.message(robot="auto-reply"), entry, tickets={42: desk.ticket(status=status)})
    assert decision.actions == (Append(ticket=42, is_activity=False, waits_for_us=False),)


@pytest.mark.parametrize("robot", ["auto-generated", "list"])
@pytest.mark.parametrize(("status", "timers"), [(Status.OPEN, 1), (Status.AWAITING_CUSTOMER, 1), (Status.ON_HOLD, 0)])
def test_a_robot_that_speaks_is_brought_to_an_agent_and_moves_nothing(
    robot: str, status: Status, timers: int, desk: Any, only: Any
) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    decision = desk.decide(desk.message(robot=robot), entry, tickets={42: desk.ticket(status=status)})
    append, *turn = decision.actions
    assert append == Append(ticket=42)
    assert [timer.kind for timer in turn] == [TimerKind.ESCALATE] * timers


@pytest.mark.parametrize("robot", ["auto-generated", "list"])
@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_a_robot_that_speaks_where_nobody_looks_any_more_opens_a_ticket(
    robot: str, status: Status, desk: Any, only: Any
) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    decision = desk.decide(desk.message(robot=robot), entry, tickets={42: desk.ticket(status=status)})
    assert [opened.possible_parent for opened in only(decision.actions, OpenTicket)] == [42]
    assert only(decision.actions, Send) == []


def test_an_absence_note_to_nothing_we_know_is_held(desk: Any) -> None:
    decision = desk.decide(desk.message(robot="auto-reply"), desk.entry("sales@firma.example"))
    assert (decision.disposition, decision.reason) == (Disposition.HELD, "automatic reply to nothing we know")
    assert decision.actions == ()


@pytest.mark.parametrize("robot", ["auto-generated", "list", "feedback"])
def test_a_robot_may_open_a_ticket_and_is_never_answered(robot: str, desk: Any, only: Any) -> None:
    decision = desk.decide(desk.message(robot=robot))
    assert only(decision.actions, OpenTicket)
    assert only(decision.actions, Send) == []


def test_a_person_whose_mail_wants_no_automatic_answer_gets_none(desk: Any, only: Any) -> None:
    decision = desk.decide(desk.message(wants_no_answer=True))
    assert only(decision.actions, OpenTicket)
    assert only(decision.actions, Send) == []


# Who is served


def served(
    desk: Any, context: Context, *, trusted: bool, mailbox: str, author: str | None = BOB
) -> tuple[str, list[str]]:
    decision = desk.decide(desk.message(author=author), desk.entry(mailbox, trusted=trusted), context)
    return decision.disposition.value, [action.kind.value for action in decision.actions if isinstance(action, Send)]


@pytest.mark.parametrize(
    ("who", "trusted", "mailbox", "disposition", "mail"),
    [
        ("contact", True, "support", "filed", ["acknowledgement"]),
        ("contact", False, "support", "held", ["challenge"]),  # P7: a From line is nobody, and somebody may be asked
        ("contact", True, "sales", "filed", ["acknowledgement"]),
        ("contact", False, "sales", "filed", []),  # P8
        ("stranger", True, "support", "held", ["registration"]),
        ("stranger", False, "support", "held", []),
        ("stranger", True, "sales", "filed", ["acknowledgement"]),
        ("stranger", False, "sales", "filed", []),
        ("nobody", True, "support", "held", []),  # M8
        ("nobody", True, "sales", "filed", []),
    ],
)
def test_who_is_served_where_and_who_is_answered(  # R2.1, R2.2
    who: str, trusted: bool, mailbox: str, disposition: str, mail: list[str], desk: Any, stranger: Context
) -> None:
    context = desk.contact() if who == "contact" else stranger
    author = {"contact": desk.anna, "stranger": BOB, "nobody": None}[who]
    found = served(desk, context, trusted=trusted, mailbox=f"{mailbox}@firma.example", author=author)
    assert found == (disposition, mail)


@pytest.mark.parametrize(
    ("roles", "disposition"),
    [
        ((Role.PRIMARY,), "filed"),
        ((Role.TECHNICAL, Role.BILLING), "filed"),
        ((Role.BILLING,), "held"),
        ((Role.OPERATIONS, Role.BILLING), "held"),
        ((), "filed"),
    ],
)
def test_primary_and_technical_contacts_are_served(
    roles: tuple[Role, ...], disposition: str, desk: Any
) -> None:  # R2.1
    assert desk.decide(context=desk.contact(roles=roles)).disposition.value == disposition


@pytest.mark.parametrize(("hours", "told"), [(None, 1), (23, 0), (24, 1)])
def test_an_unknown_sender_is_told_once_a_day_how_to_register(
    hours: int | None, told: int, desk: Any, only: Any, stranger: Context
) -> None:  # R2.2
    before = desk.now - timedelta(hours=hours) if hours is not None else None
    message = desk.message(author=BOB, name="Click http://evil.example", language="fr")
    decision = desk.decide(message, context=stranger, registration_at=before)
    sends = only(decision.actions, Send)
    assert len(sends) == told
    for send in sends:
        assert (send.language, send.to, send.ticket) == ("fr", BOB, None)
        assert send.key == f"registration:{BOB}:2026-11-02"
        assert (send.to_name, send.subject, send.values) == ("", "", {})  # fixed words only


@pytest.mark.parametrize(("mailbox", "disposition"), [("support", "held"), ("billing", "filed")])
def test_a_mailbox_says_which_roles_it_serves(mailbox: str, disposition: str, desk: Any) -> None:  # R2.1, R2.6
    entry = desk.entry(f"{mailbox}@firma.example")
    assert desk.decide(entry=entry, context=desk.contact(roles=(Role.BILLING,))).disposition.value == disposition


def test_a_short_answer_is_answered_in_the_language_of_the_conversation(desk: Any, only: Any) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    resolved = desk.ticket(status=Status.RESOLVED, language="es")
    decision = desk.decide(desk.message(language=""), entry, Context(), tickets={42: resolved})
    assert [send.language for send in only(decision.actions, Send)] == ["es"]


def test_released_mail_is_served(desk: Any, only: Any, stranger: Context) -> None:
    decision = desk.decide(
        desk.message(author=BOB), desk.entry(trusted=False, released=True, released_by="ewa"), stranger
    )
    assert decision.disposition is Disposition.FILED
    assert decision.reasons[0].why == "asserted: released by ewa"


@pytest.mark.parametrize(
    ("source", "why"),
    [("smtp", "trusted network"), ("imap:main", "trusted mailbox main"), ("inject", "injected by an operator")],
)
def test_the_reason_says_whose_word_was_taken(source: str, why: str, desk: Any) -> None:
    assert desk.decide(entry=desk.entry(source=source)).reasons[0].why == f"asserted: {why}"


# A new ticket


def test_a_new_ticket_belongs_to_its_contact_and_account(desk: Any, only: Any) -> None:
    decision = desk.decide(desk.message(subject="Re: [#7] Drukarka\r\n"))
    assert only(decision.actions, OpenTicket) == [
        OpenTicket(
            subject="Drukarka",
            department="support",
            also=(),
            mailbox="support@firma.example",
            requester=desk.anna,
            requester_name="Anna Nowak",
            contact=7,
            account=3,
            language="pl",
        )
    ]
    assert only(decision.actions, Append) == [Append(ticket=None)]


def test_an_unverified_ticket_is_marked_and_linked_to_nobody(desk: Any, only: Any) -> None:
    decision = desk.decide(entry=desk.entry("sales@firma.example", trusted=False))
    (opened,) = only(decision.actions, OpenTicket)
    assert (opened.contact, opened.account, opened.believed) == (None, None, False)
    assert only(decision.actions, Append)[0].warning.startswith("not verified: ")


def test_an_account_is_known_by_its_domain(desk: Any, only: Any, stranger: Context) -> None:
    account = Account(id=3, code="4711", name="Kunde")
    decision = desk.decide(entry=desk.entry("sales@firma.example"), context=stranger, account=account)
    assert only(decision.actions, OpenTicket)[0].account == 3


def test_a_mail_to_two_departments_is_one_ticket_that_both_see(desk: Any, only: Any) -> None:  # R2.5
    decision = desk.decide(entry=desk.entry("support@firma.example", "billing@firma.example", "x@y.example"))
    (opened,) = only(decision.actions, OpenTicket)
    assert (opened.department, opened.also) == ("support", ("billing",))


def test_of_two_mailboxes_a_stranger_reaches_the_open_one(desk: Any, only: Any, stranger: Context) -> None:
    entry = desk.entry("support@firma.example", "sales@firma.example")
    (opened,) = only(desk.decide(desk.message(author=BOB), entry, stranger).actions, OpenTicket)
    assert (opened.department, opened.also) == ("sales", ())


@pytest.mark.parametrize(
    ("contact", "message", "language"), [("fr", "es", "fr"), ("", "es", "es"), ("", "", "en"), ("pl", "", "pl")]
)
def test_the_acknowledgement_speaks_the_contacts_language(
    contact: str, message: str, language: str, desk: Any, only: Any
) -> None:  # R3.2
    decision = desk.decide(desk.message(language=message), context=desk.contact(language=contact))
    (send,) = only(decision.actions, Send)
    assert (send.kind, send.language, send.key) == (Kind.ACKNOWLEDGEMENT, language, "acknowledgement:entry:812")
    assert (send.in_reply_to, send.references) == ("1@kunde.example", ("1@kunde.example",))


def test_a_department_that_wants_it_is_told_when_nobody_answers(desk: Any, only: Any) -> None:
    timers = only(desk.decide().actions, SetTimer)
    assert timers == [SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=desk.now + timedelta(hours=4))]
    assert only(desk.decide(entry=desk.entry("billing@firma.example")).actions, SetTimer) == []


def test_what_was_there_before_we_were_is_filed_in_silence(desk: Any, only: Any) -> None:  # I3
    followed = desk.entry(f"support+{desk.token()}@firma.example", backlog=True)
    for entry in (desk.entry(backlog=True), followed):
        decision = desk.decide(entry=entry, tickets={42: desk.ticket()})
        assert decision.disposition is Disposition.FILED
        assert only(decision.actions, Send) == []
        assert [timer.kind for timer in only(decision.actions, SetTimer)] == [TimerKind.RETIRE]
        assert [append.waits_for_us for append in only(decision.actions, Append)] == [False]  # nobody is late with it


# Never an automatic answer (threats 10)


@pytest.mark.parametrize(
    ("message", "entry", "context", "why"),
    [
        ({}, {"mail_from": ""}, {}, "it came from the null sender (RFC 5321 4.5.5)"),
        ({"defects": (ONLY_HEADER,)}, {}, {}, "its words could not be read"),
        ({"auto_submitted": "auto-generated"}, {}, {}, "it says Auto-Submitted: auto-generated"),
        ({"robot": "list"}, {}, {}, "it is list"),
        ({"author": "billing@firma.example"}, {}, {}, "its author's address is ours"),
        ({"author": "support+x@firma.example"}, {}, {}, "its author's address is ours"),
        ({"author": '"a b"@kunde.example'}, {}, {}, "its author's address cannot be written to"),
        ({}, {"trusted": False}, {}, "its author is not verified"),
        ({}, {"backlog": True}, {}, "it was there before we were"),
        ({}, {}, {"automatic_today": 5}, "anna@kunde.example got 5 automatic mails in 24 hours, the most"),
    ],
)
@pytest.mark.parametrize("mailbox", ["sales@firma.example", "support@firma.example"])
def test_there_is_no_automatic_answer(
    message: Any, entry: Any, context: Any, why: str, mailbox: str, desk: Any, only: Any, stranger: Context
) -> None:
    decision = desk.decide(desk.message(**message), desk.entry(mailbox, **entry), stranger, **context)
    assert only(decision.actions, Send) == []
    assert [reason.why for reason in decision.reasons if reason.question == "mail"] == [why]


@pytest.mark.parametrize("source", ["imap:main", "inject"])
def test_an_unknown_envelope_sender_is_not_the_null_sender(source: str, desk: Any, only: Any) -> None:
    assert only(desk.decide(entry=desk.entry(mail_from="", source=source)).actions, Send)


# Follow-ups


@pytest.mark.parametrize(
    ("status", "moves", "mail"),
    [
        (Status.OPEN, [], []),
        (Status.AWAITING_CUSTOMER, [Move.CUSTOMER_WROTE], []),  # R3.5
        (Status.ON_HOLD, [Move.CUSTOMER_WROTE], []),
        (Status.RESOLVED, [Move.CUSTOMER_WROTE], [Kind.REOPENED]),  # R3.8
    ],
)
def test_a_reply_moves_the_ticket_and_mails_only_what_changes_for_the_customer(
    status: Status, moves: list[Move], mail: list[Kind], desk: Any, only: Any
) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    asked = desk.now - timedelta(days=1) if status is Status.AWAITING_CUSTOMER else None
    decision = desk.decide(desk.message(), entry, tickets={42: desk.ticket(status=status, question_at=asked)})
    assert decision.ticket == 42
    assert [change.move for change in only(decision.actions, ChangeStatus)] == moves
    assert [send.kind for send in only(decision.actions, Send)] == mail  # R3.6
    reminders = CancelTimers(ticket=42, kinds=frozenset({TimerKind.REMIND, TimerKind.RESOLVE}))
    assert only(decision.actions, CancelTimers) == ([reminders] if asked else [])


def test_a_chaser_starts_no_second_escalation(desk: Any, only: Any) -> None:  # R3.9
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    waiting = desk.ticket(waiting_since=desk.now - timedelta(hours=3))
    assert only(desk.decide(entry=entry, tickets={42: waiting}).actions, SetTimer) == []
    (timer,) = only(desk.decide(entry=entry, tickets={42: desk.ticket()}).actions, SetTimer)
    assert timer.due == desk.now + timedelta(hours=4)


@pytest.mark.parametrize("status", [Status.OPEN, Status.AWAITING_CUSTOMER, Status.ON_HOLD, Status.RESOLVED])
@pytest.mark.parametrize("waits", [False, True])
def test_a_customer_who_writes_is_waited_for_by_a_timer(status: Status, waits: bool, desk: Any, only: Any) -> None:
    """Whatever became of an earlier one: on hold there was none, however long somebody waits."""
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    ticket = desk.ticket(status=status, waiting_since=desk.now - timedelta(hours=3) if waits else None)
    stands = waits and status in (Status.OPEN, Status.AWAITING_CUSTOMER)
    assert len(only(desk.decide(entry=entry, tickets={42: ticket}).actions, SetTimer)) == (not stands)


def test_an_answer_that_is_not_proven_stops_the_reminders_and_moves_nothing(desk: Any, only: Any) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example", trusted=False)
    ticket = desk.ticket(status=Status.AWAITING_CUSTOMER, question_at=desk.now - timedelta(days=1))
    decision = desk.decide(entry=entry, tickets={42: ticket})
    append, timer, cancel = decision.actions
    assert (append.waits_for_us, append.warning[:37]) == (True, "it came with the token issued to anna")
    assert timer == SetTimer(ticket=42, kind=TimerKind.ESCALATE, step=1, due=desk.now + timedelta(hours=4))
    assert cancel == CancelTimers(ticket=42, kinds=frozenset({TimerKind.REMIND, TimerKind.RESOLVE}))


def test_a_bystander_does_not_answer_for_the_customer(desk: Any, only: Any, stranger: Context) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example", mail_from=BOB)
    ticket = desk.ticket(status=Status.AWAITING_CUSTOMER, question_at=desk.now - timedelta(days=1))
    decision = desk.decide(desk.message(author=BOB), entry, stranger, tickets={42: ticket})
    append, timer = decision.actions
    assert (append.waits_for_us, timer.kind) == (True, TimerKind.ESCALATE)


def test_a_follow_up_to_another_department_shows_it_the_ticket(desk: Any, only: Any) -> None:  # R2.5
    entry = desk.entry(f"support+{desk.token()}@firma.example", "billing@firma.example")
    decision = desk.decide(entry=entry, tickets={42: desk.ticket()})
    assert only(decision.actions, AddDepartments) == [AddDepartments(ticket=42, departments=("billing",))]


def test_who_is_shown_in_the_place_of_an_author_is_nobody(desk: Any, only: Any) -> None:
    """`From: "Anna" <>` with Anna's address in Reply-To: an agent can answer; no machine does, and no ticket of hers
    is joined."""
    shown = desk.message(author=None, from_=Address("Anna", desk.anna), in_reply_to=("9@x",))
    known = {"tickets": {42: desk.ticket()}, "by_message_id": {"9@x": 42}, "contact": None, "account": None}
    held = desk.decide(shown, desk.entry(trusted=False), **known)
    assert (held.disposition, only(held.actions, Send)) == (Disposition.HELD, [])
    opened = desk.decide(shown, desk.entry("sales@firma.example", trusted=False), **known)
    assert opened.ticket is None
    (ticket,) = only(opened.actions, OpenTicket)
    assert (ticket.requester, ticket.contact, ticket.believed) == (desk.anna, None, False)
    assert only(opened.actions, Send) == []


def test_who_is_registered_for_something_else_is_not_told_to_register(desk: Any, only: Any) -> None:
    decision = desk.decide(context=desk.contact(roles=(Role.BILLING,)))
    assert (decision.disposition, only(decision.actions, Send)) == (Disposition.HELD, [])
    assert decision.reason.startswith("anna@kunde.example is registered as billing only")
