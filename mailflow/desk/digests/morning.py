"""What a department should know when its day begins, and in which words it stands in a mail: its digest.

Numbers, and of each kind the ones that wait longest or press most. What a stranger wrote stands there cut and folded,
where no line can be taken for a command of ours (desk.digests.commands), in whatever width it is quoted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from mailflow.desk.conversation.undeliverable import Undeliverable
from mailflow.desk.digests.pile import NOTHING, Kept, Pile
from mailflow.desk.knowledge.stale import Stale
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing import due_told
from mailflow.desk.timing.due import terms
from mailflow.desk.timing.hours import ALWAYS
from mailflow.desk.timing.schedule import Schedule
from mailflow.desk.writing.folding import folded
from mailflow.mail.compose import one_line

_SUBJECT, _REASON = 80, 240  # characters
_INDENT = " " * 8
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


@dataclass(frozen=True, slots=True)
class Promised:
    """A ticket of which something is due."""

    ticket: Ticket
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Untaken:
    """A page that nobody took."""

    number: int
    ticket: int
    on_call: str
    cause: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A mail of ours of which nobody knows whether it went out."""

    number: int
    ticket: int
    kind: str
    rcpt_to: str
    subject: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """Of one department."""

    overdue: Pile[Promised] = NOTHING
    today: Pile[Promised] = NOTHING  # is due
    held: Pile[Kept] = NOTHING
    failed: Pile[Kept] = NOTHING
    pages: Pile[Untaken] = NOTHING
    unreachable: Pile[Undeliverable] = NOTHING  # people in tickets that are not over
    doubtful: Pile[Doubtful] = NOTHING
    stale: Pile[Stale] = NOTHING  # articles; once a week

    @property
    def has_any(self) -> bool:
        """Is there anything to tell?"""
        return any(getattr(self, part.name).count for part in fields(self))


WHERE: Mapping[str, str] = {
    "overdue": "mailflow ticket list --due --department {department}",
    "today": "mailflow ticket list --due --department {department}",
    "held": "mailflow journal list --held",
    "failed": "mailflow journal list --disposition failed",
    "pages": "mailflow page list",
    "unreachable": "mailflow contact undeliverable",
    "doubtful": "mailflow outbox list --state unknown",
    "stale": "mailflow article list --stale",
}
"""By part, the command that shows all of it."""


def in_words(morning: Morning, department: str, schedule: Schedule, now: datetime) -> dict[str, str]:
    """By part its number, '' where there is nothing, and as `…_list` what is shown of it."""
    said: dict[str, str] = {}
    for name, lines in _LINES.items():
        pile: Pile[Any] = getattr(morning, name)
        shown = [lines(each, schedule, now) for each in pile.shown]
        if more := pile.count - len(pile.shown):
            shown.append(f"{'…':>6}  +{more}: {WHERE[name].format(department=department)}\n")
        said |= {name: str(pile.count or ""), f"{name}_list": "\n".join(shown)}
    return said


def _promised(each: Promised, schedule: Schedule, now: datetime) -> str:
    ticket = each.ticket
    term = min((term for term in terms(ticket, schedule) if term.due), key=lambda term: term.at, default=None)
    at = due_told.instant(each.at, term.hours if term else ALWAYS)
    why = due_told.promised(term) if term else f"{ticket.priority} priority"
    whose = f"; assigned to {ticket.assignee}" if ticket.assignee else ""
    return _block(f"#{ticket.number}", at, ticket.requester, _title(ticket.subject), _because(f"{why}{whose}"))


def _kept(each: Kept, schedule: Schedule, now: datetime) -> str:
    age = _age(now - each.received)
    return _block(str(each.number), age, each.author, _title(each.subject), _because(each.reason))


def _untaken(each: Untaken, schedule: Schedule, now: datetime) -> str:
    age = _age(now - each.created)
    return _block(str(each.number), age, f"{each.on_call}, #{each.ticket}", _because(each.cause))


def _unreachable(each: Undeliverable, schedule: Schedule, now: datetime) -> str:
    age = _age(now - each.since)
    return _block(f"#{each.ticket}", age, each.address, _because(f"{each.status} {each.diagnostic}"))


def _doubtful(each: Doubtful, schedule: Schedule, now: datetime) -> str:
    age, why = _age(now - each.created), f"{each.kind}, #{each.ticket}"
    return _block(str(each.number), age, each.rcpt_to, _title(each.subject), _because(why))


def _stale(each: Stale, schedule: Schedule, now: datetime) -> str:
    confirmed = f"{each.confirmed}" if each.confirmed else "never"
    return _block("", confirmed, each.name, _title(each.title), _because(", ".join(each.languages)))


_LINES: Mapping[str, Callable[[Any, Schedule, datetime], str]] = {
    "overdue": _promised,
    "today": _promised,
    "held": _kept,
    "failed": _kept,
    "pages": _untaken,
    "unreachable": _unreachable,
    "doubtful": _doubtful,
    "stale": _stale,
}


def _block(number: str, when: str, who: str, *said: str) -> str:
    first = folded(f"{number:>6}  {when}  {_shown(who, _SUBJECT) or '<>'}", "")
    return "\n".join((first, *(folded(line, _INDENT) for line in said), ""))


def _title(subject: str) -> str:
    return f"«{_shown(subject, _SUBJECT)}»"


def _because(why: str) -> str:
    return f"({_shown(why, _REASON)})"


def _shown(text: str, most: int) -> str:
    """Of a stranger's, with nothing unseen in it."""
    return one_line("".join(each if each.isprintable() else " " for each in text), most)


def _age(age: timedelta) -> str:
    return next((f"{age // unit} {name}" for unit, name in _UNITS if age >= unit), "0 min")
