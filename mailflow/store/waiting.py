"""What somebody waits for who asks for news, when they were last told where it stands (R3.9), and the list of their
requests, for who asks for that (R3.4). Of others nothing is asked."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from mailflow.desk.actions import Kind
from mailflow.desk.clues import Clues, Request
from mailflow.desk.ticket import Status
from mailflow.mail.replies.wish import Wish
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
_REQUESTS = (
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


def waits_for(connection: Connection, clues: Clues, addresses: Iterable[str]) -> tuple[int, ...]:
    """Two tickets at most, whichever of the `addresses` of its author they are from."""
    if not (clues.wish is Wish.NEWS and clues.author):
        return ()
    return tuple(connection.execute(_UNSETTLED, {"addresses": sorted({clues.author, *addresses})}).scalars())


def told_standing(connection: Connection, pointers: Iterable[tuple[Clues, set[int]]]) -> Mapping[int, datetime]:
    """By ticket, of those that messages point at."""
    numbers = {number for clues, numbers in pointers if clues.wish is Wish.NEWS for number in numbers}
    if not numbers:
        return {}
    return {row.ticket: row.at for row in connection.execute(_STANDING, {"numbers": sorted(numbers)})}


def requests_of(connection: Connection, clues: Clues, addresses: Iterable[str]) -> tuple[Request, ...]:
    """What moved last first."""
    if not (clues.wish is Wish.LIST and clues.author):
        return ()
    rows = connection.execute(_REQUESTS, {"addresses": sorted({clues.author, *addresses})})
    return tuple(
        Request(
            number=row.id,
            subject=row.subject,
            status=Status(row.status),
            created=row.created,
            last_activity=row.last_activity,
        )
        for row in rows
    )
