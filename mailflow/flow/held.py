"""The end of held mail about which nobody decides ([held] keep). Woken by the clock's tick."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Unpack

from mailflow import maillog
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.timing.span import undecided
from mailflow.flow.patience import insist
from mailflow.flow.rounds import ByTheClock, Circumstances, Every
from mailflow.store.entries import held
from mailflow.store.writer import Writer

SWEEP = timedelta(hours=1)
"""Between two looks for what is held too long."""


class HeldMail(ByTheClock):
    """The loop."""

    def __init__(self, writer: Writer, **given: Unpack[Circumstances]) -> None:
        super().__init__(writer, **given)
        self._sweeps = Every(SWEEP)

    async def round(self) -> None:
        if self._rests():
            return
        keep, now = self._policy().config.held.keep, self._now()
        if keep and self._sweeps.is_due(now):
            await self._expire(keep, now)
            self._sweeps.done(now)

    async def _expire(self, keep: timedelta, now: datetime) -> None:
        ended: Sequence[int] = [0]
        while ended and not self._stopping:
            ended = await insist(lambda: self._writer.write(partial(held.expire, keep=keep, now=now)), "held")
            for number in ended:
                maillog.dropped(entry=number, rule=OwnRule.EXPIRED, because=undecided(keep))
