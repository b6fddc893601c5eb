"""The end of held mail about which nobody decides ([held] keep). Woken by the clock's tick."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from mailflow import maillog
from mailflow.desk.expiry import undecided
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.policy import Policy
from mailflow.flow.patience import insist
from mailflow.flow.rounds import Rounds
from mailflow.store import held
from mailflow.store.writer import Writer

SWEEP = timedelta(hours=1)
"""Between two looks for what is held too long."""


class HeldMail(Rounds):
    """The loop. `rests`: whether what is due has to wait (flow.timepiece)."""

    def __init__(
        self,
        writer: Writer,
        *,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        rests: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self._rests = rests
        self._writer = writer
        self._policy = policy
        self._now = now
        self._swept: datetime | None = None

    async def round(self) -> None:
        if self._rests():
            return
        keep, now = self._policy().config.held.keep, self._now()
        if keep and (self._swept is None or not self._swept <= now < self._swept + SWEEP):
            await self._expire(keep, now)
            self._swept = now

    async def _expire(self, keep: timedelta, now: datetime) -> None:
        ended: Sequence[int] = [0]
        while ended and not self._stopping:
            ended = await insist(lambda: self._writer.write(partial(held.expire, keep=keep, now=now)), "held")
            for number in ended:
                maillog.dropped(entry=number, rule=OwnRule.EXPIRED, because=undecided(keep))
