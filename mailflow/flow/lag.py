"""How late the event loop is: whoever holds it up holds up every connection, timer and commit at once.

A beat is wished for each quarter of a second; by how much it comes too late is the lag. More than a second is a line in
the log, at most one a minute: it names the worst since the line before. Made and started by daemon.
"""

import asyncio
from collections import deque
from contextlib import AbstractContextManager

from mailflow import maillog
from mailflow.flow.spread import SHORT, Spread

BEAT = 0.25
LATE = 1.0
QUIET = 60.0
"""Seconds between two lines of the log, and the time that `worst` is about."""


class LoopLag(AbstractContextManager["LoopLag"]):
    """Inside `with` it is measured."""

    def __init__(self, *, beat: float = BEAT, late: float = LATE, quiet: float = QUIET) -> None:
        self.spread = Spread(SHORT)
        self._beat, self._late, self._quiet = beat, late, quiet
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._lags: deque[tuple[float, float]] = deque()  # when, how late; only those that count as late
        self._told = -quiet  # when the last line was written
        self._untold: list[float] = []

    def __enter__(self) -> "LoopLag":
        self._next()
        return self

    def __exit__(self, *error: object) -> None:
        if self._handle:
            self._handle.cancel()

    @property
    def worst(self) -> float:
        """Seconds, within the last minute; 0 if the loop was never late in it."""
        since = self._loop.time() - self._quiet
        while self._lags and self._lags[0][0] < since:
            self._lags.popleft()
        return max((lag for _, lag in self._lags), default=0.0)

    def _next(self) -> None:
        wished = self._loop.time() + self._beat
        self._handle = self._loop.call_at(wished, self._came, wished)

    def _came(self, wished: float) -> None:
        lag = self._loop.time() - wished
        self.spread.add(lag)
        if lag > self._late:
            self._lags.append((self._loop.time(), lag))
            self._untold.append(lag)
        self._tell()
        self._next()

    def _tell(self) -> None:
        now = self._loop.time()
        if self._untold and now - self._told >= self._quiet:
            maillog.loop_late(seconds=max(self._untold), times=len(self._untold))
            self._told, self._untold = now, []
