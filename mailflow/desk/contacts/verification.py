"""Contacts are asked whether what is on file is true, and answer by a reply (R0.1, R0.2).

The question stands in an acknowledgement, so nobody is asked who is not believed, no robot, nobody in Cc. It is
answered once, from the very address that was asked, by a reply to that very mail, which is proved to be its author's
and to be written to us: what somebody else has of it, or sends again, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from mailflow.config import Mailbox, zone_named
from mailflow.desk.actions import Action, Append, AskDetails, ConfirmDetails, CorrectDetails, Note, Send
from mailflow.desk.case import Case
from mailflow.desk.contacts.correction import EVENT, of_contact
from mailflow.desk.contacts.details import OnFile, became, listed, on_file
from mailflow.desk.contacts.said_details import SaidDetails, said_details
from mailflow.desk.decision import Decision, Reason
from mailflow.desk.parent import Joins
from mailflow.desk.trust import replay
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.silence import from_the_null_sender
from mailflow.mail.address import canonical

AGAIN = timedelta(days=14)
"""Who does not answer is not asked with every mail."""
VALID = timedelta(days=60)
"""How long an answer counts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An acknowledgement, with the question if it is time for it."""

    sends: tuple[Send, ...]
    questions: tuple[AskDetails, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What a reply says of details, and what comes of it."""

    said: SaidDetails
    actions: tuple[Action, ...]
    reason: Reason

    @property
    def is_all(self) -> bool:
        """Nobody has to read it."""
        return not self.said.more and not self.said.unfit

    def beside(self, decision: Decision) -> Decision:
        """What else becomes of the reply."""
        actions, reasons = (*decision.actions, *self.actions), (*decision.reasons, self.reason)
        return replace(decision, actions=actions, reasons=reasons)


def asked(case: Case, sends: Sequence[Send], mailbox: Mailbox) -> Asked:
    details, why = case.context.on_file, _why_due(case)
    first = next((each for each in sends if each.kind is Kind.ACKNOWLEDGEMENT and not each.template), None)
    if details is None or first is None or not why:
        return Asked(tuple(sends))
    language = spoken(first.kind, first.language, mailbox, case.policy)
    question = replace(first, values={**first.values, "on_file": on_file(details, language)})
    ask = AskDetails(contact=details.contact, address=canonical(first.to), key=first.key)
    return Asked(
        tuple(question if each is first else each for each in sends), (ask,), (Reason("details", "asked", why),)
    )


def _why_due(case: Case) -> str:
    """'' where it is not."""
    details, every = case.context.on_file, case.policy.config.verification.every
    if details is None or every is None or not case.identity.acts or details.is_being_corrected:
        return ""
    if details.question and case.now - details.question.at < AGAIN:
        return ""
    if details.verified is None:
        return "nobody has verified what is on file"
    return f"last verified on {details.verified:%Y-%m-%d}" if case.now - details.verified >= every else ""


def answered(case: Case, joins: Joins) -> Answered | None:
    """None: it does not answer the question, or says nothing of details."""
    details = case.context.on_file
    if details is None or not _answers(case, details):
        return None
    said = said_details(case.message.reply, details)
    if not said.says_anything:
        return None
    ticket = joins.ticket.number
    if why := why_not(case):
        return Answered(replace(said, more=True), (), Reason("details", "as they are", why))
    unfit = tuple(Note(ticket=ticket, kind=EVENT, text=f"not understood, {each}") for each in said.unfit)
    if said.wanted:
        actions, told = corrected(case, details, said, ticket)
        return Answered(said, (*actions, *unfit), Reason("details", "corrected", told))
    if said.is_right:
        confirm = ConfirmDetails(contact=details.contact, by=case.identity.author or "", ticket=ticket)
        return Answered(said, (confirm,), Reason("details", "confirmed", f"by {case.identity.author}"))
    return Answered(said, unfit, Reason("details", "as they are", "; ".join(said.unfit)))


def read_by_nobody(joins: Joins, answer: Answered) -> tuple[Action, ...]:
    """A reply that is all answer: it is kept, and moves nothing."""
    return Append(ticket=joins.ticket.number, warning=joins.warning, waits_for_us=False), *answer.actions


def _answers(case: Case, details: OnFile) -> bool:
    """The mail that asked, from the address that was asked. What names no mail has come to the address in it."""
    question = details.question
    if question is None or question.answered or question.address != case.identity.author:
        return False
    if case.now - question.at > VALID or not any(token.for_author for token in case.tokens):
        return False
    named = case.clues.message_ids[:1]
    return not named or named[0] == question.message_id


def why_not(case: Case) -> str:
    """'' when it is proved to be its author's answer."""
    questions = (
        (case.is_automatic or case.message.auto_submitted not in ("", "no"), "a machine wrote this"),
        (from_the_null_sender(case), "it came from the null sender (RFC 5321 4.5.5)"),
        (case.entry.released, "that an agent released it does not prove who wrote it"),
        (case.entry.backlog, "it was there before we were"),
        (not case.identity.acts, f"nothing proves that {case.identity.author} wrote this"),
        (replay.perhaps_handed_in(case), replay.WHY),
    )
    return next((why for refused, why in questions if refused), "")


def corrected(
    case: Case, details: OnFile, said: SaidDetails, ticket: int, *, to_letter: bool = False
) -> tuple[tuple[Action, ...], str]:
    """What its author said should be waits from now on, and each address on file is warned; and that in words.
    `to_letter`: see CorrectDetails."""
    due = case.now + case.policy.config.verification.delay
    correct = CorrectDetails(
        contact=details.contact,
        wanted=said.wanted,
        by=case.identity.author or "",
        due=due,
        ticket=ticket,
        entry=case.entry.number,
        to_letter=to_letter,
    )
    told = f"{', '.join(became(details, said.wanted))}; in force from {due.astimezone(UTC):%Y-%m-%d %H:%M} UTC on"
    return (correct, Note(ticket=ticket, kind=EVENT, text=told), *_warnings(case, details, said)), told


def _warnings(case: Case, details: OnFile, said: SaidDetails) -> tuple[Send, ...]:
    """To each address on file, whatever else a machine wrote there today: whoever may read one mailbox of a contact
    must not be able to take the others away unheard."""
    mailbox = mailbox_named(case.mailboxes[0].address if case.mailboxes else "", case.policy)
    due = (case.now + case.policy.config.verification.delay).astimezone(zone_named(case.policy.config.time_zone))
    sends = []
    for reader in of_contact(details):
        language = spoken(Kind.DETAILS_PENDING, reader.language or mailbox.language, mailbox, case.policy)
        values = {
            "details": listed(said.wanted, language),
            "address": case.identity.author or "",
            "contact": details.name,
            "in_force": f"{due:%Y-%m-%d %H:%M %Z}",
        }
        sends.append(
            Send(
                kind=Kind.DETAILS_PENDING,
                to=reader.address,
                to_name=reader.name,
                language=language,
                mailbox=mailbox.address,
                ticket=None,
                key=f"{Kind.DETAILS_PENDING}:entry:{case.entry.number}:{reader.address}",
                values=values,
                corrects=case.entry.number,
            )
        )
    return tuple(sends)
