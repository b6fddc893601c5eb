"""Escalation by levels (R3.5), of the response and of the resolution: when each is due, and what it brings.

As desk.timing.due has it, when a level is due follows from the ticket and the schedule; that it was not done yet is its
timer, one a level. After downtime only the latest that is due acts, and says which it stands for.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailflow.config import Level
from mailflow.config.escalation import ASSIGNEE, TEAM, WHOLE
from mailflow.desk.actions import Action, Assign, Note, PageOnCall, Send, SetPriority, SetTimer, TimerKind
from mailflow.desk.policy import Policy
from mailflow.desk.priority import ORDER
from mailflow.desk.roster import named, team
from mailflow.desk.ticket import Priority, Ticket
from mailflow.desk.timing.due import Promise, Term, terms, when
from mailflow.desk.timing.due_told import PROMISES
from mailflow.desk.timing.hours import ALWAYS, Hours
from mailflow.desk.timing.schedule import Schedule
from mailflow.desk.writing import notification
from mailflow.desk.writing.kind import Kind
from mailflow.mail.address import canonical

EVENT = "escalated"
OF: Mapping[TimerKind, str] = {TimerKind.ESCALATE: "response", TimerKind.ESCALATE_RESOLUTION: "resolution"}
"""Which timers ring for levels of what."""
_SAID: Mapping[TimerKind, str] = {
    TimerKind.ESCALATE: "nobody answered since",
    TimerKind.ESCALATE_RESOLUTION: "not resolved since",
}


@dataclass(frozen=True, slots=True)
class Rung:
    """A level of one ticket. `number` from 1, as in the file."""

    kind: TimerKind
    number: int
    of: int
    level: Level
    promise: Promise
    due: datetime  # what was promised
    at: datetime


def rungs(ticket: Ticket, schedule: Schedule, kind: TimerKind) -> tuple[Rung, ...]:
    """All levels of that kind of its department, done or not; none where nothing is promised, or its clock stands
    still."""
    levels, of = _levels(ticket, schedule, kind)
    term = term_of(ticket, schedule, kind) if levels else None
    if term is None:
        return ()
    moments = ((number, level, _moment(level, term, ticket)) for number, level in levels)
    return tuple(Rung(kind, number, of, level, term.promise, term.at, at) for number, level, at in moments if at)


def term_of(ticket: Ticket, schedule: Schedule, kind: TimerKind) -> Term | None:
    """The promise that levels of that kind count by."""
    of_resolution = kind is TimerKind.ESCALATE_RESOLUTION
    found = terms(ticket, schedule)
    return next((each for each in found if (each.promise is Promise.RESOLUTION) is of_resolution), None)


def _levels(ticket: Ticket, schedule: Schedule, kind: TimerKind) -> tuple[Sequence[tuple[int, Level]], int]:
    """With their numbers; and how many its department has, of any kind."""
    department = schedule.departments.get(ticket.department)
    every = department.escalation if department else ()
    return [(number, level) for number, level in enumerate(every, 1) if level.of == OF[kind]], len(every)


def _moment(level: Level, term: Term, ticket: Ticket) -> datetime | None:
    if level.after:
        hours = ALWAYS if level.at_night else term.hours
        return term.due and when(term, ticket, start=term.at, at=hours.after(term.at, level.after), hours=hours)
    whole = term.hours.between(term.start, term.hours.after(term.start, term.lapse))
    at = term.hours.add(term.start, whole * (level.at or WHOLE) / WHOLE)
    return when(term, ticket, start=term.start, at=at, hours=term.hours)


def timer(ticket: int | None, rung: Rung) -> SetTimer:
    return SetTimer(ticket=ticket, kind=rung.kind, step=rung.number, due=rung.at)


def brought(
    ticket: Ticket, kind: TimerKind, numbers: Collection[int], policy: Policy, now: datetime
) -> tuple[Action, ...]:
    """By the timers of levels `numbers` of a ticket: what the last of them does, and what is too early, or must not be
    at night, set anew."""
    found = rungs(ticket, policy.schedule, kind)
    hours = policy.schedule.hours_of(ticket.department, ticket.contract)
    is_open = hours.is_open(now)
    may_act = [each for each in found if each.at <= now and (is_open or each.level.at_night)]
    rang = [each for each in found if each.number in numbers]
    acting = max((each.number for each in may_act if each in rang), default=0)
    later = tuple(
        timer(ticket.number, replace(each, at=each.at if each.at > now else hours.opens(now)))
        for each in rang
        if each.number > acting
    )
    if not acting:
        return later
    missed = [each.number for each in rang if each.number < acting]
    (last,) = [each for each in rang if each.number == acting]
    if after := [each.number for each in may_act if each.number > acting]:
        text = f"{_name(last)} is passed over: level {after[-1]} is due as well"
        return Note(ticket=ticket.number, kind=EVENT, text=text), *later
    return *_acts(ticket, last, missed, policy, now), *later


def coming(ticket: Ticket, schedule: Schedule, numbers: Collection[int] | None = None) -> Rung | None:
    """The next. `numbers`: of those that are to come; None: of all."""
    found = (each for kind in OF for each in rungs(ticket, schedule, kind))
    wanted = (each for each in found if numbers is None or each.number in numbers)
    return min(wanted, key=lambda each: each.at, default=None)


def described(rung: Rung) -> str:
    """'level 2 of 3, at 75% of the first response: tells the assignee; pages night'."""
    return f"{_name(rung)}: {'; '.join(_deeds(rung.level))}"


def _name(rung: Rung) -> str:
    level, promise = rung.level, PROMISES[rung.promise]
    where = f"{level.after} after the {promise} was due" if level.after else f"at {level.at}% of the {promise}"
    return f"level {rung.number} of {rung.of}, {where}"


def _deeds(level: Level) -> Iterator[str]:
    if level.tell:
        yield f"tells {', '.join(f'the {each}' if each in (ASSIGNEE, TEAM) else each for each in level.tell)}"
    if level.priority:
        yield f"{level.priority} priority"
    if level.assign:
        yield f"assigns it to {level.assign}"
    if level.page:
        yield f"pages {level.page}"


def _acts(ticket: Ticket, rung: Rung, missed: Sequence[int], policy: Policy, now: datetime) -> tuple[Action, ...]:
    level, since = rung.level, _since(ticket, rung.kind)
    if since is None:
        return ()
    said = f"{_SAID[rung.kind]} {since:%Y-%m-%d %H:%M} UTC"
    key = f"{ticket.number}:{since.isoformat()}:{ticket.department}:{rung.number}"
    hours = policy.schedule.hours_of(ticket.department, ticket.contract)
    values = where_we_are(since, hours, rung, now)
    raised = min(ticket.priority, Priority(level.priority or ticket.priority), key=ORDER.index)
    after = replace(ticket, assignee=level.assign or ticket.assignee, priority=raised)
    to = _readers(after, level, policy)
    actions: list[Action] = [letter(ticket, address, key, values) for address in to]
    if after.priority is not ticket.priority:
        actions.append(SetPriority(ticket=ticket.number, priority=after.priority))
    if after.assignee != ticket.assignee:
        actions.append(Assign(ticket=ticket.number, assignee=after.assignee))
        cause = f"assigned to {after.assignee}: {said}"
        actions += notification.told(after, policy, cause=cause, key=f"{key}:assigned", but=to)
    if level.page:
        actions.append(PageOnCall(ticket=ticket.number, on_call=level.page, cause=f"{_name(rung)}: {said}"))
    also = f"; stands for level {', '.join(map(str, missed))} too, due meanwhile" if missed else ""
    whom = f"; told {', '.join(to) or 'nobody'}" if level.tell else ""
    actions.append(Note(ticket=ticket.number, kind=EVENT, text=f"{_name(rung)}: {said}{whom}{also}"))
    return tuple(actions)


def _readers(ticket: Ticket, level: Level, policy: Policy) -> tuple[str, ...]:
    """Their addresses, each once."""
    found: dict[str, str] = {}
    for each in level.tell:
        for address in _of(each, ticket, policy):
            found.setdefault(canonical(address), address)
    return tuple(found.values())


def _of(who: str, ticket: Ticket, policy: Policy) -> tuple[str, ...]:
    if who not in (ASSIGNEE, TEAM):
        return (who,)
    assignee = named(ticket.assignee, policy.config) if who == ASSIGNEE else None
    return tuple(agent.addresses[0] for agent in ((assignee,) if assignee else team(ticket.department, policy.config)))


def _since(ticket: Ticket, kind: TimerKind) -> datetime | None:
    return ticket.waiting_since if kind is TimerKind.ESCALATE else ticket.created


def where_we_are(since: datetime, hours: Hours, rung: Rung | None, now: datetime) -> dict[str, str]:
    """What the mail says of it, by the clock of the place where they work. No `rung`: nothing was promised."""
    return {
        "promise": OF[rung.kind] if rung else "response",
        "since": _instant(since, hours),
        "due": _instant(rung.due, hours) if rung else "",
        "late": "yes" if rung and rung.due <= now else "",
    }


def _instant(at: datetime, hours: Hours) -> str:
    return f"{at.astimezone(hours.zone):%Y-%m-%d %H:%M %Z}"


def letter(ticket: Ticket, address: str, key: str, values: Mapping[str, str]) -> Send:
    """`key`: the same for the same cause; `values`: of `where_we_are`."""
    return Send(
        kind=Kind.ESCALATION,
        to=address,
        to_name="",
        language="",  # the mailbox's: it is the team's own
        mailbox=ticket.mailbox,
        ticket=ticket.number,
        key=f"escalation:{key}:{address}",
        values={"requester": ticket.requester, **values},
    )
