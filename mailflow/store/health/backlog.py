"""What waits, in four numbers: for a line of `systemctl status`. Everything else for people: store.shown.overview."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from mailflow.desk.decision import Disposition
from mailflow.store.outbox import State
from mailflow.store.tables import ENTRY, OUTBOX

_KEPT = (Disposition.RECEIVED, Disposition.HELD, Disposition.FAILED)
_UNSENT = (State.WAITING, State.CLAIMED, State.SENDING)
_ENTRIES = (
    select(ENTRY.c.disposition, func.count())
    .where(ENTRY.c.disposition.in_([each.value for each in _KEPT]))
    .group_by(ENTRY.c.disposition)
)
_OUTGOING = select(func.count()).where(OUTBOX.c.state.in_([each.value for each in _UNSENT]))


@dataclass(frozen=True, slots=True)
class Backlog:
    received: int  # not filed yet
    held: int
    failed: int
    to_send: int

    def __str__(self) -> str:
        return f"{self.received} to file, {self.held} held, {self.failed} failed, {self.to_send} to send"


def backlog(connection: Connection) -> Backlog:
    """From indexes of what waits alone: it costs nothing, however much was filed."""
    kept: dict[str, int] = dict(connection.execute(_ENTRIES).all())
    received, held, failed = (kept.get(each.value, 0) for each in _KEPT)
    return Backlog(received, held, failed, connection.execute(_OUTGOING).scalar_one())
