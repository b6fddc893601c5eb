"""Held mail is brought to those who decide about it: one mail a day to each of them, if anything waits.

It is about what was held by a fixed time of day, so that it is the same whoever writes it and however late, and its key
names that day: it is written once. What a stranger wrote stands in it cut and folded, where no line can be taken for a
command of ours (desk.commands), in whatever width it is quoted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest

from mailflow.config import Department, Mailbox, zone_named
from mailflow.desk.actions import Kind, Send
from mailflow.desk.folding import folded
from mailflow.desk.policy import Policy
from mailflow.desk.route import mailboxes_of
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line

SHOWN = 50
"""Held mails that one digest lists, the newest; the rest is counted."""
VALID = timedelta(days=30)
"""How long a digest can be answered, unless held mail is rejected sooner ([held] keep)."""
_SUBJECT, _REASON = 80, 240  # characters
_INDENT = " " * 8
_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An entry that waits for a decision."""

    number: int
    received: datetime
    rcpt_tos: tuple[str, ...]
    author: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """All held mail to the same recipients: how much it is, and the number of the newest."""

    rcpt_tos: tuple[str, ...]
    written: str  # as the recipients stand in the journal, to find it by
    count: int
    newest: int


@dataclass(frozen=True, slots=True)
class Share:
    """What of it is for one department: how much, and where the newest SHOWN are looked for."""

    count: int
    among: tuple[str, ...]  # `written` of SHOWN groups at most: another one's newest is older than SHOWN others


@dataclass(frozen=True, slots=True)
class Pile:
    """What is held for one department: how much it is, and the newest SHOWN of it, the newest first."""

    count: int
    shown: Sequence[Held]


@dataclass(frozen=True, slots=True)
class Due:
    """A digest that is to be written, if anything is held."""

    department: str
    mailbox: Mailbox  # in whose name
    address: str
    moment: datetime

    @property
    def key(self) -> str:
        return f"digest:{self.department}:{canonical(self.address)}:{self.moment:%Y-%m-%d}"


def last_moment(policy: Policy, now: datetime) -> datetime | None:
    """The latest time of day for digests, in the zone of config.toml. None: there are none."""
    held = policy.config.held
    if held.digest_at is None:
        return None
    zone = zone_named(policy.config.time_zone)
    day = now.astimezone(zone).date()
    moment = datetime.combine(day, held.digest_at, zone)
    return moment if moment <= now else datetime.combine(day - timedelta(days=1), held.digest_at, zone)


def readers(department: Department) -> tuple[str, ...]:
    """Who is told what is held for it, and may decide about it by mail."""
    told = department.escalate_to if department.digest_to is None else department.digest_to
    return tuple(dict.fromkeys(told))


def due(policy: Policy, moment: datetime) -> Iterator[Due]:
    for department in policy.config.department:
        mailbox = next((each for each in policy.config.mailbox if each.department == department.name), None)
        if mailbox is not None:
            yield from (Due(department.name, mailbox, address, moment) for address in readers(department))


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


def digest(due: Due, pile: Pile, now: datetime) -> Send:
    more = pile.count - len(pile.shown)
    return Send(
        kind=Kind.DIGEST,
        to=due.address,
        to_name="",
        language="",  # the mailbox's: it is the team's own
        mailbox=due.mailbox.address,
        ticket=None,
        key=due.key,
        values={
            "count": str(pile.count),
            "held": "\n".join(_lines(each, now) for each in pile.shown),
            "more": str(more) if more else "",
        },
        digest=due.moment,
    )


def _lines(held: Held, now: datetime) -> str:
    who = _shown(held.author, _SUBJECT) or "<>"
    first = folded(f"{held.number:>6}  {_age(now - held.received)}  {who}", "")
    subject, reason = _shown(held.subject, _SUBJECT), _shown(held.reason, _REASON)
    return "\n".join((first, folded(f"«{subject}»", _INDENT), folded(f"({reason})", _INDENT), ""))


def _shown(text: str, most: int) -> str:
    """Of a stranger's, with nothing unseen in it."""
    return one_line("".join(each if each.isprintable() else " " for each in text), most)


def _age(age: timedelta) -> str:
    return next((f"{age // unit} {name}" for unit, name in _UNITS if age >= unit), "0 min")
