"""Addresses that mail does not reach, while it is so (desk.conversation.undeliverable says what it means)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, delete, select

from mailflow.desk.actions import MarkUndeliverable
from mailflow.desk.conversation.undeliverable import Undeliverable
from mailflow.store.instants import aware
from mailflow.store.tables import UNDELIVERABLE
from mailflow.store.upsert import insert_or_change

_ADDRESSES: BindParameter[list[str]] = bindparam("addresses", expanding=True)
_MARK = insert_or_change(UNDELIVERABLE, ("address",), ("until", "status", "diagnostic", "ticket"))
_EXPIRED = delete(UNDELIVERABLE).where(UNDELIVERABLE.c.until <= bindparam("now"))
_CLEAR = delete(UNDELIVERABLE).where(UNDELIVERABLE.c.address.in_(_ADDRESSES))
_EVERY = select(UNDELIVERABLE).where(UNDELIVERABLE.c.until > bindparam("now")).order_by(UNDELIVERABLE.c.address)
_STANDING = _EVERY.where(UNDELIVERABLE.c.address.in_(_ADDRESSES))


def mark(connection: Connection, marks: Sequence[MarkUndeliverable], now: datetime) -> None:
    """The last report counts; `since` is that of the first. What is over goes."""
    if not marks:
        return
    connection.execute(_EXPIRED, {"now": aware(now)})
    rows = {
        each.address: {
            "address": each.address, "since": aware(now), "until": each.until, "status": each.status,
            "diagnostic": each.diagnostic, "ticket": each.ticket,
        }
        for each in marks
    }  # fmt: skip
    connection.execute(_MARK[connection.dialect.name], [rows[address] for address in sorted(rows)])


def clear(connection: Connection, addresses: Collection[str]) -> int:
    """How many of them were marked, in force or not."""
    return connection.execute(_CLEAR, {"addresses": sorted(addresses)}).rowcount if addresses else 0


def standing(connection: Connection, addresses: Collection[str], now: datetime) -> dict[str, Undeliverable]:
    """Those of `addresses`, canonical, that are marked; by address."""
    if not addresses:
        return {}
    rows = connection.execute(_STANDING, {"addresses": list(addresses), "now": aware(now)})
    return {row.address: Undeliverable(**row._mapping) for row in rows}


def every(connection: Connection, now: datetime) -> list[Undeliverable]:
    """By address, a contact's or not."""
    return [Undeliverable(**row._mapping) for row in connection.execute(_EVERY, {"now": aware(now)})]
