"""Who takes part in tickets besides their requesters (desk.participants says who may)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from mailflow.store.tables import PARTICIPANT
from mailflow.store.upsert import insert_or_change

_NUMBERS: BindParameter[list[Any]] = bindparam("numbers", expanding=True)
_CIRCLES = select(PARTICIPANT.c.ticket, PARTICIPANT.c.address, PARTICIPANT.c.takes_part).where(
    PARTICIPANT.c.ticket.in_(_NUMBERS)
)
_THEIRS = (
    select(PARTICIPANT.c.address, PARTICIPANT.c.since, PARTICIPANT.c.why)
    .where(PARTICIPANT.c.ticket == bindparam("number"), PARTICIPANT.c.takes_part)
    .order_by(PARTICIPANT.c.since, PARTICIPANT.c.address)
)
_WRITE = insert_or_change(PARTICIPANT, ("ticket", "address"), ("takes_part", "since", "why"))


@dataclass(frozen=True, slots=True)
class Circle:
    """Of one ticket: canonical addresses, without its requester."""

    takes_part: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()  # did until an agent ended it


NOBODY = Circle()


def circles(connection: Connection, tickets: Collection[int]) -> dict[int, Circle]:
    """Of those tickets in which somebody does or did."""
    if not tickets:
        return {}
    found: dict[int, dict[bool, set[str]]] = {}
    for row in connection.execute(_CIRCLES, {"numbers": list(tickets)}):
        found.setdefault(row.ticket, {True: set(), False: set()})[row.takes_part].add(row.address)
    return {ticket: Circle(frozenset(each[True]), frozenset(each[False])) for ticket, each in found.items()}


def shown(connection: Connection, ticket: int) -> list[dict[str, Any]]:
    """Who takes part since when and why, in the order in which they came."""
    rows = connection.execute(_THEIRS, {"number": ticket})
    return [{"address": row.address, "since": row.since.isoformat(), "why": row.why} for row in rows]


def write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """What is so from now on: rows of the table."""
    if rows:
        connection.execute(_WRITE[connection.dialect.name], list(rows))
