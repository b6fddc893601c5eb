"""Tickets that are one: what a merge writes beside the two rows, and which tickets are read together.

Messages, events and mail stay rows of the ticket that they came to: the journal goes on telling the truth about where a
message was filed, every digest and cause stays unique, and a token means the ticket that it was issued for. Only who
reads follows `merged_into`, and that is one step: it always names the ticket that stands, for what was merged before is
taken along. So there is no chain to walk, and no circle.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from mailflow.store import outbox
from mailflow.store.tables import TICKET, TICKET_DEPARTMENT, TICKET_TAG
from mailflow.store.upsert import insert_new

_MERGED_INTO = select(TICKET.c.id).where(TICKET.c.merged_into == bindparam("number")).order_by(TICKET.c.id)
_TAKE_ALONG = update(TICKET).where(TICKET.c.merged_into == bindparam("number")).values(merged_into=bindparam("into"))
_DEPARTMENTS = select(TICKET_DEPARTMENT.c.department).where(TICKET_DEPARTMENT.c.ticket == bindparam("number"))
_SEES_TOO = insert_new(TICKET_DEPARTMENT, "ticket", "department")
_TAGS = select(TICKET_TAG.c.tag).where(TICKET_TAG.c.ticket == bindparam("number"))
_ALSO_TAGGED = insert_new(TICKET_TAG, "ticket", "tag")


def merged_into(connection: Connection, number: int) -> Sequence[int]:
    """The tickets that were merged into this one."""
    return connection.execute(_MERGED_INTO, {"number": number}).scalars().all()


def take_along(connection: Connection, number: int, into: int, now: datetime) -> bool:
    """What goes with a ticket: those merged into it, its tags, the departments that see it. What a machine wrote in it
    and nobody has sent is not sent any more; was there any?"""
    connection.execute(_TAKE_ALONG, {"number": number, "into": into})
    tags = connection.execute(_TAGS, {"number": number}).scalars().all()
    if tags:
        connection.execute(_ALSO_TAGGED[connection.dialect.name], [{"ticket": into, "tag": tag} for tag in tags])
    departments = connection.execute(_DEPARTMENTS, {"number": number}).scalars().all()
    if departments:
        rows = [{"ticket": into, "department": department} for department in departments]
        connection.execute(_SEES_TOO[connection.dialect.name], rows)
    return bool(outbox.cancel_automatic(connection, [number], now))
