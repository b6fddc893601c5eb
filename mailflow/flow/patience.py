"""What a loop does when the database is away or it meets a bug of ours: say so, wait a little, go on. Never give up,
never spin, never die in silence.

`insist` is around one step that must happen however long it takes; `kept_alive` is around a whole loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mailflow import maillog
from mailflow.errors import Trouble

T = TypeVar("T")
PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds; the last repeats. Short: what waits here is mail."""
STEADY = 60.0
"""A loop that ran so long before it fell has got over what was before."""


async def insist(step: Callable[[], Awaitable[T]], where: str, pauses: Sequence[float] = PAUSES) -> T:
    """The result of `step`, once it is not in temporary trouble. What is no Trouble is raised."""
    attempt = 0
    while True:
        try:
            return await step()
        except Trouble as trouble:
            if attempt == 0:  # one line an outage, not one a second
                maillog.trouble(trouble, where)
        await asyncio.sleep(pauses[min(attempt, len(pauses) - 1)])
        attempt += 1


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What keeps a step from being done, since when by the clock of the loop."""

    trouble: Trouble
    since: float


class Hindered:
    """Who insists on several steps at once, and can say which of them has been tried for longest."""

    def __init__(self) -> None:
        self._hindrances: dict[object, Hindrance] = {}

    @property
    def longest(self) -> Hindrance | None:
        return min(self._hindrances.values(), key=lambda each: each.since, default=None)

    async def insist(self, step: Callable[[], Awaitable[T]], where: str) -> T:
        """As `insist` does."""
        effort = object()

        async def tried() -> T:
            try:
                return await step()
            except Trouble as trouble:
                now = asyncio.get_running_loop().time()
                self._hindrances.setdefault(effort, Hindrance(trouble, now))
                raise

        try:
            return await insist(tried, where)
        finally:
            self._hindrances.pop(effort, None)


async def kept_alive(name: str, loop: Callable[[], Awaitable[None]], pauses: Sequence[float] = PAUSES) -> None:
    """Run `loop` until it returns by itself; if it raises, that is logged and it is run again."""
    clock = asyncio.get_running_loop().time
    attempt = 0
    while True:
        started = clock()
        try:
            return await loop()
        except Exception as error:  # noqa: BLE001  # the daemon is kept alive
            maillog.trouble(_innermost(error), name)
        attempt = 0 if clock() - started > STEADY else attempt
        await asyncio.sleep(pauses[min(attempt, len(pauses) - 1)])
        attempt += 1


def _innermost(error: BaseException) -> BaseException:
    """A group of tasks wraps what went wrong in one of them."""
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
