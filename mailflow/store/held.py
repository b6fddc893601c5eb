"""What is held, for those who decide about it (desk.digest), and its end when nobody did."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from mailflow.desk.actions import Disposition
from mailflow.desk.clues import Named
from mailflow.desk.digest import Held
from mailflow.store.instants import aware
from mailflow.store.journal import HEADER_ONLY, WAS_HELD
from mailflow.store.tables import ENTRY

_HELD = (
    select(ENTRY.c.id, ENTRY.c.received, ENTRY.c.rcpt_tos, ENTRY.c.author, ENTRY.c.subject, ENTRY.c.reason)
    .where(ENTRY.c.disposition == Disposition.HELD.value, ENTRY.c.settled <= bindparam("moment"))
    .order_by(ENTRY.c.id.desc())
)

_NAMED = select(
    ENTRY.c.id, ENTRY.c.rcpt_tos, ENTRY.c.disposition, ENTRY.c.settled, ENTRY.c.rule, ENTRY.c.ticket, ENTRY.c.reason
).where(ENTRY.c.id.in_(bindparam("numbers", expanding=True)))


def held_by(connection: Connection, moment: datetime) -> Iterator[Held]:
    """Since then or longer, the newest first."""
    for row in connection.execute(_HELD, {"moment": aware(moment)}):
        yield Held(
            number=row.id,
            received=row.received,
            rcpt_tos=tuple(row.rcpt_tos),
            author=row.author,
            subject=row.subject,
            reason=row.reason,
        )


def named_entries(connection: Connection, numbers: Collection[int]) -> dict[int, Named]:
    """Those of `numbers` that there are."""
    if not numbers:
        return {}
    return {row.id: _named(row) for row in connection.execute(_NAMED, {"numbers": sorted(numbers)})}


def _named(row: Any) -> Named:
    is_held = row.disposition == Disposition.HELD.value
    where = f" in #{row.ticket}" if row.ticket else ""
    why = f", {row.reason.partition(WAS_HELD)[0]}" if row.disposition == Disposition.DROPPED.value else ""
    return Named(
        number=row.id,
        rcpt_tos=tuple(row.rcpt_tos),
        held_since=row.settled if is_held else None,
        header_only=row.rule == HEADER_ONLY,
        became="" if is_held else f"{row.disposition}{where}{why}",
    )
