"""Whose turn it is, what is due when, and who is called to it."""

from datetime import datetime
from typing import assert_never

from mailflow.desk.actions import AddPause, BeginTime, CancelTimers, OurTurn, PageOnCall, SetAway, SetTimer, TakePages
from mailflow.store.sheet import Page


def enter(
    page: Page,
    action: OurTurn | SetAway | BeginTime | SetTimer | CancelTimers | AddPause | PageOnCall | TakePages,
    now: datetime,
) -> None:
    match action:
        case OurTurn():
            if page.ticket.waiting_since is None:
                page.change(waiting_since=now)
        case SetAway():
            page.change(away_until=action.until)
            if action.until:
                page.note(now, "away", f"reminders count from {action.until:%Y-%m-%d} on, when the customer is back")
        case BeginTime():
            page.change(expires_since=now)
        case SetTimer():
            page.timers.append(action)
        case CancelTimers():
            page.cancel(action.kinds)
        case AddPause():  # before the one that lasts
            over = [each for each in page.ticket.pauses if each.until]
            lasts = [each for each in page.ticket.pauses if each.until is None]
            page.change(pauses=(*over, action.pause, *lasts))
        case PageOnCall():
            page.calls.append(action)
        case TakePages():
            page.taken_by = action.by
        case _:
            assert_never(action)
