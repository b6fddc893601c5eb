"""What health checks and Prometheus are told, and how often the database is asked for it.

`/healthz` is 200, or 503 with what is wrong. `/metrics` says what waits, which is soon found, and sums up what is over:
that takes longer the more of it there is, so sums are told again until a hundred times as long has passed. However
often somebody asks, and however large the database is, it takes a hundredth of one processor at most.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from mailflow.errors import MailflowError
from mailflow.flow.health import PATIENCE, Health
from mailflow.flow.vitals import Parts, vitals
from mailflow.store.database import Connection
from mailflow.store.health.figures import answers, sums, waiting
from mailflow.store.writer import Writer

T = TypeVar("T")
SHARE = 100
FRESH = 5.0
"""Seconds for which figures are told again, however quickly they were counted."""


@asynccontextmanager
async def monitored(
    address: str | None, writer: Writer, parts: Parts, now: Callable[[], datetime]
) -> AsyncIterator[str]:
    """While it lasts others may ask at `address`; yields it with the port that was given for port 0. None: nobody may,
    and nothing is loaded for it. CannotListen when it cannot be opened."""
    if address is None:
        yield ""
        return
    from mailflow.edge.monitor import Answer, answering  # a few megabytes that most installations need not have
    from mailflow.flow.exposition import CONTENT_TYPE, written

    asked = partial(asyncio.to_thread, _looked, parts, answers)
    health = Health(
        parts.lag, writer=lambda: writer.write(answers), database=asked, filer=parts.filer, has_room=parts.has_room
    )
    waits = Figures(lambda: _looked(parts, lambda connection: waiting(connection, now())))
    over = Figures(lambda: _looked(parts, sums))

    async def healthz() -> Answer:
        problems = await health.problems()
        return Answer(503 if problems else 200, "".join(f"{line}\n" for line in problems or ["ok"]).encode())

    async def metrics() -> Answer:
        found, summed = await asyncio.gather(waits.read(), over.read())
        told = vitals(parts, database_up=found is not None)
        return Answer(200, written(told, found, summed, now()), CONTENT_TYPE)

    async with answering(address, {"/healthz": healthz, "/metrics": metrics}) as place:
        yield place


class Figures(Generic[T]):
    """Counted by `count`, in a thread, once at a time and not too often."""

    def __init__(self, count: Callable[[], T], *, share: float = SHARE, fresh: float = FRESH) -> None:
        self._count, self._share, self._fresh = count, share, fresh
        self._counting: asyncio.Task[None] | None = None
        self._last: T | None = None
        self._until = 0.0

    async def read(self) -> T | None:
        """None: the database is in trouble, or has not answered in time."""
        if self._counting is None and asyncio.get_running_loop().time() >= self._until:
            self._counting = asyncio.ensure_future(self._anew())
        if self._counting is None:
            return self._last
        done, _ = await asyncio.wait([self._counting], timeout=PATIENCE)
        return self._last if done else None

    async def _anew(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            self._last = await asyncio.to_thread(self._count)
        except MailflowError:  # whoever works with it has said so in the log
            self._last = None
        finally:
            self._until = clock() + max(self._fresh if self._last else 1.0, self._share * (clock() - began))
            self._counting = None


def _looked(parts: Parts, look: Callable[[Connection], T]) -> T:
    with parts.database.connect() as connection:
        return look(connection)
