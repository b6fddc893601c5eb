"""What a condition may ask about a message: the table of facts, and their values for one message.

A fact has any number of values: To names several people, a field may be absent. Values are worked out when a rule first
asks for them, and once: a thousand rules about the subject read it once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from mailflow.config import zone_named
from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Account, Role
from mailflow.desk.parent import Joins, parent_of
from mailflow.desk.rules.fact import HEADER, Kind, Value
from mailflow.mail.address import canonical, split_plus
from mailflow.mail.identity.authentication import Verdict
from mailflow.mail.message import Address, AutomaticKind
from mailflow.mail.mime.header import Header

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Fact:
    kind: Kind
    of: Callable[[Case], tuple[str, ...]]
    meaning: str  # for docs/filters.md
    choices: tuple[str, ...] = ()  # of NAME: all there are, when they are few and known
    at_the_door: bool = field(default=False, kw_only=True)  # envelope and header tell: known before it is taken in


def _addresses(addresses: tuple[Address, ...]) -> tuple[str, ...]:
    return tuple(canonical(each.address) for each in addresses if each.address)


def _from(case: Case) -> tuple[str, ...]:
    return (canonical(case.shown_author),) if case.shown_author else ()


def _from_name(case: Case) -> tuple[str, ...]:
    shown = case.message.from_
    return (shown.name,) if shown and shown.name else ()


def _mailboxes(case: Case) -> tuple[str, ...]:
    return tuple(canonical(mailbox.address) for mailbox in case.mailboxes)


def _departments(case: Case) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mailbox.department for mailbox in case.mailboxes))


def _details(case: Case) -> tuple[str, ...]:
    return tuple(detail for address in case.entry.envelope.rcpt_tos if (detail := split_plus(canonical(address))[1]))


def _contact(case: Case) -> tuple[str, ...]:
    """Registered is who is registered and is who it says (R2.1)."""
    return ("registered" if case.context.contact and case.identity.acts else "unknown",)


def _roles(case: Case) -> tuple[str, ...]:
    contact = case.context.contact if case.identity.acts else None
    return tuple(sorted(contact.roles)) if contact else ()


def _of_account(value: Callable[[Account], str]) -> Callable[[Case], tuple[str, ...]]:
    """Of an author's who is believed (R2.1)."""

    def of(case: Case) -> tuple[str, ...]:
        account = case.context.account if case.identity.acts else None
        return _words(value(account)) if account else ()

    return of


def _follow_up(case: Case) -> tuple[str, ...]:
    return ("yes" if isinstance(parent_of(case), Joins) else "no",)


def _attachment_types(case: Case) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.content_type for each in case.message.attachments))


def _words(*words: str) -> tuple[str, ...]:
    """Those that are there."""
    return tuple(word for word in words if word)


