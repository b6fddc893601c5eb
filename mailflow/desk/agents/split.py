"""One ticket about two matters becomes two: from which mail on, and what comes of it.

The mail of the customer with which the other matter begins, and all that was said after it, is the conversation of a
ticket of its own, of the same customer, for the same people. The first ticket keeps its number, its history and all
before. What answers a mail that was moved is put where that is (`desk.parent`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.desk.actions import Action, AddParticipants, CancelTimers, Note, OpenTicket, Send, Split, TimerKind
from mailflow.desk.context import Said
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import IN_PUBLIC, Status, Ticket
from mailflow.desk.timing.sla import timers_of_waiting
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.notice import tell_requester
from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line
from mailflow.mail.subject import base_subject

ESCALATION = frozenset({TimerKind.ESCALATE})


def split(
    ticket: Ticket,
    conversation: Sequence[Said],
    entry: int,
    agent: str,
    policy: Policy,
    *,
    subject: str = "",
    tell: bool = False,
) -> tuple[Action, ...]:
    """`conversation` is the ticket's own, oldest first; `entry`: of the first mail that goes; `subject`: if not that of
    this mail. `tell`: the requester hears of it, else nobody does."""
    moved = _moved(ticket, conversation, entry)
    since = _waits_since(ticket, moved)
    stays = None if ticket.waiting_since and ticket.waiting_since >= moved[0].at else ticket.waiting_since
    named = one_line(subject) or one_line(base_subject(moved[0].subject, policy.tags)) or ticket.subject
    others = tuple(sorted(set(map(canonical, ticket.participants)) - {canonical(ticket.requester)}))
    fresh = replace(ticket, number=0, subject=named, status=Status.OPEN)
    return (
        _opened(ticket, named),
        Split(
            ticket=ticket.number,
            first=moved[0].id,
            waiting_since=stays,
            other_waiting_since=since,
            other_answered_at=next((each.at for each in moved if each.direction == "out"), None),
            last_activity=max(each.at for each in moved),
        ),
        *(
            (AddParticipants(ticket=None, addresses=others, why=f"they take part in #{ticket.number}"),)
            if others
            else ()
        ),
        Note(ticket=None, kind="split", text=f"from #{ticket.number} by {agent}, with {_counted(moved)}"),
        *((CancelTimers(ticket=ticket.number, kinds=ESCALATION),) if ticket.waiting_since and not stays else ()),
        *(timers_of_waiting(policy, since, ticket.department, None, ticket.contract) if since else ()),
        *(_notice(ticket, fresh, policy, entry) if tell else ()),
    )


def _moved(ticket: Ticket, conversation: Sequence[Said], entry: int) -> Sequence[Said]:
    places = (place for place, each in enumerate(conversation) if each.entry == entry and each.direction == "in")
    first = next(places, None)
    if first is None:
        raise Refused(
            f"entry {entry} is no mail of a customer's in #{ticket.number}; `mailflow ticket show {ticket.number}` has "
            "them"
        )
    if not any(each.direction == "in" for each in conversation[:first]):
        raise Refused(f"entry {entry} is the first mail of #{ticket.number}: nothing would be left there")
    return conversation[first:]


def _waits_since(ticket: Ticket, moved: Sequence[Said]) -> datetime | None:
    """When the oldest mail that nobody answered came; None: all were."""
    if ticket.waiting_since and ticket.waiting_since >= moved[0].at:
        return ticket.waiting_since
    answered = any(each.direction == "out" for each in moved)
    return None if answered else moved[0].at


def _opened(ticket: Ticket, subject: str) -> OpenTicket:
    return OpenTicket(
        subject=subject,
        department=ticket.department,
        also=(),
        mailbox=ticket.mailbox,
        requester=ticket.requester,
        requester_name=ticket.requester_name,
        contact=ticket.contact,
        account=ticket.account,
        language=ticket.language,
        priority=ticket.priority,
        believed=ticket.believed,
    )


def _counted(moved: Sequence[Said]) -> str:
    return "1 message" if len(moved) == 1 else f"{len(moved)} messages"


def _notice(ticket: Ticket, fresh: Ticket, policy: Policy, entry: int) -> tuple[Send, ...]:
    values = {"split": str(ticket.number), "status": IN_PUBLIC[Status.OPEN]}
    sends = tell_requester(fresh, Kind.SPLIT, f"split:entry:{entry}", policy, values)
    return tuple(replace(send, ticket=None) for send in sends)
