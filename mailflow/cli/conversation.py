"""A ticket as a conversation: who said what, oldest first, with what happened in between.

Takes the JSON of `store.views.ticket` (DESIGN section 5), so that people and programs see the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mailflow.cli.output import cell, moment, paragraph
from mailflow.maillog import escape

WIDTH = 78

Shown = Mapping[str, Any]


def conversation(ticket: Shown) -> str:
    return "\n".join([*_head(ticket), "", *_body(ticket)]).rstrip()


def _head(ticket: Shown) -> Iterator[str]:
    yield f"#{ticket['number']} {cell(ticket['subject'])}"
    departments = cell(ticket.get("departments") or ticket["department"])
    yield f"{ticket['status']} · {ticket['priority']} · {departments} · assigned to {_name(ticket)}"
    account = f" · account {cell(ticket['account'])}" if ticket.get("account") else ""
    yield f"from {_person(ticket['requester'], ticket.get('requester_name'))}{account}"
    yield f"created {moment(ticket['created'])} · last activity {moment(ticket['last_activity'])}{_due(ticket)}"
    if ticket.get("possible_parent"):
        yield f"may continue #{ticket['possible_parent']}"


def _name(ticket: Shown) -> str:
    return cell(ticket.get("assignee") or "nobody")


def _due(ticket: Shown) -> str:
    due = ticket.get("due") or {}
    told = [f" · {name.replace('_', ' ')} due {moment(at)}" for name, at in due.items() if at]
    return "".join(told)


def _body(ticket: Shown) -> Iterator[str]:
    """Messages and events by time; of two at the same moment the message comes first, it was the cause."""
    happened = [(str(each["date"]), 0, each) for each in ticket["messages"]]
    happened += [(str(each["at"]), 1, each) for each in ticket["events"]]
    for at, is_event, each in sorted(happened, key=lambda one: one[:2]):
        yield from _event(at, each) if is_event else _message(at, each)


def _event(at: str, event: Shown) -> Iterator[str]:
    yield f"  * {moment(at)}  {cell(event['kind'])}: {cell(event['text'])}"


DIRECTIONS = {"in": "wrote", "out": "answered", "note": "noted (not for customers)"}


def _message(at: str, message: Shown) -> Iterator[str]:
    who = _person(message["from"], message.get("from_name")) + " " + DIRECTIONS[message["direction"]]
    yield ""
    yield f"-- {who} · {moment(at)} ".ljust(WIDTH, "-")
    if message.get("warning"):
        yield f"   ! {cell(message['warning'])}"
    yield from (
        f"   {line}".rstrip() for line in paragraph(message.get("reply") or message.get("text") or "").splitlines()
    )
    yield from _attachments(message.get("attachments") or ())
    yield ""


def _attachments(attachments: Iterable[Shown]) -> Iterator[str]:
    for each in attachments:
        name, octets = cell(each.get("filename") or "attachment"), size(each.get("size") or 0)
        yield f"   [{name}, {cell(each.get('content_type'))}, {octets}]"


def size(octets: int) -> str:
    amount = float(octets)
    for unit in ("octets", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def _person(address: str, name: str | None) -> str:
    """An address with the name that goes with it; an agent is a name only."""
    return f"{escape(name)} <{escape(address)}>" if name else cell(address)
