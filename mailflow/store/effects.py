"""What each kind of action changes, entered into the sheet of its transaction (store.sheet), which writes it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, assert_never

from mailflow.desk.actions import (
    Action,
    AddDepartments,
    AddParticipants,
    AddPause,
    AddTags,
    Append,
    AskConsent,
    AskDetails,
    Assign,
    Attach,
    Block,
    CancelTimers,
    ChangeConsent,
    ChangeStatus,
    ClearUndeliverable,
    Confirm,
    ConfirmDetails,
    CorrectDetails,
    Detach,
    FallSilent,
    Give,
    KnowState,
    MarkUndeliverable,
    Merge,
    Note,
    OpenTicket,
    OurTurn,
    PageOnCall,
    Reject,
    Release,
    Remember,
    RemoveParticipants,
    Route,
    Say,
    Send,
    SetAway,
    SetPriority,
    SetTimer,
    SetType,
    Split,
    StopCorrection,
    TakePages,
)
from mailflow.desk.conversation.opening import opened
from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.desk.reach.deeds import HearReach, JoinReach, Seek, TickTasks
from mailflow.desk.ticket import TRANSITIONS, Move, Priority
from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.store.judged import Judged, conversation_row
from mailflow.store.sheet import Page, Sheet

OURS_NO_MORE = frozenset({Move.QUESTION_MAILED, Move.RESOLVE, Move.CLOSE, Move.MERGE})
"""After these nobody waits for us."""


def enter(sheet: Sheet, action: Action, judged: Judged | None) -> None:
    match action:
        case OpenTicket():
            _open(sheet, action)
        case Append():
            _append(sheet, action, judged)
        case ChangeStatus():
            _change_status(sheet, action)
        case Merge():
            _merge(sheet, action)
        case Split():
            _split(sheet, action)
        case Attach() | Detach() | KnowState():
            _of_an_incident(sheet, action)
        case AddDepartments():
            _add_departments(sheet, action)
        case AddParticipants():
            _add_participants(sheet, action)
        case RemoveParticipants():
            _remove_participants(sheet, action)
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
        case AskDetails() | ConfirmDetails() | CorrectDetails() | StopCorrection():
            sheet.details.append(action)
        case Register() | Recover():
            sheet.admitted.append(action)
        case AddTags():
            sheet.page(action.ticket).tags.extend(action.tags)
        case Route():
            _route(sheet, action)
        case SetType():
            _set_type(sheet, action)
        case Give():
            _give(sheet, action)
        case AskConsent():
            sheet.page(action.ticket).asks.append(action)
        case ChangeConsent():
            sheet.page(action.ticket).answer(action.consent)
        case Seek() | JoinReach() | HearReach() | TickTasks():
            _reach(sheet, action)
        case OurTurn():
            _our_turn(sheet, action)
        case Assign():
            _assign(sheet, action)
        case SetPriority():
            _set_priority(sheet, action)
        case Send():
            sheet.letters.append(action)
        case FallSilent():
            sheet.silent.append(action)
        case PageOnCall():
            sheet.page(action.ticket).calls.append(action)
        case TakePages():
            sheet.page(action.ticket).taken_by = action.by
        case Say():
            _say(sheet, action, judged)
        case SetAway():
            _set_away(sheet, action)
        case SetTimer():
            sheet.page(action.ticket).timers.append(action)
        case AddPause():
            _add_pause(sheet, action)
        case CancelTimers():
            sheet.page(action.ticket).cancel(action.kinds)
        case _:
            assert_never(action)


def _open(sheet: Sheet, action: OpenTicket) -> None:
    page = sheet.open(opened(action, sheet.now))
    page.departments.extend(action.also)
    page.columns |= {"possible_parent": action.possible_parent, "continues": action.continues}
    parent = f"; it may continue #{action.possible_parent}" if action.possible_parent else ""
    parent = f"; it continues #{action.continues}, which is closed" if action.continues else parent
    page.note(sheet.now, "opened", f"by {action.requester or 'nobody we can write to'}{parent}")


def _append(sheet: Sheet, action: Append, judged: Judged | None) -> None:
    if judged is None:
        raise Refused("only a message can be appended")
    page = sheet.page(action.ticket)
    row = conversation_row(judged, action.warning, passed_on=action.passed_on)
    page.messages.append({**row, "at": action.said or row["at"]})
    if action.is_activity:
        page.change(last_activity=_active(page, action, sheet))
    if action.waits_for_us and page.ticket.waiting_since is None:
        page.change(waiting_since=sheet.now)


def _active(page: Page, action: Append, sheet: Sheet) -> datetime:
    """What was said before we were moves a ticket no further than that."""
    if action.said is None:
        return sheet.now
    return action.said if page.is_new else max(page.ticket.last_activity, action.said)


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


def _of_an_incident(sheet: Sheet, action: Attach | Detach | KnowState) -> None:
    page = sheet.page(action.ticket)
    match action:
        case Attach():
            page.change(incident=action.incident, incident_state=action.state)
        case Detach():
            page.change(incident=None, incident_state=0)
        case KnowState():
            page.change(incident_state=action.state)


def _add_departments(sheet: Sheet, action: AddDepartments) -> None:
    page = sheet.page(action.ticket)
    new = [name for name in action.departments if name != page.ticket.department]
    page.departments.extend(new)
    if new:
        page.note(sheet.now, "department", f"also for {', '.join(new)}")


def _add_participants(sheet: Sheet, action: AddParticipants) -> None:
    page = sheet.page(action.ticket)
    known = set(map(canonical, page.ticket.participants))
    new = [address for address in action.addresses if address not in known]
    page.take_part(new, sheet.now, action.why)
    if new:
        page.note(sheet.now, "participants", f"{', '.join(new)} added: {action.why}")


def _remove_participants(sheet: Sheet, action: RemoveParticipants) -> None:
    page = sheet.page(action.ticket)
    page.take_part(action.addresses, sheet.now, f"removed by {action.by}", not_any_more=True)
    page.note(sheet.now, "participants", f"{', '.join(action.addresses)} removed by {action.by}")


def _route(sheet: Sheet, action: Route) -> None:
    page = sheet.page(action.ticket)
    page.note(sheet.now, "department", f"{page.ticket.department} -> {action.department}")
    page.change(department=action.department)


def _add_pause(sheet: Sheet, action: AddPause) -> None:
    """Before the one that lasts."""
    page = sheet.page(action.ticket)
    over = [each for each in page.ticket.pauses if each.until]
    page.change(pauses=(*over, action.pause, *(each for each in page.ticket.pauses if each.until is None)))


def _assign(sheet: Sheet, action: Assign) -> None:
    page = sheet.page(action.ticket)
    page.change(assignee=action.assignee)
    page.note(sheet.now, "assigned", f"to {action.assignee}" if action.assignee else "to nobody")


def _set_type(sheet: Sheet, action: SetType) -> None:
    page = sheet.page(action.ticket)
    if action.anew:
        page.note(sheet.now, "type", f"{page.ticket.type or 'none'} -> {action.type or 'none'}")
        page.change(collects=False, complete_at=None)
    page.change(type=action.type)


def _give(sheet: Sheet, action: Give) -> None:
    page = sheet.page(action.ticket)
    page.give(action.given)
    since = (page.ticket.complete_at or sheet.now) if action.complete else None
    if action.complete and action.waited and page.ticket.complete_at is None:
        page.note(sheet.now, "complete", "all that it needs was given")
    page.change(collects=True, complete_at=since)
    for each in action.given:
        page.note(sheet.now, "given", f"{each}")


def _reach(sheet: Sheet, action: Seek | JoinReach | HearReach | TickTasks) -> None:
    page = sheet.page(action.ticket)
    match action:
        case Seek():
            page.change(seeks=action.named)
        case JoinReach():
            page.change(seeks="", reach_case=action.case)
        case _:
            page.reached.append(action)


def _our_turn(sheet: Sheet, action: OurTurn) -> None:
    page = sheet.page(action.ticket)
    if page.ticket.waiting_since is None:
        page.change(waiting_since=sheet.now)


def _set_priority(sheet: Sheet, action: SetPriority) -> None:
    page = sheet.page(action.ticket)
    page.note(sheet.now, "priority", f"{page.ticket.priority} -> {action.priority}")
    page.change(priority=Priority(action.priority))


def _set_away(sheet: Sheet, action: SetAway) -> None:
    page = sheet.page(action.ticket)
    page.change(away_until=action.until)
    if action.until:
        page.note(sheet.now, "away", f"reminders count from {action.until:%Y-%m-%d} on, when the customer is back")


def _say(sheet: Sheet, action: Say, judged: Judged | None) -> None:
    """`judged`: the agent said it by mail."""
    page = sheet.page(action.ticket)
    page.messages.append(
        {
            **(_of_mail(judged) if judged and not page.messages else _NO_MAIL),  # one row is of its entry
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
