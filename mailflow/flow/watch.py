"""What changes beside us is noticed: files are looked at whenever the clock ticks. Who reads them is handed in."""

import asyncio
from collections.abc import Awaitable, Callable


class Watch:
    """The loop."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        self.wake = asyncio.Event()
        self._look = look
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`."""
        while not self._stopping:
            self.wake.clear()
            await self._look()
            await self.wake.wait()

    def stop(self) -> None:
        self._stopping = True
        self.wake.set()
