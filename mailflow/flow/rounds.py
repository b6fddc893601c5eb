"""A loop that does its round whenever it is woken: by the clock, or by a loop that has made work for it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

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


class Sweeps(Rounds):
    """One whose round goes on, a transaction at a time, until nothing is left. `written`: to be told of new mail.
    `rests`: whether what is due has to wait (flow.timepiece)."""

    def __init__(
        self,
        writer: Writer,
        *,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        written: Callable[[], None] = lambda: None,
        rests: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self._writer = writer
        self._policy = policy
        self._now = now
        self._written = written
        self._rests = rests

    async def round(self) -> None:
        while not self._rests() and await self.sweep() and not self._stopping:
            pass

    @abstractmethod
    async def sweep(self) -> bool:
        """One transaction; was there anything to do?"""
