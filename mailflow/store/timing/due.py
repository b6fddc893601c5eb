"""What is due of tickets that nobody touches: worked out anew when config.toml says otherwise than before.

In batches, each one transaction: the daemon goes on with its mail between them. Only rows that change are written.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, update

from mailflow.desk.actions import SetTimer
from mailflow.desk.timing.due import LIVE, clocks
from mailflow.desk.timing.schedule import Schedule
from mailflow.desk.timing.turn import RESOLUTION, RESPONSE, moved, to_come
from mailflow.store.tables import ACCOUNT, TICKET
from mailflow.store.tickets.tickets import load_all
from mailflow.store.timing import timers

BATCH = 200
_COLUMNS = ("pauses", "response_due", "resolution_due", "due")
_CHANGE = (
    update(TICKET)
    .where(TICKET.c.id == bindparam("number"))
    .values({name: bindparam(f"new_{name}") for name in _COLUMNS})
)


def work_out(
    connection: Connection, schedule: Schedule, now: datetime, after: int = 0, account: int | None = None
) -> int | None:
    """The next batch behind ticket `after`, all or an account's: the last number of it, None when that was all."""
    where: list[ColumnElement[bool]] = [TICKET.c.id > after, _concerned(schedule)]
    if account is not None:
        where.append(TICKET.c.account == account)
    found = select(TICKET.c.id, *(TICKET.c[name] for name in _COLUMNS)).where(*where).order_by(TICKET.c.id).limit(BATCH)
    rows = connection.execute(found).all()
    tickets = load_all(connection, [row.id for row in rows], lock=True)
    changes: list[dict[str, Any]] = []
    begun: list[SetTimer] = []
    levels: list[SetTimer] = []
    for row in rows:
        kept = clocks(tickets[row.id], schedule, now)
        for kind, was_due in ((RESPONSE, row.response_due), (RESOLUTION, row.resolution_due)):
            if was_due is None:  # nothing was promised
                begun += to_come(tickets[row.id], schedule, now, kind)
            else:
                levels += moved(tickets[row.id], schedule, kind)
        values = (kept.pauses, kept.response_due, kept.resolution_due, kept.due)
        if values != tuple(row)[1:]:
            changes.append({"number": row.id, **{f"new_{name}": at for name, at in zip(_COLUMNS, values, strict=True)}})
    if changes:
        connection.execute(_CHANGE, changes)
    timers.set_all(connection, begun)
    timers.move_all(connection, levels)
    return rows[-1].id if len(rows) == BATCH else None


def of_accounts(connection: Connection, codes: Iterable[str], schedule: Schedule, now: datetime) -> None:
    """All of these accounts: their contract is another."""
    for number in connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.code.in_(list(codes)))).scalars().all():
        last: int | None = 0
        while last is not None:
            last = work_out(connection, schedule, now, last, number)


def _concerned(schedule: Schedule) -> ColumnElement[bool]:
    """Live tickets, and where nothing is promised any more those of which something is kept."""
    is_due = TICKET.c.due.is_not(None)
    if not schedule.config.due:
        return is_due
    return or_(is_due, func.coalesce(TICKET.c.status, "").in_([each.value for each in LIVE]))
