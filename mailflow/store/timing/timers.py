"""Due times as rows, so that a day of downtime loses nothing: found at the next tick, whoever ticks.

Found, done and removed in one transaction, which locks the ticket first: so does who sets or cancels them. One row per
ticket, kind and step, so nothing is due twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, not_, or_, select, update

from mailflow.desk.actions import SetTimer, TimerKind
from mailflow.desk.incidents.disruption import STOPPED
from mailflow.store.instants import aware
from mailflow.store.regions import rests
from mailflow.store.tables import TIMER
from mailflow.store.upsert import insert_or_change


@dataclass(frozen=True, slots=True)
class DueTimer:
    number: int
    ticket: int
    kind: TimerKind
    step: int
    due: datetime


_SET = insert_or_change(TIMER, ("ticket", "kind", "step"), ("due",))
_MOVE = (
    update(TIMER)
    .where(
        TIMER.c.ticket == bindparam("of_ticket"),
        TIMER.c.kind == bindparam("of_kind"),
        TIMER.c.step == bindparam("of_step"),
    )
    .values(due=bindparam("new_due"))
)
_CANCEL = delete(TIMER).where(
    TIMER.c.ticket.in_(bindparam("numbers", expanding=True)), TIMER.c.kind.in_(bindparam("kinds", expanding=True))
)
RINGS: ColumnElement[bool] = or_(TIMER.c.kind.not_in([kind.value for kind in STOPPED]), not_(rests(TIMER.c.ticket)))
"""Where a region is disrupted the others wait for its end."""
_ANY = select(TIMER.c.id).where(TIMER.c.due <= bindparam("now")).limit(1)
"""Asked first, each second: PostgreSQL plans the whole question anew each time, which costs more than to answer it."""
_DUE = (
    select(TIMER)
    .where(TIMER.c.due <= bindparam("now"), RINGS)
    .order_by(TIMER.c.due, TIMER.c.id)
    .limit(bindparam("limit"))
)


def set_timer(connection: Connection, ticket: int, kind: TimerKind, step: int, due: datetime) -> None:
    """Set, or set anew."""
    set_all(connection, [SetTimer(ticket=ticket, kind=kind, step=step, due=due)])


def set_all(connection: Connection, timers: Sequence[SetTimer]) -> None:
    rows = [
        {"ticket": timer.ticket, "kind": TimerKind(timer.kind).value, "step": timer.step, "due": aware(timer.due)}
        for timer in timers
    ]
    if rows:
        connection.execute(_SET[connection.dialect.name], rows)


def move_all(connection: Connection, timers: Sequence[SetTimer]) -> None:
    """Those of them that stand."""
    rows = [
        {
            "of_ticket": timer.ticket,
            "of_kind": TimerKind(timer.kind).value,
            "of_step": timer.step,
            "new_due": aware(timer.due),
        }
        for timer in timers
    ]
    if rows:
        connection.execute(_MOVE, rows)


def cancel(connection: Connection, tickets: Sequence[int], kinds: Iterable[TimerKind]) -> None:
    connection.execute(_CANCEL, {"numbers": tickets, "kinds": [kind.value for kind in kinds]})


def due(connection: Connection, now: datetime, limit: int) -> list[DueTimer]:
    """The longest overdue first."""
    if connection.execute(_ANY, {"now": aware(now)}).first() is None:
        return []
    rows = connection.execute(_DUE, {"now": aware(now), "limit": limit})
    return [DueTimer(row.id, row.ticket, TimerKind(row.kind), row.step, row.due) for row in rows]


def steps(connection: Connection, ticket: int, kind: TimerKind) -> list[int]:
    """Of a ticket, those that are to come."""
    where = TIMER.c.ticket == ticket, TIMER.c.kind == kind.value
    return list(connection.execute(select(TIMER.c.step).where(*where).order_by(TIMER.c.step)).scalars())


def remove(connection: Connection, number: int) -> None:
    connection.execute(delete(TIMER).where(TIMER.c.id == number))
