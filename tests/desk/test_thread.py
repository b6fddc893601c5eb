"""Which ticket a message continues: never lost, never leaked (DESIGN rule 8, T1)."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Mail
from mailflow.desk.actions import Append, OpenTicket, Send
from mailflow.desk.context import Context
from mailflow.desk.decision import Disposition
from mailflow.desk.thread import clues_of
from mailflow.desk.ticket import Status
from mailflow.mail.message import Address, Report
from mailflow.mail.token import OF_A_CORRECTION, OF_A_NEWCOMER, Purpose

BOB = "bob@fremd.example"


def test_a_token_is_found_wherever_a_mail_program_may_put_it(desk: Any) -> None:
    token = desk.token()
    places = {
        "recipient address": (desk.message(), desk.entry(f"support+{token}@firma.example")),
        "In-Reply-To": (desk.message(in_reply_to=(f"{token}.u@mail.firma.example",)), desk.entry()),
        "References": (desk.message(references=("0@x", f"{token}.u@mail.firma.example", "9@y")), desk.entry()),
    }
    shown = (Address("", f"Support+{token.upper()}@firma.example"),)
    for where, (message, entry) in places.items():
        (seen,) = clues_of(message, entry, desk.policy).tokens
        assert (seen.ticket, seen.for_author, seen.where) == (42, True, where)
    (seen,) = clues_of(desk.message(to=shown), desk.entry(), desk.policy).tokens  # fetched mail has no RCPT
    assert seen.where == "recipient address"


@pytest.mark.parametrize("purpose", [OF_A_CORRECTION, OF_A_NEWCOMER], ids=lambda purpose: purpose.name)
def test_a_notice_is_answered_unless_a_ticket_of_the_author_is_named_nearer(purpose: Purpose, desk: Any) -> None:
    ticket, notice = desk.token(), desk.policy.keyring.sign(purpose, 812, desk.anna, desk.now)

    def answers(nearest: str, farther: str) -> bool:
        message = desk.message(references=(f"{farther}.u@mail.firma.example",))
        clues = clues_of(message, desk.entry(f"support+{nearest}@firma.example"), desk.policy)
        return (clues.correction or clues.newcomer) is not None

    assert answers(notice, ticket)
    assert not answers(ticket, notice)
    assert answers(desk.token(addressee=BOB), notice)  # who copies another's address goes on with nothing of theirs
    assert answers(desk.token(0), notice)


def test_answered_ids_are_looked_up_the_nearest_first(desk: Any) -> None:
    message = desk.message(in_reply_to=("c@x",), references=("a@x", "b@x", "c@x"), subject="Re: [#42] x")
    clues = clues_of(message, desk.entry(), desk.policy)
    assert clues.message_ids == ("c@x", "b@x", "a@x")
    assert clues.tag == 42
    assert not clues.own


def test_the_number_is_read_in_each_form_that_is_configured(desk: Any) -> None:
    mail = Mail(subject_tag="[ACME-{number}]", subject_tags_known=("[Ticket {number}]",))
    policy = replace(desk.policy, config=desk.policy.config.model_copy(update={"mail": mail}))
    subjects = ("Re: [acme-42] x", "Re: [Ticket 42] x", "Re: [#42] x")
    tags = [clues_of(desk.message(subject=subject), desk.entry(), policy).tag for subject in subjects]
    assert tags == [42, 42, None]


def test_a_mail_of_no_ticket_has_a_token_that_leads_nowhere(desk: Any) -> None:
    ours = f"{desk.token(0)}.u@mail.firma.example"
    assert clues_of(desk.message(in_reply_to=(ours,)), desk.entry(), desk.policy).tokens == ()
    assert clues_of(desk.message(message_id=ours), desk.entry(), desk.policy).own


def test_a_reported_message_id_is_a_clue(desk: Any) -> None:
    report = Report(recipients=(), original_message_id=f"{desk.token()}.u@mail.firma.example")
    clues = clues_of(desk.message(report=report, robot="bounce"), desk.entry(), desk.policy)
    assert clues.reported == report.original_message_id
    assert [token.where for token in clues.tokens] == ["the Message-ID it reports on"]


def joined(desk: Any, message: Any, entry: Any, context: Context, only: Any) -> tuple[int | None, str]:
    """The ticket and the warning."""
    decision = desk.decide(message, entry, context, tickets={42: desk.ticket()}, by_message_id={"ours@x": 42})
    warnings = [append.warning for append in only(decision.actions, Append)]
    return decision.ticket, warnings[0] if warnings else ""


# Who (asserted or not), by what, joins or not, and with which beginning of a warning
ACTS, WARNS, APART = (42, ""), 42, None


@pytest.mark.parametrize(
    ("by", "author", "trusted", "expected"),
    [
        ("own token", "anna@kunde.example", True, ACTS),
        ("own token", "anna@kunde.example", False, WARNS),
        ("own token", "a.nowak@privat.example", True, ACTS),
        ("own token", BOB, True, WARNS),
        ("own token", BOB, False, WARNS),
        ("own token", None, True, WARNS),
        ("his token", BOB, True, WARNS),
        ("reference", "anna@kunde.example", True, ACTS),
        ("reference", "a.nowak@privat.example", True, ACTS),
        ("reference", "anna@kunde.example", False, APART),
        ("reference", BOB, True, APART),
        ("reference", BOB, False, APART),
        ("reference", None, True, APART),
        ("tag", "anna@kunde.example", True, ACTS),
        ("tag", "anna@kunde.example", False, APART),
        ("tag", BOB, True, APART),
        ("tag", None, True, APART),
        ("forged token", "anna@kunde.example", True, APART),
        ("token in the subject", BOB, True, APART),
    ],
)
def test_only_a_token_or_a_believed_participant_joins(
    by: str, author: str | None, trusted: bool, expected: Any, desk: Any, only: Any, stranger: Context
) -> None:
    rcpt_to, said = "support@firma.example", {"subject": "Drukarka"}
    match by:
        case "own token":
            rcpt_to = f"support+{desk.token()}@firma.example"
        case "his token":
            rcpt_to = f"support+{desk.token(42, BOB)}@firma.example"
        case "forged token":
            rcpt_to = f"support+{'a' * 40}@firma.example"
        case "reference":
            said["in_reply_to"] = ("ours@x",)  # type: ignore[assignment]  # a field of the message
        case "tag":
            said["subject"] = "Re: [#42] Drukarka"
        case _:
            said["subject"] = desk.token()
    context = stranger if author in (BOB, None) else desk.contact()
    message = desk.message(author=author, **said)
    ticket, warning = joined(desk, message, desk.entry(rcpt_to, trusted=trusted), context, only)
    if expected == ACTS:
        assert (ticket, warning) == ACTS
    else:
        assert ticket == expected
        assert bool(warning) == (expected == WARNS)


def test_a_stranger_who_joins_is_told_nothing_and_moves_nothing(desk: Any, only: Any, stranger: Context) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example", mail_from=BOB)
    held = {42: desk.ticket(status=Status.ON_HOLD)}
    decision = desk.decide(desk.message(author=BOB), entry, stranger, tickets=held)
    assert [type(action) for action in decision.actions] == [Append]
    assert (
        decision.actions[0].warning
        == f"{BOB} used a token that was issued to someone else and takes no part in this ticket"
    )


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
@pytest.mark.parametrize("who", ["a bystander", "a claimant"])
@pytest.mark.parametrize(("mailbox", "disposition"), [("support", Disposition.HELD), ("sales", Disposition.FILED)])
def test_who_cannot_reopen_a_ticket_is_not_put_where_nobody_looks(
    status: Status, who: str, mailbox: str, disposition: Disposition, desk: Any, only: Any, stranger: Context
) -> None:
    author, context = (BOB, stranger) if who == "a bystander" else (desk.anna, desk.contact())
    entry = desk.entry(f"{mailbox}+{desk.token()}@firma.example", mail_from=author, trusted=False)
    decision = desk.decide(desk.message(author=author), entry, context, tickets={42: desk.ticket(status=status)})
    assert (decision.disposition, decision.ticket) == (disposition, None)
    assert "perhaps #42: signed token in recipient address" in decision.reason
    assert decision.reason.endswith(f"but it is {status}")
    assert all(opened.possible_parent == 42 for opened in only(decision.actions, OpenTicket))


def test_a_new_ticket_names_the_one_it_may_have_continued(desk: Any, only: Any) -> None:
    theirs = desk.ticket(participants=frozenset({BOB}), requester=BOB)
    decision = desk.decide(desk.message(subject="Re: [#42] Drukarka"), tickets={42: theirs})
    (opened,) = only(decision.actions, OpenTicket)
    assert opened.possible_parent == 42
    assert decision.ticket is None
    assert decision.reason == (
        "a new ticket; perhaps #42: its number is in the subject, but anna@kunde.example takes no part in it"
    )


def test_a_reference_to_a_foreign_ticket_does_not_hide_the_tag_of_ones_own(desk: Any) -> None:
    tickets = {41: desk.ticket(41, participants=frozenset({BOB})), 42: desk.ticket()}
    message = desk.message(subject="Re: [#42] x", in_reply_to=("theirs@x",))
    assert desk.decide(message, tickets=tickets, by_message_id={"theirs@x": 41}).ticket == 42


def test_a_reply_to_a_closed_ticket_opens_a_new_one_that_continues_it(desk: Any, only: Any) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example")
    decision = desk.decide(desk.message(), entry, tickets={42: desk.ticket(status=Status.CLOSED)})
    (opened,) = only(decision.actions, OpenTicket)
    assert (opened.continues, opened.possible_parent) == (42, None)
    assert decision.reason.startswith("a new ticket; continues #42: ")
    assert decision.reason.endswith("takes part, but it is closed")


def test_a_token_of_a_ticket_that_is_not_there_opens_a_new_one(desk: Any, only: Any) -> None:
    decision = desk.decide(desk.message(), desk.entry(f"support+{desk.token(99)}@firma.example"))
    assert decision.disposition is Disposition.FILED
    assert only(decision.actions, OpenTicket)


def test_joining_makes_nobody_a_participant_and_mails_nobody(desk: Any, only: Any, stranger: Context) -> None:
    entry = desk.entry(f"support+{desk.token()}@firma.example", mail_from=BOB)
    decision = desk.decide(desk.message(author=BOB), entry, stranger, tickets={42: desk.ticket()})
    assert only(decision.actions, Send) == []
