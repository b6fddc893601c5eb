"""A few places that many want: each in turn by who it is for, not by who asked most often. Used by edge.prove."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """While others wait nobody has two of the `places`; who had one is behind the others."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._inside: Counter[str] = Counter()
        self._waiting: dict[
            str, deque[asyncio.Future[None]]
        ] = {}  # only while nothing is free; who is next comes first

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        await self._enter(who)
        try:
            yield
        finally:
            self._leave(who)

    async def _enter(self, who: str) -> None:
        if self._free:
            self._take(who)
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it was given to us meanwhile
                self._leave(who)
            raise

    def _take(self, who: str) -> None:
        self._free -= 1
        self._inside[who] += 1

    def _leave(self, who: str) -> None:
        self._free += 1
        self._inside[who] -= 1
        if not self._inside[who]:
            del self._inside[who]
        if who in self._waiting:
            self._waiting[who] = self._waiting.pop(who)
        while self._free and self._waiting:
            self._give(self._next())

    def _next(self) -> str:
        return next((who for who in self._waiting if who not in self._inside), next(iter(self._waiting)))

    def _give(self, who: str) -> None:
        places = self._waiting.pop(who)
        place = places.popleft()
        if places:
            self._waiting[who] = places
        if not place.cancelled():
            self._take(who)
            place.set_result(None)
