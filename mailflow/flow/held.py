"""The rounds of held mail: a digest a day to those who decide about it (desk.digest), and its end when nobody does.

A digest is a row of the outbox with the day in its key: whoever comes first writes it, a crash neither loses nor
repeats it, and after a day of downtime there is one. Woken by the clock's tick.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from mailflow import maillog
from mailflow.desk import digest
from mailflow.desk.actions import Send
from mailflow.desk.expiry import undecided
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.policy import Policy
from mailflow.flow.patience import insist
from mailflow.flow.rounds import Rounds
from mailflow.mail.address import canonical
from mailflow.store import apply, held, outbox, undeliverable
from mailflow.store.database import Connection, Database
from mailflow.store.writer import Writer

SWEEP = timedelta(hours=1)
"""Between two looks for what is held too long."""


class HeldMail(Rounds):
    """The loop."""

    def __init__(
        self,
        writer: Writer,
        database: Database,
        *,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        written: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._writer = writer
        self._database = database
        self._policy = policy
        self._now = now
        self._written = written
        self._swept: datetime | None = None
        self._done: datetime | None = None  # the moment whose digests are written

    async def round(self) -> None:
        policy, now = self._policy(), self._now()
        if policy.config.held.keep and (self._swept is None or now - self._swept >= SWEEP):
            await self._expire(policy.config.held.keep, now)
            self._swept = now
        await self._tell(policy, now)

    async def _expire(self, keep: timedelta, now: datetime) -> None:
        ended: Sequence[int] = [0]
        while ended and not self._stopping:
            ended = await insist(lambda: self._writer.write(partial(held.expire, keep=keep, now=now)), "held")
            for number in ended:
                maillog.dropped(entry=number, rule=OwnRule.EXPIRED, because=undecided(keep))

    async def _tell(self, policy: Policy, now: datetime) -> None:
        moment = digest.last_moment(policy, now)
        if moment is None or moment == self._done:
            return
        # What is held may be much; it is counted beside the writer, for whom others wait.
        letters = await insist(lambda: asyncio.to_thread(self._letters, policy, moment, now), "held")
        if letters:
            await insist(lambda: self._writer.write(partial(write, letters=letters, policy=policy, now=now)), "held")
            self._written()
        self._done = moment

    def _letters(self, policy: Policy, moment: datetime, now: datetime) -> Sequence[Send]:
        with self._database.connect() as connection:
            missing = [each for each in digest.due(policy, moment) if not outbox.is_written(connection, each.key)]
            piles = dict(held.piles(connection, moment, policy)) if missing else {}
        return [digest.digest(each, piles[each.department], now) for each in missing if each.department in piles]


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
