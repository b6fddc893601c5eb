"""What somebody waits for who asks for news, when they were last told where it stands (R3.9), and the list of their
requests, for who asks for that (R3.4). Of others nothing is asked."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select

from mailflow.desk.context import Request
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import Kind
from mailflow.mail.replies.wish import Wish
from mailflow.store.recall.asked import Asked, Fields
from mailflow.store.tables import OUTBOX, TICKET

UNSETTLED = (Status.OPEN.value, Status.AWAITING_CUSTOMER.value, Status.ON_HOLD.value)
_UNSETTLED = (
    select(TICKET.c.id)
    .where(TICKET.c.requester.in_(bindparam("addresses", expanding=True)), TICKET.c.status.in_(UNSETTLED))
    .where(TICKET.c.merged_into.is_(None), TICKET.c.believed)  # not what somebody may have opened in their name
    .order_by(TICKET.c.id)
    .limit(2)
)
LISTED = 50
"""Requests of a list, those that moved last."""
_REQUESTS: Select[Any] = (
    select(TICKET.c.id, TICKET.c.subject, TICKET.c.status, TICKET.c.created, TICKET.c.last_activity)
    .where(TICKET.c.requester.in_(bindparam("addresses", expanding=True)))
    .where(TICKET.c.merged_into.is_(None), TICKET.c.believed)
    .order_by(TICKET.c.last_activity.desc(), TICKET.c.id.desc())
    .limit(LISTED)
)
_STANDING = (
    select(OUTBOX.c.ticket, func.max(OUTBOX.c.created).label("at"))
    .where(OUTBOX.c.ticket.in_(bindparam("numbers", expanding=True)), OUTBOX.c.kind == Kind.STANDING.value)
    .where(OUTBOX.c.state != "cancelled")
    .group_by(OUTBOX.c.ticket)
)


def waiting(asked: Asked) -> list[Fields]:
    """Two tickets at most, whichever address of their author they are from."""
    return [
        {"waiting": tuple(asked.connection.execute(_UNSETTLED, theirs).scalars()) if theirs else ()}
        for theirs in _addresses(asked, Wish.NEWS)
    ]


def standing(asked: Asked) -> list[Fields]:
    """When somebody was last told where each ticket stands that a message points at."""
    wanted = [
        set(fields["tickets"]) if clues.wish is Wish.NEWS else set()
        for clues, fields in zip(asked.clues, asked.found, strict=True)
    ]
    numbers = sorted({number for each in wanted for number in each})
    rows = asked.connection.execute(_STANDING, {"numbers": numbers}) if numbers else ()
    told = {row.ticket: row.at for row in rows}
    return [{"standing_at": {number: told[number] for number in each & told.keys()}} for each in wanted]


def requests(asked: Asked) -> list[Fields]:
    """What moved last first."""
    return [
        {"requests": tuple(_request(row) for row in asked.connection.execute(_REQUESTS, theirs))} if theirs else {}
        for theirs in _addresses(asked, Wish.LIST)
    ]


def _request(row: Row[Any]) -> Request:
    return Request(
        number=row.id,
        subject=row.subject,
        status=Status(row.status),
        created=row.created,
        last_activity=row.last_activity,
    )


def _addresses(asked: Asked, wish: Wish) -> Iterator[Fields]:
    """Of each author who has this wish, all there are; nothing of the others."""
    for clues, fields in zip(asked.clues, asked.found, strict=True):
        if clues.wish is wish and clues.author:
            yield {"addresses": sorted({clues.author, *fields.get("addresses", ())})}
        else:
            yield {}
