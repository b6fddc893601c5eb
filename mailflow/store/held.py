"""What is held, for those who decide about it (desk.digest), and its end when nobody did."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from mailflow.desk.actions import Disposition
from mailflow.desk.digest import Held
from mailflow.store.instants import aware
from mailflow.store.tables import ENTRY

_HELD = (
    select(ENTRY.c.id, ENTRY.c.received, ENTRY.c.rcpt_tos, ENTRY.c.author, ENTRY.c.subject, ENTRY.c.reason)
    .where(ENTRY.c.disposition == Disposition.HELD.value, ENTRY.c.settled <= bindparam("moment"))
    .order_by(ENTRY.c.id.desc())
)


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
