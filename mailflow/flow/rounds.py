"""A loop that does its round whenever it is woken: by the clock, or by a loop that has made work for it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Required, TypedDict, Unpack

from mailflow.desk.policy import Policy
from mailflow.store.writer import Writer


class Rounds(ABC):
    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`, the first round at once."""
        while not self._stopping:
            self.wake.clear()
            await self.round()
            await self.wake.wait()

    def stop(self) -> None:
        self._stopping = True
        self.wake.set()

    @abstractmethod
    async def round(self) -> None: ...


class Circumstances(TypedDict, total=False):
    """Under which a loop looks for what has become due."""

    policy: Required[Callable[[], Policy]]
    now: Required[Callable[[], datetime]]
    written: Callable[[], None]  # to be told of new mail
    rests: Callable[[], bool]  # whether what is due has to wait: the clock is doubted (flow.timepiece)


class ByTheClock(Rounds):
    """One that looks for what has become due."""

    def __init__(self, writer: Writer, **given: Unpack[Circumstances]) -> None:
        super().__init__()
        self._writer = writer
        self._policy = given["policy"]
        self._now = given["now"]
        self._written = given.get("written", lambda: None)
        self._rests = given.get("rests", lambda: False)


class Sweeps(ByTheClock):
    """One whose round goes on, a transaction at a time, until nothing is left."""

    async def round(self) -> None:
        while not self._rests() and await self.sweep() and not self._stopping:
            pass

    @abstractmethod
    async def sweep(self) -> bool:
        """One transaction; was there anything to do?"""


class Every:
    """What is done once in a `span`, and at once where the clock was put back since."""

    def __init__(self, span: timedelta, *, done: datetime | None = None) -> None:
        self._span = span
        self._done = done

    def is_due(self, now: datetime) -> bool:
        return self._done is None or not self._done <= now < self._done + self._span

    def done(self, now: datetime) -> None:
        self._done = now
