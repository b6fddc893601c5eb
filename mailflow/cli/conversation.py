"""A ticket as a conversation: who said what, oldest first, with what happened in between.

Takes the JSON of `store.shown.ticket_views.ticket` (DESIGN section 5), so that people and programs see the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from mailflow.cli.consents import told as consents_told
from mailflow.cli.items import told
from mailflow.cli.output import cell, moment, paragraph, size
from mailflow.cli.reach import told as reach_told
from mailflow.desk.ticket import Status
from mailflow.logline import escape
from mailflow.mail.message import AutomaticKind

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
    if ticket.get("cc"):
        yield f"cc {cell([each['address'] for each in ticket['cc']])}"
    yield f"created {moment(ticket['created'])} · last activity {moment(ticket['last_activity'])}"
    yield from _due(ticket)
    if ticket.get("disrupted"):
        yield f"its region is disrupted since {moment(ticket['disrupted'])}: no timer rings"
    if ticket.get("type"):
        yield f"type {cell(ticket['type'])}"
    yield from map(cell, told(ticket.get("items") or ()))
    yield from map(cell, consents_told(ticket.get("consents") or ()))
    yield from map(cell, reach_told(ticket.get("reach")))
    yield from (f"  {cell(each)}" for each in ticket.get("named_accounts") or ())
    if ticket.get("tags"):
        yield f"tagged {cell(ticket['tags'])}"
    if ticket.get("incident"):
        yield f"attached to incident {ticket['incident']}"
    if ticket.get("possible_parent"):
        yield f"may continue #{ticket['possible_parent']}"
    if ticket.get("continues"):
        yield f"continues #{ticket['continues']}"
    if ticket.get("split_from"):
        yield f"split from #{ticket['split_from']}"
    if ticket.get("split_into"):
        yield f"of it were split: {', '.join(f'#{number}' for number in ticket['split_into'])}"
    if ticket.get("continued_by"):
        yield f"continued in {', '.join(f'#{number}' for number in ticket['continued_by'])}"
    if ticket.get("merged_into"):
        yield f"merged into #{ticket['merged_into']}, where it goes on"
    if ticket.get("merged"):
        yield f"with what was merged into it: {', '.join(f'#{number}' for number in ticket['merged'])}"


def _name(ticket: Shown) -> str:
    return cell(ticket.get("assignee") or "nobody")


DUE = {"first_response": "first response", "next_response": "answer"}


def _due(ticket: Shown) -> Iterator[str]:
    """What is promised with its reason, in the time of the calendar; what timers bring in ours."""
    promises = ticket.get("promises") or ()
    for each in promises:
        yield f"{cell(each['told'])}, because of {cell(each['because'])}"
    explained = {each["promise"] for each in promises}
    due = ((name, at) for name, at in (ticket.get("due") or {}).items() if at and name not in explained)
    told = [_told(name, at, ticket) for name, at in due]
    if told:
        yield " · ".join(told)
    if coming := ticket.get("escalation"):
        yield cell(coming["told"])


def _told(name: str, at: str, ticket: Shown) -> str:
    if name == "resolution" and ticket.get("status") == Status.AWAITING_CUSTOMER:
        return f"resolved {moment(at)} unless the customer answers"
    return f"{DUE.get(name, name)} due {moment(at)}"


def _body(ticket: Shown) -> Iterator[str]:
    """Messages and events by time; of two at the same moment the message comes first, it was the cause."""
    happened = [(str(each["date"]), 0, each) for each in ticket["messages"]]
    happened += [(str(each["at"]), 1, each) for each in ticket["events"]]
    positions = count(1)  # of attachments, in the order of `attachments_of`
    for at, is_event, each in sorted(happened, key=lambda one: one[:2]):
        of = _of_another(ticket, each)
        yield from _event(at, each, of) if is_event else _message(at, each, positions, of)


def _of_another(ticket: Shown, each: Shown) -> str:
    """The ticket that it came to, if that was merged into this one."""
    return "" if each.get("ticket", ticket["number"]) == ticket["number"] else f" · #{each['ticket']}"


def attachments_of(ticket: Shown) -> Iterator[tuple[Shown, Shown]]:
    """Each message with each of its attachments, in the order in which they are shown."""
    for message in sorted(ticket["messages"], key=lambda message: str(message["date"])):
        yield from ((message, attachment) for attachment in message.get("attachments") or ())


def _event(at: str, event: Shown, of: str) -> Iterator[str]:
    yield f"  * {moment(at)}{of}  {cell(event['kind'])}: {cell(event['text'])}"


DIRECTIONS = {"in": "wrote", "out": "answered", "note": "noted (not for customers)"}
MACHINES = {
    AutomaticKind.AUTO_REPLY: "automatic reply",  # an absence note, or a receipt of another helpdesk
    AutomaticKind.AUTO_GENERATED: "automatic mail",
    AutomaticKind.BOUNCE: "delivery report",
    AutomaticKind.DELAY: "delivery report, still trying",
    AutomaticKind.LIST: "mailing list",
    AutomaticKind.DISPOSITION: "receipt",
    AutomaticKind.FEEDBACK: "complaint",
}
"""What wrote it, where it was not a person."""


def _message(at: str, message: Shown, positions: Iterator[int], of: str) -> Iterator[str]:
    who = _person(message["from"], message.get("from_name")) + " " + DIRECTIONS[message["direction"]]
    machine = MACHINES.get(message.get("automatic") or AutomaticKind.NONE)
    mark = f" · {machine}" if machine else ""
    entry = f" · entry {message['entry']}" if message.get("entry") else ""
    yield ""
    yield f"-- {who}{mark} · {moment(at)}{of}{entry} ".ljust(WIDTH, "-")
    if message.get("warning"):
        yield f"   ! {cell(message['warning'])}"
    words = paragraph(message.get("reply") or message.get("text") or "")
    yield from (f"   {line}".rstrip() for line in (words if words.strip() else "(no text)").splitlines())
    yield from _attachments(message.get("attachments") or (), positions)
    yield ""


def _attachments(attachments: Iterable[Shown], positions: Iterator[int]) -> Iterator[str]:
    for each, position in zip(attachments, positions, strict=False):
        name, octets = cell(each.get("filename") or "attachment"), size(each.get("size") or 0)
        yield f"   [{position}: {name}, {cell(each.get('content_type'))}, {octets}]"


def _person(address: str, name: str | None) -> str:
    """An address with the name that goes with it; an agent is a name only."""
    return f"{escape(name)} <{escape(address)}>" if name else cell(address)
