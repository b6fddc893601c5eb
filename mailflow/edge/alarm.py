"""A deadline that moves with each command and costs no timer for it: the one that is set looks when it rings."""

import asyncio
from collections.abc import Callable
from math import inf


class Alarm:
    """Calls `ring` once the time that was bought is over. All times are seconds from now."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop, self._ring = loop, ring
        self._deadline = inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """A timer is set only when the one that is set would ring too late."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._set_timer()

    def hurry(self, seconds: float) -> None:
        """No later than that."""
        if self._deadline > self._loop.time() + seconds:
            self.set(seconds)

    def hold(self) -> None:
        """Not until it is set again."""
        self._deadline = inf

    def cancel(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _set_timer(self) -> None:
        self.cancel()
        self._timer = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() >= self._deadline:
            self._ring()
        elif self._deadline < inf:
            self._set_timer()
