"""The scheduler is a clock: it only rings bells. What is due is a row, found by whoever wakes up.

APScheduler loses jobs in a crash, skips late ones and cancels running ones at shutdown (reference: its issue tracker);
none of that matters to a job that sets an event. Only importer of apscheduler; started by daemon.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

JOBS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
"""After a stall one late tick, instead of none (the default drops what is a second late)."""


class Every(BaseTrigger):  # type: ignore[misc]  # untyped
    """A tick, and the next one counted from it. The trigger of the library counts each one in between when the clock
    leaps forward: a year of seconds is 31 million instants, 100 s and more than 1 GB."""

    def __init__(self, every: timedelta) -> None:
        self.every = every

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now + self.every


class Clock:
    """Inside `async with` the bells ring."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=JOBS)

    def rings(self, every: timedelta, *bells: asyncio.Event) -> None:
        self._scheduler.add_job(_ring, Every(every), args=bells)

    def begin_anew(self) -> None:
        """The clock of the machine was put back: without this the next tick comes when it is as late again."""
        for job in self._scheduler.get_jobs():
            job.reschedule(job.trigger)

    async def __aenter__(self) -> Self:
        self._scheduler.start()  # needs the running loop
        return self

    async def __aexit__(self, *error: object) -> None:
        self._scheduler.shutdown(wait=False)


async def _ring(*bells: asyncio.Event) -> None:
    """A coroutine: plain functions would go to the loop's few threads."""
    for bell in bells:
        bell.set()