FACTS: Mapping[str, Fact] = {
    "mail_from": Fact(
        Kind.ADDRESS,
        lambda case: _words(canonical(case.entry.envelope.mail_from)),
        "the envelope's sender",
        at_the_door=True,
    ),
    "rcpt_to": Fact(
        Kind.ADDRESS,
        lambda case: tuple(map(canonical, case.entry.envelope.rcpt_tos)),
        "the envelope's recipients, with plus parts",
        at_the_door=True,
    ),
    "peer": Fact(
        Kind.NETWORK,
        lambda case: _words(case.entry.envelope.peer),
        "the IP address that handed it in",
        at_the_door=True,
    ),
    "source": Fact(
        Kind.TEXT,
        lambda case: (case.entry.envelope.source,),
        "how it came: `smtp`, `lmtp`, `submission:USER`, `imap:NAME`, `inject`",
        at_the_door=True,
    ),
    "from": Fact(
        Kind.ADDRESS, _from, "the author's address, as shown; whether to believe it is `verdict`", at_the_door=True
    ),
    "from_name": Fact(Kind.TEXT, _from_name, "the author's name, as shown", at_the_door=True),
    "to": Fact(Kind.ADDRESS, lambda case: _addresses(case.message.to), "the addresses in To", at_the_door=True),
    "cc": Fact(Kind.ADDRESS, lambda case: _addresses(case.message.cc), "the addresses in Cc", at_the_door=True),
    "reply_to": Fact(
        Kind.ADDRESS, lambda case: _addresses(case.message.reply_to), "the addresses in Reply-To", at_the_door=True
    ),
    "subject": Fact(Kind.TEXT, lambda case: _words(case.message.subject), "the subject, decoded", at_the_door=True),
    "text": Fact(Kind.TEXT, lambda case: _words(case.message.text), "the whole readable body, quotations included"),
    "new_words": Fact(Kind.TEXT, lambda case: _words(case.message.reply), "the body without quotations and signature"),
    HEADER: Fact(
        Kind.TEXT, lambda case: (), 'any field of the header by its name: `header."X-Spam-Flag"`', at_the_door=True
    ),
    "size": Fact(Kind.NUMBER, lambda case: (str(case.entry.size),), "octets of the whole message", at_the_door=True),
    "attachments": Fact(Kind.NUMBER, lambda case: (str(len(case.message.attachments)),), "how many there are"),
    "attachment_name": Fact(
        Kind.TEXT,
        lambda case: tuple(each.filename for each in case.message.attachments if each.filename),
        "the names of its attachments",
    ),
    "attachment_type": Fact(Kind.TEXT, _attachment_types, "their types: `application/pdf`"),
    "language": Fact(Kind.TEXT, lambda case: _words(case.message.language), "of the new words, where it is clear"),
    "verdict": Fact(
        Kind.NAME,
        lambda case: (case.identity.verdict.value,),
        "what is known of who wrote it",
        tuple(verdict.value for verdict in Verdict),
    ),
    "contact": Fact(Kind.NAME, _contact, "is the author a registered contact, and believed", ("registered", "unknown")),
    "role": Fact(Kind.NAME, _roles, "the roles of that contact", tuple(role.value for role in Role)),
    "account": Fact(Kind.TEXT, _of_account(lambda it: it.code), "the code of that contact's account"),
    "contract": Fact(Kind.TEXT, _of_account(lambda it: it.contract), "which support contract that account has"),
    "region": Fact(Kind.TEXT, _of_account(lambda it: it.region), "where that account is served"),
    "mailbox": Fact(Kind.ADDRESS, _mailboxes, "the addresses of ours that it came to", at_the_door=True),
    "plus": Fact(Kind.TEXT, _details, "what stands behind the first + of those addresses", at_the_door=True),
    "department": Fact(Kind.TEXT, _departments, "the departments of those addresses", at_the_door=True),
    "automatic": Fact(
        Kind.NAME,
        lambda case: (case.message.automatic.kind.value,),
        "which machine wrote it; `none`: a person",
        tuple(kind.value for kind in AutomaticKind),
    ),
    "follow_up": Fact(Kind.NAME, _follow_up, "does it continue a ticket", ("yes", "no")),
    "time": Fact(Kind.TIME, lambda case: (), "when it came, in `time_zone` of config.toml", at_the_door=True),
    "weekday": Fact(
        Kind.NAME, lambda case: (), "on which day, in `time_zone` of config.toml", WEEKDAYS, at_the_door=True
    ),
}
"""`header`, `time` and `weekday` need more than the case, and are answered by `Facts`."""


class FactsOf:
    """The facts of one message, implements `Facts`."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._known: dict[tuple[str, str], tuple[Value, ...]] = {}

    def values(self, fact: str, field: str = "") -> tuple[Value, ...]:
        """`field`: which of the header, for HEADER."""
        known = self._known.get((fact, field))
        if known is None:
            known = tuple(map(Value.of, self._asked(fact, field)))
            self._known[fact, field] = known
        return known

    @property
    def now(self) -> datetime:
        return self._case.now

    def _asked(self, fact: str, field: str) -> tuple[str, ...]:
        match fact:
            case "header":
                return self._header.texts(field)
            case "time":
                return (f"{self._arrived:%H:%M}",)
            case "weekday":
                return (WEEKDAYS[self._arrived.weekday()],)
            case _:
                return FACTS[fact].of(self._case)

    @cached_property
    def _header(self) -> Header:
        return Header.of_message(self._case.entry.octets)[0]

    @cached_property
    def _arrived(self) -> datetime:
        return self._case.entry.received.astimezone(zone_named(self._case.policy.config.time_zone))
