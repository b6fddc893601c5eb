"""Tickets as the judgement needs them: the row, who takes part, and the ids of the conversation."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from mailflow.desk.ticket import Priority, Status, Ticket
from mailflow.store.tables import MESSAGE, PARTICIPANT, TICKET

LARGEST_NUMBER = (1 << 31) - 1  # PostgreSQL's INTEGER; a subject can name any number
REFERENCES = 20
"""Ids of the conversation that an answer names: a header of about 2 KB."""

_NUMBERS: BindParameter[list[Any]] = bindparam("numbers", expanding=True)
_TICKETS = select(TICKET).where(TICKET.c.id.in_(_NUMBERS))
_LOCKED = _TICKETS.with_for_update()  # PostgreSQL: two nodes take turns; SQLite has one writer anyway
_PARTICIPANTS = select(PARTICIPANT).where(PARTICIPANT.c.ticket.in_(_NUMBERS))
_CONVERSATION = (
    select(MESSAGE.c.message_id)
    .where(MESSAGE.c.ticket == bindparam("number"), MESSAGE.c.direction != "note", MESSAGE.c.message_id != "")
    .order_by(MESSAGE.c.id.desc())
    .limit(REFERENCES)
)


def load(connection: Connection, number: int, *, lock: bool = False) -> Ticket | None:
    return load_all(connection, [number], lock=lock).get(number)


def load_all(connection: Connection, numbers: Iterable[int], *, lock: bool = False) -> dict[int, Ticket]:
    """Those of `numbers` that exist. `lock`: nobody else changes them before this transaction ends."""
    wanted = [number for number in set(numbers) if 0 < number <= LARGEST_NUMBER]
    if not wanted:
        return {}
    rows = connection.execute(_LOCKED if lock else _TICKETS, {"numbers": wanted}).all()
    participants: dict[int, set[str]] = {row.id: {row.requester} for row in rows}  # the requester needs no row
    for ticket, address in connection.execute(_PARTICIPANTS, {"numbers": wanted}):
        participants[ticket].add(address)
    return {row.id: _ticket(row, participants[row.id], _conversation(connection, row.id)) for row in rows}


def _conversation(connection: Connection, number: int) -> list[str]:
    """Message-IDs, oldest first, each once."""
    latest = connection.execute(_CONVERSATION, {"number": number}).scalars().all()
    return list(dict.fromkeys(reversed(latest)))


def _ticket(row: Row[Any], participants: set[str], conversation: list[str]) -> Ticket:
    return Ticket(
        number=row.id,
        subject=row.subject,
        status=Status(row.status),
        priority=Priority(row.priority),
        department=row.department,
        mailbox=row.mailbox,
        requester=row.requester,
        requester_name=row.requester_name,
        contact=row.contact,
        account=row.account,
        language=row.language,
        participants=frozenset(participants),
        created=row.created,
        last_activity=row.last_activity,
        assignee=row.assignee,
        believed=row.believed,
        waiting_since=row.waiting_since,
        question_at=row.question_at,
        last_message_id=conversation[-1] if conversation else "",
        references=tuple(conversation[:-1]),
    )
