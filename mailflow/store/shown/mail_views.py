"""Mail that came and mail that leaves, as people and programs are shown it; raw mail is in no list."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from mailflow.desk.decision import Disposition
from mailflow.store.instants import iso
from mailflow.store.outbox import State
from mailflow.store.tables import (
    ENTRY,
    OUTBOX,
)

Json = dict[str, Any]
_OUTGOING = select(*(column for column in OUTBOX.c if column is not OUTBOX.c.octets))


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


def _newest(statement: Any, number: Any, where: Sequence[ColumnElement[bool]], limit: int) -> Any:
    return statement.where(*where).order_by(number.desc()).limit(limit)


def _entry(row: Row[Any]) -> Json:
    return {
        "id": row.id,
        "received": iso(row.received),
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
        "due": iso(max(row.due, row.received)) if row.disposition == Disposition.RECEIVED.value else None,
        "settled": iso(row.settled),
        "emptied": iso(row.emptied),
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
        "created": iso(row.created),
        "due": iso(max(row.due, row.created)) if row.state == State.WAITING.value else None,
        "settled": iso(row.settled),
        "emptied": iso(row.emptied),
        "last_reply": row.last_reply,
        "key": row.key,
    }
