"""The journal of the past, read again: entries that came to an end, the newest first, with their raw mail.

Read in batches, each a transaction of its own: a long one would keep the daemon's log of writes from being cleared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select

from mailflow.desk.decision import Disposition
from mailflow.desk.entry import Entry
from mailflow.desk.outcome import Outcome
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.past import Past
from mailflow.desk.ruled import Lands
from mailflow.desk.rules.applied import Applied
from mailflow.mail.identity.authentication import Verdict
from mailflow.store.entries.rows import COLUMNS, entry_in, within
from mailflow.store.instants import aware
from mailflow.store.tables import ENTRY, MESSAGE, OCTETS

SETTLED = tuple(
    each.value for each in (Disposition.FILED, Disposition.DROPPED, Disposition.HELD, Disposition.DUPLICATE)
)
"""What was judged. What waits was not yet, and what failed could not be read."""
_KNOWN = ("author", "subject", "disposition", "reason", "rule", "rules", "ticket", "verdict", "verdict_reason")
_ROWS = select(*(ENTRY.c[name] for name in (*COLUMNS, *_KNOWN)))


@dataclass(frozen=True, slots=True)
class Span:
    """The entries of a time, by their numbers: what comes while they are read is not among them."""

    since: datetime
    until: datetime
    judged: int  # how many there are to read again
    others: int  # that were not judged, or of which there is only a header
    first: int
    last: int
    emptied: int = 0  # of the others: their raw mail is gone


@dataclass(frozen=True, slots=True)
class Kept:
    """One of them."""

    entry: Entry
    failures: int
    author: str
    subject: str
    past: Past


def span(connection: Connection, since: datetime, until: datetime) -> Span:
    counts = select(
        func.count(case((_judged(), 1))), func.count(), func.count(ENTRY.c.emptied),
        func.min(ENTRY.c.id), func.max(ENTRY.c.id),
    ).where(*_between(since, until))  # fmt: skip
    judged, total, emptied, first, last = connection.execute(counts).one()
    return Span(since, until, judged, total - judged, first or 0, last or 0, emptied)


def batch(connection: Connection, of: Span, below: int, limit: int, octets_limit: int) -> list[Kept]:
    """The next with a number less than `below`; empty when there are no more."""
    where = (_judged(), *_between(of.since, of.until), ENTRY.c.id >= of.first, ENTRY.c.id < below)
    rows = list(within(connection.execute(_ROWS.where(*where).order_by(ENTRY.c.id.desc()).limit(limit)), octets_limit))
    numbers = [row.id for row in rows]
    octets = dict(connection.execute(select(OCTETS.c.entry, OCTETS.c.octets).where(OCTETS.c.entry.in_(numbers))).all())
    openers = _openers(connection, [row.ticket for row in rows if row.ticket])
    return [_kept(row, octets.get(row.id, b""), openers) for row in rows]


def _kept(row: Row[Any], octets: bytes, openers: frozenset[int]) -> Kept:
    disposition = Disposition(row.disposition)
    outcome = Outcome(
        disposition=disposition,
        rule=row.rule,
        reason=row.reason,
        applied=tuple(map(Applied.of_json, row.rules or ())),
    )
    past = Past(
        outcome=outcome,
        lands=_lands(disposition, row, openers),
        verdict=Verdict(row.verdict) if row.verdict else None,
        verdict_reason=row.verdict_reason,
    )
    return Kept(entry_in(row, octets), row.failures, row.author, row.subject, past)


def _lands(disposition: Disposition, row: Row[Any], openers: frozenset[int]) -> Lands:
    if disposition is not Disposition.FILED or row.ticket is None:
        return Lands.NOWHERE
    return Lands.OPENS if row.id in openers else Lands.CONTINUES


def _openers(connection: Connection, tickets: Sequence[int]) -> frozenset[int]:
    """The entries with which these tickets began."""
    firsts = select(func.min(MESSAGE.c.id)).where(MESSAGE.c.ticket.in_(tickets)).group_by(MESSAGE.c.ticket)
    return frozenset(connection.execute(select(MESSAGE.c.entry).where(MESSAGE.c.id.in_(firsts))).scalars())


def _between(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return ENTRY.c.received >= aware(since), ENTRY.c.received < aware(until)


def _judged() -> ColumnElement[bool]:
    """coalesce: hides the column from SQLite, which would rather sort all that was ever filed than walk the numbers."""
    whole = and_(ENTRY.c.rule != OwnRule.HEADER_ONLY.value, ENTRY.c.emptied.is_(None))
    return and_(func.coalesce(ENTRY.c.disposition, "").in_(SETTLED), whole)
