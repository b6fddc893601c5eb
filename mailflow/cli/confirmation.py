"""What an agent's command did, as one sentence: the mail that goes out and what the ticket is now."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mailflow.desk.actions import (
    Action,
    AddParticipants,
    Assign,
    Attach,
    ChangeConsent,
    Detach,
    Give,
    Merge,
    RemoveParticipants,
    Say,
    SetPriority,
    SetType,
)
from mailflow.desk.reach.deeds import TickTasks
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.kind import WRITTEN
from mailflow.logline import escape

Shown = Mapping[str, Any]


def done(actions: Sequence[Action], before: Ticket, after: Ticket, mail: Sequence[Shown]) -> str:
    """`mail` is what stands in the outbox because of it."""
    return escape(", ".join(_sentences(actions, before, after, mail)))


def as_json(actions: Sequence[Action], before: Ticket, after: Ticket, mail: Sequence[Shown]) -> dict[str, Any]:
    return {
        "done": done(actions, before, after, mail),
        "ticket": after.number,
        "status": after.status.value,
        "was": before.status.value,
        "priority": after.priority.value,
        "assignee": after.assignee or None,
        "mail": [{"id": each["id"], "kind": each["kind"], "to": each["to"]} for each in mail],
    }


def _sentences(actions: Sequence[Action], before: Ticket, after: Ticket, mail: Sequence[Shown]) -> Iterator[str]:
    number = f"#{after.number}"
    for action in actions:
        match action:
            case Say(internal=True):
                yield f"note added to {number}"
            case Merge():
                yield f"#{action.ticket} merged into {number}"
            case Attach():
                yield f"{number} attached"
            case Detach():
                yield f"{number} detached"
            case Assign():
                yield f"{number} assigned to {action.assignee or 'nobody'}"
            case AddParticipants():
                yield f"{', '.join(action.addresses)} will be sent what is answered in {number}"
            case RemoveParticipants():
                yield f"{', '.join(action.addresses)} will be sent nothing more of {number}"
            case Give():
                for each in action.given:
                    yield f"{number} {each.item} " + (f"is {each.value}" if each.value else "is taken back")
            case ChangeConsent():
                yield f"{number} {action.consent.name}: {action.consent.state}"
            case SetType():
                yield f"{number} type {action.type or 'none'}"
            case TickTasks():
                yield f"{number} task {', '.join(map(str, action.tasks))} done"
            case SetPriority():
                yield f"{number} priority {action.priority}"
            case _:
                pass
    if answers := [each for each in mail if each["kind"] in WRITTEN]:
        yield f"answer queued for {_to_whom(answers)}"
    if before.status is not after.status:
        yield f"{number} {after.status}, was {before.status}"
    elif answers:
        yield f"{number} stays {after.status}"
    if notices := [each for each in mail if each["kind"] not in WRITTEN]:
        yield f"told {_to_whom(notices)}"


def _to_whom(mail: Sequence[Shown]) -> str:
    return ", ".join(f"{' '.join(each['to'])} (outbox {each['id']})" for each in mail)
