"""How it goes, as people and programs are shown it: what waits, what needs a person, and each daemon."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, not_, select

from mailflow.desk.decision import Disposition
from mailflow.desk.ticket import Status
from mailflow.desk.writing.ceiling import PERIOD
from mailflow.mail.effort import ONLY_HEADER
from mailflow.store.conditions import WAITS
from mailflow.store.contacts import corrections
from mailflow.store.instants import iso
from mailflow.store.outbox import State
from mailflow.store.pages import untaken
from mailflow.store.regions import LASTS, is_disrupted
from mailflow.store.shown import incident_views
from mailflow.store.tables import (
    CURSOR,
    DISRUPTION,
    ENTRY,
    EVENT,
    MESSAGE,
    OUTBOX,
    PULSE,
    TICKET,
    TIMER,
)
from mailflow.store.timing.timers import RINGS

Json = dict[str, Any]
NEWEST = 20_000
"""Rows that are looked at for what came of late, however many there are."""


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
    return {"since": iso(since), "came": sum(journal.values()), "journal": journal, "outbox": outbox}


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
            {"region": row.region, "since": iso(row.since), "why": row.why}
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
        "started": iso(row.started),
        "at": iso(row.at),
        "limits": row.limits,
        "refused": row.refused,
        "slowed": iso(row.slowed),
        "outdated": iso(row.outdated),
        "problems": row.problems or [],
        "missing": row.missing or [],
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
    return {"account": row.account, "folder": row.folder, "last_uid": row.last_uid, "since": iso(row.adopted)}


def _counts(connection: Connection, column: Any) -> dict[str, int]:
    counts: dict[str, int] = dict(connection.execute(select(column, func.count()).group_by(column)).all())
    return counts


def _first(connection: Connection, column: Any, *where: ColumnElement[bool]) -> str | None:
    """Not by min(): where a condition asks another table, it would look at every row."""
    return iso(connection.execute(select(column).where(*where).order_by(column).limit(1)).scalar())
