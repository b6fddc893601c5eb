"""A decision becomes rows: the ticket, its conversation and history, timers, outgoing mail, the journal's disposition.

All of it in the caller's transaction, or nothing. `file` is for a message, `file_all` for several that are judged side
by side, `carry_out` for agents and timers.
A new kind of action is one dataclass in desk.actions and one case here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import Connection

from mailflow.desk.actions import (
    Action,
    AddDepartments,
    AddTags,
    Append,
    Assign,
    Block,
    CancelTimers,
    ChangeStatus,
    ClearUndeliverable,
    Confirm,
    Decision,
    Disposition,
    MarkUndeliverable,
    Merge,
    Note,
    OpenTicket,
    Reject,
    Release,
    Remember,
    Route,
    Say,
    Send,
    SetPriority,
    SetTimer,
    SetType,
)
from mailflow.desk.clues import Entry
from mailflow.desk.opening import opened
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import TRANSITIONS, Move, Priority, Ticket
from mailflow.errors import Refused
from mailflow.mail.digest import identity
from mailflow.mail.effort import shortfall
from mailflow.mail.message import Message
from mailflow.store import journal
from mailflow.store.instants import aware
from mailflow.store.journal import Settlement
from mailflow.store.sheet import Sheet, write_all
from mailflow.store.tickets import load_all

NONE_LOCKED: Mapping[int, Ticket] = {}
OURS_NO_MORE = frozenset({Move.QUESTION_MAILED, Move.RESOLVE, Move.CLOSE, Move.MERGE})
"""After these nobody waits for us."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A message, and what was decided about it."""

    entry: Entry
    message: Message
    decision: Decision

    @property
    def digest(self) -> str:
        """The one that `desk.thread` looks for."""
        message = self.message
        return identity(message.digest, message.message_id, message.date, self.entry.received)

    @property
    def verdict(self) -> str:
        return self.decision.identity.verdict.value if self.decision.identity else ""

    @property
    def verdict_reason(self) -> str:
        return self.decision.identity.evidence if self.decision.identity else ""

    @property
    def author(self) -> str:
        shown = self.message.from_.address if self.message.from_ else ""
        return self.message.author or shown or self.entry.envelope.mail_from


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
        sheet.opened.ticket.number if sheet.opened else each.decision.ticket
        for each, sheet in zip(judged, sheets, strict=True)
    ]
    settlements = [_settlement(each, ticket) for each, ticket in zip(judged, tickets, strict=True)]
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
        sheet = Sheet(tickets, aware(now))
        for action in actions:
            _enter(sheet, action, judged)
        sheets.append(sheet)
    write_all(connection, sheets, policy, now)
    return sheets


def _touched(action: Action) -> int | None:
    return None if isinstance(action, OpenTicket | Confirm | Release | Reject | Block) else action.ticket


def _settlement(judged: Judged, ticket: int | None) -> Settlement:
    decision, message = judged.decision, judged.message
    return Settlement(
        entry=judged.entry,
        disposition=decision.disposition,
        reason=decision.reason,
        rule=decision.rule,
        ticket=ticket,
        duplicate_of=decision.duplicate_of,
        digest=judged.digest,
        message_id=message.message_id,
        author=judged.author,
        subject=message.subject,
        verdict=judged.verdict,
        verdict_reason=judged.verdict_reason,
        applied=decision.applied,
    )


def _enter(sheet: Sheet, action: Action, judged: Judged | None) -> None:
    match action:
        case OpenTicket():
            _open(sheet, action)
        case Append():
            _append(sheet, action, judged)
        case ChangeStatus():
            _change_status(sheet, action)
        case Merge():
            _merge(sheet, action)
        case AddDepartments():
            _add_departments(sheet, action)
        case Note():
            sheet.page(action.ticket).note(sheet.now, action.kind, action.text)
        case MarkUndeliverable():
            sheet.marks.append(action)
        case ClearUndeliverable():
            sheet.cleared.append(action.address)
        case Confirm():
            _confirm(sheet, action, judged)
        case Release() | Reject():
            sheet.decided.append(action)
        case Block():
            pass  # a line of a file
        case Remember():
            sheet.proved.append(action)
        case AddTags():
            sheet.page(action.ticket).tags.extend(action.tags)
        case Route():
            _route(sheet, action)
        case SetType():
            sheet.page(action.ticket).change(type=action.type)
        case Assign():
            _assign(sheet, action)
        case SetPriority():
            _set_priority(sheet, action)
        case Send():
            sheet.letters.append(action)
        case Say():
            _say(sheet, action)
        case SetTimer():
            sheet.page(action.ticket).timers.append(action)
        case CancelTimers():
            sheet.page(action.ticket).cancel(action.kinds)
        case _:
            assert_never(action)


