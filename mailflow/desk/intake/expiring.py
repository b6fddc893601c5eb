"""A request that is not complete in the time its kind gives it (`expires`): when that is, and what becomes of it then.

Where one of us has the next move, a department of a gate or whoever is to answer the customer, nothing of it is the
customer's doing: an agent is told instead.
"""

from datetime import datetime

from mailflow.config.request import Expired, Gate
from mailflow.desk.actions import Action, BeginTime, CancelTimers, Send, SetTimer, TimerKind
from mailflow.desk.intake.catalogue import Kind as RequestKind
from mailflow.desk.intake.form import wanted
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.question import progress_of
from mailflow.desk.intake.titles import titles
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import IN_PUBLIC, Status, Ticket
from mailflow.desk.timing.hours import Hours
from mailflow.desk.timing.pause import Why
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notice import tell_requester

STOPS = frozenset({Why.INCIDENT, Why.DISRUPTED})
"""While it waits for an incident, or its region is disrupted, nobody is expected to complete it."""
OVER = frozenset({Status.RESOLVED, Status.CLOSED})


def timers_of_expiry(kind: RequestKind, ticket: int | None, now: datetime, hours: Hours) -> tuple[Action, ...]:
    """It begins now."""
    if kind.shape.expires is None:
        return ()
    due = hours.after(now, kind.shape.expires)
    anew = CancelTimers(ticket=ticket, kinds=frozenset({TimerKind.EXPIRE}))
    return anew, BeginTime(ticket=ticket), SetTimer(ticket=ticket, kind=TimerKind.EXPIRE, step=1, due=due)


def put_off(ticket: Ticket, step: int, policy: Policy, now: datetime) -> tuple[SetTimer, ...]:
    """The timer `step` rings, and its time is not over: it stood still for an incident, which may last. In that case
    the next rings no later than the incident's end and what is left together."""
    kind = policy.kinds.kinds.get(ticket.type)
    if kind is None or kind.shape.expires is None or ticket.expires_since is None:
        return ()
    hours = policy.schedule.hours_of_customer(ticket)
    due = _over_at(ticket, hours.after(ticket.expires_since, kind.shape.expires), hours, now)
    return (SetTimer(ticket=ticket.number, kind=TimerKind.EXPIRE, step=step, due=due),) if due > now else ()


def _over_at(ticket: Ticket, at: datetime, hours: Hours, now: datetime) -> datetime:
    """`at`, later by what it stood still until `now`. Two pauses at once are one."""
    counted = ticket.expires_since or ticket.created
    for pause in sorted((each for each in ticket.pauses if each.why in STOPS), key=lambda each: each.since):
        since, until = max(pause.since, counted), pause.until or now
        if since < min(at, until):
            at, counted = hours.add(at, hours.between(since, until)), until
    return at


def what_becomes(ticket: Ticket, policy: Policy) -> Expired | None:
    """Of a request whose time is over; None: it was complete, or is over."""
    progress = progress_of(ticket, policy)
    is_done = ticket.complete_at is not None or ticket.status in OVER
    if progress is None or is_done or progress.dossier.kind.shape.expires is None:
        return None
    ours = ticket.waiting_since is not None or ticket.waits_for or _is_ours(progress)
    return Expired.AGENT if ours else progress.dossier.kind.shape.expired


def told_why(ticket: Ticket, then: Expired, policy: Policy, now: datetime) -> tuple[Send, ...]:
    """Its requester: what was missing, or who has not agreed."""
    progress = progress_of(ticket, policy)
    if progress is None:
        return ()
    language = spoken(Kind.EXPIRED, ticket.language, mailbox_named(ticket.mailbox, policy), policy)
    values = {
        "type": progress.dossier.kind.title(language),
        "missing": "\n".join(wanted(each, language) for each in progress.dossier.missing),
        "waits_for": titles(progress.awaited, policy, language),
        "reopens": "yes" if then is Expired.RESOLVE else "",
        "say": progress.dossier.kind.says(Kind.EXPIRED, language),
        "status": IN_PUBLIC[Status.RESOLVED],
    }
    key = f"{Kind.EXPIRED}:{ticket.number}:{now.isoformat()}"
    return tell_requester(ticket, Kind.EXPIRED, key, policy, values)


def _is_ours(progress: Progress) -> bool:
    """A department is to confirm something, or somebody does not agree, which an agent has heard of."""
    return any(isinstance(each, Gate) for each in progress.awaited) or bool(progress.refused)
