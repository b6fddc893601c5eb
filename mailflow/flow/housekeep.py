"""What keeps the house in order without anybody asking: claims of the dead are set free, and what a wrong clock put off
for too long; the database file gives back what it does not need, our node name is still ours, what we count is where
`mailflow status` finds it. Woken by the clock's tick, once a minute.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Unpack

from mailflow import maillog
from mailflow.desk.paging import oncall
from mailflow.desk.policy import Policy
from mailflow.desk.trust import proof
from mailflow.errors import MailflowError
from mailflow.flow.dispatch import BACKOFF
from mailflow.flow.patience import insist
from mailflow.flow.rounds import ByTheClock, Circumstances, Every
from mailflow.notify import notify
from mailflow.store import outbox
from mailflow.store.database import Connection, Database
from mailflow.store.health.backlog import Backlog, backlog
from mailflow.store.health.pulse import Pulse, beat
from mailflow.store.timing import stranded
from mailflow.store.writer import Writer

TIDY = timedelta(days=1)
OUTDATED = "; mistakes keep the files of before in use: mailflow status"


class Housekeep(ByTheClock):
    """The loop."""

    def __init__(
        self,
        writer: Writer,
        database: Database,
        *,
        under_way: Callable[[], Collection[int]] = frozenset,
        still_alone: Callable[[], None] = lambda: None,
        pulse: Callable[[], Pulse] | None = None,
        **given: Unpack[Circumstances],
    ) -> None:
        super().__init__(writer, **given)
        self._database = database
        self._under_way = under_way
        self._still_alone = still_alone
        self._pulse = pulse
        self._tidies = Every(TIDY, done=self._now())
        self._said = ""

    async def run(self) -> None:
        """Until `stop`, and says so."""
        await super().run()
        await self.beat()

    async def round(self) -> None:
        await self._make_sure_of_the_name()
        now = self._now()
        work = partial(_set_free, under_way=self._under_way(), longest=longest_waits(self._policy()), now=now)
        await insist(lambda: self._writer.write(work), "housekeep")
        await self.beat()
        if self._tidies.is_due(now):
            await asyncio.to_thread(self._database.tidy)
            self._tidies.done(now)

    async def beat(self) -> bool:
        """Whether it could be said, to the database and to systemd. Nobody says it again: the next one says more."""
        if self._pulse is None:
            return False
        pulse = self._pulse()
        try:
            waiting = await self._writer.write(partial(_beat, pulse=pulse))
        except MailflowError as error:
            maillog.trouble(error, "housekeep")
            self._say(f"in trouble: {type(error).__name__}")
            return False
        self._say(f"{waiting}{OUTDATED if pulse.outdated else ''}")
        return True

    def _say(self, status: str) -> None:
        if status != self._said:
            notify(STATUS=status)
            self._said = status

    async def _make_sure_of_the_name(self) -> None:
        """That another daemon has it is said each time: only a person can tell which of the two is to stop."""
        try:
            await asyncio.to_thread(self._still_alone)
        except MailflowError as error:
            maillog.trouble(error, "housekeep")


def longest_waits(policy: Policy) -> Mapping[str, timedelta]:
    """For how long each is put off at most: what waits for longer was put off by a clock that was wrong."""
    repeats = [on_call.repeat for on_call in policy.config.on_call]
    return {"entry": proof.WAITS[-1], "outbox": BACKOFF[-1], "page": max([oncall.AFTER_TROUBLE, *repeats])}


def _set_free(
    connection: Connection, under_way: Collection[int], longest: Mapping[str, timedelta], now: datetime
) -> None:
    outbox.recover(connection, node="", now=now, under_way=under_way)
    stranded.set_free(connection, longest=longest, now=now)


def _beat(connection: Connection, pulse: Pulse) -> Backlog:
    beat(connection, pulse)
    return backlog(connection)
