"""Who is not served at a mailbox is held for an agent, and told once a day how to register, if it is more than a From
line that says who they are (R2.1, R2.2): in fixed words, and where that is a kind of request with a form for what it
needs. If it is no more, and names a registered contact, that one is asked."""

from dataclasses import replace
from datetime import UTC, timedelta

from mailflow.config import Mailbox
from mailflow.desk.actions import Send
from mailflow.desk.case import Case
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.form import asking
from mailflow.desk.newcomers.applicant import registration_at
from mailflow.desk.newcomers.application import why_no_answer
from mailflow.desk.parent import StandsAlone
from mailflow.desk.trust.challenge import asks, challenge
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import spoken
from mailflow.desk.writing.notice import mailed
from mailflow.desk.writing.silence import why_silent

ONCE_PER = timedelta(hours=24)


def held(case: Case, mailbox: Mailbox, alone: StandsAlone) -> Decision:
    why = _why(case, mailbox)
    asked = asks(case)
    told, mail = challenge(case, asked) if asked else _answer(case, mailbox)
    held_as = "; it answers ".join(filter(None, (f"{why}: {mailbox.address} {_serves(mailbox)}", why_no_answer(case))))
    parent = alone.told
    return Decision(
        disposition=Disposition.HELD,
        reason=held_as + (f"; {parent}" if parent else ""),
        actions=told,
        reasons=(Reason("ticket", "none, held", held_as), mail),
    )


def _serves(mailbox: Mailbox) -> str:
    return "serves registered contacts" if mailbox.registered_only else "wants to know who writes"


def _why(case: Case, mailbox: Mailbox) -> str:
    if case.identity.author is None:
        return case.identity.evidence
    author, contact = case.identity.author, case.context.contact
    if contact is None and (case.identity.acts or mailbox.registered_only):
        return f"{author} is not registered"
    if contact is None or not case.identity.acts:
        return f"nothing proves that {author} wrote this"
    return f"{author} is registered as {', '.join(sorted(contact.roles))} only"


def _answer(case: Case, mailbox: Mailbox) -> tuple[tuple[Send, ...], Reason]:
    """Fixed words only, and never in reply to a From line alone."""
    author, told_at = case.identity.author, case.context.registration_at
    if author is None or (silent := why_silent(case)):
        return (), Reason("mail", "none", silent if author else case.identity.evidence)
    if case.context.contact is not None:  # who is registered for something else has nothing to register
        return (), Reason("mail", "none", f"{author} is registered, and not served at {mailbox.address}")
    if told_at is not None and case.now - told_at < ONCE_PER:
        return (), Reason("mail", "none", f"{author} was told how to register within the last 24 hours")
    message, language = case.message, case.message.language or mailbox.language
    send = Send(
        kind=Kind.REGISTRATION,
        to=author,
        to_name="",
        language=language,
        mailbox=mailbox.address,
        ticket=None,
        key=f"registration:{author}:{case.now.astimezone(UTC):%Y-%m-%d}",
        in_reply_to=message.message_id,
        references=(*message.references, *([message.message_id] if message.message_id else [])),
    )
    send = _with_a_form(case, send)
    return (send,), mailed(send, mailbox, case)


def _with_a_form(case: Case, send: Send) -> Send:
    """And a token, where an answer to it opens a request."""
    found = registration_at(case.mailboxes, case.policy)
    if found is None:
        return send
    mailbox, kind = found
    language = spoken(send.kind, send.language, mailbox, case.policy)
    asked = asking(Dossier(kind), (), language)
    values = {"type": kind.title(language), "missing": asked.missing, "form": asked.form}
    return replace(send, mailbox=mailbox.address, registers=case.entry.number, values=values)
