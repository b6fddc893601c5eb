"""When somebody works: a week, the days that are otherwise, and how long something takes by that."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mailflow.config.values import Section, TimeZone
from mailflow.publicdays import YEARS, days_off

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_YEARLY = re.compile(r"\d\d-\d\d", re.ASCII)

Spans = tuple[tuple[int, int], ...]
"""From when to when in minutes since midnight, in order. One may end on the next day: then its end is above DAY."""


def weekdays(written: str) -> tuple[int, ...]:
    """'mon' is (0,), 'mon-fri' is (0, 1, 2, 3, 4), 'sat-mon' is (5, 6, 0)."""
    names = written.split("-")
    for name in names:
        if name not in WEEKDAYS or len(names) > 2:
            raise ValueError(f"'{written}' is no day of the week; write mon, tue … sun, or mon-fri")
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return tuple((first + day) % 7 for day in range((last - first) % 7 + 1))


def _weekdays(written: str) -> str:
    weekdays(written)
    return written


def _spans(value: object) -> object:
    spans = sorted(map(_span, [value] if isinstance(value, str) else _listed(value)))
    for (_, end), (begin, _) in pairwise(spans):
        if begin < end:
            raise ValueError(f"{_clock(begin)} is within the hours before it, which end at {_clock(end)}")
    return tuple(spans)


def _listed(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return list(value)
    raise ValueError(f'{value!r} are no hours; write "08:00-20:00", or ["08:00-12:00", "13:00-17:00"]')


def _span(value: object) -> tuple[int, int]:
    """One that ends earlier than it begins ends on the next day."""
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} are no hours; write '08:00-20:00', up to '24:00', or past midnight '22:00-06:00'")
    begin, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if begin >= DAY or end > DAY or begin == end:
        raise ValueError(f"{value!r} are no hours: a whole day is '00:00-24:00'")
    return begin, end if end > begin else end + DAY


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is no day; write '2026-12-24'") from None


def _closed_day(value: object) -> object:
    """ISO 8601, or month and day of each year."""
    written = str(value)
    try:
        date.fromisoformat(f"2024-{written}" if _YEARLY.fullmatch(written) else written)
    except ValueError:
        raise ValueError(f"{value!r} is no day; write '2026-12-24', or '12-24' for each year") from None
    return written


def _places(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _place(value: str) -> str:
    days_off(value)
    return value


Weekdays = Annotated[str, AfterValidator(_weekdays)]
Hours = Annotated[Spans, BeforeValidator(_spans)]
Day = Annotated[date, BeforeValidator(_day)]
ClosedDay = Annotated[str, BeforeValidator(_closed_day)]
Place = Annotated[str, AfterValidator(_place)]


class Calendar(Section):
    """[[calendar]] When somebody works. What it is used for is in docs/hours.md."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$")
    time_zone: TimeZone | None = None
    """Not set: the one at the top of the file."""
    hours: Mapping[Weekdays, Hours]
    """For days of the week: `hours.mon-fri = "08:00-20:00"`, `hours.sat = ["09:00-12:00", "13:00-16:00"]`. A day named
    alone counts before one within several; one that is not named is closed. Hours past midnight belong to the day on
    which they begin: "22:00-06:00"."""
    holidays: Annotated[tuple[Place, ...], BeforeValidator(_places)] = ()
    """Closed on the public holidays of a country, "PL", or a part of one, "US-NY"; of several places in a list."""
    closed: tuple[ClosedDay, ...] = ()
    """Days of your own: "2026-12-24", or "12-24" for each year."""
    open: Mapping[Day, Hours] = {}
    """Hours of one day, whatever else is said of it: `open."2026-12-19" = "10:00-14:00"`."""

    @model_validator(mode="after")
    def _opens(self) -> Self:
        if not any(self.hours.values()):
            raise ValueError('is never open; write at least hours.mon-fri = "08:00-18:00"')
        both = [day for day in self.open if day.isoformat() in self.closed]
        if both:
            raise ValueError(f"{both[0]} is both open and closed")
        _each_once(self.hours)
        return self

    @property
    def week(self) -> tuple[Spans, ...]:
        """Of seven days, Monday first."""
        found: dict[int, Spans] = {}
        for written, spans in sorted(self.hours.items(), key=lambda each: "-" not in each[0]):
            found.update(dict.fromkeys(weekdays(written), spans))
        return tuple(found.get(day, ()) for day in range(7))

    @property
    def other_days(self) -> dict[date, Spans]:
        """Those that are not as their weekday."""
        return {**dict.fromkeys(self.days_off, ()), **self.open}

    @property
    def days_off(self) -> dict[date, str]:
        """Days that are closed, and what they are called."""
        public = {day: name for place in self.holidays for day, name in days_off(place).items()}
        return {**public, **dict.fromkeys(self._own_days(), "closed")}

    def _own_days(self) -> Iterator[date]:
        for written in self.closed:
            if not _YEARLY.fullmatch(written):
                yield date.fromisoformat(written)
                continue
            month, day = map(int, written.split("-"))
            yield from (date(year, month, day) for year in YEARS if (month, day) != (2, 29) or year % 4 == 0)


def _each_once(hours: Mapping[str, Spans]) -> None:
    """Of two names for several days that share one nobody could say which counts."""
    seen: dict[int, str] = {}
    for written in hours:
        for day in weekdays(written) if "-" in written else ():
            if other := seen.get(day):
                raise ValueError(f"{WEEKDAYS[day]} is in '{other}' and in '{written}'")
            seen[day] = written
