"""Who wrote: a contact or not, how their mail was proved, what they were written and opened of late; and the others
that their mail shows."""

from collections.abc import Set
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    select,
    union_all,
)

from mailflow.desk.clues import Clues
from mailflow.desk.contacts.contact import Account, Contact, Role
from mailflow.desk.writing.kind import Kind
from mailflow.mail.address import domain_of
from mailflow.store.contacts import details
from mailflow.store.contacts.pins import pin_in
from mailflow.store.recall.asked import Asked, Fields
from mailflow.store.tables import ACCOUNT, ACCOUNT_DOMAIN, CONTACT, CONTACT_ADDRESS, OUTBOX, PIN, TICKET, UNDELIVERABLE
from mailflow.store.tickets.participants import known, operations_of

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)

_AUTHORS: BindParameter[list[Any]] = bindparam("authors", expanding=True)
_DOMAINS: BindParameter[list[Any]] = bindparam("domains", expanding=True)
_COUNTS = and_(OUTBOX.c.automatic, OUTBOX.c.created > bindparam("yesterday"), OUTBOX.c.state != "cancelled")
_TOLD = and_(OUTBOX.c.kind == Kind.REGISTRATION.value, OUTBOX.c.state != "cancelled")
_ASKED = and_(OUTBOX.c.kind == Kind.CHALLENGE.value, OUTBOX.c.state != "cancelled")
_WRITTEN = (
    select(
        OUTBOX.c.rcpt_to,
        func.count(case((_COUNTS, 1))).label("automatic_today"),
        func.max(case((_TOLD, OUTBOX.c.created))).label("registration_at"),
        func.max(case((_ASKED, OUTBOX.c.created))).label("challenge_at"),
        literal(0).label("undeliverable"),
        literal(0).label("tickets_hour"),
        literal(0).label("tickets_today"),
    )
    .where(OUTBOX.c.rcpt_to.in_(_AUTHORS), OUTBOX.c.created > bindparam("last_week"))
    .group_by(OUTBOX.c.rcpt_to)
)
_LOST = select(UNDELIVERABLE.c.address, literal(0), null(), null(), literal(1), literal(0), literal(0)).where(
    UNDELIVERABLE.c.address.in_(_AUTHORS), UNDELIVERABLE.c.until > bindparam("now")
)
_OPENED = (
    select(
        TICKET.c.requester, literal(0), null(), null(), literal(0),
        func.count(case((TICKET.c.created > bindparam("last_hour"), 1))), func.count(),
    )
    .where(TICKET.c.requester.in_(_AUTHORS), TICKET.c.created > bindparam("yesterday"))
    .group_by(TICKET.c.requester)
)  # fmt: skip
_MAILED = union_all(_WRITTEN, _LOST, _OPENED)
_OTHER = CONTACT_ADDRESS.alias("other")
_CONTACT: Select[Any] = (
    select(
        CONTACT_ADDRESS.c.address.label("author"), CONTACT.c.id, CONTACT.c.name, CONTACT.c.language,
        CONTACT.c.roles, ACCOUNT.c.id.label("account"), ACCOUNT.c.code, ACCOUNT.c.name.label("account_name"),
        ACCOUNT.c.contract, ACCOUNT.c.region, _OTHER.c.address,
        *(PIN.c[name].label(f"pin_{name}") for name in ("verdict", "method", "domain", "since")),
    )
    .join_from(CONTACT_ADDRESS, CONTACT, CONTACT.c.id == CONTACT_ADDRESS.c.contact)
    .join(ACCOUNT, ACCOUNT.c.id == CONTACT.c.account)
    .join(_OTHER, _OTHER.c.contact == CONTACT.c.id)
    .outerjoin(PIN, PIN.c.address == CONTACT_ADDRESS.c.address)
    .where(CONTACT_ADDRESS.c.address.in_(_AUTHORS))
)  # fmt: skip
_ACCOUNT: Select[Any] = (
    select(
        ACCOUNT_DOMAIN.c.domain, ACCOUNT.c.id.label("account"), ACCOUNT.c.code, ACCOUNT.c.name.label("account_name"),
        ACCOUNT.c.contract, ACCOUNT.c.region,
    )
    .join_from(ACCOUNT_DOMAIN, ACCOUNT, ACCOUNT.c.id == ACCOUNT_DOMAIN.c.account)
    .where(ACCOUNT_DOMAIN.c.domain.in_(_DOMAINS))
)  # fmt: skip


