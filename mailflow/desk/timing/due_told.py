"""Why something is due when it is, in a sentence: which promise, by which hours, and what came between."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from mailflow.config.calendar import DAY, Spans
from mailflow.desk.timing.due import Promise, Term
from mailflow.desk.timing.hours import ALWAYS, NONE, Hours

PROMISES = {
    Promise.FIRST_RESPONSE: "first response",
    Promise.NEXT_RESPONSE: "answer",
    Promise.RESOLUTION: "resolution",
}
UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHARES = 3
"""Of so many days it is said how much was worked on each."""


def due(term: Term) -> str:
    """'due Mon 9 Nov 08:15', or that it stands still."""
    if term.paused is None:
        return f"due {instant(term.at, term.hours)}"
    since = instant(term.paused.since, term.hours)
    return f"paused since {since}, {term.paused.why}: {worked(term.left)} left"


def because(term: Term) -> str:
    said = f"{_row(term) or '[[due]]'}: {_from(term)}, {calendar(term.hours)}"
    return "; ".join((said, *_between(term)))


def promised(term: Term) -> str:
    """In short: 'first response of high priority: 4 working hours from Fri 6 Nov 16:15'."""
    row = _row(term)
    return f"{PROMISES[term.promise]}{f' of {row}' if row else ''}: {_from(term)}"


def length(term: Term) -> str:
    count, unit = term.lapse.count, UNITS[term.lapse.unit]
    working = "" if term.hours is ALWAYS or unit == "week" else "working "
    return f"{count} {working}{unit}{'' if count == 1 else 's'}"


def calendar(hours: Hours) -> str:
    return "around the clock" if hours is ALWAYS else f"calendar {hours.name} ({week(hours.week)} {hours.zone})"


def week(days: Sequence[Spans]) -> str:
    """'Mon–Fri 08:00–20:00, Sat 09:00–12:00 13:00–16:00'."""
    told = []
    for spans, group in groupby(range(7), key=lambda day: days[day]):
        same = list(group)
        name = WEEKDAYS[same[0]] + (f"–{WEEKDAYS[same[-1]]}" if len(same) > 1 else "")
        told += [f"{name} {' '.join(_span(*span) for span in spans)}"] if spans else []
    return ", ".join(told)


def worked(time: timedelta) -> str:
    """'3 h 45 min'; what is less than a minute is no time."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""))) or "0 min"


def instant(at: datetime, hours: Hours) -> str:
    """In the place where they work: 'Mon 9 Nov 08:15'."""
    local = at.astimezone(hours.zone)
    zone = " UTC" if hours is ALWAYS else ""
    return f"{_day(local.date())} {local:%H:%M}{zone}"


def _row(term: Term) -> str:
    row = term.row
    named = (
        f"{row.priority} priority" if row.priority else "",
        f"contract {row.contract}" if row.contract else "",
        f"type {row.type}" if row.type else "",
        f"department {row.department}" if row.department else "",
    )
    return ", ".join(filter(None, named))


def _from(term: Term) -> str:
    return f"{length(term)} from {instant(term.start, term.hours)}"


def _between(term: Term) -> Iterator[str]:
    yield from _shares(term)
    if closed := list(_closed(term)):
        yield f"closed on {', '.join(closed)}"
    for why, lost in term.pauses:
        if lost:
            yield f"{worked(lost)} {why} did not count"


def _shares(term: Term) -> Iterator[str]:
    """Of hours, on which days they were."""
    if term.hours is ALWAYS or term.lapse.unit in "dw":
        return
    days: dict[date, timedelta] = {}
    ends = term.hours.add(term.start, term.lapse.full)
    for opening in term.hours.openings(term.start, ends):
        day = opening.begin.astimezone(term.hours.zone).date()
        days[day] = days.get(day, NONE) + (opening.end - opening.begin)
    if 1 < len(days) <= SHARES:
        yield ", ".join(f"{worked(time)} on {_day(day)}" for day, time in days.items())


def _closed(term: Term) -> Iterator[str]:
    """Days between that are open in other weeks."""
    hours = term.hours
    day, last = (at.astimezone(hours.zone).date() for at in (term.start, term.at))
    names = ((each, name) for each, name in sorted(hours.days_off.items()) if day <= each <= last)
    for each, name in names:
        if hours.week[each.weekday()] and not hours.spans(each):
            yield _day(each) + ("" if name == "closed" else f" ({name})")


def _span(begin: int, end: int) -> str:
    return f"{_clock(begin)}–{_clock(end)}"


def _clock(minutes: int) -> str:
    """The end of a day is 24:00; beyond it is the next morning."""
    minutes = minutes if minutes <= DAY else minutes - DAY
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {day:%b}"
