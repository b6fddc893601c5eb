"""Whether we live: the event loop turns, and what must move moves. Only then systemd hears `WATCHDOG=1`; a daemon that
only looks alive is killed by it and started again, which loses nothing.

What moves gives a number that grows, or None while it has nothing to do. Trouble is no standstill: a database that is
away is asked again and again. The ping comes from the loop itself, never from a thread that would outlive it.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from mailflow import maillog
from mailflow.notify import notify

Vitals = Mapping[str, Callable[[], int | None]]
SHORTEST = 2.5
"""Seconds of standstill that mean nothing: the clock that wakes everybody ticks once a second."""
USUAL = 60.0
LATEST = 5.0
"""Seconds by which the loop may come late."""


class Watchdog:
    """The loop. `period`: seconds within which a ping is expected; None: nobody watches, and only the log is told."""

    def __init__(self, vitals: Vitals, period: float | None = None, *, shortest: float = SHORTEST) -> None:
        self.ailing: tuple[str, ...] = ()
        """What does not move, by name; 'loop', if that comes late."""
        self._vitals = vitals
        self._watched = period is not None
        self._patience = max((period or USUAL) / 2, shortest)
        self._every = min(self._patience / 2, LATEST)
        self._moved: dict[str, tuple[int | None, float]] = {}
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`, the first look at once."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while not self._stopped.is_set():
            self.look(clock(), clock() - due)
            due = clock() + self._every
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()

    def look(self, now: float, late: float) -> None:
        """A ping, if nothing ails us; a line in the log, if something else does than before."""
        still = {name: self._standstill(name, now) for name in self._vitals}
        ailing = [name for name, seconds in still.items() if seconds > self._patience]
        if late > min(LATEST, self._patience / 2):
            ailing.insert(0, "loop")
        if news := [name for name in ailing if name not in self.ailing]:
            maillog.stuck(what=news, seconds=max([late, *still.values()]))
        self.ailing = tuple(ailing)
        if self._watched and not ailing:
            notify(WATCHDOG=1)

    def _standstill(self, name: str, now: float) -> float:
        """Seconds for which it has not moved."""
        number = self._vitals[name]()
        before, since = self._moved.get(name, (None, now))
        if number is None or number != before:
            since = now
        self._moved[name] = number, since
        return now - since