def mailed(asked: Asked) -> list[Fields]:
    """What was written to the author of late, and opened by them."""
    if not asked.authors:
        return [{} for _ in asked.clues]
    now = asked.now
    moments = {"yesterday": now - DAY, "last_week": now - WEEK, "last_hour": now - HOUR, "now": now}
    found: dict[str, Fields] = {}
    for row in asked.connection.execute(_MAILED, {"authors": list(asked.authors), **moments}):
        of_author = found.setdefault(row.rcpt_to, {})
        if row.undeliverable:
            of_author["undeliverable"] = True
        elif row.tickets_today:
            of_author.update(tickets_hour=row.tickets_hour, tickets_today=row.tickets_today)
        else:
            of_author.update(
                automatic_today=row.automatic_today, registration_at=row.registration_at, challenge_at=row.challenge_at
            )
    return [found.get(clues.author or "", {}) for clues in asked.clues]


def people(asked: Asked) -> list[Fields]:
    """The contacts that write; of those who are none, the account whose domain they write from."""
    contacts = _contacts(asked.connection, asked.authors)
    domain_of_others = {author: domain_of(author) for author in asked.authors - contacts.keys()}
    accounts = _accounts(asked.connection, set(domain_of_others.values()))
    others = {author: {"account": accounts.get(domain)} for author, domain in domain_of_others.items()}
    return [(contacts | others).get(clues.author or "", {}) for clues in asked.clues]


def on_file(asked: Asked) -> list[Fields]:
    """Of the contacts that write, where that is asked for."""
    contacts = [
        fields["contact"].id if fields.get("contact") and (clues.details or clues.correction or clues.reach) else None
        for clues, fields in zip(asked.clues, asked.found, strict=True)
    ]
    found = details.on_file(asked.connection, {contact for contact in contacts if contact is not None})
    return [{"on_file": found.get(contact)} if contact is not None else {} for contact in contacts]


def operations(asked: Asked) -> list[Fields]:
    """Of the account of a contact, where that is asked for."""
    accounts = [
        fields["account"].id if clues.copies.named is not None and fields.get("contact") else None
        for clues, fields in zip(asked.clues, asked.found, strict=True)
    ]
    found = operations_of(asked.connection, {account for account in accounts if account is not None})
    return [{"operations": found.get(account, ())} if account is not None else {} for account in accounts]


def copied(asked: Asked) -> list[Fields]:
    """Of the others in To and Cc, and of operations contacts: whose they are, and whether mail arrives there."""
    others = [_others(clues, fields) for clues, fields in zip(asked.clues, asked.found, strict=True)]
    found = known(asked.connection, {address for each in others for address in each}, asked.now)
    return [{"copied": {address: found[address] for address in each if address in found}} for each in others]


def _others(clues: Clues, fields: Fields) -> tuple[str, ...]:
    """Others than its author."""
    return *clues.copies.others, *(clues.copies.named or ()), *fields.get("operations", ())


def _contacts(connection: Connection, authors: Set[str]) -> dict[str, Fields]:
    if not authors:
        return {}
    rows = connection.execute(_CONTACT, {"authors": list(authors)}).all()
    addresses: dict[str, set[str]] = {}
    for row in rows:
        addresses.setdefault(row.author, set()).add(row.address)
    return {
        row.author: {
            "contact": Contact(id=row.id, name=row.name, language=row.language, roles=frozenset(map(Role, row.roles))),
            "account": _account_in(row),
            "addresses": frozenset(addresses[row.author]),
            "pin": pin_in(row),
        }
        for row in rows
    }


def _accounts(connection: Connection, domains: Set[str]) -> dict[str, Account]:
    if not domains:
        return {}
    rows = connection.execute(_ACCOUNT, {"domains": list(domains)})
    return {row.domain: _account_in(row) for row in rows}


def _account_in(row: Row[Any]) -> Account:
    return Account(id=row.account, code=row.code, name=row.account_name, contract=row.contract, region=row.region)
