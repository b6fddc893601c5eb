"""Known incidents as people and programs are shown them."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from mailflow.desk.ticket import Status
from mailflow.store.instants import iso
from mailflow.store.tables import INCIDENT, INCIDENT_STATE, TICKET

Json = dict[str, Any]

_ATTACHED = select(func.count()).where(TICKET.c.incident == INCIDENT.c.id).correlate(INCIDENT)
_INCIDENTS = select(
    INCIDENT,
    _ATTACHED.scalar_subquery().label("tickets"),
    _ATTACHED.where(TICKET.c.status == Status.ON_HOLD.value).scalar_subquery().label("waiting"),
    _ATTACHED.where(TICKET.c.incident_state < INCIDENT.c.tell).scalar_subquery().label("untold"),
)


def incidents(connection: Connection, *, ended: bool = False, limit: int = 50) -> list[Json]:
    """Those that are open, and those that are over; the newest first."""
    where = [] if ended else [INCIDENT.c.ended.is_(None)]
    return [
        _incident(row)
        for row in connection.execute(_INCIDENTS.where(*where).order_by(INCIDENT.c.id.desc()).limit(limit))
    ]


def incident(connection: Connection, number: int) -> Json:
    """With how it stood, oldest first."""
    row = connection.execute(_INCIDENTS.where(INCIDENT.c.id == number)).one()
    states = select(INCIDENT_STATE).where(INCIDENT_STATE.c.incident == number).order_by(INCIDENT_STATE.c.number)
    said = [
        {"at": iso(each.at), "agent": each.agent, "texts": each.texts, "told": each.tell}
        for each in connection.execute(states)
    ]
    return {**_incident(row), "states": said}


def _incident(row: Row[Any]) -> Json:
    """`untold`: tickets whose requesters are yet to hear of the present state; '' as a language is everybody."""
    return {
        "name": row.name,
        "title": row.title,
        "department": row.department or None,
        "state": row.texts,
        "tickets": row.tickets,
        "waiting": row.waiting,
        "untold": row.untold,
        "opened": iso(row.opened),
        "opened_by": row.opened_by,
        "ended": iso(row.ended),
        "ended_by": row.ended_by or None,
    }
