"""What a request is about, what was given of it, who agrees, and whether its account is reached."""

from datetime import datetime
from typing import assert_never

from mailflow.desk.actions import AskConsent, ChangeConsent, Give, SetType
from mailflow.desk.reach.deeds import HearReach, JoinReach, Seek, TickTasks
from mailflow.store.sheet import Page


def enter(
    page: Page,
    action: SetType | Give | AskConsent | ChangeConsent | Seek | JoinReach | HearReach | TickTasks,
    now: datetime,
) -> None:
    match action:
        case SetType():
            _set_type(page, action, now)
        case Give():
            _give(page, action, now)
        case AskConsent():
            page.asks.append(action)
        case ChangeConsent():
            page.answer(action.consent)
        case Seek():
            page.change(seeks=action.named, seeks_tells=action.tells)
        case JoinReach():
            page.change(seeks="", seeks_tells=False, reach_case=action.case)
        case HearReach() | TickTasks():
            page.reached.append(action)
        case _:
            assert_never(action)


def _set_type(page: Page, action: SetType, now: datetime) -> None:
    if action.anew:
        page.note(now, "type", f"{page.ticket.type or 'none'} -> {action.type or 'none'}")
        page.change(collects=False, complete_at=None)
    page.change(type=action.type)


def _give(page: Page, action: Give, now: datetime) -> None:
    page.give(action.given)
    since = (page.ticket.complete_at or now) if action.complete else None
    if action.complete and action.waited and page.ticket.complete_at is None:
        page.note(now, "complete", "all that it needs was given")
    page.change(collects=True, complete_at=since)
    for each in action.given:
        page.note(now, "given", f"{each}")
