"""Addresses that mail does not reach (RFC 3463): which report marks one, for how long, and what is said of it.

Only a final failure of a mail of ours, from the null sender, marks the address it was written to: anybody can write a
report about anybody (threats 10). While it stands machines write nothing there; people may. It ends by itself, or when
its owner writes.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from mailflow.desk.actions import Action, Append, CancelTimers, ClearUndeliverable, MarkUndeliverable, Note, OpenTicket
from mailflow.desk.case import Case
from mailflow.desk.decision import Decision
from mailflow.desk.ticket import Status, Ticket
from mailflow.desk.timing.sla import QUESTION_TIMERS, our_turn
from mailflow.mail.address import canonical
from mailflow.mail.message import AutomaticKind

ABOUT_THE_MAIL = ("5.2.3", "5.3.4", "5.6.", "5.7.")
"""Too big, in a form or with words that are refused: another mail may arrive."""
LONGEST_DIAGNOSTIC = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeliverable:
    """What is known of one address."""

    address: str  # canonical
    since: datetime
    until: datetime
    status: str
    diagnostic: str
    ticket: int

    def __str__(self) -> str:
        why = _why(self.status, self.diagnostic)
        return f"mail to {self.address} did not arrive on {self.since:%Y-%m-%d} ({why}; see #{self.ticket})"


def marked_by(case: Case, ticket: Ticket) -> tuple[MarkUndeliverable, ...]:
    """The addresses that a report about a mail of ours declares dead. It comes from the null sender (RFC 3464 section
    2), which fetched mail has in Return-Path, or has none."""
    if case.message.automatic.kind is not AutomaticKind.BOUNCE or case.message.report is None:
        return ()
    if case.entry.envelope.mail_from:
        return ()
    until = case.now + case.policy.config.limits.undeliverable_for
    return tuple(
        MarkUndeliverable(
            ticket=ticket.number,
            address=canonical(recipient.address),
            until=until,
            status=recipient.status,
            diagnostic=recipient.diagnostic[:LONGEST_DIAGNOSTIC],
        )
        for recipient in case.message.report.recipients
        if recipient.action == "failed"
        and recipient.status.startswith("5")
        and not recipient.status.startswith(ABOUT_THE_MAIL)
        and canonical(recipient.address) in case.context.reported_to
    )


def announced(mark: MarkUndeliverable) -> str:
    """For the history of the ticket: what an agent reads in the morning."""
    return (
        f"mail to {mark.address} does not arrive: {_why(mark.status, mark.diagnostic)}. "
        f"No automatic mail is written to it until {mark.until:%Y-%m-%d}, or until it writes to us"
    )


def brought_back(case: Case, ticket: Ticket, warning: str, marks: tuple[MarkUndeliverable, ...]) -> tuple[Action, ...]:
    """The report in the conversation. If our words never reached the requester, nobody waits for an answer to them: no
    reminder, no resolving for silence, and it is our turn."""
    lost = ticket.status in (Status.OPEN, Status.AWAITING_CUSTOMER) and canonical(ticket.requester) in {
        mark.address for mark in marks
    }
    append = Append(ticket=ticket.number, is_activity=False, waits_for_us=lost, warning=warning)
    if not lost:
        return (append,)
    stop = (CancelTimers(ticket=ticket.number, kinds=QUESTION_TIMERS),) if ticket.question_at else ()
    return append, *stop, *_our_turn(case, ticket)


def cleared_by(case: Case, decision: Decision) -> tuple[Action, ...]:
    """Who really writes from an address can be answered there. The history of its ticket says so, if it is of one."""
    author = case.identity.author
    if author is None or not (case.context.undeliverable and case.identity.acts) or case.is_automatic:
        return ()
    clear = ClearUndeliverable(ticket=decision.ticket, address=author)
    if decision.ticket is None and not any(isinstance(action, OpenTicket) for action in decision.actions):
        return (clear,)
    text = f"{author} wrote to us: mail is written to it again"
    return clear, Note(ticket=decision.ticket, kind="deliverable", text=text)


def _why(status: str, diagnostic: str) -> str:
    return diagnostic if status in diagnostic else f"{status} {diagnostic}".strip()


def _our_turn(case: Case, ticket: Ticket) -> tuple[Action, ...]:
    waiting = replace(ticket, waiting_since=ticket.waiting_since or case.now)
    return our_turn(ticket, waiting, case.policy, case.now)
