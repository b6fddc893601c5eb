"""Who was erased in the database that was put aside, and is in the restored one again: the backup is of before
(`mailflow db missing`). Nothing there says who it was; what is emptied there says it here, where it is not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from mailflow.desk.ticket import Status
from mailflow.mail.address import canonical
from mailflow.mail.traces import ERASED
from mailflow.store.tables import CONTACT, CONTACT_ADDRESS, CONTACT_EVENT, ENTRY, TICKET

TOGETHER = 500


def erased_there(here: Connection, former: Connection, kept_since: datetime | None) -> Sequence[str]:
    """One address of each. Tickets that were closed before `kept_since` are no person's wish: `[retention]` empties
    them here, too; None: it keeps them all."""
    gone = set(former.execute(select(TICKET.c.id).where(TICKET.c.subject == ERASED)).scalars())
    found = {
        *_gone_contacts(here, former),
        *_requesters(here, gone, kept_since),
        *_authors(here, former, gone),
    }
    return sorted({_first(here, each) for each in found})


def _gone_contacts(here: Connection, former: Connection) -> Iterator[str]:
    """Of the backup; who was added here after the restore is not there either."""
    there = set(former.execute(select(CONTACT_ADDRESS.c.address)).scalars())
    names = {(row.id, row.name) for row in former.execute(select(CONTACT.c.id, CONTACT.c.name))}
    added = select(func.min(CONTACT_EVENT.c.at)).where(CONTACT_EVENT.c.contact == CONTACT.c.id).scalar_subquery()
    asked = select(CONTACT.c.id, CONTACT.c.name, CONTACT_ADDRESS.c.address, added.label("added")).join(
        CONTACT_ADDRESS, CONTACT_ADDRESS.c.contact == CONTACT.c.id
    )
    rows, last = here.execute(asked).all(), _last(former)
    known = {row.id for row in rows if row.address in there}
    for row in rows:
        is_of_then = row.added is None or (last is not None and row.added <= last)
        if row.id not in known and (row.id, row.name) not in names and is_of_then:
            yield row.address


def _last(former: Connection) -> datetime | None:
    """When something was done there last."""
    columns = (ENTRY.c.received, ENTRY.c.emptied, CONTACT_EVENT.c.at, TICKET.c.last_activity)
    times = [former.execute(select(func.max(column))).scalar() for column in columns]
    return max(filter(None, times), default=None)


def _requesters(here: Connection, gone: Iterable[int], kept_since: datetime | None) -> Iterator[str]:
    for row in _rows(here, TICKET, gone):
        closed = row.status == Status.CLOSED.value
        if row.requester and not (kept_since and closed and row.last_activity <= kept_since):
            yield canonical(row.requester)


def _authors(here: Connection, former: Connection, gone: set[int]) -> Iterator[str]:
    """Of mail in tickets of others, or in none: what is in a ticket of theirs may be an agent's."""
    emptied = select(ENTRY.c.id, ENTRY.c.ticket).where(ENTRY.c.subject == ERASED, ENTRY.c.emptied.is_not(None))
    numbers = [row.id for row in former.execute(emptied) if row.ticket not in gone]
    for row in _rows(here, ENTRY, numbers):
        author = row.author or row.mail_from
        if author and row.ticket not in gone:
            yield canonical(author)


def _rows(here: Connection, table: Table, numbers: Iterable[int]) -> Iterator[Row[Any]]:
    """Those of `numbers` that are not emptied here."""
    ordered = sorted(numbers)
    for some in (ordered[at : at + TOGETHER] for at in range(0, len(ordered), TOGETHER)):
        yield from here.execute(select(table).where(table.c.id.in_(some), table.c.subject != ERASED))


def _first(here: Connection, address: str) -> str:
    """The one that stands for all of its contact's."""
    contact = select(CONTACT_ADDRESS.c.contact).where(CONTACT_ADDRESS.c.address == address).scalar_subquery()
    first = select(CONTACT_ADDRESS.c.address).where(CONTACT_ADDRESS.c.contact == contact)
    ordered = first.order_by(CONTACT_ADDRESS.c.position, CONTACT_ADDRESS.c.address).limit(1)
    return here.execute(ordered).scalar() or address
