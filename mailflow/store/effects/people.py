"""Whose a ticket is among us, and who takes part in it."""

from datetime import datetime
from typing import assert_never

from mailflow.desk.actions import AddDepartments, AddParticipants, Assign, RemoveParticipants, Route
from mailflow.mail.address import canonical
from mailflow.store.sheet import Page


def enter(
    page: Page, action: Route | AddDepartments | Assign | AddParticipants | RemoveParticipants, now: datetime
) -> None:
    match action:
        case Route():
            page.note(now, "department", f"{page.ticket.department} -> {action.department}")
            page.change(department=action.department)
        case AddDepartments():
            _add_departments(page, action, now)
        case Assign():
            page.change(assignee=action.assignee)
            page.note(now, "assigned", f"to {action.assignee}" if action.assignee else "to nobody")
        case AddParticipants():
            _add_participants(page, action, now)
        case RemoveParticipants():
            page.take_part(action.addresses, now, f"removed by {action.by}", not_any_more=True)
            page.note(now, "participants", f"{', '.join(action.addresses)} removed by {action.by}")
        case _:
            assert_never(action)


def _add_departments(page: Page, action: AddDepartments, now: datetime) -> None:
    new = [name for name in action.departments if name != page.ticket.department]
    page.departments.extend(new)
    if new:
        page.note(now, "department", f"also for {', '.join(new)}")


def _add_participants(page: Page, action: AddParticipants, now: datetime) -> None:
    known = set(map(canonical, page.ticket.participants))
    new = [address for address in action.addresses if address not in known]
    page.take_part(new, now, action.why)
    if new:
        page.note(now, "participants", f"{', '.join(new)} added: {action.why}")
