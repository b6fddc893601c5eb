"""Tickets as people and programs are shown them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from mailflow.desk.actions import TimerKind
from mailflow.desk.ticket import Status
from mailflow.errors import Refused
from mailflow.store.instants import iso
from mailflow.store.regions import LASTS
from mailflow.store.tables import (
    ACCOUNT,
    DISRUPTION,
    EVENT,
    INCIDENT,
    MESSAGE,
    TICKET,
    TICKET_DEPARTMENT,
    TICKET_TAG,
    TIMER,
)
from mailflow.store.tickets import participants
from mailflow.store.tickets.merging import merged_into

Json = dict[str, Any]
DUE = {TimerKind.ESCALATE: "next_response", TimerKind.RESOLVE: "resolution"}
"""Which timer says by when something has to have happened. An answer is the first response until there was one."""
FIRST_RESPONSE = "first_response"

_LASTS = select(DISRUPTION.c.since).where(DISRUPTION.c.region == ACCOUNT.c.region, LASTS).correlate(ACCOUNT)
_DISRUPTED = _LASTS.scalar_subquery().label("disrupted")
TICKETS = (
    select(TICKET, ACCOUNT.c.code, INCIDENT.c.name.label("incident_name"), _DISRUPTED)
    .outerjoin(ACCOUNT, ACCOUNT.c.id == TICKET.c.account)
    .outerjoin(INCIDENT, INCIDENT.c.id == TICKET.c.incident)
)


def tickets(
    connection: Connection,
    *,
    status: Sequence[str] | None = None,
    department: str | None = None,
    assignee: str | None = None,
    requester: str | None = None,
    tag: str | None = None,
    incident: int | None = None,
    limit: int = 50,
) -> list[Json]:
    """Without their messages and events, what moved last first; what was merged only among those that are `closed`."""
    where: list[ColumnElement[bool]] = []
    if status:
        where.append(TICKET.c.status.in_([Status(each).value for each in status]))
    else:
        where.append(TICKET.c.merged_into.is_(None))
    if department:
        others = select(TICKET_DEPARTMENT.c.ticket).where(TICKET_DEPARTMENT.c.department == department)
        where.append(or_(TICKET.c.department == department, TICKET.c.id.in_(others)))
    if assignee is not None:
        where.append(TICKET.c.assignee == assignee)
    if requester is not None:
        where.append(TICKET.c.requester == requester)
    if tag is not None:
        where.append(TICKET.c.id.in_(select(TICKET_TAG.c.ticket).where(TICKET_TAG.c.tag == tag)))
    if incident is not None:
        where.append(TICKET.c.incident == incident)
    latest = TICKETS.where(*where).order_by(TICKET.c.last_activity.desc(), TICKET.c.id.desc()).limit(limit)
    return shown(connection, connection.execute(latest).all())


def shown(connection: Connection, rows: Sequence[Row[Any]]) -> list[Json]:
    """Of TICKETS: a list of tickets, in the order of `rows`."""
    due, tags = _due(connection, rows), _tags(connection, [row.id for row in rows])
    return [{**_ticket(row, due[row.id]), "tags": tags[row.id]} for row in rows]


def ticket(connection: Connection, number: int) -> Json:
    """With its conversation and its history, oldest first, and those of what was merged into it. Refused where there
    is none."""
    row = connection.execute(TICKETS.where(TICKET.c.id == number)).one_or_none()
    if row is None:
        raise Refused(f"there is no ticket #{number}")
    merged = merged_into(connection, number)
    together = [number, *merged]
    messages = connection.execute(
        select(MESSAGE).where(MESSAGE.c.ticket.in_(together)).order_by(MESSAGE.c.at, MESSAGE.c.id)
    )
    events = connection.execute(select(EVENT).where(EVENT.c.ticket.in_(together)).order_by(EVENT.c.at, EVENT.c.id))
    others = connection.execute(select(TICKET_DEPARTMENT.c.department).where(TICKET_DEPARTMENT.c.ticket == number))
    others_in = participants.shown(connection, number)
    split_into = connection.execute(select(TICKET.c.id).where(TICKET.c.split_from == number))
    continued_by = connection.execute(select(TICKET.c.id).where(TICKET.c.continues == number))
    return {
        **_ticket(row, _due(connection, [row])[number]),
        "departments": [row.department, *sorted(others.scalars())],
        "tags": _tags(connection, [number])[number],
        "participants": [row.requester, *(each["address"] for each in others_in)],
        "cc": others_in,
        "merged": list(merged),
        "split_into": sorted(split_into.scalars()),
        "continued_by": sorted(continued_by.scalars()),
        "messages": [_message(each) for each in messages],
        "events": [
            {"at": iso(each.at), "kind": each.kind, "text": each.text, "ticket": each.ticket} for each in events
        ],
    }


def _ticket(row: Row[Any], due: Json) -> Json:
    return {
        "number": row.id,
        "subject": row.subject,
        "status": row.status,
        "priority": row.priority,
        "department": row.department,
        "type": row.type or None,
        "account": row.code,
        "requester": row.requester,
        "requester_name": row.requester_name,
        "assignee": row.assignee or None,
        "language": row.language,
        "mailbox": row.mailbox,
        "created": iso(row.created),
        "last_activity": iso(row.last_activity),
        "waiting_since": iso(row.waiting_since),
        "due": due,
        "next_due": None if row.disrupted else iso(row.due),
        "disrupted": iso(row.disrupted),
        "possible_parent": row.possible_parent,
        "continues": row.continues,
        "split_from": row.split_from,
        "incident": row.incident_name,
        "merged_into": row.merged_into,
    }


def _message(row: Row[Any]) -> Json:
    return {
        "direction": row.direction,
        "from": row.author,
        "from_name": row.author_name,
        "date": iso(row.at),
        "subject": row.subject,
        "reply": row.reply,
        "text": row.text,
        "message_id": row.message_id,
        "automatic": row.automatic,
        "warning": row.warning,
        "entry": row.entry,
        "ticket": row.ticket,
        "attachments": row.attachments,
    }


def _due(connection: Connection, tickets: Sequence[Row[Any]]) -> dict[int, Json]:
    answered = {ticket.id: ticket.answered_at is not None for ticket in tickets}
    due: dict[int, Json] = {number: dict.fromkeys((FIRST_RESPONSE, *DUE.values())) for number in answered}
    kinds = [kind.value for kind in DUE]
    rows = select(TIMER).where(TIMER.c.ticket.in_(list(due)), TIMER.c.kind.in_(kinds)).order_by(TIMER.c.due.desc())
    for row in connection.execute(rows):
        kind = TimerKind(row.kind)
        is_first = kind is TimerKind.ESCALATE and not answered[row.ticket]
        due[row.ticket][FIRST_RESPONSE if is_first else DUE[kind]] = iso(row.due)
    for ticket in tickets:
        _promised(due[ticket.id], ticket)
        if ticket.disrupted:
            due[ticket.id] = dict.fromkeys(due[ticket.id])
    return due


def _promised(due: Json, ticket: Row[Any]) -> None:
    """What [[due]] says comes before what a timer brings."""
    response = "next_response" if ticket.answered_at else FIRST_RESPONSE
    promised = {response: ticket.response_due, "resolution": ticket.resolution_due}
    due.update({name: iso(at) for name, at in promised.items() if at})


def _tags(connection: Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Of each ticket, in the order of the alphabet."""
    tags: dict[int, list[str]] = {number: [] for number in numbers}
    rows = select(TICKET_TAG.c.ticket, TICKET_TAG.c.tag).where(TICKET_TAG.c.ticket.in_(numbers))
    for row in connection.execute(rows):
        tags[row.ticket].append(row.tag)
    return {number: sorted(found) for number, found in tags.items()}
