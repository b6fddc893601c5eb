"""What was there before we were: mail of a folder that is read for the first time, or that was handed in as old.

It is filed as any other, and moves nobody: nothing is sent, nothing falls due, nobody waits. It counts by its own date.
A ticket that is made of nothing else is closed when its last mail is old ([resolved] close_backlog), but not while
there may be more to come of it.
"""

from datetime import datetime, timedelta

from mailflow.desk.actions import Action, ChangeStatus, SetTimer, TimerKind
from mailflow.desk.case import Case
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move, Status, Ticket

STILL_COMING = timedelta(hours=1)
"""A large folder takes a while, and the mails of one conversation lie apart in it."""


def said_at(case: Case) -> datetime | None:
    """When it was written, if it is of before us; None: it counts from now."""
    if not case.entry.backlog:
        return None
    written = case.message.date
    return min(written, case.entry.received) if written else case.entry.received


def retirement(case: Case, ticket: int | None) -> tuple[Action, ...]:
    """When it is to be asked whether the ticket is over. What comes later moves that."""
    said, after = said_at(case), case.policy.config.resolved.close_backlog
    if said is None or after is None:
        return ()
    due = max(case.now + STILL_COMING, said + after)
    return (SetTimer(ticket=ticket, kind=TimerKind.RETIRE, step=1, due=due),)


def retired(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """It is, if nobody has taken it up and nobody wrote since."""
    after = policy.config.resolved.close_backlog
    taken_up = ticket.waiting_since or ticket.answered_at or ticket.assignee
    if after is None or taken_up or ticket.status is not Status.OPEN or ticket.last_activity + after > now:
        return ()
    cause = f"of before we were, and its last mail is of {ticket.last_activity:%Y-%m-%d}"
    return (ChangeStatus(ticket=ticket.number, move=Move.RETIRE, cause=cause),)
