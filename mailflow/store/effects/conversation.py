"""What is said in a ticket, and where it goes on."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, assert_never

from mailflow.desk.actions import Append, Merge, OpenTicket, Say, Split
from mailflow.desk.conversation.opening import opened
from mailflow.errors import Refused
from mailflow.store.judged import Judged, conversation_row
from mailflow.store.sheet import Page, Sheet


def enter(sheet: Sheet, action: OpenTicket | Append | Say | Merge | Split) -> None:
    match action:
        case OpenTicket():
            _open(sheet, action)
        case Append():
            _append(sheet, action)
        case Say():
            _say(sheet, action)
        case Merge():
            sheet.page(action.ticket).change(merged_into=action.into)
            sheet.page(action.into).change(waiting_since=action.waiting_since, last_activity=action.last_activity)
        case Split():
            _split(sheet, action)
        case _:
            assert_never(action)


def _open(sheet: Sheet, action: OpenTicket) -> None:
    page = sheet.open(opened(action, sheet.now))
    page.departments.extend(action.also)
    page.columns |= {"possible_parent": action.possible_parent, "continues": action.continues}
    parent = f"; it may continue #{action.possible_parent}" if action.possible_parent else ""
    parent = f"; it continues #{action.continues}, which is closed" if action.continues else parent
    page.note(sheet.now, "opened", f"by {action.requester or 'nobody we can write to'}{parent}")


def _append(sheet: Sheet, action: Append) -> None:
    if sheet.judged is None:
        raise Refused("only a message can be appended")
    page = sheet.page(action.ticket)
    row = conversation_row(sheet.judged, action.warning, passed_on=action.passed_on)
    page.messages.append({**row, "at": action.said or row["at"]})
    if action.is_activity:
        page.change(last_activity=_active(page, action, sheet.now))
    if action.waits_for_us and page.ticket.waiting_since is None:
        page.change(waiting_since=sheet.now)


def _active(page: Page, action: Append, now: datetime) -> datetime:
    """What was said before we were moves a ticket no further than that."""
    if action.said is None:
        return now
    return action.said if page.is_new else max(page.ticket.last_activity, action.said)


def _say(sheet: Sheet, action: Say) -> None:
    """Where a message was judged, the agent said it by mail."""
    page = sheet.page(action.ticket)
    page.messages.append(
        {
            **(_of_mail(sheet.judged) if sheet.judged and not page.messages else _NO_MAIL),  # one row is of its entry
            "direction": "note" if action.internal else "out",
            "author": action.author,
            "at": sheet.now,
            "subject": page.ticket.subject,
            "message_id": action.message_id,
            "text": action.text,
            "reply": action.text,
            "attachments": [asdict(each) for each in action.attachments],
        }
    )
    if not action.internal:
        page.change(last_activity=sheet.now, waiting_since=None, answered_at=sheet.now)


def _of_mail(judged: Judged) -> dict[str, Any]:
    """Where it came from, and nothing of how it was written."""
    return {**_NO_MAIL, "entry": judged.entry.number, "digest": judged.digest, "verdict": judged.verdict}


_NO_MAIL: dict[str, Any] = {
    "entry": None, "digest": None, "author_name": "", "html": None, "language": "", "automatic": "none", "verdict": "",
    "warning": "", "attachments": [],
}  # fmt: skip
"""Columns that only inbound mail fills."""


def _split(sheet: Sheet, action: Split) -> None:
    sheet.splits.append(action)
    page = sheet.page(action.ticket)
    page.change(waiting_since=action.waiting_since)
    sheet.page(None).change(
        split_from=page.ticket.family,
        waiting_since=action.other_waiting_since,
        answered_at=action.other_answered_at,
        last_activity=action.last_activity,
    )
