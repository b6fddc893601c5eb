"""The ledger in figures, for Prometheus: what waits, and what has become of every mail that came or was written.

They are counted, not kept beside: the same on every node, and the same after a restart. What waits is found by an index
however much has ended; the sums of what has ended walk over an index alone (tests/store/test_plans.py), and how often
they are asked for is limited by flow.monitor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, text

from mailflow.desk.decision import Disposition
from mailflow.store.conditions import ENDED, IN_WORK, LEFT, UNTAKEN
from mailflow.store.outbox import ENDS, State
from mailflow.store.tables import ENTRY, OUTBOX, PAGE, TICKET, TIMER
from mailflow.store.timing.timers import RINGS

FOR_SOMEBODY = (Disposition.RECEIVED.value, Disposition.HELD.value, Disposition.FAILED.value)
"""Dispositions of which there are few, and soon fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is not over, at one moment."""

    entries: Mapping[str, int]  # by disposition
    held: Mapping[tuple[str, str], int]  # by rule ('' is none) and verdict
    oldest_entry: datetime | None  # received, and not settled yet
    outgoing: Mapping[str, int]  # by state
    oldest_outgoing: datetime | None  # written, and not sent yet
    oldest_timer: datetime | None  # which has rung and was not heard
    pages: Mapping[str, int]  # that nobody took, by state
    octets: int  # of the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What is over."""

    accepted: int  # all that ever came, of one moment: it never falls
    entries: Mapping[str, int]  # by disposition
    dropped: Mapping[str, int]  # by rule
    outgoing: Mapping[tuple[str, str], int]  # by state and kind
    tickets: Mapping[str, int]  # all of them, by status


_ENTRIES = select(ENTRY.c.disposition, func.count()).group_by(ENTRY.c.disposition)
_WAITING = _ENTRIES.where(ENTRY.c.disposition.in_(FOR_SOMEBODY))
_HELD = (
    select(ENTRY.c.rule, ENTRY.c.verdict, func.count())
    .where(ENDED, ENTRY.c.disposition == Disposition.HELD.value)
    .group_by(ENTRY.c.rule, ENTRY.c.verdict)
)
_DROPPED = (
    select(ENTRY.c.rule, func.count())
    .where(ENDED, ENTRY.c.disposition == Disposition.DROPPED.value)
    .group_by(ENTRY.c.rule)
)
_OUTGOING = (
    select(OUTBOX.c.state, func.count())
    .where(OUTBOX.c.state.in_([state.value for state in State if state not in ENDS]))
    .group_by(OUTBOX.c.state)
)
_LEFT = select(OUTBOX.c.state, OUTBOX.c.kind, func.count()).where(LEFT).group_by(OUTBOX.c.state, OUTBOX.c.kind)
_TICKETS = select(TICKET.c.status, func.count()).group_by(TICKET.c.status)
_OPEN_PAGES = select(func.count()).select_from(PAGE).where(IN_WORK)
_UNTAKEN = select(PAGE.c.state, func.count()).where(UNTAKEN).group_by(PAGE.c.state)
_SIZE = {
    "postgresql": text("SELECT pg_database_size(current_database())"),
    "sqlite": text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"),
}
_ANSWERS = select(1)


def waiting(connection: Connection, now: datetime) -> Waiting:
    overdue = select(TIMER.c.due).where(TIMER.c.due <= now, RINGS).order_by(TIMER.c.due).limit(1)
    return Waiting(
        entries=_counted(connection, _WAITING),
        held=_counted(connection, _HELD),
        oldest_entry=_oldest(connection, ENTRY.c.received, ENTRY.c.disposition == Disposition.RECEIVED.value),
        outgoing=_counted(connection, _OUTGOING),
        oldest_outgoing=_oldest(connection, OUTBOX.c.created, OUTBOX.c.state == State.WAITING.value),
        oldest_timer=connection.execute(overdue).scalar(),
        pages={"open": connection.execute(_OPEN_PAGES).scalar_one(), **_counted(connection, _UNTAKEN)},
        octets=connection.execute(_SIZE[connection.dialect.name]).scalar_one(),
    )


def sums(connection: Connection) -> Sums:
    entries = _counted(connection, _ENTRIES)
    return Sums(
        accepted=sum(entries.values()),
        entries={disposition: count for disposition, count in entries.items() if disposition not in FOR_SOMEBODY},
        dropped=_counted(connection, _DROPPED),
        outgoing=_counted(connection, _LEFT),
        tickets=_counted(connection, _TICKETS),
    )


def answers(connection: Connection) -> None:
    """Whether there is anybody."""
    connection.execute(_ANSWERS)


def _counted(connection: Connection, question: Select[Any]) -> dict[Any, int]:
    """The count is the last of each row; what stands before it is its key."""
    return {row[0] if len(row) == 2 else tuple(row[:-1]): row[-1] for row in connection.execute(question)}


def _oldest(connection: Connection, column: Any, where: ColumnElement[bool]) -> datetime | None:
    found: datetime | None = connection.execute(select(func.min(column)).where(where)).scalar()
    return found
