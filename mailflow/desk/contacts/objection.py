"""Who is told that details of theirs will change may object by a reply, and the change waits for an agent (R0.3).

An answer that agrees changes nothing. Any other stops it, also one that is not understood, and one that nothing but the
token proves: stopping does no harm, and who objects may have no better proof any more. Only the address that was told
can, of the contact or, of a recovery, of a primary contact; an agent reads what it says. A machine's answer is dropped.
"""

from dataclasses import replace

from mailflow.desk.actions import Action, Append, StopCorrection
from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Role
from mailflow.desk.contacts.correction import for_an_agent, kept
from mailflow.desk.contacts.details import Correction, State
from mailflow.desk.conversation.followup import follow_up
from mailflow.desk.conversation.opening import new_ticket, serving, ticket_of_its_own
from mailflow.desk.conversation.report import REPORTS
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.parent import OVER, Joins, Part, StandsAlone
from mailflow.desk.trust import empowered, replay
from mailflow.mail.replies.consent import Consent, consent_of

ANSWERS = "our notice that details will change"


def an_answer(case: Case) -> Decision | None:
    """What becomes of a message that carries the token of a correction."""
    seen, correction = case.clues.correction, case.context.correction
    if seen is None or correction is None or case.message.automatic.kind in REPORTS:
        return None
    if case.message.automatic.kind in empowered.MACHINES:
        return empowered.dropped(case, ANSWERS, OwnRule.CORRECTION_MACHINE)
    if why := _why_not(case, seen.for_author, correction):
        return empowered.held(ANSWERS, why)
    if why := _why_not_believed(case):
        decision = empowered.held(ANSWERS, why)
        return replace(decision, actions=_stopped(case, correction, f"{case.identity.author}, {why}"))
    if _agrees(case):
        return _agreed(case, correction)
    return _objected(case, correction)


def _why_not(case: Case, for_author: bool, correction: Correction) -> str:
    is_theirs = _is_theirs(case, correction) or _is_primary(case, correction)
    questions = (
        (not for_author, "that was sent to another address"),
        *empowered.by_a_machine(case),
        (not is_theirs, f"{case.identity.author} is not theirs any more"),
    )
    return next((why for refused, why in questions if refused), "")


def _is_theirs(case: Case, correction: Correction) -> bool:
    details = case.context.on_file
    return details is not None and details.contact == correction.contact


def _is_primary(case: Case, correction: Correction) -> bool:
    """Of the same account, and so was told, if it is a recovery (desk.newcomers.admission)."""
    contact, account = case.context.contact, case.context.account
    is_one = contact is not None and Role.PRIMARY in contact.roles
    return is_one and account is not None and account.id == correction.account


def _why_not_believed(case: Case) -> str:
    questions = (
        (not case.identity.acts, "nothing proves that its author wrote this"),
        (replay.perhaps_handed_in(case), replay.WHY),
    )
    return next((why for refused, why in questions if refused), "")


def _agrees(case: Case) -> bool:
    details = case.context.on_file
    return consent_of(case.message.reply, details.name if details else "") is Consent.YES


def _agreed(case: Case, correction: Correction) -> Decision:
    why = f"{case.identity.author} agrees with correction {correction.number}"
    ticket = case.context.read_in(correction.ticket).number
    append = Append(ticket=ticket, waits_for_us=False, is_activity=False)
    return Decision(
        disposition=Disposition.FILED,
        reason=why,
        ticket=ticket,
        actions=(append,),
        reasons=(Reason("details", "as was said", why), Reason("mail", "none", "nothing is new")),
    )


def _objected(case: Case, correction: Correction) -> Decision:
    """Put where the correction was said; where nobody looks there any more, or somebody looks for its author, it is a
    ticket of its own."""
    ticket = case.context.read_in(correction.ticket)
    is_stopped = correction.state is State.PENDING
    late = "" if is_stopped else f", which is {correction.state} already"
    why = f"{case.identity.author} objects to correction {correction.number} of details{late}"
    if ticket.status in OVER or ticket.contact not in (None, correction.contact):
        alone = StandsAlone(ticket, why)
        mailboxes = serving(case) or case.mailboxes
        decision = new_ticket(case, mailboxes, alone) if is_stopped else ticket_of_its_own(case, alone)
    else:
        decision = follow_up(case, Joins(ticket, why, Part.BYSTANDER, why))
    told = Reason("details", "stopped" if is_stopped else f"{correction.state}", why)
    stops = _stopped(case, correction, why, tell_agents=False)
    return replace(decision, actions=(*decision.actions, *stops), reasons=(*decision.reasons, told))


def _stopped(case: Case, correction: Correction, why: str, *, tell_agents: bool = True) -> tuple[Action, ...]:
    """Agents are told by the objection itself, if that is filed."""
    details = case.context.on_file
    if correction.state is not State.PENDING or details is None:
        return ()
    ticket, by = case.context.read_in(correction.ticket), case.identity.author or ""
    stop = StopCorrection(contact=correction.contact, entry=correction.entry, why=why, by=by)
    told = for_an_agent(correction, ticket, why, case.policy) if tell_agents else ()
    stays = kept(correction, ticket, details, case.policy) if _is_theirs(case, correction) else ()
    return stop, *told, *stays
