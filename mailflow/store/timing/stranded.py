"""What was put off by a clock that was wrong, and would wait until it is as late again: due at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, update

from mailflow.desk.paging.oncall import PageState
from mailflow.store.conditions import IN_WORK
from mailflow.store.instants import AT_ONCE, aware
from mailflow.store.journal import RECEIVED
from mailflow.store.outbox import State
from mailflow.store.tables import ENTRY, OUTBOX, PAGE

_WAITS = {
    "entry": (ENTRY, ENTRY.c.disposition == RECEIVED),
    "outbox": (OUTBOX, OUTBOX.c.state == State.WAITING.value),
    "page": (PAGE, and_(IN_WORK, PAGE.c.state == PageState.WAITING.value)),
}


def set_free(connection: Connection, longest: Mapping[str, timedelta], now: datetime) -> None:
    """Rows become due that wait for longer than any of their table is put off (`longest`, by its name)."""
    for name, wait in longest.items():
        table, waits = _WAITS[name]
        connection.execute(update(table).where(waits, table.c.due > aware(now) + wait).values(due=AT_ONCE))
