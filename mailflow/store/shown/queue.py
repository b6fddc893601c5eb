"""The queue: what waits for us, what matters most first, and within that who waits longest (R2.3). And what is due.

Waiting is as `desk.timing.sla.waits_for_us` has it. It began with the oldest words that nobody answered: a chaser moves
nothing (R3.9). One seek a priority in an index of what waits, however many tickets there are.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, not_, or_, select

from mailflow.desk.priority import ORDER
from mailflow.desk.ticket import Status
from mailflow.store.regions import is_disrupted
from mailflow.store.shown import ticket_views
from mailflow.store.tables import TICKET, TICKET_DEPARTMENT

WAITING = (Status.OPEN.value, Status.AWAITING_CUSTOMER.value)


def queue(
    connection: Connection, *, department: str | None = None, assignee: str | None = None, limit: int = 50
) -> list[ticket_views.Json]:
    """Tickets as `ticket_views.tickets` shows them: all, or what a department sees, or an agent's."""
    where: list[ColumnElement[bool]] = [
        TICKET.c.waiting_since.is_not(None),
        func.coalesce(TICKET.c.status, "").in_(WAITING),
    ]
    if department is not None:
        where.append(_seen_by(department))
    if assignee is not None:
        where.append(TICKET.c.assignee == assignee)
    rows: list[Any] = []
    for priority in ORDER:
        some = ticket_views.TICKETS.where(TICKET.c.priority == priority.value, *where)
        oldest = some.order_by(TICKET.c.waiting_since, TICKET.c.id).limit(limit - len(rows))
        rows += connection.execute(oldest).all() if len(rows) < limit else []
    return ticket_views.shown(connection, rows)


def counts(connection: Connection) -> dict[str, int]:
    """How many wait, by assignee; '' is nobody."""
    waiting = select(TICKET.c.assignee, func.count().label("waiting")).where(
        TICKET.c.waiting_since.is_not(None), func.coalesce(TICKET.c.status, "").in_(WAITING)
    )
    return {row.assignee: row.waiting for row in connection.execute(waiting.group_by(TICKET.c.assignee))}


def due(
    connection: Connection, *, department: str | None = None, assignee: str | None = None, limit: int = 50
) -> list[ticket_views.Json]:
    """Tickets of which something is due, the soonest first; as for the queue. Not those of disrupted regions."""
    where: list[ColumnElement[bool]] = [TICKET.c.due.is_not(None), not_(is_disrupted(TICKET.c.account))]
    if department is not None:
        where.append(_seen_by(department))
    if assignee is not None:
        where.append(TICKET.c.assignee == assignee)
    soonest = ticket_views.TICKETS.where(*where).order_by(TICKET.c.due, TICKET.c.id).limit(limit)
    return ticket_views.shown(connection, connection.execute(soonest).all())


def _seen_by(department: str) -> ColumnElement[bool]:
    """coalesce: hides the column from SQLite, which would rather sort all that a department ever had."""
    also = exists().where(TICKET_DEPARTMENT.c.ticket == TICKET.c.id, TICKET_DEPARTMENT.c.department == department)
    return or_(func.coalesce(TICKET.c.department, "") == department, also)
