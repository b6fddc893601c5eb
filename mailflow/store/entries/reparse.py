"""Raw mail is the truth: what conversations show of it is read from it again (`mailflow reparse`), after an upgrade
that understands more. What was judged stays: tickets, verdicts, digests, who took part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update

from mailflow.mail.address import canonical
from mailflow.mail.message import Message
from mailflow.store.columns import storable_json
from mailflow.store.entries.rows import within
from mailflow.store.judged import derived
from mailflow.store.tables import ENTRY, MESSAGE, OCTETS

_INBOUND = MESSAGE.c.direction == "in"
_ROWS = (
    select(MESSAGE, ENTRY.c.size, ENTRY.c.failures)
    .join(ENTRY, ENTRY.c.id == MESSAGE.c.entry)
    .join(OCTETS, OCTETS.c.entry == ENTRY.c.id)
    .where(_INBOUND)
    .order_by(MESSAGE.c.entry)
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of a conversation, as it is shown, and as it came."""

    entry: int
    ticket: int
    number: int  # of the row
    author: str
    shown: Mapping[str, Any]
    octets: bytes
    failures: int


@dataclass(frozen=True, slots=True)
class Difference:
    """`values` are what this version reads, of the columns where that is something else."""

    kept: Kept
    values: Mapping[str, Any]


def count(connection: Connection, after: int) -> int:
    """How many there are to read."""
    found = select(func.count()).select_from(_ROWS.where(MESSAGE.c.entry > after).order_by(None).subquery())
    return int(connection.execute(found).scalar_one())


def batch(connection: Connection, after: int, limit: int, octets_limit: int) -> list[Kept]:
    """The next by the number of their entries; empty when there are no more."""
    rows = list(within(connection.execute(_ROWS.where(MESSAGE.c.entry > after).limit(limit)), octets_limit))
    numbers = [row.entry for row in rows]
    octets = dict(connection.execute(select(OCTETS.c.entry, OCTETS.c.octets).where(OCTETS.c.entry.in_(numbers))).all())
    return [
        Kept(row.entry, row.ticket, row.id, row.author, row._asdict(), octets[row.entry], row.failures) for row in rows
    ]


def difference(kept: Kept, message: Message) -> Difference | None:
    """None where nothing differs, and where an agent passed the words of another on: those are of a mail within."""
    shown = message.author or (message.from_.address if message.from_ else "")
    if canonical(shown) != canonical(kept.author):
        return None
    now = derived(message)
    values = {name: value for name, value in now.items() if _stored(value) != _stored(kept.shown[name])}
    return Difference(kept, values) if values else None


def write(connection: Connection, differences: Sequence[Difference]) -> None:
    for each in differences:
        connection.execute(update(MESSAGE).where(MESSAGE.c.id == each.kept.number).values(dict(each.values)))


def _stored(value: Any) -> str:
    """As the database has it."""
    return storable_json(value)
