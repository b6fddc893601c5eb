"""Who takes part in tickets besides their requesters (desk.conversation.participants says who may)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, String, and_, bindparam, cast, null, select, union_all

from mailflow.desk.contacts.contact import Role
from mailflow.desk.context import Known
from mailflow.store.instants import aware
from mailflow.store.tables import CONTACT, CONTACT_ADDRESS, PARTICIPANT, UNDELIVERABLE
from mailflow.store.upsert import insert_or_change

_NUMBERS: BindParameter[list[Any]] = bindparam("numbers", expanding=True)
_REMOVED, _OTHER = CONTACT_ADDRESS.alias("removed"), CONTACT_ADDRESS.alias("other")
_CIRCLES = (  # who is removed is so by every address of the same contact
    select(PARTICIPANT.c.ticket, PARTICIPANT.c.address, PARTICIPANT.c.takes_part, _OTHER.c.address.label("other"))
    .outerjoin_from(
        PARTICIPANT, _REMOVED, and_(_REMOVED.c.address == PARTICIPANT.c.address, PARTICIPANT.c.takes_part.is_(False))
    )
    .outerjoin(_OTHER, _OTHER.c.contact == _REMOVED.c.contact)
    .where(PARTICIPANT.c.ticket.in_(_NUMBERS))
)
_THEIRS = (
    select(PARTICIPANT.c.address, PARTICIPANT.c.since, PARTICIPANT.c.why)
    .where(PARTICIPANT.c.ticket == bindparam("number"), PARTICIPANT.c.takes_part)
    .order_by(PARTICIPANT.c.since, PARTICIPANT.c.address)
)
_ADDRESSES: BindParameter[list[Any]] = bindparam("addresses", expanding=True)
_KNOWN = union_all(
    select(CONTACT_ADDRESS.c.address, CONTACT.c.id.label("contact"), CONTACT.c.account)
    .join_from(CONTACT_ADDRESS, CONTACT, CONTACT.c.id == CONTACT_ADDRESS.c.contact)
    .where(CONTACT_ADDRESS.c.address.in_(_ADDRESSES)),
    select(UNDELIVERABLE.c.address, null(), null()).where(
        UNDELIVERABLE.c.address.in_(_ADDRESSES), UNDELIVERABLE.c.until > bindparam("now")
    ),
)
_OPERATIONS = (
    select(CONTACT.c.account, CONTACT_ADDRESS.c.address, CONTACT.c.roles)
    .join_from(CONTACT, CONTACT_ADDRESS, CONTACT_ADDRESS.c.contact == CONTACT.c.id)
    .where(CONTACT.c.account.in_(bindparam("accounts", expanding=True)), CONTACT_ADDRESS.c.position == 0)
    .where(cast(CONTACT.c.roles, String).contains(Role.OPERATIONS.value))  # most have another
    .order_by(CONTACT.c.id)
)
_WRITE = insert_or_change(PARTICIPANT, ("ticket", "address"), ("takes_part", "since", "why"))


@dataclass(frozen=True, slots=True)
class Circle:
    """Of one ticket: canonical addresses, without its requester."""

    takes_part: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()  # did until an agent ended it, by each address that they have


NOBODY = Circle()


def circles(connection: Connection, tickets: Collection[int]) -> dict[int, Circle]:
    """Of those tickets in which somebody does or did."""
    if not tickets:
        return {}
    found: dict[int, dict[bool, set[str]]] = {}
    for row in connection.execute(_CIRCLES, {"numbers": list(tickets)}):
        found.setdefault(row.ticket, {True: set(), False: set()})[row.takes_part].update(
            (row.address, row.other) if row.other else (row.address,)
        )
    return {ticket: Circle(frozenset(each[True]), frozenset(each[False])) for ticket, each in found.items()}


def shown(connection: Connection, ticket: int) -> list[dict[str, Any]]:
    """Who takes part since when and why, in the order in which they came."""
    rows = connection.execute(_THEIRS, {"number": ticket})
    return [{"address": row.address, "since": row.since.isoformat(), "why": row.why} for row in rows]


def known(connection: Connection, addresses: Collection[str], now: datetime) -> dict[str, Known]:
    """Of canonical addresses: whose they are, and whether mail arrives there."""
    if not addresses:
        return {}
    found: dict[str, Known] = {}
    for row in connection.execute(_KNOWN, {"addresses": sorted(addresses), "now": aware(now)}):
        before = found.get(row.address, Known())
        if row.contact is None:
            found[row.address] = replace(before, undeliverable=True)
        else:
            found[row.address] = replace(before, contact=row.contact, account=row.account)
    return found


def operations_of(connection: Connection, accounts: Collection[int]) -> dict[int, tuple[str, ...]]:
    """By account: where mail of its operations contacts goes, who was registered first before the others."""
    if not accounts:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(_OPERATIONS, {"accounts": sorted(accounts)}):
        if Role.OPERATIONS in row.roles:
            found[row.account] = (*found.get(row.account, ()), row.address)
    return found


def write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """What is so from now on: rows of the table."""
    if rows:
        connection.execute(_WRITE[connection.dialect.name], list(rows))
