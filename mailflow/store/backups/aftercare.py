"""What a database needs that comes from a backup (`mailflow db restore`, `mailflow db restored`), before a daemon works
on it: the time between the backup and now happened, though the database does not know.

Numbers that were given meanwhile are not given again: customers have them in subjects and signed addresses. Mail that
waited has maybe been sent: what the former database knows of it is believed, the rest is `unknown`, for a person to
decide. A reminder that fell due meanwhile has maybe been sent, too, and waits for a day. A correction has maybe been
objected to, and waits for an agent. What was fetched from IMAP needs nothing: the cursors are those of the backup, and
what came later is fetched again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, select, text, update

from mailflow.desk.actions import TimerKind
from mailflow.errors import MailflowError
from mailflow.store.contacts.corrections import put_off_all
from mailflow.store.instants import aware
from mailflow.store.outbox import ENDS, State
from mailflow.store.tables import CONSENT, ENTRY, INCIDENT, OUTBOX, PAGE, REACH, REACH_LETTER, TICKET, TIMER
from mailflow.store.trouble import in_our_words

NUMBERED = (ENTRY, TICKET, OUTBOX, INCIDENT, PAGE, CONSENT, REACH, REACH_LETTER)
"""Whose numbers are known outside, or stand in keys."""
RESPITE = timedelta(days=1)
MAYBE = "restored from a backup: it may have been sent since; retry sends it, cancel does not"
OBJECTED = "restored from a backup: an objection may have come since"

_HIGHEST = {
    "sqlite": text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name"),
    "postgresql": text("SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass), 0)"),
}
_ADVANCE = {
    "sqlite": text("UPDATE sqlite_sequence SET seq = :number WHERE name = :name"),
    "postgresql": text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :number)"),
}
_BEGIN = text("INSERT INTO sqlite_sequence (name, seq) SELECT :name, 0 WHERE NOT EXISTS"
              " (SELECT 1 FROM sqlite_sequence WHERE name = :name)")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Former:
    """What the database that is replaced still tells."""

    numbers: Mapping[str, int]  # the last that was given, by table
    ended: Mapping[int, Mapping[str, Any]]  # columns of outgoing mail whose end it knows, by number


@dataclass(frozen=True, slots=True)
class Aftercare:
    """What was done. `next_ticket` is the number of the next one."""

    next_ticket: int
    known: int  # outgoing mail that waited, of which the former database knew the end
    doubtful: int  # that is `unknown` now
    put_off: int  # reminders
    corrections: int  # of contacts, that wait for an agent now


def former_of(connection: Connection) -> Former | None:
    """None when it cannot be read any more."""
    try:
        with in_our_words():
            columns = (OUTBOX.c.id, OUTBOX.c.key, OUTBOX.c.state, OUTBOX.c.last_reply, OUTBOX.c.settled)
            ends = [state.value for state in ENDS]
            rows = connection.execute(select(*columns).where(OUTBOX.c.state.in_(ends))).all()
            return Former(
                {table.name: _highest(connection, table) for table in NUMBERED}, {row.id: row._asdict() for row in rows}
            )
    except MailflowError:
        return None


def take_care(connection: Connection, former: Former | None, *, skip: int, now: datetime) -> Aftercare:
    """In one transaction. `skip`: numbers that are left out where nobody knows which were given."""
    highest = 0
    for table in NUMBERED:
        last = _highest(connection, table)
        number = max(last, former.numbers[table.name]) if former else last + skip
        if connection.dialect.name == "sqlite":
            connection.execute(_BEGIN, {"name": table.name})
        if number > last:
            connection.execute(_ADVANCE[connection.dialect.name], {"name": table.name, "number": number})
        highest = number if table is TICKET else highest
    known = _believe(connection, former)
    doubtful, put_off = _doubt(connection, now), _put_off(connection, now)
    return Aftercare(highest + 1, known, doubtful, put_off, put_off_all(connection, OBJECTED))


def _highest(connection: Connection, table: Table) -> int:
    return int(connection.execute(_HIGHEST[connection.dialect.name], {"name": table.name}).scalar_one())


def _waiting() -> Any:
    return OUTBOX.c.state.not_in([state.value for state in ENDS])


def _believe(connection: Connection, former: Former | None) -> int:
    ended = former.ended if former else {}
    waiting = connection.execute(select(OUTBOX.c.id, OUTBOX.c.key).where(_waiting())).all()
    known = [ended[row.id] for row in waiting if row.id in ended and ended[row.id]["key"] == row.key]
    for row in known:
        end = {name: row[name] for name in ("state", "last_reply", "settled")}
        connection.execute(
            update(OUTBOX).where(OUTBOX.c.id == row["id"]).values(**end, claimed_by="", claimed_until=None)
        )
    return len(known)


def _doubt(connection: Connection, now: datetime) -> int:
    values = {"state": State.UNKNOWN.value, "last_reply": MAYBE, "settled": aware(now), "claimed_by": ""}
    return connection.execute(update(OUTBOX).where(_waiting()).values(**values, claimed_until=None)).rowcount


def _put_off(connection: Connection, now: datetime) -> int:
    overdue = (TIMER.c.kind == TimerKind.REMIND.value) & (TIMER.c.due <= aware(now))
    return connection.execute(update(TIMER).where(overdue).values(due=now + RESPITE)).rowcount
