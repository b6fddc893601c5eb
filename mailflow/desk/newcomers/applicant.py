"""Who asks to be registered names an account, by a domain, a number, an address: what of that is looked up, and what
agents are shown of it. Whoever asks is told nothing of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Set

from mailflow.config import Mailbox
from mailflow.config.request import ItemKind
from mailflow.desk.clues import Application
from mailflow.desk.contacts.contact import NamedAccount
from mailflow.desk.entry import Entry
from mailflow.desk.intake.catalogue import Catalogue, Kind
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.reading import readings
from mailflow.desk.intake.value import Said
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line
from mailflow.mail.message import Message

NAMING = frozenset({ItemKind.DOMAIN, ItemKind.ADDRESS, ItemKind.NUMBER, ItemKind.PATTERN, ItemKind.TEXT})
"""Kinds of items that may name an account."""
_LONGEST = 100


def registration_at(mailboxes: Iterable[Mailbox], policy: Policy) -> tuple[Mailbox, Kind] | None:
    """The first of them at which people ask to be registered, and by which kind of request."""
    kinds = policy.kinds.kinds
    return next(((each, kinds[each.registration]) for each in mailboxes if each.registration in kinds), None)


def application_in(message: Message, entry: Entry, policy: Policy, *, carries_a_token: bool) -> Application | None:
    """What of a message is to be looked up. None: it cannot be part of such a request."""
    if not policy.registrations:
        return None
    found = policy.kinds.recognised(message)
    if not carries_a_token and (found is None or found[0].name not in policy.registrations):
        return None
    said = Said(language=message.language, at=message.date or entry.received)
    kinds = [policy.kinds.kinds[name] for name in sorted(policy.registrations)]
    names = (each.value for kind in kinds for each in readings(kind, message, said, kind.items.keys()) if each.value)
    return Application(kinds=policy.registrations, names=frozenset(names))


def is_applicant(ticket: Ticket, registrations: Set[str]) -> bool:
    """Does its requester, whom nobody has registered so far, ask for that in it? By one of these kinds of request."""
    return ticket.type in registrations and ticket.contact is None and ticket.believed


def facts(ticket: Ticket, kinds: Catalogue, named: Mapping[str, NamedAccount]) -> Iterator[str]:
    """For agents: which account each thing names that was given."""
    kind = kinds.kinds.get(ticket.type)
    if kind is None:
        return
    for name, given in Dossier(kind, ticket.given).latest.items():
        account, item = named.get(given.value), kind.items[name].kind
        if account:
            yield f"{one_line(given.value, _LONGEST)}: {_shown(given.value, account)}"
        elif item in NAMING - {ItemKind.TEXT}:
            yield f"{one_line(given.value, _LONGEST)}: no account of ours"


def _shown(value: str, account: NamedAccount) -> str:
    contact = account.contact_at(canonical(value)) if "@" in value else None
    whose = f"{contact}, {', '.join(sorted(contact.roles)) or 'no role'}, of {account}" if contact else f"{account}"
    return f"{whose}; primary contact {', '.join(map(str, account.primaries)) or 'none'}"
