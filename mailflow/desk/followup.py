"""A message that continues a ticket: what moves, who is told, which timers fall (R3.5, R3.6, R3.8)."""

from mailflow.desk.actions import (
    Action,
    AddDepartments,
    Append,
    CancelTimers,
    ChangeStatus,
    Decision,
    Disposition,
    Kind,
    Reason,
    Send,
)
from mailflow.desk.case import Case
from mailflow.desk.letter import mailbox_named
from mailflow.desk.notice import answer
from mailflow.desk.parent import Joins
from mailflow.desk.sla import QUESTION_TIMERS, timers_of_waiting
from mailflow.desk.ticket import TRANSITIONS, Move, Status, Ticket
from mailflow.mail.message import AutomaticKind


def follow_up(case: Case, joins: Joins) -> Decision:
    if case.is_automatic:
        return _robot(case, joins)
    return _customer(case, joins) if joins.acts else _bystander(joins)


def _robot(case: Case, joins: Joins) -> Decision:
    """It is kept where it belongs and moves nothing. Words that may be a person's (a list, another ticket system) are
    brought to an agent; an absence note is not."""
    ticket, automatic = joins.ticket, case.message.automatic
    speaks = automatic.kind is not AutomaticKind.AUTO_REPLY
    append = Append(ticket=ticket.number, warning=joins.warning, is_activity=speaks, waits_for_us=speaks)
    return _filed(
        joins,
        (append,),
        Reason("status", f"{ticket.status}", "an automatic mail neither reopens nor stops a reminder"),
        Reason("mail", "none", automatic.why or f"it is {automatic.kind}"),
    )


def _bystander(joins: Joins) -> Decision:
    append = Append(ticket=joins.ticket.number, warning=joins.warning)
    return _filed(
        joins,
        (append,),
        Reason("status", f"{joins.ticket.status}", "it is put there and moves nothing"),
        Reason("mail", "none", joins.warning),
    )


def _customer(case: Case, joins: Joins) -> Decision:
    ticket = joins.ticket
    then = TRANSITIONS[ticket.status, Move.CUSTOMER_WROTE]
    notice, mail = _reopened(case, ticket)
    actions: tuple[Action, ...] = (
        Append(ticket=ticket.number),
        CancelTimers(ticket=ticket.number, kinds=QUESTION_TIMERS),
        *_status(ticket, then),
        *_departments(case, ticket),
        *notice,
        *_timers(case, ticket),
    )
    return _filed(joins, actions, _status_reason(ticket, then), mail)


def _filed(joins: Joins, actions: tuple[Action, ...], *reasons: Reason) -> Decision:
    number = joins.ticket.number
    found = Reason("ticket", f"#{number} follow-up", joins.why)
    return Decision(
        disposition=Disposition.FILED,
        reason=f"belongs to #{number}: {joins.why}",
        ticket=number,
        actions=actions,
        reasons=(found, *reasons),
    )


def _status(ticket: Ticket, then: Status) -> tuple[Action, ...]:
    if then is ticket.status:
        return ()
    return (ChangeStatus(ticket=ticket.number, move=Move.CUSTOMER_WROTE, cause="the customer wrote"),)


def _status_reason(ticket: Ticket, then: Status) -> Reason:
    if then is ticket.status:
        return Reason("status", f"{then}")
    why = "a reply reopens (R3.8)" if ticket.status is Status.RESOLVED else "the customer wrote"
    return Reason("status", f"{ticket.status} -> {then}", why)


def _reopened(case: Case, ticket: Ticket) -> tuple[tuple[Send, ...], Reason]:
    """Only what changes in the customer's eyes is mailed; other activity mails nobody (R3.6)."""
    if ticket.status is not Status.RESOLVED:
        return (), Reason("mail", "none", "a follow-up needs no answer (R3.6)")
    return answer(case, Kind.REOPENED, mailbox_named(ticket.mailbox, case.policy), ticket=ticket.number)


def _departments(case: Case, ticket: Ticket) -> tuple[Action, ...]:
    also = tuple(dict.fromkeys(m.department for m in case.mailboxes if m.department != ticket.department))
    return (AddDepartments(ticket=ticket.number, departments=also),) if also else ()


def _timers(case: Case, ticket: Ticket) -> tuple[Action, ...]:
    """Our turn begins now; if it had begun before, that timer stands (R3.9)."""
    if ticket.waiting_since is not None or case.entry.backlog:
        return ()
    return timers_of_waiting(case.policy, case.now, ticket.department, ticket.number)
