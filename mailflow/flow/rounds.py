"""A loop that does its round whenever it is woken: by the clock, or by a loop that has made work for it."""

import asyncio
from abc import ABC, abstractmethod


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
