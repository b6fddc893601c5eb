"""A page: somebody on call is to look at a ticket now. Which step of the ladder is tried, when it is tried again, when
it ends, and what whoever is paged is told.

The step in force is the last whose time has come, so after a day of downtime only that one is tried. It is tried every
`repeat`, and after trouble every minute, until somebody takes the page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from urllib.parse import urlsplit

from mailflow.config import OnCall, Step
from mailflow.desk.actions import Send
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing.span import in_words
from mailflow.desk.writing.kind import Kind
from mailflow.mail.compose import one_line

AFTER_TROUBLE = timedelta(minutes=1)
LONGEST_WORD = 200
"""Characters of what a stranger wrote that a page repeats: it may be read on a watch."""


class PageState(StrEnum):
    WAITING = "waiting"  # for its next attempt
    CLAIMED = "claimed"  # an attempt is under way
    TAKEN = "taken"
    GIVEN_UP = "given_up"  # nobody took it in time
    WITHHELD = "withheld"  # there were too many: nobody was paged


OPEN = frozenset({PageState.WAITING, PageState.CLAIMED})
UNTAKEN = OPEN | {PageState.GIVEN_UP, PageState.WITHHELD}
"""What an agent may take: also to say that the alarm about it has been seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    number: int
    ticket: int
    on_call: str
    cause: str
    created: datetime
    step: int = 0  # the last that was tried, from 1; 0: none was
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Try:
    """The next attempt."""

    number: int  # of the step, from 1
    step: Step


@dataclass(frozen=True, slots=True)
class GiveUp:
    why: str


def next_try(page: Page, on_call: OnCall | None, now: datetime) -> Try | GiveUp:
    """Nothing is given up whose last step was never tried, however long we were away."""
    if on_call is None:
        return GiveUp(f"there is no [[on_call]] named '{page.on_call}' any more")
    end = on_call.give_up_after
    if end is not None and now - page.created >= end and page.step >= len(on_call.step):
        return GiveUp(f"nobody took it in {in_words(end)}")
    number = max((place for place, step in enumerate(on_call.step, 1) if page.created + step.after <= now), default=1)
    return Try(number, on_call.step[number - 1])


def due_again(page: Page, on_call: OnCall, tried: Try, now: datetime, *, reached: bool) -> datetime:
    """When to look at it after an attempt: at the next step's time, if that is sooner than the same step again."""
    again = now + (on_call.repeat if reached else min(on_call.repeat, AFTER_TROUBLE))
    if tried.number < len(on_call.step):
        return min(again, max(now, page.created + on_call.step[tried.number].after))
    end = on_call.give_up_after
    return again if end is None else min(again, max(now, page.created + end))


def way_of(step: Step) -> str:
    """In words, for the ticket's history, the log and `explain`: no argument of a command and no path of a URL, either
    of which may be a secret."""
    if step.mail:
        return f"mail to {', '.join(step.mail)}"
    if step.command:
        return f"command {step.command[0]}"
    return f"webhook {urlsplit(step.webhook).hostname}" if step.webhook else f"webhook of {step.webhook_file}"


def ladder_of(on_call: OnCall) -> str:
    """All of it, in words."""
    first, *later = on_call.step
    steps = [way_of(first), *(f"after {in_words(step.after)} {way_of(step)}" for step in later)]
    return f"{'; '.join(steps)}; every {in_words(on_call.repeat)} until somebody takes it"


def letters(page: Page, ticket: Ticket, step: Step, zone: tzinfo) -> Iterator[Send]:
    """The mails of an attempt, with times of `zone`. `page.attempts` counts it."""
    for address in step.mail:
        yield Send(
            kind=Kind.PAGE,
            to=address,
            to_name="",
            language="",  # the mailbox's: it is the team's own
            mailbox=ticket.mailbox,
            ticket=ticket.number,
            key=f"page:{page.number}:{page.attempts}:{address}",
            values=_values(page, ticket, zone),
            page=page.number,
        )


def as_json(page: Page, ticket: Ticket) -> dict[str, str | int]:
    """What a command or a webhook is given: which ticket and why, and nothing of what was written in it."""
    return {
        "page": page.number,
        "on_call": page.on_call,
        "step": page.step,
        "attempt": page.attempts,
        "ticket": ticket.number,
        "subject": one_line(ticket.subject, LONGEST_WORD),
        "requester": one_line(ticket.requester, LONGEST_WORD),
        "priority": ticket.priority.value,
        "department": ticket.department,
        "cause": page.cause,
        "since": page.created.isoformat(),
    }


def _values(page: Page, ticket: Ticket, zone: tzinfo) -> Mapping[str, str]:
    return {
        "page": str(page.number),
        "on_call": page.on_call,
        "requester": one_line(ticket.requester, LONGEST_WORD),
        "priority": ticket.priority.value,
        "cause": page.cause,
        "since": f"{page.created.astimezone(zone):%Y-%m-%d %H:%M %Z}",
        "attempt": str(page.attempts),
    }
