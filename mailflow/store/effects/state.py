"""How a ticket stands: its status, its priority, the incident that it waits for."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from mailflow.desk.actions import AddTags, Attach, ChangeStatus, Detach, KnowState, Note, SetPriority
from mailflow.desk.ticket import TRANSITIONS, Move, Priority
from mailflow.errors import Refused
from mailflow.store.sheet import Page

OURS_NO_MORE = frozenset({Move.QUESTION_MAILED, Move.RESOLVE, Move.CLOSE, Move.MERGE})
"""After these nobody waits for us."""


def enter(
    page: Page, action: ChangeStatus | SetPriority | AddTags | Note | Attach | Detach | KnowState, now: datetime
) -> None:
    match action:
        case ChangeStatus():
            _change_status(page, action, now)
        case SetPriority():
            page.note(now, "priority", f"{page.ticket.priority} -> {action.priority}")
            page.change(priority=Priority(action.priority))
        case AddTags():
            page.tags.extend(action.tags)
        case Note():
            page.note(now, action.kind, action.text)
        case Attach():
            page.change(incident=action.incident, incident_state=action.state)
            page.ticket = replace(page.ticket, waits_for=action.name)
        case Detach():
            page.change(incident=None, incident_state=0)
            page.ticket = replace(page.ticket, waits_for="")
        case KnowState():
            page.change(incident_state=action.state)
        case _:
            assert_never(action)


def _change_status(page: Page, action: ChangeStatus, now: datetime) -> None:
    before = page.ticket.status
    after = TRANSITIONS.get((before, action.move))
    if after is None:
        raise Refused(f"ticket {action.ticket} is {before}: '{action.move}' cannot happen to it")
    page.change(status=after, question_at=now if action.move is Move.QUESTION_MAILED else None)
    if action.move in OURS_NO_MORE:
        page.change(waiting_since=None)
    if after is not before:
        page.note(now, "status", f"{before} -> {after}: {action.cause}")