def _open(sheet: Sheet, action: OpenTicket) -> None:
    page = sheet.open(opened(action, sheet.now))
    page.departments.extend(action.also)
    page.columns["possible_parent"] = action.possible_parent
    parent = f"; it may continue #{action.possible_parent}" if action.possible_parent else ""
    page.note(sheet.now, "opened", f"by {action.requester or 'nobody we can write to'}{parent}")


def _append(sheet: Sheet, action: Append, judged: Judged | None) -> None:
    if judged is None:
        raise Refused("only a message can be appended")
    page = sheet.page(action.ticket)
    page.messages.append(_conversation_row(judged, action.warning))
    if action.is_activity:
        page.change(last_activity=sheet.now)
    if action.waits_for_us and page.ticket.waiting_since is None:
        page.change(waiting_since=sheet.now)


def _confirm(sheet: Sheet, action: Confirm, judged: Judged | None) -> None:
    if judged is None:
        raise Refused("only a message can confirm another")
    sheet.confirmed[action.entry] = judged.entry.number


def _change_status(sheet: Sheet, action: ChangeStatus) -> None:
    page = sheet.page(action.ticket)
    before = page.ticket.status
    after = TRANSITIONS.get((before, action.move))
    if after is None:
        raise Refused(f"ticket {action.ticket} is {before}: '{action.move}' cannot happen to it")
    page.change(status=after, question_at=sheet.now if action.move is Move.QUESTION_MAILED else None)
    if action.move in OURS_NO_MORE:
        page.change(waiting_since=None)
    if after is not before:
        page.note(sheet.now, "status", f"{before} -> {after}: {action.cause}")


def _merge(sheet: Sheet, action: Merge) -> None:
    sheet.page(action.ticket).change(merged_into=action.into)
    sheet.page(action.into).change(waiting_since=action.waiting_since, last_activity=action.last_activity)


def _add_departments(sheet: Sheet, action: AddDepartments) -> None:
    page = sheet.page(action.ticket)
    new = [name for name in action.departments if name != page.ticket.department]
    page.departments.extend(new)
    if new:
        page.note(sheet.now, "department", f"also for {', '.join(new)}")


def _route(sheet: Sheet, action: Route) -> None:
    page = sheet.page(action.ticket)
    page.note(sheet.now, "department", f"{page.ticket.department} -> {action.department}")
    page.change(department=action.department)


def _assign(sheet: Sheet, action: Assign) -> None:
    page = sheet.page(action.ticket)
    page.change(assignee=action.assignee)
    page.note(sheet.now, "assigned", f"to {action.assignee}" if action.assignee else "to nobody")


def _set_priority(sheet: Sheet, action: SetPriority) -> None:
    page = sheet.page(action.ticket)
    page.note(sheet.now, "priority", f"{page.ticket.priority} -> {action.priority}")
    page.change(priority=Priority(action.priority))


def _say(sheet: Sheet, action: Say) -> None:
    page = sheet.page(action.ticket)
    page.messages.append(
        {
            **_NO_MAIL,
            "direction": "note" if action.internal else "out",
            "author": action.author,
            "at": sheet.now,
            "subject": page.ticket.subject,
            "message_id": action.message_id,
            "text": action.text,
            "reply": action.text,
        }
    )
    if not action.internal:
        page.change(last_activity=sheet.now, waiting_since=None, answered_at=sheet.now)


_NO_MAIL: dict[str, Any] = {
    "entry": None, "digest": None, "author_name": "", "html": None, "language": "", "automatic": "none", "verdict": "",
    "warning": "", "attachments": [],
}  # fmt: skip
"""Columns that only inbound mail fills."""


def _conversation_row(judged: Judged, warning: str) -> dict[str, Any]:
    message = judged.message
    return {
        "entry": judged.entry.number,
        "digest": judged.digest,
        "direction": "in",
        "author": judged.author,
        "author_name": message.from_.name if message.from_ else "",
        "at": judged.entry.received,
        "subject": message.subject,
        "message_id": message.message_id,
        "text": message.text,
        "reply": message.reply,
        "html": message.html,
        "language": message.language,
        "automatic": message.automatic.kind.value,
        "verdict": judged.verdict,
        "warning": "; ".join(filter(None, (warning, shortfall(judged.message.defects)))),
        "attachments": [asdict(attachment) for attachment in message.attachments],
    }
