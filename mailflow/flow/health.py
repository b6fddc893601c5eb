"""Whether the daemon does what it is there for, in words: the loop turns, the writer commits, the database answers, the
filer moves and files, there is room for mail. What is well says nothing.

More than systemd wants to know (flow.watchdog): trouble that a restart would not mend is no standstill, and an illness.
Each question is asked once at a time: who is stuck is not asked again, and what it owes is how long it has been silent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from mailflow.flow.lag import LoopLag
from mailflow.flow.patience import Hindrance

PATIENCE = 5.0
"""Seconds for an answer of the writer or the database."""
STUCK = 180.0
"""Seconds without progress of the filer, which the clock wakes each second: longer than any step of it takes."""
HINDERED = 30.0
"""Seconds for which the filer tries a step again and again: a lock or a restart of the database is over by then."""
LATE = 5.0
"""Seconds by which the loop may have been late within the last minute."""

Probe = Callable[[], Awaitable[object]]


class Question:
    """One that is asked again when it was answered, and not before."""

    def __init__(self, probe: Probe, patience: float = PATIENCE) -> None:
        self._probe, self._patience = probe, patience
        self._asked = 0.0
        self._asking: asyncio.Task[object] | None = None

    async def silence(self) -> str:
        """'' when it is answered in time, else what is wrong."""
        clock = asyncio.get_running_loop().time
        if self._asking is None:
            self._asked = clock()
            self._asking = asyncio.ensure_future(self._probe())
        task = self._asking
        left = max(0.0, self._asked + self._patience - clock())
        await asyncio.wait([task], timeout=left)
        if not task.done():
            return f"has not answered for {clock() - self._asked:.0f} s"
        if self._asking is task:
            self._asking = None
        error = task.exception()
        return f"is in trouble: {type(error).__name__}" if error else ""


class Moves:
    """Somebody whose `progress` is a number that grows, also when there is nothing to do."""

    def __init__(self, progress: Callable[[], int], stuck: float = STUCK) -> None:
        self._progress, self._stuck = progress, stuck
        self._seen, self._since = progress(), asyncio.get_running_loop().time()

    def standstill(self) -> str:
        """'' as long as it moves. Asked often enough, it is noticed when it stopped."""
        now, progress = asyncio.get_running_loop().time(), self._progress()
        if progress != self._seen:
            self._seen, self._since = progress, now
        stands = now - self._since
        return f"has not moved for {stands:.0f} s" if stands > self._stuck else ""


class Filer(Protocol):
    """flow.filer.Filer."""

    @property
    def progress(self) -> int: ...
    @property
    def hindrance(self) -> Hindrance | None: ...


class Health:
    """Asked by whoever watches us, as often as they like. `has_room`: whether mail is taken in, as far as the disk
    matters; OSError counts as no."""

    def __init__(
        self, lag: LoopLag, *, writer: Probe, database: Probe, filer: Filer, has_room: Callable[[], bool]
    ) -> None:
        self._lag, self._filer, self._has_room = lag, filer, has_room
        self._writer, self._database = Question(writer), Question(database)
        self._moves = Moves(lambda: filer.progress)

    async def problems(self) -> list[str]:
        """What is wrong, nothing if all is well."""
        writer, database = await asyncio.gather(self._writer.silence(), self._database.silence())
        late = f"was late by {self._lag.worst:.1f} s within the last minute" if self._lag.worst > LATE else ""
        filer = self._moves.standstill() or _trouble(self._filer.hindrance)
        said = {"loop": late, "writer": writer, "database": database, "filer": filer, "disk": self._no_room()}
        return [f"the {name} {words}" for name, words in said.items() if words]

    def _no_room(self) -> str:
        try:
            return "" if self._has_room() else "has less room than [limits] free_space: no mail is taken in"
        except OSError as error:
            return f"is in trouble: {type(error).__name__}"


def _trouble(hindrance: Hindrance | None) -> str:
    if hindrance is None:
        return ""
    lasts = asyncio.get_running_loop().time() - hindrance.since
    return f"has been in trouble for {lasts:.0f} s: {type(hindrance.trouble).__name__}" if lasts > HINDERED else ""
