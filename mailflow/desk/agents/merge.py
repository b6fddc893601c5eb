"""Two tickets about one matter become one: which may, and what comes of it.

A ticket is merged into another, which stands. It is closed for good; its conversation is shown in the other, and what
answers it later is put there (`desk.parent`). The one that stands keeps its requester, and nobody else is answered from
it: whose tickets are not the same person's are merged only by an agent who says that this is meant, and those of two
accounts never.
"""

from dataclasses import replace
from datetime import datetime

from mailflow.desk.actions import Action, AddDepartments, CancelTimers, ChangeStatus, Merge, Note
from mailflow.desk.parent import OVER
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move, Status, Ticket
from mailflow.desk.timing.sla import ALL_TIMERS, QUESTION_TIMERS, turn_of_both
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.notice import tell_requester
from mailflow.errors import Refused
from mailflow.mail.address import canonical


def merge(
    ticket: Ticket,
    into: Ticket,
    agent: str,
    policy: Policy,
    now: datetime,
    *,
    other_requester: bool = False,
    tell: bool = False,
) -> tuple[Action, ...]:
    """`ticket` is merged into `into`. `other_requester`: also if they are not the same person's. `tell`: the requester
    hears of it, else nobody does."""
    if why := _why_not(ticket, into, other_requester, tell):
        raise Refused(why)
    after = _together(ticket, into)
    return (
        *_given_up(ticket, into, agent),
        *_taken_in(ticket, into, after, agent),
        *turn_of_both(ticket, into, after, policy, now),
        *(_notice(ticket, after, policy) if tell else ()),
    )


def stands(ticket: Ticket) -> None:
    """Refused, with where it went, when nothing can be done to a ticket any more because it was merged."""
    if ticket.merged_into is not None:
        raise Refused(f"#{ticket.number} was merged into #{ticket.merged_into}; work on that")


def same_person(ticket: Ticket, other: Ticket) -> bool:
    """One contact, or one address. Tickets that nobody can be answered on are nobody's."""
    if ticket.contact is not None and ticket.contact == other.contact:
        return True
    return bool(ticket.requester) and canonical(ticket.requester) == canonical(other.requester)


def _why_not(ticket: Ticket, into: Ticket, other_requester: bool, tell: bool) -> str:
    """'' when they may be merged."""
    this, that = f"#{ticket.number}", f"#{into.number}"
    whose, others = ticket.requester or "nobody", into.requester or "nobody"
    two_people = not same_person(ticket, into)
    questions = (
        (ticket.number == into.number, f"{this} cannot be merged into itself"),
        (ticket.merged_into is not None, f"{this} was merged into #{ticket.merged_into} already"),
        (into.merged_into == ticket.number, f"{that} was merged into {this} already"),
        (into.merged_into is not None, f"{that} was merged into #{into.merged_into}: merge {this} into that"),
        (into.status is Status.CLOSED, f"{that} is closed: nobody would read {this} there"),
        (_of_two_accounts(ticket, into), f"{this} and {that} are of different accounts: neither may see the other's"),
        (
            two_people and not other_requester,
            f"{this} is {whose}'s and {that} is {others}'s, who alone will be answered; if that is meant, add "
            "--other-requester",
        ),
        (two_people and tell, f"{whose} cannot be told: {that} is {others}'s"),
    )
    return next((why for wrong, why in questions if wrong), "")


def _of_two_accounts(ticket: Ticket, into: Ticket) -> bool:
    return None not in (ticket.account, into.account) and ticket.account != into.account


def _together(ticket: Ticket, into: Ticket) -> Ticket:
    """`into` afterwards. What nobody answered, and what was not settled, is open there: it must not be forgotten."""
    unanswered = [each.waiting_since for each in (ticket, into) if each.waiting_since]
    is_live = ticket.status not in OVER and into.status in OVER
    return replace(
        into,
        status=Status.OPEN if ticket.waiting_since or is_live else into.status,
        waiting_since=min(unanswered, default=None),
        last_activity=max(ticket.last_activity, into.last_activity),
    )


def _given_up(ticket: Ticket, into: Ticket, agent: str) -> tuple[Action, ...]:
    cause = f"merged into #{into.number}"
    return (
        Note(ticket=ticket.number, kind="merged", text=f"into #{into.number} by {agent}"),
        ChangeStatus(ticket=ticket.number, move=Move.MERGE, cause=cause),
        CancelTimers(ticket=ticket.number, kinds=ALL_TIMERS),
    )


def _taken_in(ticket: Ticket, into: Ticket, after: Ticket, agent: str) -> tuple[Action, ...]:
    whose = "" if same_person(ticket, into) else f", of {ticket.requester or 'nobody'},"
    opened: tuple[Action, ...] = ()
    if after.status is not into.status:
        opened = (
            ChangeStatus(ticket=into.number, move=Move.REOPEN, cause=f"#{ticket.number} was merged into it"),
            CancelTimers(ticket=into.number, kinds=QUESTION_TIMERS),
        )
    return (
        Note(ticket=into.number, kind="merged", text=f"#{ticket.number}{whose} was merged into this by {agent}"),
        *opened,
        Merge(
            ticket=ticket.number,
            into=into.number,
            waiting_since=after.waiting_since,
            last_activity=after.last_activity,
        ),
        AddDepartments(ticket=into.number, departments=(ticket.department,)),
    )


def _notice(ticket: Ticket, after: Ticket, policy: Policy) -> tuple[Action, ...]:
    return tell_requester(after, Kind.MERGED, f"merged:{ticket.number}", policy, {"merged": str(ticket.number)})
