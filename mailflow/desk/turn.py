"""Timers of levels through the life of a ticket: set where our turn begins, moved with what is due, never set again.

A level that has acted has no timer, and moving sets none. A turn that goes on after a hold, or in another department,
has the levels that are still to come.
"""

from dataclasses import dataclass
from datetime import datetime

from mailflow.desk.actions import SetTimer
from mailflow.desk.levels import rungs, timer
from mailflow.desk.policy import Policy
from mailflow.desk.schedule import Schedule
from mailflow.desk.sla import timers_of_waiting, waits_for_us
from mailflow.desk.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Timers:
    """What is to become of the ESCALATE timers of one ticket."""

    given_up: bool = False  # those that stand
    set: tuple[SetTimer, ...] = ()
    moved: tuple[SetTimer, ...] = ()  # where they stand


AS_THEY_ARE = Timers()


def level_timers(before: Ticket | None, after: Ticket, policy: Policy, now: datetime, *, given_up: bool) -> Timers:
    """Of a change of a ticket, None: it is opened. `given_up`: its escalation was."""
    named = {each.department for each in (before, after) if each}
    if not any(team.escalation for name in named if (team := policy.departments.get(name))) or not waits_for_us(after):
        return AS_THEY_ARE
    schedule = policy.schedule
    if before is None or not waits_for_us(before):
        return Timers(set=to_come(after, schedule, now))
    if before.department != after.department:
        return Timers(given_up=True, set=(*to_come(after, schedule, now), *_single(after, policy, now)))
    if given_up:
        return Timers(set=to_come(after, schedule, now))
    if not rungs(before, schedule):  # nothing was promised, so none has acted
        return Timers(set=moved(after, schedule))
    return Timers(moved=moved(after, policy.schedule))


def moved(ticket: Ticket, schedule: Schedule) -> tuple[SetTimer, ...]:
    """All that there could be, each at its time."""
    return tuple(timer(ticket.number, each) for each in rungs(ticket, schedule)) if waits_for_us(ticket) else ()


def to_come(ticket: Ticket, schedule: Schedule, now: datetime) -> tuple[SetTimer, ...]:
    return tuple(each for each in moved(ticket, schedule) if each.due > now)


def _single(ticket: Ticket, policy: Policy, now: datetime) -> tuple[SetTimer, ...]:
    """Where its department has `escalate_after`."""
    since = ticket.waiting_since or now
    timers = timers_of_waiting(policy, since, ticket.department, ticket.number, ticket.contract)
    return tuple(each for each in timers if isinstance(each, SetTimer))
