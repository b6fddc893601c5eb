"""Timers that have elapsed, and what they bring: reminders, resolution, escalation (R3.2, R3.5).

A timer is a row; it is found, done and removed in one transaction, so a crash neither loses nor repeats it. After a day
of downtime several steps of one kind may be due at once: only the latest acts. Woken by the clock's tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from mailflow import maillog
from mailflow.desk.actions import Send, TimerKind
from mailflow.desk.policy import Policy
from mailflow.desk.timing import sla
from mailflow.desk.writing.kind import Kind
from mailflow.flow.patience import insist
from mailflow.flow.rounds import Sweeps
from mailflow.flow.savepoint import apart
from mailflow.store import apply, outbox
from mailflow.store.database import Connection
from mailflow.store.tickets import tickets
from mailflow.store.timing import timers
from mailflow.store.timing.timers import DueTimer

SWEEP = 25
"""Timers in one transaction: new mail waits for it, and each may be a mail (4 ms)."""
AGAIN = timedelta(hours=1)
"""After a mistake of ours: it may be mended by then, and the log is not flooded until then."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What one timer brought: the mail that was written, or an error."""

    timer: DueTimer
    outcome: Sequence[Send] | Exception


class Escalate(Sweeps):
    """The loop."""

    async def sweep(self) -> bool:
        """Ring what is due; was there anything?"""
        work = partial(ring_due, policy=self._policy(), now=self._now())
        rung = await insist(lambda: self._writer.write(work), "escalate")
        for each in rung:
            _tell(each)
        if rung:
            self._written()
        return bool(rung)


def ring_due(connection: Connection, policy: Policy, now: datetime) -> list[Rung]:
    """The longest overdue, each ticket and kind for itself."""
    rung = []
    for together in _of_one_kind(_due(connection, now)):
        outcome = apart(connection, partial(_ring, connection, together, policy, now))
        if isinstance(outcome, Exception):
            for timer in together:
                timers.set_timer(connection, timer.ticket, timer.kind, timer.step, now + AGAIN)
        rung.append(Rung(together[-1], outcome))
    return rung


def _due(connection: Connection, now: datetime) -> list[DueTimer]:
    """What is still due once nobody else can move its ticket: all of them locked at once and before their timers, in
    the order that everybody keeps, or an agent and we wait for each other."""
    found = {timer.ticket for timer in timers.due(connection, now, SWEEP)}
    if not found:
        return []
    tickets.load_all(connection, found, lock=True)
    return [timer for timer in timers.due(connection, now, SWEEP) if timer.ticket in found]


def _ring(connection: Connection, together: Sequence[DueTimer], policy: Policy, now: datetime) -> list[Send]:
    """The last step acts, if it is still true."""
    for timer in together:
        timers.remove(connection, timer.number)
    *before, last = together
    ticket = tickets.load(connection, last.ticket, lock=True)
    if ticket is None:
        return []
    actions = sla.due_actions(ticket, last.kind, last.step, policy, now, also=[timer.step for timer in before])
    apply.carry_out(connection, ticket.number, actions, policy, now)
    sends = [action for action in actions if isinstance(action, Send)]
    return [send for send in sends if outbox.is_written(connection, send.key)]  # not if a ceiling forbade it


def _of_one_kind(due: Sequence[DueTimer]) -> list[list[DueTimer]]:
    """Timers of the same ticket and kind, the latest step last; in the order in which they fell due."""
    found: dict[tuple[int, TimerKind], list[DueTimer]] = {}
    for timer in due:
        found.setdefault((timer.ticket, timer.kind), []).append(timer)
    return [sorted(together, key=lambda timer: timer.step) for together in found.values()]


def _tell(rung: Rung) -> None:
    timer = rung.timer
    if isinstance(rung.outcome, Exception):
        maillog.trouble(rung.outcome, "escalate", ticket=timer.ticket, kind=timer.kind, step=timer.step)
        return
    for send in rung.outcome:
        if send.kind is Kind.ESCALATION:
            maillog.escalated(ticket=timer.ticket, to=send.to)
        else:
            maillog.reminded(ticket=timer.ticket, step=timer.step, to=send.to)
