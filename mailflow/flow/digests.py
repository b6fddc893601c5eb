"""The digests of departments, each in the morning of its working days (desk.digests.digest).

A digest is a row of the outbox with the day in its key: whoever comes first writes it, a crash neither loses nor
repeats it, and who was down in the morning writes it later that day. Woken by the clock's tick.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Unpack

from mailflow import maillog
from mailflow.desk.actions import Send
from mailflow.desk.digests import digest
from mailflow.desk.digests.digest import Day
from mailflow.desk.policy import Policy
from mailflow.flow.patience import insist
from mailflow.flow.rounds import ByTheClock, Circumstances
from mailflow.mail.address import canonical
from mailflow.store import apply, outbox
from mailflow.store.contacts import undeliverable
from mailflow.store.database import Connection, Database
from mailflow.store.shown.morning import morning
from mailflow.store.writer import Writer


class Digests(ByTheClock):
    """The loop."""

    def __init__(self, writer: Writer, database: Database, **given: Unpack[Circumstances]) -> None:
        super().__init__(writer, **given)
        self._database = database
        self._done: dict[str, datetime] = {}  # by department, the moment whose digests are written

    async def round(self) -> None:
        if self._rests():
            return
        policy, now = self._policy(), self._now()
        for day in digest.days(policy, now):
            if self._done.get(day.department.name) != day.moment and not self._stopping:
                await self._tell(day, policy, now)
                self._done[day.department.name] = day.moment

    async def _tell(self, day: Day, policy: Policy, now: datetime) -> None:
        # What there is may be much; it is counted beside the writer, for whom others wait.
        letters = await insist(lambda: asyncio.to_thread(self._letters, day, policy, now), "digest")
        if letters:
            await insist(lambda: self._writer.write(partial(write, letters=letters, policy=policy, now=now)), "digest")
            self._written()

    def _letters(self, day: Day, policy: Policy, now: datetime) -> Sequence[Send]:
        with self._database.connect() as connection:
            return letters(connection, day, policy, now)


def letters(connection: Connection, day: Day, policy: Policy, now: datetime) -> Sequence[Send]:
    """Those that are not written yet; none where there is nothing to tell."""
    missing = [each for each in digest.due(day, policy) if not outbox.is_written(connection, each.key)]
    found = morning(connection, day, policy, now) if missing else None
    return [digest.digest(each, found, policy, now) for each in missing] if found and found.has_any else []


def write(connection: Connection, letters: Sequence[Send], policy: Policy, now: datetime) -> None:
    """Those that a machine may write, but for those that another daemon was quicker with."""
    for send in letters:
        if outbox.is_written(connection, send.key):
            continue
        if why := _why_not(connection, send, now):
            maillog.silence(ticket=None, kind=send.kind, to=send.to, because=why)
        else:
            apply.carry_out(connection, None, [send], policy, now)


def _why_not(connection: Connection, send: Send, now: datetime) -> str:
    """Not how much its reader got of late, as for other automatic mail: the key of a digest is one a day."""
    lost = undeliverable.standing(connection, {canonical(send.to)}, now)
    return str(lost.get(canonical(send.to), ""))
