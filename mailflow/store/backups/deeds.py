"""What agents did after the backup that no mail tells: it is in the database that was put aside, and nowhere else.

A restored database is the beginning of the former one, so what came since are the rows of that one down to the first
that both have. What came of mail is left out: that is filed again (store.backups.takeover).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from mailflow.store.tables import CONTACT_EVENT, ENTRY, EVENT, MESSAGE

ANSWERED = {"out": "answered", "note": "noted"}
OF_MAIL = ("mail", "silence")
"""Events that say what was written, and what was not: the outbox has it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One change, in words."""

    at: datetime
    ticket: int | None
    what: str
    by: str
    text: str


def deeds(here: Connection, former: Connection) -> Sequence[Deed]:
    """The oldest first."""
    found = [*_said(here, former), *_changed(here, former), *_of_contacts(here, former)]
    filed = _filed_at(former, min((each.at for each in found), default=None))
    return sorted((each for each in found if each.at not in filed), key=lambda each: each.at)


def _filed_at(former: Connection, first: datetime | None) -> set[datetime]:
    """When mail was filed. What happened in the same transaction came of it."""
    if first is None:
        return set()
    return set(former.execute(select(ENTRY.c.settled).where(ENTRY.c.settled >= first)).scalars())


def _said(here: Connection, former: Connection) -> Iterator[Deed]:
    for row in _since(here, former, MESSAGE, "at", "ticket", "author"):
        if row.direction in ANSWERED and row.entry is None:
            yield Deed(row.at, row.ticket, ANSWERED[row.direction], row.author, row.text.strip())


def _changed(here: Connection, former: Connection) -> Iterator[Deed]:
    for row in _since(here, former, EVENT, "at", "ticket", "text"):
        if row.kind not in OF_MAIL:
            yield Deed(row.at, row.ticket, row.kind, "", row.text)


def _of_contacts(here: Connection, former: Connection) -> Iterator[Deed]:
    for row in _since(here, former, CONTACT_EVENT, "at", "contact", "text"):
        yield Deed(row.at, None, f"contact {row.contact} {row.kind}", row.agent, row.text)


def _since(here: Connection, former: Connection, table: Table, *same: str) -> Iterator[Row[Any]]:
    """Rows of `former` that are not in `here`, the newest first. `same`: columns by which a row is known."""
    for row in former.execute(select(table).order_by(table.c.id.desc())):
        known = here.execute(select(*(table.c[name] for name in same)).where(table.c.id == row.id)).one_or_none()
        if known is not None and tuple(known) == tuple(getattr(row, name) for name in same):
            return
        yield row
