"""A transaction that has more time than usual, for what proved too slow: rows that somebody holds, a look-up without
the statistics that it needs after a restore.

Only PostgreSQL ends what takes too long (store.postgresql), and more time is a limit still: whoever writes must not
stand still for so long that systemd thinks it dead (flow.watchdog).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from time import monotonic
from typing import Any

from sqlalchemy import Connection, event


@contextmanager
def unhurried(connection: Connection) -> Iterator[None]:
    """All statements inside have the longest time together that its database allows."""
    line: Any = connection.connection.driver_connection
    longest: float | None = getattr(line, "longest", None)  # SQLite's has none
    if longest is None or not isfinite(longest):
        yield
        return
    usual, end = line.patience, monotonic() + longest

    def allow(*statement: object) -> None:
        line.allow(max(end - monotonic(), 0.0))

    event.listen(connection, "before_cursor_execute", allow)
    try:
        yield
        line.allow(line.limit)
    finally:
        event.remove(connection, "before_cursor_execute", allow)
        line.patience = usual
