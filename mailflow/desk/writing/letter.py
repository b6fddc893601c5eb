"""One mail of ours, from the intention (`Send`) to the octets that go into the outbox.

Everything that ties an answer to its ticket is put in here: the signed token in Reply-To and Message-ID, the tag in the
subject, the references. So is everything that keeps robots from answering it (RFC 3834): see AUTO_SUBMITTED.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailflow.config import Department, Mailbox
from mailflow.desk.actions import Send
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import AMONG_AGENTS, IN_PUBLIC, Status, Ticket
from mailflow.desk.writing.kind import APART, AUTOMATIC, TO_AGENTS, Kind
from mailflow.desk.writing.stationery import PLAIN, frame_of, text_of
from mailflow.mail.address import canonical, domain_of
from mailflow.mail.compose import Draft, compose, one_line
from mailflow.mail.envelope import NULL_SENDER
from mailflow.mail.message import Address
from mailflow.mail.subject import base_subject, tagged
from mailflow.mail.token import (
    OF_A_CHALLENGE,
    OF_A_CONSENT,
    OF_A_CORRECTION,
    OF_A_NEWCOMER,
    OF_A_PAGE,
    OF_A_REACH_LETTER,
    OF_A_REGISTRATION,
    OF_A_TICKET,
    OF_AN_AGENT,
    Purpose,
    minute_of,
    of_a_digest,
)
from mailflow.mail.values import FALLBACK, values_of

AUTO_SUBMITTED = {
    Kind.ACKNOWLEDGEMENT: "auto-replied",
    Kind.REGISTRATION: "auto-replied",
    Kind.REGISTERED: "auto-generated",
    Kind.NOT_REGISTERED: "auto-generated",
    Kind.RECOVERY: "auto-generated",
    Kind.NEWCOMER: "auto-generated",
    Kind.CHALLENGE: "auto-replied",
    Kind.REOPENED: "auto-replied",
    Kind.CLOSED: "auto-replied",
    Kind.MISSING: "auto-replied",
    Kind.COMPLETE: "auto-replied",
    Kind.STANDING: "auto-replied",
    Kind.REQUESTS: "auto-replied",
    Kind.HANDLED: "auto-replied",
    Kind.DETAILS_PENDING: "auto-replied",
    Kind.DETAILS_CHANGED: "auto-generated",
    Kind.DETAILS_KEPT: "auto-replied",
    Kind.RESOLVED: "auto-generated",
    Kind.REMINDER: "auto-generated",
    Kind.CLOSING: "auto-generated",
    Kind.EXPIRED: "auto-generated",
    Kind.MERGED: "auto-generated",
    Kind.SPLIT: "auto-generated",
    Kind.INCIDENT: "auto-replied",
    Kind.INCIDENT_UPDATE: "auto-generated",
    Kind.INCIDENT_OVER: "auto-generated",
    Kind.ESCALATION: "auto-generated",
    Kind.PAGE: "auto-generated",
    Kind.DIGEST: "auto-generated",
    Kind.STEP: "auto-generated",
    Kind.CONSENT: "auto-generated",
    Kind.PARTY: "auto-generated",
    Kind.GATE: "auto-generated",
    Kind.REACH: "auto-generated",
    Kind.REACH_STATE: "auto-generated",
    Kind.REACH_ANSWERED: "auto-generated",
    Kind.NOTIFICATION: "auto-generated",
    Kind.CONFIRMATION: "auto-replied",
    Kind.REPLY: "",  # a person's words
    Kind.RECAP: "",
}
"""RFC 3834 5. What is auto-replied goes out with the null reverse-path: nobody needs to hear that it did not arrive.
The rest has a signed envelope address, so that its bounce finds the ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail as the outbox keeps it: rendered, one recipient."""

    key: str
    kind: Kind
    automatic: bool  # sent at most once; else at least once (DESIGN rule 5)
    ticket: int | None
    mail_from: str
    rcpt_to: str
    subject: str
    message_id: str
    octets: bytes


def write(send: Send, ticket: Ticket | None, policy: Policy, now: datetime) -> Outgoing:
    mailbox = mailbox_named(send.mailbox, policy)
    rcpt_to = deliverable(send.to)
    number = ticket.number if ticket else 0
    template = send.template or send.kind
    language = spoken(template, send.language, mailbox, policy)
    values = _known(send, ticket, mailbox, policy)
    said = {name: values.get(name, "") for name in values_of(template)}
    rendered = policy.templates.render(template, language, said)
    subject = tagged(rendered.subject, number, policy.tags) if number and not send.letter else rendered.subject
    token = _token(send, number, policy, now)
    answering = _return_address(mailbox, token if number or _is_answered(send) else "")
    message_id = _message_id(send, token, policy)
    mail_from = NULL_SENDER if AUTO_SUBMITTED[send.kind] == "auto-replied" else answering
    draft = Draft(
        mail_from=mail_from,
        sender=Address(display_name(mailbox, policy), mailbox.address),
        to=Address(send.to_name, rcpt_to),
        reply_to=answering,
        subject=subject,
        text=text_of(send.kind, rendered, _department(ticket, mailbox, policy), values, policy),
        message_id=message_id,
        in_reply_to=send.in_reply_to or _answers(send, ticket),
        references=_references(send, ticket, policy),
        date=now,
        automatic=bool(AUTO_SUBMITTED[send.kind]),
        auto_submitted=AUTO_SUBMITTED[send.kind],
        language=rendered.language,
        frame=frame_of(send.kind, rendered.language, policy),
        enclosures=send.enclosures,
    )
    return Outgoing(
        key=send.key,
        kind=send.kind,
        automatic=send.kind in AUTOMATIC,
        ticket=number or None,
        mail_from=mail_from,
        rcpt_to=rcpt_to,
        subject=one_line(subject),
        message_id=message_id,
        octets=compose(draft),
    )


def message_id_of(send: Send, number: int, policy: Policy, now: datetime) -> str:
    """`token.unique@hostname`: an answer that names it belongs to the ticket, and the same cause has the same id."""
    return _message_id(send, _token(send, number, policy, now), policy)


def _message_id(send: Send, token: str, policy: Policy) -> str:
    return f"{token}.{policy.keyring.unique(send.key)}@{policy.config.hostname}"


def _token(send: Send, number: int, policy: Policy, now: datetime) -> str:
    purpose, named = _purpose(send, number, policy)
    return policy.keyring.sign(purpose, named, canonical(send.to), now)


def _purpose(send: Send, number: int, policy: Policy) -> tuple[Purpose, int]:
    """What an answer to it does, and the number of what it does it to."""
    named = (
        (OF_A_CHALLENGE, send.challenges),
        (OF_A_REGISTRATION, send.registers),
        (OF_A_PAGE, send.page),
        (OF_A_CORRECTION, send.corrects),
        (OF_A_CONSENT, send.consent),
        (OF_A_NEWCOMER, send.admitted),
        (OF_A_REACH_LETTER, send.letter),
    )
    for purpose, what in named:
        if what is not None:
            return purpose, what
    if send.digest is not None:
        return of_a_digest(mailbox_named(send.mailbox, policy).department), minute_of(send.digest)
    return (OF_AN_AGENT if send.kind in TO_AGENTS else OF_A_TICKET), number


def _is_answered(send: Send) -> bool:
    """An answer to it means something, though it is about no ticket."""
    asks = (send.challenges, send.registers, send.corrects, send.admitted, send.digest)
    return any(each is not None for each in asks)


def spoken(template: str, language: str, mailbox: Mailbox, policy: Policy) -> str:
    """The wanted language if there are words in it, else the mailbox's, else English."""
    wanted = (language, mailbox.language)
    return next((language for language in wanted if policy.templates.speaks(template, language)), FALLBACK)


