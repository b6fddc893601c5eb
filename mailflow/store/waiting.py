"""What somebody who asks for news waits for, and when they were last told where it stands (R3.9). Of others nothing is
asked."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from mailflow.desk.actions import Kind
from mailflow.desk.clues import Clues
from mailflow.desk.ticket import Status
from mailflow.store.tables import OUTBOX, TICKET

UNSETTLED = (Status.OPEN.value, Status.AWAITING_CUSTOMER.value, Status.ON_HOLD.value)
_UNSETTLED = (
    select(TICKET.c.id)
    .where(TICKET.c.requester.in_(bindparam("addresses", expanding=True)), TICKET.c.status.in_(UNSETTLED))
    .where(TICKET.c.merged_into.is_(None), TICKET.c.believed)  # not what somebody may have opened in their name
    .order_by(TICKET.c.id)
    .limit(2)
)
_STANDING = (
    select(OUTBOX.c.ticket, func.max(OUTBOX.c.created).label("at"))
    .where(OUTBOX.c.ticket.in_(bindparam("numbers", expanding=True)), OUTBOX.c.kind == Kind.STANDING.value)
    .where(OUTBOX.c.state != "cancelled")
    .group_by(OUTBOX.c.ticket)
)


def waits_for(connection: Connection, clues: Clues, addresses: Iterable[str]) -> tuple[int, ...]:
    """Two tickets at most, whichever of the `addresses` of its author they are from."""
    if not (clues.asks_for_news and clues.author):
        return ()
    return tuple(connection.execute(_UNSETTLED, {"addresses": sorted({clues.author, *addresses})}).scalars())


def told_standing(connection: Connection, pointers: Iterable[tuple[Clues, set[int]]]) -> Mapping[int, datetime]:
    """By ticket, of those that messages point at."""
    numbers = {number for clues, numbers in pointers if clues.asks_for_news for number in numbers}
    if not numbers:
        return {}
    return {row.ticket: row.at for row in connection.execute(_STANDING, {"numbers": sorted(numbers)})}
