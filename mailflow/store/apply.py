"""A decision becomes rows: the ticket, its conversation and history, timers, outgoing mail, the journal's disposition.

All of it in the caller's transaction, or nothing. `file` is for a message, `file_all` for several that are judged side
by side, `carry_out` for agents and timers.
A new kind of action is one dataclass in desk.actions and one case in store.effects, which mypy demands.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from mailflow.desk.actions import Action, AskDetails, Block, Confirm, OpenTicket, Reject, Release, StopCorrection
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.mail.message import Message
from mailflow.store import journal
from mailflow.store.effects import enter
from mailflow.store.instants import aware
from mailflow.store.judged import Judged, settlement
from mailflow.store.rows import write_all
from mailflow.store.sheet import Sheet
from mailflow.store.tickets.tickets import load_all

NONE_LOCKED: Mapping[int, Ticket] = {}


def file(
    connection: Connection, entry: Entry, message: Message, decision: Decision, policy: Policy, now: datetime
) -> int | None:
    """Everything that comes of one message, exactly once: Refused when `entry` is not ours to settle any more."""
    (ticket,) = file_all(connection, [Judged(entry, message, decision)], policy, now)
    return ticket


def file_all(
    connection: Connection,
    judged: Sequence[Judged],
    policy: Policy,
    now: datetime,
    locked: Mapping[int, Ticket] = NONE_LOCKED,
) -> list[int | None]:
    """As `file`, for messages of which none rests on another (desk.ties). All of them, or the error of one. `locked`:
    tickets that this transaction has loaded and locked, as they are."""
    sheets = _sheets(connection, [(each.decision.actions, each) for each in judged], policy, now, locked)
    tickets = [
        sheet.opened.ticket.number if sheet.opened and each.decision.ticket is None else each.decision.ticket
        for each, sheet in zip(judged, sheets, strict=True)
    ]
    settlements = [settlement(each, ticket) for each, ticket in zip(judged, tickets, strict=True)]
    journal.settle(connection, [each for each in settlements if each.disposition is not Disposition.RECEIVED], now)
    for each in judged:
        if each.decision.disposition is Disposition.RECEIVED:
            journal.postpone(connection, each.entry, now + each.decision.again, "")
    return tickets


def carry_out(
    connection: Connection, ticket: int | None, actions: Sequence[Action], policy: Policy, now: datetime
) -> int | None:
    """What an agent or a timer brought about. The ticket that was opened, else `ticket`."""
    (sheet,) = _sheets(connection, [(actions, None)], policy, now, NONE_LOCKED)
    return sheet.opened.ticket.number if sheet.opened else ticket


def carry_out_all(connection: Connection, actions: Sequence[Sequence[Action]], policy: Policy, now: datetime) -> None:
    """The same for lists of actions of which each is about another ticket, with few statements."""
    _sheets(connection, [(each, None) for each in actions], policy, now, NONE_LOCKED)


def _sheets(
    connection: Connection,
    causes: Sequence[tuple[Sequence[Action], Judged | None]],
    policy: Policy,
    now: datetime,
    locked: Mapping[int, Ticket],
) -> list[Sheet]:
    """A sheet for each list of actions, written."""
    numbers = {number for actions, _ in causes for action in actions if (number := _touched(action))}
    tickets = {**locked, **load_all(connection, numbers - locked.keys(), lock=True)}
    sheets = []
    for actions, judged in causes:
        sheet = Sheet(tickets, aware(now), judged)
        for action in actions:
            enter(sheet, action)
        sheets.append(sheet)
    write_all(connection, sheets, policy, now)
    return sheets


_OF_NO_TICKET = (AskDetails, Block, Confirm, OpenTicket, Reject, Release, StopCorrection)


def _touched(action: Action) -> int | None:
    return None if isinstance(action, _OF_NO_TICKET) else action.ticket
