"""A contact corrects what is on file of it (R0.2, R0.3): what it wants waits until its time or for an agent, then takes
effect and is announced to the contact, at old and new addresses, and to the primary contacts of its account.

Credentials and roles are none of the details. What may not be an address is asked when it is said, and again when it
would take effect: the contact hears no difference, or it could find out whose address is registered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailflow.desk.actions import Note, Send
from mailflow.desk.contacts.details import Correction, OnFile, listed
from mailflow.desk.copied import staff_of
from mailflow.desk.lists.screen import blocked_by
from mailflow.desk.policy import Policy
from mailflow.desk.route import mailbox_of
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notification import told
from mailflow.mail.address import canonical

EVENT = "details"
"""Of a ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who is told of a correction, at one address."""

    address: str  # canonical
    name: str
    language: str


def why_no_address(address: str, policy: Policy, now: datetime) -> str:
    """Why mail of a contact cannot come from there; '' when it may."""
    questions = (
        (mailbox_of(address, policy) is not None, "is an address of ours"),
        (address in staff_of(policy.config), "is an agent's"),
        (blocked_by("", address, "", policy, now) is not None, "is blocked"),
    )
    return next((f"{address} {why}" for refused, why in questions if refused), "")


def why_not(addresses: Iterable[str], others: Iterable[str], policy: Policy, now: datetime) -> str:
    """The same of several, of which `others` belong to another contact."""
    wrong = (why for address in addresses if (why := why_no_address(address, policy, now)))
    return next(wrong, "") or next((f"{address} is another contact's" for address in others), "")


def readers(before: OnFile, after: OnFile, primaries: Iterable[Reader]) -> tuple[Reader, ...]:
    """Who hears that it took effect: the contact at each address, old or new, and the account's primary contacts."""
    name, language = after.name, after.language or before.language
    own = (Reader(address=each, name=name, language=language) for each in (*before.addresses, *after.addresses))
    return tuple({each.address: each for each in (*primaries, *own)}.values())


def announced(
    correction: Correction, ticket: Ticket, whose: OnFile, to: Iterable[Reader], policy: Policy
) -> tuple[Send, ...]:
    return _letters(Kind.DETAILS_CHANGED, correction, ticket, whose, to, policy)


def kept(correction: Correction, ticket: Ticket, before: OnFile, policy: Policy) -> tuple[Send, ...]:
    """To the contact, at each address: it stays as it was."""
    return _letters(Kind.DETAILS_KEPT, correction, ticket, before, of_contact(before), policy)


def of_contact(details: OnFile) -> tuple[Reader, ...]:
    return tuple(Reader(address=each, name=details.name, language=details.language) for each in details.addresses)


def for_an_agent(correction: Correction, ticket: Ticket, why: str, policy: Policy) -> tuple[Note | Send, ...]:
    """It does not go on by itself: the ticket says so, and its agents are told."""
    cause = f"correction {correction.number} of details waits for an agent: {why}; mailflow contact changes list"
    note = Note(ticket=ticket.number, kind=EVENT, text=cause)
    return note, *told(ticket, policy, cause=cause, key=f"correction:{correction.number}:{why}")


def _letters(
    kind: Kind, correction: Correction, ticket: Ticket, whose: OnFile, to: Iterable[Reader], policy: Policy
) -> tuple[Send, ...]:
    """Of no ticket: not all of them take part in it."""
    mailbox = mailbox_named(ticket.mailbox, policy)
    return tuple(
        Send(
            kind=kind,
            to=reader.address,
            to_name=reader.name,
            language=reader.language or mailbox.language,
            mailbox=mailbox.address,
            ticket=None,
            key=f"{kind}:{correction.number}:{reader.address}",
            values={
                "details": listed(
                    correction.wanted, spoken(kind, reader.language or mailbox.language, mailbox, policy)
                ),
                "address": canonical(correction.by),
                "contact": whose.name,
            },
        )
        for reader in to
    )
