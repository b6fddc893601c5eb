"""A reload may promise otherwise: then what is due of all tickets is worked out anew, so that lists tell the truth.

Also at the start, for the files may have changed before it. Woken by the clock's tick.
"""

from functools import partial
from typing import Unpack

from mailflow.config import Config
from mailflow.flow.patience import insist
from mailflow.flow.rounds import ByTheClock, Circumstances
from mailflow.store.timing.due import work_out
from mailflow.store.writer import Writer


class Deadlines(ByTheClock):
    """The loop."""

    def __init__(self, writer: Writer, **given: Unpack[Circumstances]) -> None:
        super().__init__(writer, **given)
        self._worked_out: object = None

    async def round(self) -> None:
        schedule = self._policy().schedule
        promises = _promises(schedule.config)
        if promises == self._worked_out:
            return
        last: int | None = 0
        while last is not None and not self._stopping:
            work = partial(work_out, schedule=schedule, now=self._now(), after=last)
            last = await insist(lambda work=work: self._writer.write(work), "deadlines")  # type: ignore[misc]
        if last is None:
            self._worked_out = promises


def _promises(config: Config) -> object:
    """All that what is due depends on."""
    teams = [(each.name, each.calendar, each.escalation) for each in config.department]
    agreed = [(each.name, each.calendar) for each in config.contract]
    return config.due, config.calendar, teams, agreed, config.time_zone
