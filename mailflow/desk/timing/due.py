"""By when a ticket has to be answered and resolved (R1.6, R2.3): a function of the ticket as it is and of the schedule.

So whatever changes of a ticket (its priority, department, contract, status) changes what is due, and nothing has to be
told. The response counts from the oldest words that nobody answered, the resolution from when the
ticket was opened, or when all that its kind of request needs was given.
Both stand still on hold and while a region is disrupted, the resolution also while the customer has the move. A pause
that begins when it is due already moves nothing: what is late stays late.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mailflow.config import Due, Lapse
from mailflow.desk.ticket import Status, Ticket
from mailflow.desk.timing.hours import NONE, Hours
from mailflow.desk.timing.pause import ASIDE, Pause, Why, moved
from mailflow.desk.timing.schedule import Schedule


class Promise(StrEnum):
    """As [[due]] calls it."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


PAUSED_BY: Mapping[Status, Why] = {
    Status.AWAITING_CUSTOMER: Why.AWAITING,
    Status.ON_HOLD: Why.ON_HOLD,
    Status.RESOLVED: Why.RESOLVED,
}
OURS = ASIDE | {Why.DISRUPTED}
"""What stops the clock of a response. While we wait for the customer nobody waits for one, unless somebody wrote."""
LIVE = frozenset({Status.OPEN, Status.AWAITING_CUSTOMER, Status.ON_HOLD})
"""Nothing is due of any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One promise for one ticket."""

    promise: Promise
    row: Due  # which [[due]] it is
    lapse: Lapse
    hours: Hours
    start: datetime
    pauses: tuple[tuple[Why, timedelta], ...]  # working time that was not counted, in order
    at: datetime  # when it is due; while it stands still: when it would be, had the pause ended at once
    paused: Pause | None = None

    @property
    def due(self) -> datetime | None:
        return None if self.paused else self.at

    @property
    def left(self) -> timedelta:
        """Working time, while it stands still."""
        return self.hours.between(self.paused.since, self.at) if self.paused else NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """What is kept of a ticket, to find it by."""

    pauses: tuple[Pause, ...]
    response_due: datetime | None
    resolution_due: datetime | None

    @property
    def due(self) -> datetime | None:
        return min((at for at in (self.response_due, self.resolution_due) if at), default=None)


def clocks(ticket: Ticket, schedule: Schedule, now: datetime) -> Clocks:
    """Of the ticket as it is from `now` on. We wait for the customer since we asked, if that was not kept."""
    asked = ticket.question_at if ticket.status is Status.AWAITING_CUSTOMER else None
    pauses = moved(ticket.pauses, _paused_by(ticket), asked or now)
    due = {term.promise: term.due for term in terms(replace(ticket, pauses=pauses), schedule)}
    response = due.get(Promise.FIRST_RESPONSE, due.get(Promise.NEXT_RESPONSE))
    return Clocks(pauses=pauses, response_due=response, resolution_due=due.get(Promise.RESOLUTION))


def _paused_by(ticket: Ticket) -> Why | None:
    """Who waited for an incident does so until the ticket moves, though the incident be over by then."""
    last = ticket.pauses[-1] if ticket.pauses else None
    waited = last is not None and last.why is Why.INCIDENT and last.until is None
    is_aside = ticket.status is Status.ON_HOLD
    return Why.INCIDENT if is_aside and (ticket.waits_for or waited) else PAUSED_BY.get(ticket.status)


def terms(ticket: Ticket, schedule: Schedule, disrupted: Pause | None = None) -> tuple[Term, ...]:
    """What is promised and not kept yet. `disrupted`: its region is, and that is not among its pauses yet."""
    if ticket.status not in LIVE or ticket.merged_into is not None:
        return ()
    return tuple(_terms(ticket, schedule, disrupted))


def when(term: Term, ticket: Ticket, *, start: datetime, at: datetime, hours: Hours) -> datetime | None:
    """Another moment of what was promised: from `start` it would be `at`, had nothing stopped its clock. None while
    that stands still before it."""
    moment = replace(term, start=start, at=at, hours=hours, pauses=(), paused=None)
    return _paused(moment, _stops(ticket, term.promise)).due


def _terms(ticket: Ticket, schedule: Schedule, disrupted: Pause | None) -> Iterator[Term]:
    hours = schedule.hours_of(ticket.department, ticket.contract)
    for promise, first in _starts(ticket):
        row, lapse = schedule.promised(ticket, promise) or (None, None)
        if row and lapse and (start := _start(ticket, promise, row, first)):
            term = Term(promise=promise, row=row, lapse=lapse, hours=hours, start=start, pauses=(), at=start)
            yield _paused(replace(term, at=hours.after(start, lapse)), _stops(ticket, promise, disrupted))


def _starts(ticket: Ticket) -> Iterator[tuple[Promise, datetime]]:
    """What was there before we were has nobody who waits, and was never answered: nothing is due of it."""
    if ticket.waiting_since:
        yield (Promise.NEXT_RESPONSE if ticket.answered_at else Promise.FIRST_RESPONSE), ticket.waiting_since
    if ticket.collects or ticket.waiting_since or ticket.answered_at:
        yield Promise.RESOLUTION, ticket.created


def _start(ticket: Ticket, promise: Promise, row: Due, first: datetime) -> datetime | None:
    """R1.6: the resolution of a request counts from when all is there, not from when the first mail came, unless the
    row says so. None: not yet."""
    waits = promise is Promise.RESOLUTION and ticket.collects and row.resolution_from == "complete"
    return ticket.complete_at if waits else first


def _stops(ticket: Ticket, promise: Promise, disrupted: Pause | None = None) -> list[Pause]:
    stops = [each for each in ticket.pauses if promise is Promise.RESOLUTION or each.why in OURS]
    return sorted([*stops, disrupted] if disrupted else stops, key=lambda each: each.since)


def _paused(term: Term, stops: list[Pause]) -> Term:
    """Two pauses at once are one."""
    counted = term.start
    for stop in stops:
        since = max(stop.since, counted)
        if since >= term.at:
            break
        if stop.until is None:
            return replace(term, paused=replace(stop, since=since))
        if stop.until > since:
            lost = term.hours.between(since, stop.until)
            term = replace(term, at=term.hours.add(term.at, lost), pauses=(*term.pauses, (stop.why, lost)))
            counted = stop.until
    return term
