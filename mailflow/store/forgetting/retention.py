"""What is kept no longer ([retention]): raw mail, the content of what was sent, the words of closed tickets, pages. The
rows of journal and outbox stay, and say when they were emptied: sums, numbers and digests outlive what they are about.

Looking is done apart from the writer, a piece at a time in the order of numbers; a piece is emptied in one short
transaction, which makes sure that nobody took it up meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, func, not_, or_, select, update

from mailflow.config import Retention
from mailflow.desk.decision import Disposition
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.paging.oncall import PageState
from mailflow.desk.ticket import Status
from mailflow.mail.traces import ERASED
from mailflow.store.forgetting.erasure import erase_entries, erase_ticket
from mailflow.store.forgetting.pieces import ROWS, in_pieces
from mailflow.store.instants import aware
from mailflow.store.outbox import State
from mailflow.store.tables import ENTRY, OCTETS, OUTBOX, PAGE, TICKET
from mailflow.store.tickets.tickets import load_all

STEP = 500
"""Rows that are looked at together."""
TICKETS = ROWS // 10
"""That are emptied in one transaction, when their raw mail has gone."""
_READ_IN = TICKET.alias("read_in")
DONE_WITH = (State.SENT.value, State.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Found:
    """What is over, of what was looked at, by what is emptied together; `last` is the last number that was looked at,
    None when nothing is left."""

    pieces: Sequence[Sequence[int]]
    last: int | None


Look = Callable[[Connection, Retention, int, datetime], Found]
Empty = Callable[[Connection, Sequence[int], datetime], int]


def _ages(retention: Retention) -> Mapping[str, timedelta]:
    kept = {
        Disposition.FILED: retention.filed,
        Disposition.DROPPED: retention.dropped,
        Disposition.DUPLICATE: retention.duplicate,
        Disposition.FAILED: retention.failed,
    }
    return {disposition.value: age for disposition, age in kept.items() if age is not None}


def look_at_mail(connection: Connection, retention: Retention, after: int, now: datetime) -> Found:
    """Only what has its octets still."""
    ages = _ages(retention)
    if not ages:
        return Found((), None)
    rows = connection.execute(
        select(ENTRY.c.id, ENTRY.c.size, ENTRY.c.disposition, ENTRY.c.settled)
        .join(OCTETS, OCTETS.c.entry == ENTRY.c.id)
        .where(OCTETS.c.entry > after, ENTRY.c.received <= now - min(ages.values()))
        .order_by(OCTETS.c.entry)
        .limit(STEP)
    ).all()
    over = {
        row.id: row.size
        for row in rows
        if row.disposition in ages and row.settled and row.settled <= now - ages[row.disposition]
    }
    return Found(in_pieces(over), rows[-1].id if rows else None)


def empty_mail(connection: Connection, numbers: Sequence[int], now: datetime) -> int:
    """How many; not what somebody brought back meanwhile."""
    given_up = {"disposition": Disposition.DROPPED.value, "rule": OwnRule.RETENTION.value}
    these = ENTRY.c.id.in_(numbers)
    connection.execute(update(ENTRY).where(these, ENTRY.c.disposition == Disposition.FAILED.value).values(given_up))
    ends = [each.value for each in (Disposition.FILED, Disposition.DROPPED, Disposition.DUPLICATE)]
    emptied = update(ENTRY).where(these, ENTRY.c.disposition.in_(ends)).values(emptied=aware(now)).returning(ENTRY.c.id)
    done = connection.execute(emptied).scalars().all()
    connection.execute(delete(OCTETS).where(OCTETS.c.entry.in_(done)))
    return len(done)


def look_at_letters(connection: Connection, retention: Retention, after: int, now: datetime) -> Found:
    if retention.sent is None:
        return Found((), None)
    rows = connection.execute(
        select(OUTBOX.c.id, OUTBOX.c.state, OUTBOX.c.settled, func.length(OUTBOX.c.octets).label("size"))
        .where(OUTBOX.c.id > after, OUTBOX.c.emptied.is_(None), OUTBOX.c.created <= now - retention.sent)
        .order_by(OUTBOX.c.id)
        .limit(STEP)
    ).all()
    over = {
        row.id: row.size
        for row in rows
        if row.state in DONE_WITH and row.settled and row.settled <= now - retention.sent
    }
    return Found(in_pieces(over), rows[-1].id if rows else None)


def empty_letters(connection: Connection, numbers: Sequence[int], now: datetime) -> int:
    done_with = OUTBOX.c.id.in_(numbers) & OUTBOX.c.state.in_(DONE_WITH)
    return connection.execute(update(OUTBOX).where(done_with).values(octets=b"", emptied=aware(now))).rowcount


def look_at_mail_of_tickets(connection: Connection, retention: Retention, after: int, now: datetime) -> Found:
    """It goes before their words do: a ticket may have any number of mails."""
    if retention.closed_tickets is None:
        return Found((), None)
    over = (
        select(ENTRY.c.id, ENTRY.c.size)
        .join(OCTETS, OCTETS.c.entry == ENTRY.c.id)
        .join(TICKET, TICKET.c.id == ENTRY.c.ticket)
        .where(OCTETS.c.entry > after, *_over(now - retention.closed_tickets))
        .order_by(OCTETS.c.entry)
        .limit(STEP)
    )
    sizes = {row.id: row.size for row in connection.execute(over)}
    return Found(in_pieces(sizes), max(sizes, default=None))


def empty_mail_of_tickets(connection: Connection, numbers: Sequence[int], now: datetime) -> int:
    theirs = select(ENTRY.c.id, ENTRY.c.ticket).where(ENTRY.c.id.in_(numbers))
    tickets = {row.id: row.ticket for row in connection.execute(theirs)}
    closed = _closed(connection, [number for number in tickets.values() if number])
    done = [number for number, ticket in tickets.items() if ticket in closed]
    erase_entries(connection, done, aware(now))
    return len(done)


def look_at_tickets(connection: Connection, retention: Retention, after: int, now: datetime) -> Found:
    if retention.closed_tickets is None:
        return Found((), None)
    over = (
        select(TICKET.c.id)
        .where(TICKET.c.id > after, *_over(now - retention.closed_tickets))
        .order_by(TICKET.c.id)
        .limit(TICKETS)
    )
    numbers = connection.execute(over).scalars().all()
    return Found([numbers], numbers[-1] if numbers else None)


def empty_tickets(connection: Connection, numbers: Sequence[int], now: datetime) -> int:
    closed = _closed(connection, numbers)
    for number in sorted(closed):
        erase_ticket(connection, number, now)
    return len(closed)


def _over(before: datetime) -> Sequence[ColumnElement[bool]]:
    """What was merged is over when that is in which it is read."""
    live = exists().where(
        _READ_IN.c.id == TICKET.c.merged_into,
        or_(_READ_IN.c.status != Status.CLOSED.value, _READ_IN.c.last_activity > before),
    )
    closed = TICKET.c.status == Status.CLOSED.value
    return closed, TICKET.c.subject != ERASED, TICKET.c.last_activity <= before, not_(live)


def _closed(connection: Connection, numbers: Sequence[int]) -> set[int]:
    """Those that are so still, as is that in which they are read; and locked, both."""
    found = load_all(connection, numbers, lock=True)
    closed = {number for number, ticket in found.items() if ticket.status is Status.CLOSED}
    return {number for number in closed & set(numbers) if (found[number].merged_into or number) in closed}


def look_at_pages(connection: Connection, retention: Retention, after: int, now: datetime) -> Found:
    if retention.pages is None:
        return Found((), None)
    over = (
        select(PAGE.c.id)
        .where(PAGE.c.id > after, PAGE.c.state == PageState.TAKEN.value, PAGE.c.settled <= now - retention.pages)
        .order_by(PAGE.c.id)
        .limit(ROWS)
    )
    numbers = connection.execute(over).scalars().all()
    return Found([numbers], numbers[-1] if numbers else None)


def empty_pages(connection: Connection, numbers: Sequence[int], now: datetime) -> int:
    taken = PAGE.c.id.in_(numbers) & (PAGE.c.state == PageState.TAKEN.value)
    return connection.execute(delete(PAGE).where(taken)).rowcount


KINDS: Sequence[tuple[str, Look, Empty]] = (
    ("mail", look_at_mail, empty_mail),
    ("letters", look_at_letters, empty_letters),
    ("mail", look_at_mail_of_tickets, empty_mail_of_tickets),
    ("tickets", look_at_tickets, empty_tickets),
    ("pages", look_at_pages, empty_pages),
)
