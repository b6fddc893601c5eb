"""A primary contact answers the mail that somebody was registered for their account (desk.newcomers.admission).

Their words are a ticket of their own, so that an agent can answer them, and the newcomer sees nothing of it: it names
the request by which that was decided, whose history has the words, too. Who only agrees opens none. It counts if it is
proved that one wrote it who was told, to us; any other mail with such a token is judged like one without, and a
machine's answer is dropped.
"""

from dataclasses import replace
from enum import StrEnum

from mailflow.desk.actions import Action, Append, Note
from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Role
from mailflow.desk.conversation.opening import ticket_of_its_own
from mailflow.desk.conversation.report import REPORTS
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.newcomers.application import EVENT
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.parent import StandsAlone
from mailflow.desk.ticket import Ticket
from mailflow.desk.trust import empowered, replay
from mailflow.mail.compose import one_line
from mailflow.mail.replies.consent import Consent, consent_of

NOTICE = "our notice that somebody was registered"
LONGEST = 200
"""Characters of the words in the history of the request; the ticket has all."""


class Says(StrEnum):
    YES = "agrees with"
    NO = "objects to"
    WORDS = "answers"


def an_answer(case: Case) -> Decision | None:
    """What becomes of a message that carries the token of such a notice."""
    seen = case.clues.newcomer
    ticket = case.context.tickets.get(seen.ticket) if seen else None
    if seen is None or ticket is None or case.message.automatic.kind in REPORTS:
        return None
    if case.message.automatic.kind in empowered.MACHINES:
        return empowered.dropped(case, NOTICE, OwnRule.NEWCOMER_MACHINE)
    if not _counts(case, for_author=seen.for_author):
        return None
    said = _said(case)
    why = f"{case.identity.author} {said} our notice that {ticket.requester} was registered (#{ticket.number})"
    note = Note(ticket=ticket.number, kind=EVENT, text=f"{why}: «{one_line(case.message.reply, LONGEST)}»")
    reason = Reason(
        "newcomer", f"#{ticket.number}, {ticket.requester}", f"{case.identity.author} {said} our notice of it"
    )
    return _agreed(why, note, reason, ticket) if said is Says.YES else _opened(case, why, note, reason, ticket)


def _counts(case: Case, *, for_author: bool) -> bool:
    contact = case.context.contact
    return (
        for_author
        and case.identity.acts
        and contact is not None
        and Role.PRIMARY in contact.roles
        and not any(refused for refused, _ in empowered.by_a_machine(case))
        and not replay.perhaps_handed_in(case)
    )


def _said(case: Case) -> Says:
    name = case.context.contact.name if case.context.contact else ""
    return {Consent.YES: Says.YES, Consent.NO: Says.NO}.get(consent_of(case.message.reply, name), Says.WORDS)


def _agreed(why: str, note: Note, reason: Reason, ticket: Ticket) -> Decision:
    return Decision(
        disposition=Disposition.FILED,
        reason=why,
        rule=OwnRule.NEWCOMER,
        ticket=ticket.number,
        actions=(note,),
        reasons=(reason, Reason("mail", "none", "nothing is new")),
    )


def _opened(case: Case, why: str, note: Note, reason: Reason, ticket: Ticket) -> Decision:
    """The agents who are told of it read at once what it is about."""
    decision = ticket_of_its_own(case, StandsAlone(ticket, why))
    if decision.disposition is not Disposition.FILED:
        return decision
    actions = tuple(_warned(each, why) for each in decision.actions)
    return replace(decision, actions=(*actions, note), reasons=(reason, *decision.reasons))


def _warned(action: Action, why: str) -> Action:
    return replace(action, warning=why) if isinstance(action, Append) else action
