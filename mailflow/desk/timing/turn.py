"""Timers of escalation through the life of a ticket: set where a clock begins to run, moved with what is due, never set
again.

The response has our turn for a clock (desk.timing.sla), the resolution that of desk.timing.due. A level that has acted
has no timer, and moving sets none. What goes on after a pause, or in another department, has the levels that are still
to come.
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from mailflow.desk.actions import SetTimer, TimerKind
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Status, Ticket
from mailflow.desk.timing.due import LIVE
from mailflow.desk.timing.levels import OF, rungs, term_of, timer
from mailflow.desk.timing.schedule import Schedule
from mailflow.desk.timing.sla import waits_for_us

RESPONSE, RESOLUTION = TimerKind.ESCALATE, TimerKind.ESCALATE_RESOLUTION


@dataclass(frozen=True, slots=True)
class Timers:
    """What is to become of the timers of escalation of one ticket."""

    given_up: frozenset[TimerKind] = frozenset()  # all that stand of these kinds
    set: tuple[SetTimer, ...] = ()
    moved: tuple[SetTimer, ...] = ()  # where they stand


AS_THEY_ARE = Timers()


def level_timers(
    before: Ticket | None, after: Ticket, policy: Policy, now: datetime, *, given_up: Set[TimerKind]
) -> Timers:
    """Of a change of a ticket, None: it is opened. `given_up`: those of these kinds were."""
    first = _of_response(before, after, policy, now, given_up=RESPONSE in given_up)
    second = _of_resolution(before, after, policy.schedule, now, given_up=RESOLUTION in given_up)
    return Timers(first.given_up | second.given_up, (*first.set, *second.set), (*first.moved, *second.moved))


def _of_response(before: Ticket | None, after: Ticket, policy: Policy, now: datetime, *, given_up: bool) -> Timers:
    schedule = policy.schedule
    if not waits_for_us(after):
        return AS_THEY_ARE
    if before is None:  # also one that is split off, and has waited for long
        return Timers(set=moved(after, schedule, RESPONSE))
    if not waits_for_us(before):
        return Timers(set=to_come(after, schedule, now, RESPONSE))
    if before.department != after.department:
        set_ = (*to_come(after, schedule, now, RESPONSE), *_single(after, policy, now))
        return Timers(given_up=frozenset({RESPONSE}), set=set_)
    if given_up:
        return Timers(set=to_come(after, schedule, now, RESPONSE))
    if not rungs(before, schedule, RESPONSE):  # nothing was promised, so none has acted
        return Timers(set=moved(after, schedule, RESPONSE))
    return Timers(moved=moved(after, schedule, RESPONSE))


def _of_resolution(
    before: Ticket | None, after: Ticket, schedule: Schedule, now: datetime, *, given_up: bool
) -> Timers:
    ran = before is not None and _runs(before, schedule, RESOLUTION)
    if not _runs(after, schedule, RESOLUTION):
        return Timers(given_up=frozenset({RESOLUTION})) if ran else AS_THEY_ARE
    if before is not None and before.department != after.department:
        return Timers(given_up=frozenset({RESOLUTION}), set=to_come(after, schedule, now, RESOLUTION))
    if ran and not given_up:
        return Timers(moved=moved(after, schedule, RESOLUTION))
    if before is not None and before.status in LIVE and term_of(before, schedule, RESOLUTION) is None:
        return Timers(set=moved(after, schedule, RESOLUTION))  # nothing was promised, so none has acted
    return Timers(set=to_come(after, schedule, now, RESOLUTION))


def moved(ticket: Ticket, schedule: Schedule, kind: TimerKind) -> tuple[SetTimer, ...]:
    """All that there could be, each at its time."""
    runs = _runs(ticket, schedule, kind)
    return tuple(timer(ticket.number, each) for each in rungs(ticket, schedule, kind)) if runs else ()


def to_come(ticket: Ticket, schedule: Schedule, now: datetime, kind: TimerKind) -> tuple[SetTimer, ...]:
    return tuple(each for each in moved(ticket, schedule, kind) if each.due > now)


def _runs(ticket: Ticket, schedule: Schedule, kind: TimerKind) -> bool:
    """The clock by which levels of that kind count, if there are any."""
    if kind is RESPONSE:
        return waits_for_us(ticket)
    department = schedule.departments.get(ticket.department)
    if ticket.status is not Status.OPEN or department is None:
        return False
    if not any(level.of == OF[kind] for level in department.escalation):
        return False
    term = term_of(ticket, schedule, kind)
    return term is not None and term.paused is None


def _single(ticket: Ticket, policy: Policy, now: datetime) -> tuple[SetTimer, ...]:
    """Where its department has `escalate_after`: what is over already counts anew, as nobody there was
    told."""
    team, since = policy.departments.get(ticket.department), ticket.turn_began or now
    if team is None or team.escalate_after is None:
        return ()
    hours = policy.schedule.hours_of(ticket.department, ticket.contract)
    due = hours.after(since, team.escalate_after)
    due = due if due > now else hours.after(now, team.escalate_after)
    return (SetTimer(ticket=ticket.number, kind=RESPONSE, step=1, due=due),)
