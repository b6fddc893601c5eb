"""Who somebody is to us, from one address: the contact with all its addresses and names, the tickets, the mails. Read
before a person is erased (`store.forgetting.erasure`); afterwards nothing of it is found again.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, union

from mailflow.mail.address import canonical
from mailflow.mail.traces import Traces, telling
from mailflow.store.tables import CONTACT, CONTACT_ADDRESS, ENTRY, MESSAGE, PARTICIPANT, TICKET

WORDS = ("ticket", "message_id", "author_name", "subject", "reply", "text")


@dataclass(frozen=True, slots=True)
class Person:
    """`tickets` are theirs, `visited` those of others in which they wrote or take part; `shared` are names of theirs
    that others have as well."""

    addresses: frozenset[str]
    contacts: frozenset[int]
    tickets: frozenset[int]
    visited: frozenset[int]
    shared: frozenset[str]
    traces: Traces

    @property
    def names(self) -> frozenset[str]:
        return self.traces.names


def person_of(connection: Connection, addresses: Iterable[str], names: Iterable[str] = ()) -> Person:
    """Whose are `addresses`; `names` are theirs as well. A name that was only shown beside an address counts if it has
    a word of another name or of an address of theirs: a From line can show any name. One that somebody else has, too,
    says nothing, unless it was asked for."""
    addresses = frozenset(map(canonical, addresses))
    contacts = _contacts(connection, addresses)
    own = CONTACT_ADDRESS.c.contact.in_(contacts)
    addresses |= frozenset(connection.execute(select(CONTACT_ADDRESS.c.address).where(own)).scalars())
    tickets = _tickets(connection, addresses, contacts)
    wrote = connection.execute(
        select(*(MESSAGE.c[name] for name in WORDS)).where(
            is_of(MESSAGE.c.author, addresses), MESSAGE.c.direction == "in"
        )
    ).all()
    visits = select(PARTICIPANT.c.ticket).where(PARTICIPANT.c.address.in_(addresses))
    visited = {row.ticket for row in wrote} | set(connection.execute(visits).scalars())
    asked = frozenset(names)
    given = asked | set(connection.execute(select(CONTACT.c.name).where(CONTACT.c.id.in_(contacts))).scalars())
    shown = {row.author_name for row in wrote} | _shown_names(connection, tickets)
    known = {name for name in given | _believable(shown, given, addresses) if telling(name)}
    shared = _shared(connection, known - asked, addresses, contacts)
    known = (known - shared) | asked
    ids = _ids(connection, addresses)
    words = [row.reply or row.text for row in wrote]
    subjects = frozenset(_without_prefix(row.subject) for row in wrote)
    traces = Traces(addresses, frozenset(known), frozenset(ids), tuple(words), subjects)
    return Person(
        addresses, frozenset(contacts), frozenset(tickets), frozenset(visited - tickets), frozenset(shared), traces
    )


def is_of(column: Any, addresses: Iterable[str]) -> ColumnElement[bool]:
    """Whether a column has one of these addresses, however its letters are written."""
    return func.lower(column).in_(sorted(addresses))


def their_entries(person: Person) -> ColumnElement[bool]:
    """Mail that came from them, or into a ticket of theirs."""
    by_them = or_(is_of(ENTRY.c.author, person.addresses), is_of(ENTRY.c.mail_from, person.addresses))
    return or_(by_them, ENTRY.c.ticket.in_(sorted(person.tickets)))


def _contacts(connection: Connection, addresses: frozenset[str]) -> list[int]:
    where = CONTACT_ADDRESS.c.address.in_(addresses)
    return list(connection.execute(select(CONTACT_ADDRESS.c.contact).where(where)).scalars())


def _tickets(connection: Connection, addresses: frozenset[str], contacts: list[int]) -> set[int]:
    where = or_(is_of(TICKET.c.requester, addresses), TICKET.c.contact.in_(contacts))
    return set(connection.execute(select(TICKET.c.id).where(where)).scalars())


def _shown_names(connection: Connection, tickets: set[int]) -> set[str]:
    return set(connection.execute(select(TICKET.c.requester_name).where(TICKET.c.id.in_(sorted(tickets)))).scalars())


def _ids(connection: Connection, addresses: frozenset[str]) -> set[str]:
    """Of mail that became no part of a conversation, too. One that somebody else's mail has as well proves nothing:
    anybody can write another's Message-ID, and have it taken out with their own."""
    tables = (ENTRY, MESSAGE)
    theirs = union(*(select(each.c.message_id).where(is_of(each.c.author, addresses)) for each in tables))
    others = (
        select(each.c.message_id).where(
            each.c.message_id.in_(theirs), each.c.author != "", ~is_of(each.c.author, addresses)
        )
        for each in tables
    )
    found = set(connection.execute(theirs).scalars()) - set(connection.execute(union(*others)).scalars())
    return {id_ for id_ in found if id_}


def _believable(shown: set[str], given: AbstractSet[str], addresses: frozenset[str]) -> set[str]:
    theirs = {word for text in (*given, *(each.partition("@")[0] for each in addresses)) for word in _words(text)}
    return {name for name in shown if theirs & _words(name)}


def _shared(connection: Connection, names: set[str], addresses: frozenset[str], contacts: list[int]) -> set[str]:
    """Those that somebody else has: another contact, requester or author."""
    found = union(
        select(CONTACT.c.name).where(CONTACT.c.name.in_(names), CONTACT.c.id.not_in(contacts)),
        select(TICKET.c.requester_name).where(
            TICKET.c.requester_name.in_(names), ~is_of(TICKET.c.requester, addresses)
        ),
        select(MESSAGE.c.author_name).where(MESSAGE.c.author_name.in_(names), ~is_of(MESSAGE.c.author, addresses)),
    )
    return set(connection.execute(found).scalars()) if names else set()


def _words(text: str) -> set[str]:
    letters = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return {word for word in letters.split() if len(word) > 1}


def _without_prefix(subject: str) -> str:
    return subject.rpartition(": ")[2]
