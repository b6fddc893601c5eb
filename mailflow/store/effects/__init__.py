"""What each kind of action changes, entered into the sheet of its transaction (store.sheet)."""

from typing import assert_never

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
    BeginTime,
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
from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.desk.reach.deeds import HearReach, JoinReach, Seek, TickTasks
from mailflow.errors import Refused
from mailflow.store.effects import conversation, people, request, state, turn
from mailflow.store.sheet import Sheet


def enter(sheet: Sheet, action: Action) -> None:
    """Refused for what cannot happen."""
    match action:
        case OpenTicket() | Append() | Say() | Merge() | Split():
            conversation.enter(sheet, action)
        case ChangeStatus() | SetPriority() | AddTags() | Note() | Attach() | Detach() | KnowState():
            state.enter(sheet.page(action.ticket), action, sheet.now)
        case Route() | AddDepartments() | Assign() | AddParticipants() | RemoveParticipants():
            people.enter(sheet.page(action.ticket), action, sheet.now)
        case SetType() | Give() | AskConsent() | ChangeConsent() | Seek() | JoinReach() | HearReach() | TickTasks():
            request.enter(sheet.page(action.ticket), action, sheet.now)
        case (
            OurTurn() | SetAway() | BeginTime() | SetTimer() | CancelTimers() | AddPause() | PageOnCall() | TakePages()
        ):
            turn.enter(sheet.page(action.ticket), action, sheet.now)
        case Send():
            sheet.letters.append(action)
        case FallSilent():
            sheet.silent.append(action)
        case MarkUndeliverable():
            sheet.marks.append(action)
        case ClearUndeliverable():
            sheet.cleared.append(action.address)
        case Remember():
            sheet.proved.append(action)
        case AskDetails() | ConfirmDetails() | CorrectDetails() | StopCorrection():
            sheet.details.append(action)
        case Register() | Recover():
            sheet.admitted.append(action)
        case Release() | Reject():
            sheet.decided.append(action)
        case Confirm():
            if sheet.judged is None:
                raise Refused("only a message can confirm another")
            sheet.confirmed[action.entry] = sheet.judged.entry.number
        case Block():
            pass  # a line of a file
        case _:
            assert_never(action)
