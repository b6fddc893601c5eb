"""Once a day, and at the start, what is kept no longer goes ([retention]): in pieces, between which everybody else has
their turn. What goes is known by store.forgetting.retention. Interrupted, it goes on at the next start. Woken by the
clock's tick.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Unpack

from mailflow import maillog
from mailflow.config import Retention
from mailflow.flow.patience import insist
from mailflow.flow.rounds import ByTheClock, Circumstances, Every
from mailflow.store.database import Connection, Database
from mailflow.store.forgetting.retention import KINDS, Empty, Found, Look
from mailflow.store.writer import Writer

DAY = timedelta(days=1)


class Retain(ByTheClock):
    """The loop. While the clock is doubted nothing goes."""

    def __init__(self, writer: Writer, database: Database, **given: Unpack[Circumstances]) -> None:
        super().__init__(writer, **given)
        self._database = database
        self._daily = Every(DAY)

    async def round(self) -> None:
        now = self._now()
        if self._rests() or not self._daily.is_due(now):
            return
        self._daily.done(now)
        gone: Counter[str] = Counter()
        for kind, look, empty in KINDS:
            gone[kind] += await self._go(look, empty, self._policy().config.retention, now)
        if gone.total():
            maillog.retention(**gone)

    async def _go(self, look: Look, empty: Empty, retention: Retention, now: datetime) -> int:
        """How many went."""
        gone = 0
        found = await self._found(look, retention, 0, now)
        while found.last is not None and not self._stopping:
            for numbers in found.pieces:
                gone += await self._emptied(empty, numbers, now)
            found = await self._found(look, retention, found.last, now)
        return gone

    async def _found(self, look: Look, retention: Retention, after: int, now: datetime) -> Found:
        def reading() -> Found:
            with self._database.connect() as connection:
                return look(connection, retention, after, now)

        return await insist(lambda: asyncio.to_thread(reading), "retention")

    async def _emptied(self, empty: Empty, numbers: Sequence[int], now: datetime) -> int:
        def work(connection: Connection) -> int:
            return empty(connection, numbers, now)

        return await insist(lambda: self._writer.write(work), "retention")
