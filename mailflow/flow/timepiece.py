"""Is it as late as it seems? The clock of the machine is compared with one that nobody sets.

A clock that leaps forward makes everything due at once: reminders, resolutions, the end of held mail. So what is due
waits until the clock is right again, or for DOUBT: who set it wrong has so long to set it back, and after a machine
stood still nothing else is lost. After a leap of more than FAR it waits for a person, who starts the daemon anew. So it
does where nothing was heard of the database for so long: a copy of long ago would remind everybody of what is over.

A clock that is put back makes nothing due, and when it comes forward again that is no leap; but the ticks have to be
counted anew, or there are none until it is as late again. Mail is received, filed and answered all the time.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailflow import maillog
from mailflow.desk.timing.span import in_words

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEAP = timedelta(minutes=10)
"""Less is a clock that is being set right, or a machine that is slow."""
DOUBT = timedelta(hours=1)
FAR = timedelta(days=31)
"""Longer than anybody is away who knows of it."""
BACK = timedelta(seconds=5)
"""So far the ticks may fail to come."""
TICK = 1.0


def steady() -> timedelta:
    """Since the machine was started, with the time in which it slept."""
    return timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))


@dataclass(frozen=True, slots=True)
class Rest:
    """What is due waits."""

    leap: timedelta  # by which the clock is before the one that was believed
    why: str
    until: timedelta | None  # by the steady clock; None: a person says that it is right


class Timepiece:
    """The loop, and the question. `last_beat`: when a daemon of this database was last heard of."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        last_beat: datetime | None = None,
        steady: Callable[[], timedelta] = steady,
    ) -> None:
        self._now = now
        self._steady = steady
        self.when_set_back: Callable[[], None] = lambda: None
        """What is to be done when the clock was."""
        self._believed = self._shown = self._offset()
        self._rest: Rest | None = None
        self._stopping = asyncio.Event()
        if last_beat and now() - last_beat > FAR:
            self._begin(timedelta(0), f"nothing was heard of this database since {last_beat:%Y-%m-%d}", None)
        elif last_beat:  # a machine that is just started may not know yet how late it is
            self._believed += max(last_beat - now(), timedelta(0))

    @property
    def why(self) -> str:
        """Why what is due waits, in words; '' when it does not."""
        return self._rest.why if self._rest else ""

    def rests(self) -> bool:
        """Has what is due to wait? Asked before each step, so that none is taken by a clock that has just leapt."""
        before, self._shown = self._shown, self._offset()
        leap = self._shown - self._believed
        if self._shown < before - BACK:
            maillog.clock_set_back(seconds=(before - self._shown).total_seconds())
            self.when_set_back()
        if leap > LEAP:
            self._doubt(leap)
        elif self._rest is None or self._rest.leap:
            self._believe("it is right again")
        return self._rest is not None

    async def run(self) -> None:
        """Looks each second until `stop`, also while no tick comes."""
        while not self._stopping.is_set():
            self.rests()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK)

    def stop(self) -> None:
        self._stopping.set()

    def _offset(self) -> timedelta:
        """The same for ever, unless a clock is set."""
        return self._now() - EPOCH - self._steady()

    def _doubt(self, leap: timedelta) -> None:
        rest = self._rest
        if rest is None or abs(leap - rest.leap) > LEAP:
            wait = None if leap > FAR else self._steady() + DOUBT
            self._begin(leap, f"the clock leapt {in_words(_roughly(leap))} forward", wait)
        elif rest.until is not None and self._steady() >= rest.until:
            self._believe("it has stayed so")

    def _begin(self, leap: timedelta, what: str, until: timedelta | None) -> None:
        end = f"for {in_words(DOUBT)}" if until else "until mailflow is restarted by who knows that the clock is right"
        self._rest = Rest(leap, f"{what}: what is due waits {end}", until)
        maillog.clock_doubted(because=self._rest.why)

    def _believe(self, why: str) -> None:
        self._believed = max(self._believed, self._shown)
        if self._rest:
            self._rest = None
            maillog.clock_believed(because=why)


def _roughly(time: timedelta) -> timedelta:
    """In days, or in minutes."""
    unit = timedelta(days=1) if time >= timedelta(days=2) else timedelta(minutes=1)
    return round(time / unit) * unit