def mailbox_named(address: str, policy: Policy) -> Mailbox:
    """The mailbox a ticket came to; the first one if that is no longer ours."""
    return policy.mailboxes.get(canonical(address), policy.config.mailbox[0])


def display_name(mailbox: Mailbox, policy: Policy) -> str:
    department = policy.departments.get(mailbox.department)
    return mailbox.name or (department.title if department else policy.config.organisation)


def _department(ticket: Ticket | None, mailbox: Mailbox, policy: Policy) -> Department | None:
    return policy.departments.get(ticket.department if ticket else mailbox.department)


def _known(send: Send, ticket: Ticket | None, mailbox: Mailbox, policy: Policy) -> dict[str, str]:
    """What can be said; `values_of` tells what of it a kind of template may."""
    department = _department(ticket, mailbox, policy)
    return {
        "organisation": policy.config.organisation,
        "department": department.title if department else display_name(mailbox, policy),
        "mailbox": mailbox.address,
        "name": one_line(send.to_name, 80),
        "number": str(ticket.number or "…") if ticket else "",  # …: explained, not written
        "subject": one_line(base_subject(send.subject or (ticket.subject if ticket else ""), policy.tags)),
        "status": _status(send.kind)[ticket.status] if ticket else "",
        **send.values,
    }


def _status(kind: Kind) -> Mapping[Status, str]:
    return AMONG_AGENTS if kind in PLAIN | TO_AGENTS else IN_PUBLIC


def _return_address(mailbox: Mailbox, token: str) -> str:
    """Where answers and bounces come back to, signed for the one it was issued to if the mail system can do it."""
    if not (token and mailbox.plus_addressing):
        return mailbox.address
    local, _, domain = mailbox.address.partition("@")
    return f"{local}+{token}@{domain}"


def _answers(send: Send, ticket: Ticket | None) -> str:
    """The last words of the customer's, unless it is not to them that we write."""
    return ticket.last_message_id if ticket and send.kind not in TO_AGENTS | APART else ""


def _references(send: Send, ticket: Ticket | None, policy: Policy) -> tuple[str, ...]:
    if send.kind in APART:
        return ()
    if send.kind in TO_AGENTS:
        return _of_agents(ticket.number if ticket else 0, policy)
    return send.references or _conversation(ticket)


def _of_agents(number: int, policy: Policy) -> tuple[str, ...]:
    """An id that no mail has: by it mail programs show together what an agent is told about a ticket. The customer's
    ids, with tokens in them, are none of what an agent's mail passes on."""
    return (f"agents.{policy.keyring.unique(f'agents:{number}')}@{policy.config.hostname}",)


def _conversation(ticket: Ticket | None) -> tuple[str, ...]:
    if ticket is None:
        return ()
    return (*ticket.references, *([ticket.last_message_id] if ticket.last_message_id else []))


def deliverable(address: str) -> str:
    """The local part as its owner writes it, the domain as the DNS has it."""
    return f"{address.rpartition('@')[0]}@{domain_of(canonical(address))}"
