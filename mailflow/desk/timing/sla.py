"""What is due, and what it brings when it is (R3.2, R3.5). The due times are rows; the clock only ticks.

A timer that rings is asked again whether it is still true: the ticket may have moved on. After a day of downtime
several steps may be due at once; only the last of them is done.

One rule for escalation: a ticket that waits for us has an ESCALATE timer until it rings, no other ticket has one. Those
of a department with levels are desk.timing.turn's, one a level; so are those of the resolution, while its clock runs.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from mailflow.config import Lapse, zone_named
from mailflow.config.request import Expired
from mailflow.desk.actions import Action, CancelTimers, ChangeStatus, Note, OurTurn, SetTimer, TimerKind
from mailflow.desk.backlog import retired
from mailflow.desk.incidents.disruption import lapsed
from mailflow.desk.intake.expiring import put_off, told_why, what_becomes
from mailflow.desk.intake.parties import tell_parties_of_the_end
from mailflow.desk.intake.unanswered import unanswered
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import IN_PUBLIC, Move, Status, Ticket
from mailflow.desk.timing import levels
from mailflow.desk.timing.hours import ALWAYS, Hours
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.notice import tell_requester
from mailflow.desk.writing.notification import told

ALL_TIMERS = frozenset(TimerKind)
TIMERS_OF_TURNS = ALL_TIMERS - {TimerKind.CONSENT, TimerKind.EXPIRE}
"""Who was asked to agree is reminded, and a request expires, whosever turn it is besides."""
QUESTION_TIMERS = frozenset({TimerKind.REMIND, TimerKind.RESOLVE})


def no_more_reminders(ticket: Ticket) -> tuple[Action, ...]:
    """Where nothing was ever asked there are none."""
    return (CancelTimers(ticket=ticket.number, kinds=QUESTION_TIMERS),) if ticket.question_at else ()


def timers_of_question(policy: Policy, now: datetime, ticket: int, hours: Hours = ALWAYS) -> tuple[Action, ...]:
    """We asked, the customer's turn. A new question starts the reminders anew."""
    return CancelTimers(ticket=ticket, kinds=TIMERS_OF_TURNS), *ladder(policy, now, ticket, hours)


def ladder(policy: Policy, since: datetime, ticket: int | None, hours: Hours) -> tuple[Action, ...]:
    """Reminders, then resolution, by `hours`."""
    reminders = policy.config.reminders
    remind = (
        SetTimer(ticket=ticket, kind=TimerKind.REMIND, step=step, due=hours.after(since, lapse))
        for step, lapse in enumerate(reminders.after, 1)
    )
    last = reminders.resolve_after
    resolve = (SetTimer(ticket=ticket, kind=TimerKind.RESOLVE, step=1, due=hours.after(since, last)),) if last else ()
    return *remind, *resolve


def timers_of_consents(policy: Policy, now: datetime, ticket: int | None, hours: Hours) -> tuple[Action, ...]:
    """Who is to agree is reminded as customers are; with the last step an agent is told."""
    lapses = _lapses_of_consents(policy)
    timers = (
        SetTimer(ticket=ticket, kind=TimerKind.CONSENT, step=step, due=hours.after(now, lapse))
        for step, lapse in enumerate(lapses, 1)
    )
    return CancelTimers(ticket=ticket, kinds=frozenset({TimerKind.CONSENT})), *timers


def _lapses_of_consents(policy: Policy) -> tuple[Lapse, ...]:
    reminders = policy.config.reminders
    return (*reminders.after, *((reminders.resolve_after,) if reminders.resolve_after else ()))


def timers_of_rest(policy: Policy, now: datetime, ticket: int) -> tuple[Action, ...]:
    """It is settled: nothing is due but its closing."""
    after = policy.config.resolved.close_after
    close = (SetTimer(ticket=ticket, kind=TimerKind.CLOSE, step=1, due=now + after),) if after else ()
    return CancelTimers(ticket=ticket, kinds=ALL_TIMERS), *close


