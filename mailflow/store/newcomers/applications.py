"""Requests to be registered (desk.newcomers.applicant): who made one, which accounts are named in it, what is held of
theirs."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from mailflow.desk.contacts.contact import NamedAccount, OneOfAccount, Role
from mailflow.desk.context import Applied
from mailflow.desk.decision import Disposition
from mailflow.desk.ticket import Status
from mailflow.mail.address import canonical
from mailflow.mail.identity.authentication import Verdict
from mailflow.store import journal
from mailflow.store.conditions import OPEN
from mailflow.store.tables import ACCOUNT, ACCOUNT_DOMAIN, CONTACT, CONTACT_ADDRESS, CORRECTION, ENTRY, MESSAGE, TICKET

PROVED = (Verdict.VERIFIED.value, Verdict.ASSERTED.value)
_NAMES: BindParameter[list[Any]] = bindparam("names", expanding=True)
_APPLIED = (
    select(TICKET.c.id, TICKET.c.requester, TICKET.c.created, TICKET.c.last_activity, TICKET.c.status)
    .where(TICKET.c.requester.in_(bindparam("authors", expanding=True)), TICKET.c.contact.is_(None))
    .where(TICKET.c.type.in_(bindparam("kinds", expanding=True)), TICKET.c.merged_into.is_(None))
    .order_by(TICKET.c.id)
)
_BY_CODE = select(ACCOUNT.c.code_folded, ACCOUNT.c.id).where(ACCOUNT.c.code_folded.in_(_NAMES))
_BY_DOMAIN = select(ACCOUNT_DOMAIN.c.domain, ACCOUNT_DOMAIN.c.account).where(ACCOUNT_DOMAIN.c.domain.in_(_NAMES))
_BY_ADDRESS = (
    select(CONTACT_ADDRESS.c.address, CONTACT.c.account)
    .join(CONTACT, CONTACT.c.id == CONTACT_ADDRESS.c.contact)
    .where(CONTACT_ADDRESS.c.address.in_(_NAMES))
)
_BY_CLAIM = (
    select(CORRECTION.c.by, CONTACT.c.account, CORRECTION.c.contact)
    .join(CONTACT, CONTACT.c.id == CORRECTION.c.contact)
    .where(OPEN, CORRECTION.c.by.in_(_NAMES))
)
"""Whom agents took somebody for who asked (desk.newcomers.admission), and it is not in force yet."""
_CONTACTS = (
    select(ACCOUNT.c.id, ACCOUNT.c.code, ACCOUNT.c.name, CONTACT.c.id.label("contact"), CONTACT.c.name.label("called"),
           CONTACT.c.language, CONTACT.c.roles, CONTACT_ADDRESS.c.address)
    .outerjoin_from(ACCOUNT, CONTACT, CONTACT.c.account == ACCOUNT.c.id)
    .outerjoin(CONTACT_ADDRESS, CONTACT_ADDRESS.c.contact == CONTACT.c.id)
    .where(ACCOUNT.c.id.in_(bindparam("accounts", expanding=True)))
    .order_by(ACCOUNT.c.id, CONTACT.c.id, CONTACT_ADDRESS.c.position)
)  # fmt: skip
_LAST_ENTRY = (
    select(func.max(MESSAGE.c.entry))
    .join(TICKET, TICKET.c.id == MESSAGE.c.ticket)
    .where(MESSAGE.c.ticket == bindparam("number"), MESSAGE.c.direction == "in", MESSAGE.c.author == TICKET.c.requester)
)
_HELD = (
    select(ENTRY.c.id)
    .where(ENTRY.c.disposition == Disposition.HELD.value, ENTRY.c.verdict.in_(PROVED), ENTRY.c.emptied.is_(None))
    .where(func.lower(ENTRY.c.author).in_(bindparam("authors", expanding=True)))
    .order_by(ENTRY.c.id)
)


def applied(connection: Connection, authors: Collection[str], kinds: Iterable[str]) -> dict[str, Applied]:
    """The last request of each of `authors` that is no contact; kinds: of request."""
    if not authors:
        return {}
    return {
        row.requester: Applied(
            ticket=row.id,
            created=row.created,
            last_activity=row.last_activity,
            is_over=row.status == Status.CLOSED.value,
        )
        for row in connection.execute(_APPLIED, {"authors": sorted(authors), "kinds": sorted(kinds)})
    }


def accounts_named(connection: Connection, names: Iterable[str]) -> dict[str, NamedAccount]:
    """By what names them, as it was given: an account's code, its domain or one below it, a contact's address. As many
    statements whether there is any or not, but for the last."""
    meant = {name: _meant(name) for name in names if name}
    keys = sorted({key for keys in meant.values() for key in keys})
    if not keys:
        return {}
    claims = connection.execute(_BY_CLAIM, {"names": keys}).all()
    found = {row.by: row.account for row in claims}
    for statement in (_BY_ADDRESS, _BY_DOMAIN, _BY_CODE):
        found |= dict(connection.execute(statement, {"names": keys}).all())
    accounts = _accounts(connection, set(found.values()), {row.contact: frozenset({row.by}) for row in claims})
    named = {name: next((found[key] for key in keys if key in found), None) for name, keys in meant.items()}
    return {name: accounts[number] for name, number in named.items() if number is not None}


def judge_again(connection: Connection, addresses: Iterable[str]) -> int:
    """What is held of theirs that is proved to be theirs waits to be filed, in its order; how many."""
    numbers = held_of(connection, addresses)
    for number in numbers:
        journal.judge_again(connection, number)
    return len(numbers)


def held_of(connection: Connection, addresses: Iterable[str]) -> list[int]:
    authors = [address.lower() for address in addresses]
    return list(connection.execute(_HELD, {"authors": authors}).scalars())


def last_entry(connection: Connection, ticket: int) -> int:
    """The last mail of the ticket's requester; 0 where there is none any more."""
    return connection.execute(_LAST_ENTRY, {"number": ticket}).scalar() or 0


def _meant(name: str) -> tuple[str, ...]:
    """What to look for, the nearest first."""
    plain = canonical(name) if "@" in name else name.strip().lower()
    labels = plain.split(".")
    above = (".".join(labels[first:]) for first in range(1, len(labels) - 1)) if "@" not in plain else ()
    return (plain, *above)


def _accounts(
    connection: Connection, numbers: Collection[int], claims: Mapping[int, frozenset[str]]
) -> Mapping[int, NamedAccount]:
    rows = connection.execute(_CONTACTS, {"accounts": sorted(numbers)}).all() if numbers else ()
    accounts: dict[int, dict[int, list[Any]]] = {}
    for row in rows:
        people = accounts.setdefault(row.id, {})
        if row.contact is not None:
            people.setdefault(row.contact, []).append(row)
    told = {row.id: row for row in rows}
    return {
        number: NamedAccount(code=told[number].code, name=told[number].name, contacts=_contacts(people, claims))
        for number, people in accounts.items()
    }


def _contacts(people: Mapping[int, list[Any]], claims: Mapping[int, frozenset[str]]) -> tuple[OneOfAccount, ...]:
    return tuple(_contact(rows, claims.get(number, frozenset())) for number, rows in people.items())


def _contact(rows: list[Any], claimed: frozenset[str]) -> OneOfAccount:
    first = rows[0]
    return OneOfAccount(
        id=first.contact,
        name=first.called,
        language=first.language,
        roles=frozenset(map(Role, first.roles)),
        addresses=tuple(row.address for row in rows if row.address),
        claimed=claimed,
    )
