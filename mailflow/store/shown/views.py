"""What people and programs are shown: the JSON shapes of DESIGN section 5. Keys are only ever added.

Read only. Times are ISO 8601 with offset; raw mail is never in a list.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, not_, or_, select

from mailflow.desk.actions import Disposition, TimerKind
from mailflow.desk.ticket import Status
from mailflow.desk.writing.ceiling import PERIOD
from mailflow.mail.effort import ONLY_HEADER
from mailflow.store.conditions import WAITS
from mailflow.store.contacts import corrections
from mailflow.store.outbox import State
from mailflow.store.pages import untaken
from mailflow.store.regions import LASTS, is_disrupted
from mailflow.store.shown import incident_views
from mailflow.store.tables import (
    ACCOUNT,
    CURSOR,
    DISRUPTION,
    ENTRY,
    EVENT,
    INCIDENT,
    MESSAGE,
    OUTBOX,
    PULSE,
    TICKET,
    TICKET_DEPARTMENT,
    TICKET_TAG,
    TIMER,
)
from mailflow.store.tickets import participants
from mailflow.store.tickets.merging import merged_into
from mailflow.store.timing.timers import RINGS

Json = dict[str, Any]
DUE = {TimerKind.ESCALATE: "next_response", TimerKind.RESOLVE: "resolution"}
"""Which timer says by when something has to have happened. An answer is the first response until there was one."""
FIRST_RESPONSE = "first_response"
NEWEST = 20_000
"""Rows that are looked at for what came of late, however many there are."""

_LASTS = select(DISRUPTION.c.since).where(DISRUPTION.c.region == ACCOUNT.c.region, LASTS).correlate(ACCOUNT)
_DISRUPTED = _LASTS.scalar_subquery().label("disrupted")
TICKETS = (
    select(TICKET, ACCOUNT.c.code, INCIDENT.c.name.label("incident_name"), _DISRUPTED)
    .outerjoin(ACCOUNT, ACCOUNT.c.id == TICKET.c.account)
    .outerjoin(INCIDENT, INCIDENT.c.id == TICKET.c.incident)
)
_OUTGOING = select(*(column for column in OUTBOX.c if column is not OUTBOX.c.octets))


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


def ticket(connection: Connection, number: int) -> Json | None:
    """With its conversation and its history, oldest first, and those of what was merged into it."""
    row = connection.execute(TICKETS.where(TICKET.c.id == number)).one_or_none()
    if row is None:
        return None
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
            {"at": _iso(each.at), "kind": each.kind, "text": each.text, "ticket": each.ticket} for each in events
        ],
    }


def entries(
    connection: Connection,
    *,
    disposition: Sequence[str] | None = None,
    ticket: int | None = None,
    limit: int = 50,
) -> list[Json]:
    """The newest first."""
    where: list[ColumnElement[bool]] = []
    if disposition:
        where.append(ENTRY.c.disposition.in_([Disposition(each).value for each in disposition]))
    if ticket is not None:
        where.append(ENTRY.c.ticket == ticket)
    return [_entry(row) for row in connection.execute(_newest(select(ENTRY), ENTRY.c.id, where, limit))]


def entry(connection: Connection, number: int) -> Json | None:
    row = connection.execute(select(ENTRY).where(ENTRY.c.id == number)).one_or_none()
    return _entry(row) if row else None


def outgoing(
    connection: Connection, *, state: Sequence[str] | None = None, ticket: int | None = None, limit: int = 50
) -> list[Json]:
    """The newest first."""
    where: list[ColumnElement[bool]] = []
    if state:
        where.append(OUTBOX.c.state.in_([State(each).value for each in state]))
    if ticket is not None:
        where.append(OUTBOX.c.ticket == ticket)
    return [_outgoing(row) for row in connection.execute(_newest(_OUTGOING, OUTBOX.c.id, where, limit))]


def outgoing_mail(connection: Connection, number: int) -> Json | None:
    row = connection.execute(_OUTGOING.where(OUTBOX.c.id == number)).one_or_none()
    return _outgoing(row) if row else None


def status(connection: Connection, now: datetime) -> Json:
    """What waits, for how long, what needs a person, and what the last day brought."""
    rooms = _counts(connection, TICKET.c.status)
    cursors = connection.execute(select(CURSOR).order_by(CURSOR.c.account, CURSOR.c.folder))
    return {
        "journal": _journal(connection),
        "outbox": _outbox(connection),
        "day": _day(connection, now - timedelta(days=1)),
        "pages": untaken(connection),
        "unread": _unread(connection),
        "details": {"corrections": corrections.waiting(connection)},
        "tickets": {each.value: rooms.get(each.value, 0) for each in Status},
        **_clocks(connection, now),
        "incidents": incident_views.incidents(connection),
        "silence": connection.execute(
            select(func.count()).where(EVENT.c.kind == "silence", EVENT.c.at > now - PERIOD)
        ).scalar(),
        "daemons": daemons(connection),
        "imap": [_cursor(row) for row in cursors],
    }


def _journal(connection: Connection) -> Json:
    kept = _counts(connection, ENTRY.c.disposition)
    return {
        "waiting": kept.get(Disposition.RECEIVED.value, 0),
        "oldest_waiting": _first(connection, ENTRY.c.received, ENTRY.c.disposition == Disposition.RECEIVED.value),
        "held": kept.get(Disposition.HELD.value, 0),
        "failed": kept.get(Disposition.FAILED.value, 0),
    }


def _outbox(connection: Connection) -> Json:
    mail = _counts(connection, OUTBOX.c.state)
    return {
        "waiting": mail.get(State.WAITING.value, 0),
        "oldest_waiting": _first(connection, OUTBOX.c.created, OUTBOX.c.state == State.WAITING.value),
        "sending": mail.get(State.CLAIMED.value, 0) + mail.get(State.SENDING.value, 0),
        "refused": mail.get(State.REFUSED.value, 0),
        "unknown": mail.get(State.UNKNOWN.value, 0),
    }


def _day(connection: Connection, since: datetime) -> Json:
    """What has become of what came or was written since then, of the newest NEWEST."""
    journal = _of_late(connection, ENTRY.c.disposition, ENTRY.c.received, ENTRY.c.id, since)
    outbox = _of_late(connection, OUTBOX.c.state, OUTBOX.c.created, OUTBOX.c.id, since)
    return {"since": _iso(since), "came": sum(journal.values()), "journal": journal, "outbox": outbox}


def _of_late(connection: Connection, kind: Any, at: Any, number: Any, since: datetime) -> dict[str, int]:
    newest = select(kind.label("kind"), at.label("at")).order_by(number.desc()).limit(NEWEST).subquery()
    counted = select(newest.c.kind, func.count()).where(newest.c.at > since).group_by(newest.c.kind)
    found: dict[str, int] = dict(connection.execute(counted).all())
    return found


def _unread(connection: Connection) -> list[Json]:
    """Mail that somebody waits for an answer to, and whose words could not be read."""
    unanswered = and_(WAITS, ENTRY.c.settled >= TICKET.c.waiting_since, MESSAGE.c.warning.contains(ONLY_HEADER))
    found = (
        select(MESSAGE.c.ticket, MESSAGE.c.entry)
        .join(TICKET, TICKET.c.id == MESSAGE.c.ticket)
        .join(ENTRY, ENTRY.c.id == MESSAGE.c.entry)
    )
    return [dict(row._mapping) for row in connection.execute(found.where(unanswered).order_by(MESSAGE.c.entry))]


def _clocks(connection: Connection, now: datetime) -> Json:
    runs = not_(is_disrupted(TICKET.c.account))
    rang = select(func.count()).select_from(TIMER).where(TIMER.c.due <= now, RINGS)
    return {
        "due": {
            "overdue": connection.execute(select(func.count()).where(TICKET.c.due <= now, runs)).scalar(),
            "next": _first(connection, TICKET.c.due, TICKET.c.due > now, runs),
        },
        "timers": {
            "overdue": connection.execute(rang).scalar(),
            "next": _first(connection, TIMER.c.due, TIMER.c.due > now, RINGS),
        },
        "disrupted": [
            {"region": row.region, "since": _iso(row.since), "why": row.why}
            for row in connection.execute(select(DISRUPTION).where(LASTS).order_by(DISRUPTION.c.since))
        ],
    }


def daemons(connection: Connection) -> list[Json]:
    return [_daemon(row) for row in connection.execute(select(PULSE).order_by(PULSE.c.node))]


def _daemon(row: Row[Any]) -> Json:
    """What a node said of itself at `at`: its edge since `started`, since when automatic mail waits, and since when
    mistakes keep its files from being taken over."""
    return {
        "node": row.node,
        "started": _iso(row.started),
        "at": _iso(row.at),
        "limits": row.limits,
        "refused": row.refused,
        "slowed": _iso(row.slowed),
        "outdated": _iso(row.outdated),
        "problems": row.problems or [],
        "changed": row.changed or [],
        "restart_needed": row.restart_needed or [],
        "doubted": row.doubted or None,
        "answered": row.answered,
        "listens": row.listens or [],
        "imap": row.imap or [],
        "worst_lag": row.worst_lag,
        "certificates": row.certificates or [],
    }


def _cursor(row: Row[Any]) -> Json:
    """How far a folder was read; whether its server answers only the log of the daemon knows."""
    return {"account": row.account, "folder": row.folder, "last_uid": row.last_uid, "since": _iso(row.adopted)}


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
        "created": _iso(row.created),
        "last_activity": _iso(row.last_activity),
        "waiting_since": _iso(row.waiting_since),
        "due": due,
        "next_due": None if row.disrupted else _iso(row.due),
        "disrupted": _iso(row.disrupted),
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
        "date": _iso(row.at),
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


def _entry(row: Row[Any]) -> Json:
    return {
        "id": row.id,
        "received": _iso(row.received),
        "source": row.source,
        "mail_from": row.mail_from,
        "rcpt_tos": row.rcpt_tos,
        "message_id": row.message_id,
        "from": row.author,
        "subject": row.subject,
        "size": row.size,
        "disposition": row.disposition,
        "reason": row.reason,
        "rule": row.rule,
        "ticket": row.ticket,
        "duplicate_of": row.duplicate_of,
        "attempts": row.attempts,
        "due": _iso(max(row.due, row.received)) if row.disposition == Disposition.RECEIVED.value else None,
        "settled": _iso(row.settled),
        "emptied": _iso(row.emptied),
        "trouble": row.trouble,
        "peer": row.peer,
        "helo": row.helo,
        "tls": row.tls or None,
        "cipher": row.cipher or None,
        "login": row.login or None,
        "trusted": row.trusted,
        "relayed": row.relayed,
        "backlog": row.backlog,
        "released": row.released,
        "released_by": row.released_by,
        "confirmed_by": row.confirmed_by,
        "verdict": row.verdict,
        "verdict_reason": row.verdict_reason,
        "evidence": row.evidence,
        "rules": row.rules or [],
    }


def _outgoing(row: Row[Any]) -> Json:
    return {
        "id": row.id,
        "kind": row.kind,
        "automatic": row.automatic,
        "mail_from": row.mail_from,
        "to": [row.rcpt_to],
        "subject": row.subject,
        "message_id": row.message_id,
        "ticket": row.ticket,
        "state": row.state,
        "attempts": row.attempts,
        "created": _iso(row.created),
        "due": _iso(max(row.due, row.created)) if row.state == State.WAITING.value else None,
        "settled": _iso(row.settled),
        "emptied": _iso(row.emptied),
        "last_reply": row.last_reply,
        "key": row.key,
    }


def _due(connection: Connection, tickets: Sequence[Row[Any]]) -> dict[int, Json]:
    answered = {ticket.id: ticket.answered_at is not None for ticket in tickets}
    due: dict[int, Json] = {number: dict.fromkeys((FIRST_RESPONSE, *DUE.values())) for number in answered}
    kinds = [kind.value for kind in DUE]
    rows = select(TIMER).where(TIMER.c.ticket.in_(list(due)), TIMER.c.kind.in_(kinds)).order_by(TIMER.c.due.desc())
    for row in connection.execute(rows):
        kind = TimerKind(row.kind)
        is_first = kind is TimerKind.ESCALATE and not answered[row.ticket]
        due[row.ticket][FIRST_RESPONSE if is_first else DUE[kind]] = _iso(row.due)
    for ticket in tickets:
        _promised(due[ticket.id], ticket)
        if ticket.disrupted:
            due[ticket.id] = dict.fromkeys(due[ticket.id])
    return due


def _promised(due: Json, ticket: Row[Any]) -> None:
    """What [[due]] says comes before what a timer brings."""
    response = "next_response" if ticket.answered_at else FIRST_RESPONSE
    promised = {response: ticket.response_due, "resolution": ticket.resolution_due}
    due.update({name: _iso(at) for name, at in promised.items() if at})


def _tags(connection: Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Of each ticket, in the order of the alphabet."""
    tags: dict[int, list[str]] = {number: [] for number in numbers}
    rows = select(TICKET_TAG.c.ticket, TICKET_TAG.c.tag).where(TICKET_TAG.c.ticket.in_(numbers))
    for row in connection.execute(rows):
        tags[row.ticket].append(row.tag)
    return {number: sorted(found) for number, found in tags.items()}


def _newest(statement: Any, number: Any, where: Sequence[ColumnElement[bool]], limit: int) -> Any:
    return statement.where(*where).order_by(number.desc()).limit(limit)


def _counts(connection: Connection, column: Any) -> dict[str, int]:
    counts: dict[str, int] = dict(connection.execute(select(column, func.count()).group_by(column)).all())
    return counts


def _first(connection: Connection, column: Any, *where: ColumnElement[bool]) -> str | None:
    """Not by min(): where a condition asks another table, it would look at every row."""
    return _iso(connection.execute(select(column).where(*where).order_by(column).limit(1)).scalar())


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
