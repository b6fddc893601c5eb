"""Known incidents: opened, told of, closed, and the tickets that are attached to them.

Who attaches a ticket holds the row of the incident until it is committed (FOR SHARE), who says something new of it
waits for them: so each ticket has the state of before and is told of the next one, or has it already, and none is
attached to what is over.

What all are to hear is a mark on the incident (`tell`) and done ticket by ticket (flow.incidents): whoever finds the
mark goes on where another stopped.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, func, insert, select, update

from mailflow.desk.incidents.incident import Incident, cause_of
from mailflow.errors import Refused
from mailflow.store.instants import aware
from mailflow.store.tables import INCIDENT, INCIDENT_STATE, OUTBOX, TICKET
from mailflow.store.upsert import insert_new

_NAMES: BindParameter[list[Any]] = bindparam("names", expanding=True)
_EVER = select(INCIDENT).where(INCIDENT.c.name.in_(_NAMES)).order_by(INCIDENT.c.id)
_OPEN = _EVER.where(INCIDENT.c.ended.is_(None))
_KEPT = _OPEN.with_for_update(read=True)
_TAKEN = _OPEN.with_for_update()
_LATEST = (
    select(INCIDENT)
    .where(INCIDENT.c.name == bindparam("called"))
    .order_by(INCIDENT.c.ended.is_(None).desc(), INCIDENT.c.id.desc())
    .limit(1)
)
_CHANGE = (
    update(INCIDENT)
    .where(INCIDENT.c.id == bindparam("number"))
    .values({name: bindparam(f"new_{name}") for name in ("texts", "state", "tell", "ended", "ended_by")})
)
_ANSWERED = select(OUTBOX.c.key).where(OUTBOX.c.key.in_(bindparam("keys", expanding=True)))
_TO_TELL = select(INCIDENT).where(INCIDENT.c.tell > 0).order_by(INCIDENT.c.id)
_UNTOLD = (TICKET.c.incident == bindparam("number"), TICKET.c.incident_state < bindparam("state"))
_NEXT = select(TICKET.c.id).where(*_UNTOLD).order_by(TICKET.c.id).limit(bindparam("most")).with_for_update()
_LEFT = select(func.count()).select_from(TICKET).where(*_UNTOLD)
_ALL_TOLD = (
    update(INCIDENT).where(INCIDENT.c.id == bindparam("number"), INCIDENT.c.tell == bindparam("told")).values(tell=0)
)
_OPENING = insert_new(INCIDENT)


def open_(
    connection: Connection,
    name: str,
    title: str,
    texts: Mapping[str, str],
    *,
    agent: str,
    at: datetime,
    department: str = "",
) -> Incident:
    """Refused while one of this name is open."""
    row = {
        "name": name, "title": title, "department": department, "texts": dict(texts), "state": 1, "tell": 0,
        "opened": aware(at), "opened_by": agent, "ended_by": "",
    }  # fmt: skip
    if connection.execute(_OPENING[connection.dialect.name].returning(INCIDENT.c.id), row).first() is None:
        raise Refused(f"an incident {name} is open already; to say how it stands: mailflow incident update {name}")
    incident = _taken(connection, name)
    _record(connection, incident, agent, at, tell=False)
    return incident


def update_(
    connection: Connection, name: str, texts: Mapping[str, str], *, agent: str, at: datetime, tell: bool
) -> Incident:
    """How it stands from now on; `tell`: all who wait are to hear of it."""
    before = _taken(connection, name)
    state = before.state + 1
    after = replace(before, texts=texts, state=state, tell=state if tell else before.tell)
    _change(connection, after)
    _record(connection, after, agent, at, tell=tell)
    return after


def close(connection: Connection, name: str, texts: Mapping[str, str], *, agent: str, at: datetime) -> Incident:
    """Nothing is attached to it any more, and all who wait are to hear of its end."""
    before = _taken(connection, name)
    state = before.state + 1
    after = replace(before, texts=texts, state=state, tell=state, ended=aware(at))
    _change(connection, after, agent)
    _record(connection, after, agent, at, tell=True)
    return after


def find(connection: Connection, names: Collection[str], *, keep: bool) -> list[Incident]:
    """`keep`: those that are open, and they stay as they are until this transaction ends. Else whatever had a name."""
    if not names:
        return []
    rows = connection.execute(_KEPT if keep else _EVER, {"names": sorted(names)})
    return [_incident(row) for row in rows]


def latest(connection: Connection, name: str) -> Incident:
    """The open one of this name, else the last that was; Refused when there was none."""
    row = connection.execute(_LATEST, {"called": name}).one_or_none()
    if row is None:
        raise Refused(f"there is no incident {name}; see: mailflow incident list --all")
    return _incident(row)


def kept(connection: Connection, name: str) -> Incident:
    """The open one, for who attaches to it; Refused where there is none."""
    found = find(connection, [name], keep=True)
    if not found:
        raise _not_open(name)
    return found[0]


def told_of(connection: Connection, incidents: Sequence[Incident], authors: Collection[str]) -> dict[str, set[int]]:
    """Which of them each author was answered with."""
    causes = {cause_of(each, author): (author, each.id) for each in incidents for author in authors}
    found: dict[str, set[int]] = {}
    for key in connection.execute(_ANSWERED, {"keys": list(causes)}).scalars() if causes else ():
        author, number = causes[key]
        found.setdefault(author, set()).add(number)
    return found


def to_tell(connection: Connection) -> list[Incident]:
    """Those that somebody is to hear of."""
    return [_incident(row) for row in connection.execute(_TO_TELL)]


def untold(connection: Connection, incident: Incident, most: int) -> Sequence[int]:
    """Tickets whose requesters have not heard, locked."""
    asked = {"number": incident.id, "state": incident.tell, "most": most}
    return connection.execute(_NEXT, asked).scalars().all()


def left(connection: Connection, incident: Incident) -> int:
    """How many `untold` there are."""
    return connection.execute(_LEFT, {"number": incident.id, "state": incident.tell}).scalar() or 0


def all_told(connection: Connection, incident: Incident) -> None:
    """Unless there is something else to tell by now."""
    connection.execute(_ALL_TOLD, {"number": incident.id, "told": incident.tell})


def _taken(connection: Connection, name: str) -> Incident:
    """The open one, which nobody attaches to before this transaction ends."""
    row = connection.execute(_TAKEN, {"names": [name]}).one_or_none()
    if row is None:
        raise _not_open(name)
    return _incident(row)


def _not_open(name: str) -> Refused:
    return Refused(f"no incident {name} is open; see: mailflow incident list")


def _change(connection: Connection, incident: Incident, ended_by: str = "") -> None:
    values = {"new_texts": dict(incident.texts), "new_state": incident.state, "new_tell": incident.tell}
    values |= {"new_ended": incident.ended, "new_ended_by": ended_by}
    connection.execute(_CHANGE, {"number": incident.id, **values})


def _record(connection: Connection, incident: Incident, agent: str, at: datetime, *, tell: bool) -> None:
    row = {"incident": incident.id, "number": incident.state, "at": aware(at), "agent": agent, "tell": tell}
    connection.execute(insert(INCIDENT_STATE), {**row, "texts": dict(incident.texts)})


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=row.id,
        name=row.name,
        title=row.title,
        department=row.department,
        texts=row.texts,
        state=row.state,
        opened=row.opened,
        ended=row.ended,
        tell=row.tell,
    )