def timers_of_waiting(
    policy: Policy, since: datetime, department: str, ticket: int | None, contract: str = ""
) -> tuple[Action, ...]:
    """The customer wrote, our turn: escalation, if the department has one."""
    team = policy.departments.get(department)
    if team is None or team.escalate_after is None:
        return ()
    due = policy.schedule.hours_of(department, contract).after(since, team.escalate_after)
    return (SetTimer(ticket=ticket, kind=TimerKind.ESCALATE, step=1, due=due),)


def waits_for_us(ticket: Ticket) -> bool:
    """Somebody wrote and nobody answered. On hold we wait ourselves; what is resolved is answered."""
    return ticket.waiting_since is not None and ticket.status in (Status.OPEN, Status.AWAITING_CUSTOMER)


def our_turn(before: Ticket, after: Ticket, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """Escalation counts from when our turn begins; if it had begun before, that timer stands (R3.9)."""
    if waits_for_us(before) or not waits_for_us(after):
        return ()
    return timers_of_waiting(policy, now, after.department, after.number, after.contract)


def turn_of_both(ticket: Ticket, into: Ticket, after: Ticket, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """`ticket` is merged into `into`, which is `after` then: our turn there is as old as the older of both."""
    begun = [each.waiting_since for each in (ticket, into) if each.waiting_since and waits_for_us(each)]
    since = min(begun, default=now)
    stands = waits_for_us(into) and into.waiting_since == since
    if stands or not waits_for_us(after):
        return ()
    return timers_of_waiting(policy, since, after.department, after.number, after.contract)


def due_actions(
    ticket: Ticket, kind: TimerKind, step: int, policy: Policy, now: datetime, *, also: Collection[int] = ()
) -> tuple[Action, ...]:
    """What an elapsed timer brings; nothing if it is no longer true. `also`: steps of its kind, before it, that
    elapsed as well."""
    match kind:
        case TimerKind.REMIND:
            return _remind(ticket, step, policy, now)
        case TimerKind.RESOLVE:
            return _resolve(ticket, policy, now)
        case TimerKind.CLOSE:
            return _close(ticket, policy)
        case TimerKind.ESCALATE:
            return _escalate(ticket, {step, *also}, policy, now)
        case TimerKind.ESCALATE_RESOLUTION:
            return levels.brought(ticket, kind, {step, *also}, policy, now)
        case TimerKind.WAKE:
            return _wake(ticket, policy, now)
        case TimerKind.RETIRE:
            return retired(ticket, policy, now)
        case TimerKind.CONSENT:
            return _unanswered(ticket, step, policy, now)
        case TimerKind.EXPIRE:
            return put_off(ticket, step, policy, now) or _expire(ticket, policy, now)


def _remind(ticket: Ticket, step: int, policy: Policy, now: datetime) -> tuple[Action, ...]:
    if ticket.status is not Status.AWAITING_CUSTOMER or ticket.asked_at is None:
        return ()
    reminders, hours = policy.config.reminders, policy.schedule.hours_of_customer(ticket)
    later = [each for each in (*reminders.after[step:], reminders.resolve_after) if each]
    if any(lapsed(ticket, ticket.asked_at, lapse, hours) <= now for lapse in later):
        return ()  # the next one is due as well, and says more
    last = lapsed(ticket, ticket.asked_at, reminders.resolve_after, hours) if reminders.resolve_after else None
    zone = zone_named(policy.config.time_zone)
    values = {"resolves_on": last.astimezone(zone).date().isoformat() if last else ""}
    key = f"reminder:{ticket.number}:{ticket.asked_at.isoformat()}:{step}"
    return tell_requester(ticket, Kind.REMINDER, key, policy, values)


def _resolve(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Action, ...]:
    if ticket.status is not Status.AWAITING_CUSTOMER or ticket.question_at is None:
        return ()
    key = f"closing:{ticket.number}:{ticket.question_at.isoformat()}"
    return (
        ChangeStatus(ticket=ticket.number, move=Move.RESOLVE, cause="the customer did not answer our question"),
        *timers_of_rest(policy, now, ticket.number),
        *tell_requester(ticket, Kind.CLOSING, key, policy, {"status": IN_PUBLIC[Status.RESOLVED]}),
        *tell_parties_of_the_end(ticket, policy, now),
    )


def _close(ticket: Ticket, policy: Policy) -> tuple[Action, ...]:
    after = policy.config.resolved.close_after
    if ticket.status is not Status.RESOLVED or after is None:
        return ()
    return (ChangeStatus(ticket=ticket.number, move=Move.CLOSE, cause=f"resolved {after.days} days ago"),)


def _escalate(ticket: Ticket, steps: Collection[int], policy: Policy, now: datetime) -> tuple[Action, ...]:
    department, since = policy.departments.get(ticket.department), ticket.waiting_since
    if not waits_for_us(ticket) or since is None or department is None:
        return ()
    if department.escalation:
        return levels.brought(ticket, TimerKind.ESCALATE, steps, policy, now)
    note = Note(
        ticket=ticket.number,
        kind="escalated",
        text=f"nobody answered since {since:%Y-%m-%d %H:%M} UTC; told {', '.join(department.escalate_to) or 'nobody'}",
    )
    key = f"{ticket.number}:{now.isoformat()}"  # who is put on hold may wait for us twice
    values = levels.where_we_are(since, policy.schedule.hours_of(ticket.department, ticket.contract), None, now)
    return (*(levels.letter(ticket, address, key, values) for address in department.escalate_to), note)


def _wake(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """The time is over that it was to wait for: it is taken up again, and who should know is told."""
    if ticket.status is not Status.ON_HOLD:
        return ()
    cause = "the time is over for which it was put on hold"
    after = replace(ticket, status=Status.OPEN)
    return (
        ChangeStatus(ticket=ticket.number, move=Move.REOPEN, cause=cause),
        *our_turn(ticket, after, policy, now),
        *told(after, policy, cause="woke", key=f"{ticket.number}:woke:{now.isoformat()}"),
    )


def _unanswered(ticket: Ticket, step: int, policy: Policy, now: datetime) -> tuple[Action, ...]:
    found = unanswered(ticket, policy, step, last=step >= len(_lapses_of_consents(policy)))
    if isinstance(found, str):
        return taken_up(ticket, found, policy, now, key=f"{ticket.number}:unanswered:{now.isoformat()}")
    return found


def _expire(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Action, ...]:
    then, cause = what_becomes(ticket, policy), "it was not complete in the time that its type gives it"
    if then is None:
        return ()
    if then is Expired.AGENT:
        return taken_up(ticket, cause, policy, now, key=f"{ticket.number}:expired:{now.isoformat()}")
    moves = (Move.RESOLVE, Move.CLOSE) if then is Expired.CLOSE else (Move.RESOLVE,)
    changes = (ChangeStatus(ticket=ticket.number, move=move, cause=cause) for move in moves)
    ended = tell_parties_of_the_end(ticket, policy, now)
    return *changes, *timers_of_rest(policy, now, ticket.number), *told_why(ticket, then, policy, now), *ended


def taken_up(
    ticket: Ticket, cause: str, policy: Policy, now: datetime, *, key: str, values: dict[str, str] | None = None
) -> tuple[Action, ...]:
    """It waited for others, and is ours now: an agent is to look. `cause`: in words, for the history and for them."""
    moves = ticket.status in (Status.ON_HOLD, Status.AWAITING_CUSTOMER) and not ticket.waits_for
    then = Status.OPEN if moves else ticket.status
    after = replace(ticket, status=then, waiting_since=ticket.waiting_since or now)
    opens = ChangeStatus(ticket=ticket.number, move=Move.REOPEN, cause=cause)
    return (
        opens if moves else Note(ticket=ticket.number, kind="waits", text=cause),
        OurTurn(ticket=ticket.number),
        *no_more_reminders(ticket),
        *our_turn(ticket, after, policy, now),
        *told(after, policy, cause=cause, key=key, values=values),
    )
