"""A department's digest: one mail in the morning of each of its working days, to those who are to know, if there is
anything to tell (desk.digests.morning).

It is about what there was by a fixed time of day, so that it is the same whoever writes it and however late, and its
key names that day: it is written once. A day without one is over at midnight; the next digest tells it all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from mailflow.config import Department, Mailbox, zone_named
from mailflow.desk.actions import Send
from mailflow.desk.digests.morning import Morning, in_words
from mailflow.desk.digests.pile import NOTHING, Pile
from mailflow.desk.knowledge.stale import Stale, stale_of
from mailflow.desk.policy import Policy
from mailflow.desk.timing.hours import ALWAYS, Hours
from mailflow.desk.writing.kind import Kind
from mailflow.mail.address import canonical

VALID = timedelta(days=30)
"""How long a digest can be answered, unless held mail is rejected sooner ([held] keep)."""


@dataclass(frozen=True, slots=True)
class Day:
    """A working day of a department. Told is what there is by `moment`; until `ends` is today."""

    department: Department
    moment: datetime
    ends: datetime
    weekly: bool = True  # what is told once a week is told, too


@dataclass(frozen=True, slots=True)
class Due:
    """A digest that is to be written, if there is anything to tell."""

    day: Day
    mailbox: Mailbox  # in whose name
    address: str

    @property
    def key(self) -> str:
        return f"digest:{self.day.department.name}:{canonical(self.address)}:{self.day.moment:%Y-%m-%d}"

    @property
    def decides(self) -> bool:
        """Can held mail be for the department?"""
        return self.mailbox.department == self.day.department.name


def days(policy: Policy, now: datetime) -> Iterator[Day]:
    """Of each department that works today, once it is the time of day for digests."""
    at = policy.config.held.digest_at
    for department in policy.config.department if at is not None else ():
        zone, hours = _zone(department, policy), policy.schedule.hours_of(department.name)
        today = now.astimezone(zone).date()
        moment = datetime.combine(today, at or time(), zone)
        if moment <= now and hours.spans(today):
            yield Day(department, moment, _midnight(today, zone), weekly=_is_first_of_week(today, hours))


def so_far(department: Department, policy: Policy, now: datetime) -> Day:
    """For who asks at another time: told is what there is `now`."""
    zone = _zone(department, policy)
    return Day(department, now, _midnight(now.astimezone(zone).date(), zone))


def stale(day: Day, policy: Policy) -> Pile[Stale]:
    """Articles that somebody of the department should look at; the first department has those of nobody, too."""
    after = policy.config.articles.stale_after
    if after is None or not day.weekly:
        return NOTHING
    own = day.department.name
    first = policy.config.department[0].name
    return stale_of(policy.articles, frozenset({own, *([""] if own == first else [])}), day.moment.date(), after)


def _is_first_of_week(today: date, hours: Hours) -> bool:
    """The first day of this week, from Monday on, on which they work."""
    return not any(hours.spans(today - timedelta(days=before)) for before in range(1, today.weekday() + 1))


def _zone(department: Department, policy: Policy) -> tzinfo:
    """Of the place where they work."""
    hours = policy.schedule.hours_of(department.name)
    return zone_named(policy.config.time_zone) if hours is ALWAYS else hours.zone


def _midnight(day: date, zone: tzinfo) -> datetime:
    """With which it ends."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


def readers(department: Department) -> tuple[str, ...]:
    """Who is told, and may decide by mail about what is held for it."""
    told = department.escalate_to if department.digest_to is None else department.digest_to
    return tuple(dict.fromkeys(told))


def due(day: Day, policy: Policy) -> Iterator[Due]:
    return (Due(day, mailbox_of(day, policy), address) for address in readers(day.department))


def mailbox_of(day: Day, policy: Policy) -> Mailbox:
    """The first of the department; else the first of all."""
    mailboxes = policy.config.mailbox
    return next((each for each in mailboxes if each.department == day.department.name), mailboxes[0])


def digest(due: Due, morning: Morning, policy: Policy, now: datetime) -> Send:
    day = due.day
    return Send(
        kind=Kind.DIGEST,
        to=due.address,
        to_name="",
        language="",  # the mailbox's: it is the team's own
        mailbox=due.mailbox.address,
        ticket=None,
        key=due.key,
        values={
            "department": day.department.title,
            "day": f"{day.moment:%Y-%m-%d}",
            **in_words(morning, day.department.name, policy.schedule, now),
        },
        digest=day.moment if due.decides else None,
    )
