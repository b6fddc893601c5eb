"""Tickets as the judgement needs them: the row, and the ids of the conversation."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    func,
    inspect,
    select,
)

from mailflow.desk.reach.reaching import Reaching
from mailflow.desk.ticket import Priority, Status, Ticket
from mailflow.mail.message import AutomaticKind
from mailflow.store.numbers import LARGEST
from mailflow.store.reach import reaches
from mailflow.store.tables import ACCOUNT, INCIDENT, MESSAGE, TICKET
from mailflow.store.tickets import consents
from mailflow.store.tickets.given import dossiers
from mailflow.store.tickets.participants import NOBODY, Circle, circles

REFERENCES = 20
"""Ids of the conversation that an answer names: a header of about 2 KB."""
MERGES = 3
"""That agents may do to one ticket while somebody waits for its lock."""

_NUMBERS: BindParameter[list[Any]] = bindparam("numbers", expanding=True)
_NAMED, _WENT = TICKET.alias("named"), TICKET.alias("went")
_WHERE_THEY_WENT = select(_WENT.c.merged_into).where(_WENT.c.id.in_(_NUMBERS), _WENT.c.merged_into.is_not(None))
# one list, not two conditions: for "these or those" PostgreSQL reads all tickets
_WANTED = select(_NAMED.c.id).where(_NAMED.c.id.in_(_NUMBERS)).union_all(_WHERE_THEY_WENT)
_CONTRACT = select(ACCOUNT.c.contract).where(ACCOUNT.c.id == TICKET.c.account).scalar_subquery().label("contract")
_REGION = select(ACCOUNT.c.region).where(ACCOUNT.c.id == TICKET.c.account).scalar_subquery().label("region")
_OPEN_INCIDENT = and_(INCIDENT.c.id == TICKET.c.incident, INCIDENT.c.ended.is_(None))
_WAITS_FOR = select(INCIDENT.c.name).where(_OPEN_INCIDENT).scalar_subquery().label("waits_for")
_TICKETS = select(TICKET, _CONTRACT, _REGION, _WAITS_FOR).where(TICKET.c.id.in_(_WANTED))
# PostgreSQL: two nodes take turns, and in one order; SQLite has one writer anyway
_LOCKED = _TICKETS.order_by(TICKET.c.id).with_for_update(of=TICKET)
_ANY = select(TICKET.c.id).limit(1)
_LATER = MESSAGE.alias("later")


def _is_mail(message: FromClause) -> ColumnElement[bool]:
    return and_(message.c.direction != "note", message.c.message_id != "")


_FIRST = (  # of the last REFERENCES; none if there are not so many
    select(_LATER.c.id)
    .where(_LATER.c.ticket == TICKET.c.id, _is_mail(_LATER))
    .order_by(_LATER.c.id.desc())
    .limit(1)
    .offset(REFERENCES - 1)
    .scalar_subquery()
)
_CONVERSATIONS = (
    select(MESSAGE.c.ticket, MESSAGE.c.message_id, MESSAGE.c.direction, MESSAGE.c.automatic)
    .join_from(TICKET, MESSAGE, and_(MESSAGE.c.ticket == TICKET.c.id, MESSAGE.c.id >= func.coalesce(_FIRST, 0)))
    .where(TICKET.c.id.in_(_NUMBERS), _is_mail(MESSAGE))
    .order_by(MESSAGE.c.ticket, MESSAGE.c.id)
)


def are_there(connection: Connection) -> bool:
    """Also of a database that has no tables yet."""
    return inspect(connection).has_table(TICKET.name) and connection.execute(_ANY).first() is not None


def load(connection: Connection, number: int, *, lock: bool = False) -> Ticket | None:
    return load_all(connection, [number], lock=lock).get(number)


def load_all(connection: Connection, numbers: Iterable[int], *, lock: bool = False) -> dict[int, Ticket]:
    """Those of `numbers` that exist, and those that they were merged into. `lock`: nobody else changes them before this
    transaction ends."""
    wanted = [number for number in set(numbers) if 0 < number <= LARGEST]
    if not wanted:
        return {}
    rows = _rows(connection, _LOCKED if lock else _TICKETS, wanted)
    numbers = [row.id for row in rows]
    conversations, others = _conversations(connection, numbers), circles(connection, numbers)
    files = dossiers(connection, [row.id for row in rows if row.collects])
    asked = consents.of_tickets(connection, [row.id for row in rows if row.collects])
    about = reaches.load_all(connection, {row.reach_case for row in rows if row.reach_case})
    found = (
        _ticket(row, conversations.get(row.id, ()), others.get(row.id, NOBODY), about.get(row.reach_case))
        for row in rows
    )
    return {
        ticket.number: replace(ticket, given=files.get(ticket.number, ()), consents=asked.get(ticket.number, ()))
        if ticket.collects
        else ticket
        for ticket in found
    }


def _rows(connection: Connection, statement: Select[Any], wanted: Sequence[int]) -> Sequence[Row[Any]]:
    """Looked for again when one was merged while its lock was waited for."""
    rows = connection.execute(statement, {"numbers": wanted}).all()
    for _ in range(MERGES):
        if {row.merged_into for row in rows if row.merged_into} <= {row.id for row in rows}:
            break
        rows = connection.execute(statement, {"numbers": wanted}).all()
    return rows


def _conversations(connection: Connection, numbers: Sequence[int]) -> dict[int, Sequence[str]]:
    """Message-IDs of each ticket, each once, as an answer names them. Not those of what was merged into it: that may
    have been somebody else's, and what we send names these ids."""
    found: dict[int, list[Any]] = {}
    for row in connection.execute(_CONVERSATIONS, {"numbers": numbers}):
        found.setdefault(row.ticket, []).append(row)
    return {number: _thread(rows) for number, rows in found.items()}


def _thread(mail: Sequence[Row[Any]]) -> Sequence[str]:
    """Oldest first, and then what is answered: the last words of a customer, else ours. Mail programs show an answer
    below that one, so notes and reports of machines are left out, unless there is nothing else."""
    written = [row for row in mail if row.automatic == AutomaticKind.NONE.value] or mail
    answered = next((row for row in reversed(written) if row.direction == "in"), written[-1]).message_id
    return *dict.fromkeys(row.message_id for row in written if row.message_id != answered), answered


def _ticket(row: Row[Any], conversation: Sequence[str], others: Circle, about: Reaching | None) -> Ticket:
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
        participants=others.takes_part | {row.requester},
        removed=others.removed,
        created=row.created,
        last_activity=row.last_activity,
        assignee=row.assignee,
        contract=row.contract or "",
        region=row.region or "",
        believed=row.believed,
        waiting_since=row.waiting_since,
        answered_at=row.answered_at,
        pauses=row.pauses,
        question_at=row.question_at,
        away_until=row.away_until,
        last_message_id=conversation[-1] if conversation else "",
        references=tuple(conversation[:-1]),
        split_from=row.split_from,
        incident=row.incident,
        incident_state=row.incident_state,
        waits_for=row.waits_for or "",
        merged_into=row.merged_into,
        type=row.type,
        collects=row.collects,
        complete_at=row.complete_at,
        expires_since=row.expires_since,
        reach=about,
    )
