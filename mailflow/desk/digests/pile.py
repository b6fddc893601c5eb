"""What lies about and needs a person, by department: how much it is, and some of it.

Mail that is held or failed belongs to the departments of the mailboxes that it was sent to. It may be much, so it is
counted by its recipients, and a few of it are read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Any, Generic, TypeVar

from mailflow.desk.policy import Policy
from mailflow.desk.route import mailboxes_of

SHOWN = 50
"""Mails of one pile that are read, the newest; the rest is counted."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Pile(Generic[Item]):
    """How much it is, and what is shown of it."""

    count: int = 0
    shown: Sequence[Item] = ()


NOTHING: Pile[Any] = Pile()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An entry that is held or failed, and why."""

    number: int
    received: datetime
    rcpt_tos: tuple[str, ...]
    author: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """All of it to the same recipients: how much it is, and the number of the newest."""

    rcpt_tos: tuple[str, ...]
    written: str  # as the recipients stand in the journal, to find it by
    count: int
    newest: int


@dataclass(frozen=True, slots=True)
class Share:
    """What of it is for one department: how much, and where the newest SHOWN are looked for."""

    count: int
    among: tuple[str, ...]  # `written` of SHOWN groups at most: another one's newest is older than SHOWN others


def departments_of(rcpt_tos: Sequence[str], policy: Policy) -> tuple[str, ...]:
    """Whose decision it is: of those it was sent to, else of the first mailbox."""
    mailboxes = mailboxes_of(rcpt_tos, policy) or policy.config.mailbox[:1]
    return tuple(dict.fromkeys(mailbox.department for mailbox in mailboxes))


def shares(groups: Iterable[Addressed], policy: Policy) -> Mapping[str, Share]:
    """By department."""
    found: dict[str, list[Addressed]] = {}
    for each in groups:
        for department in departments_of(each.rcpt_tos, policy):
            found.setdefault(department, []).append(each)
    return {department: _share(theirs) for department, theirs in found.items()}


def _share(groups: Sequence[Addressed]) -> Share:
    among = nlargest(SHOWN, groups, key=lambda group: group.newest)
    return Share(sum(group.count for group in groups), tuple(group.written for group in among))
