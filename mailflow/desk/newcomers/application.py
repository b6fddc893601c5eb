"""Who is not registered asks to be, by a kind of request (R2.2): the answer to our mail that tells how, or a mail that
says so by itself, opens a ticket of it, or continues the one that is there.

Whatever is named in it, what comes of it is the same: nothing on file is asked of here but whether its author is
registered. So its ticket has no account, contract or region, by which a reminder would come at another hour.
"""

from dataclasses import replace

from mailflow.config import Mailbox
from mailflow.desk.actions import Note
from mailflow.desk.case import Case
from mailflow.desk.conversation.followup import follow_up
from mailflow.desk.conversation.opening import new_ticket, serving
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.intake.catalogue import Kind
from mailflow.desk.newcomers.applicant import registration_at
from mailflow.desk.parent import Joins, Part, StandsAlone
from mailflow.desk.trust import empowered, replay
from mailflow.desk.writing.ceiling import PERIOD, enough_tickets
from mailflow.mail.token import is_over

EVENT = "registration"
"""Of a ticket."""


def an_application(case: Case) -> Decision | None:
    """None: it is none, or its author is to be told first how it is done."""
    found = registration_at(case.mailboxes, case.policy)
    if found is None or case.context.contact is not None or serving(case) or not _may_ask(case):
        return None
    mailbox, kind = found
    if case.clues.registration and not why_no_answer(case):
        return _asked(case, mailbox, kind, "it answers our mail that tells how to register")
    said = case.policy.kinds.recognised(case.message)
    if said and said[0] is kind and not _was_decided_today(case):
        return _asked(case, mailbox, kind, f"it says '{said[1]}'")
    return None


def why_no_answer(case: Case) -> str:
    """Why the token that a message carries asks for nothing; '' when it does, or it carries none."""
    seen, applied = case.clues.registration, case.context.applied
    if seen is None:
        return ""
    since, lifetime = case.context.registering, case.policy.config.limits.token_lifetime
    questions = (
        (not seen.for_author, "that was sent to another address"),
        (is_over(seen.weeks, lifetime, case.now), f"that was sent more than {lifetime.days} days ago"),
        (since is None, "that is not there"),
        (bool(applied and applied.is_over and since and applied.created > since), "that was decided"),
    )
    return next((f"our mail about entry {seen.entry}, but {why}" for refused, why in questions if refused), "")


def _may_ask(case: Case) -> bool:
    """A person, who is proved to have written it to us, of late."""
    by_a_machine = any(refused for refused, _ in empowered.by_a_machine(case))
    return case.identity.acts and not (by_a_machine or case.entry.backlog or replay.perhaps_handed_in(case))


def _was_decided_today(case: Case) -> bool:
    applied = case.context.applied
    return applied is not None and applied.is_over and case.now - applied.last_activity < PERIOD


def _asked(case: Case, mailbox: Mailbox, kind: Kind, why: str) -> Decision:
    applied = case.context.applied
    if applied and not applied.is_over and applied.ticket in case.context.tickets:
        ticket = case.context.read_in(applied.ticket)
        return follow_up(case, Joins(ticket, why, Part.CUSTOMER))
    if enough := enough_tickets(case.context.tickets_hour, case.context.tickets_today, case.policy):
        reason = f"rate: {case.identity.author} has opened {enough}"
        return Decision(disposition=Disposition.HELD, reason=reason, reasons=(Reason("ticket", "none, held", reason),))
    nobodys = replace(case, context=replace(case.context, account=None))
    decision = new_ticket(nobodys, (mailbox,), StandsAlone(), kind)
    entry = case.clues.registration.entry if case.clues.registration else None
    held = f"; entry {entry}, with which it began, is held" if entry else ""
    note = Note(ticket=None, kind=EVENT, text=f"{case.identity.author} asks to be registered{held}")
    return replace(
        decision,
        reason=f"{decision.reason}, of who asks to be registered",
        actions=(*decision.actions, note),
        reasons=(Reason("register", "asked for", why), *decision.reasons),
    )
