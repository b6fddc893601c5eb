"""A region where nobody can be expected to answer, or to be reached: a storm, a disaster, a fire (R0.7).

While it lasts no timer of a ticket of its accounts rings and nothing of it is due; nothing is written for that. When it
is lifted, each timer goes on with what was left of it, counted in the working time by which it was set. What an agent
wants to be reminded of is not the region's, and rings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailflow.config import Lapse
from mailflow.desk.actions import Action, AddPause, Note, SetTimer, TimerKind
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing.hours import ALWAYS, Hours
from mailflow.desk.timing.pause import Pause, Why
from mailflow.desk.timing.schedule import Schedule

STOPPED = frozenset(TimerKind) - {TimerKind.WAKE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    region: str  # as accounts have it
    since: datetime
    why: str
    agent: str

    def of(self, ticket: Ticket) -> Pause:
        """As the ticket has it while it lasts."""
        return Pause(max(self.since, ticket.created), Why.DISRUPTED)


def lifted(
    ticket: Ticket, timers: Sequence[SetTimer], disruption: Disruption, schedule: Schedule, now: datetime
) -> tuple[Action, ...]:
    """What the end of it brings for one ticket, which has these `timers`."""
    pause = Pause(max(disruption.since, ticket.created), Why.DISRUPTED, now)
    moved = tuple(_moved(ticket, timer, disruption, schedule, now) for timer in timers if timer.kind in STOPPED)
    what = f"region {disruption.region}, since {disruption.since:%Y-%m-%d %H:%M} UTC, is over: the clocks go on"
    note = Note(ticket=ticket.number, kind="disruption", text=what)
    return AddPause(ticket=ticket.number, pause=pause), *moved, note


def lapsed(ticket: Ticket, start: datetime, lapse: Lapse, hours: Hours) -> datetime:
    """When `lapse` has passed since `start`, without what was lost of it to disruptions that are over."""
    at = hours.after(start, lapse)
    for pause in ticket.pauses:
        since = max(pause.since, start)
        if pause.why is Why.DISRUPTED and pause.until and since < min(at, pause.until):
            at = hours.add(at, hours.between(since, pause.until))
    return at


def _moved(ticket: Ticket, timer: SetTimer, disruption: Disruption, schedule: Schedule, now: datetime) -> SetTimer:
    hours = _hours(ticket, timer.kind, schedule)
    lost = hours.between(max(disruption.since, _begun(ticket, timer.kind) or disruption.since), now)
    due = hours.add(timer.due, lost)
    return SetTimer(ticket=ticket.number, kind=timer.kind, step=timer.step, due=due)


def _hours(ticket: Ticket, kind: TimerKind, schedule: Schedule) -> Hours:
    """By which it was set (`desk.timing.sla`)."""
    if kind in (TimerKind.REMIND, TimerKind.RESOLVE):
        return schedule.hours_of_customer(ticket)
    return (
        ALWAYS if kind in (TimerKind.CLOSE, TimerKind.RETIRE) else schedule.hours_of(ticket.department, ticket.contract)
    )


def _begun(ticket: Ticket, kind: TimerKind) -> datetime | None:
    """When it was set; one that was set while the region was disrupted has lost less than others."""
    if kind in (TimerKind.REMIND, TimerKind.RESOLVE):
        return ticket.asked_at
    if kind is TimerKind.CLOSE:
        return next((each.since for each in reversed(ticket.pauses) if each.why is Why.RESOLVED), None)
    if kind is TimerKind.ESCALATE_RESOLUTION:
        ends = (each.until for each in ticket.pauses if each.why is not Why.DISRUPTED)
        return max(each for each in (ticket.created, ticket.complete_at, *ends) if each)
    return ticket.turn_began
