"""Working time: when it is open, how much of it lies between two instants, and when so much has passed (R0.8).

Hours are said by the clock on the wall of their place, and counted on the one line that time is. Where the clock jumps
forward, hours that it leaves out are not worked; where it is turned back, the repeated hour is worked twice if it is
within opening hours; hours begin and end when the clock shows them first. A zone may leave out a whole day.

Instants are aware; results are UTC and, unless said otherwise, lie in opening hours: what is due when it closes is due
when it opens next, at the same working time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from mailflow.config.calendar import DAY, Spans
from mailflow.config.values import Lapse

NONE = timedelta(0)
SECOND = timedelta(seconds=1)
FARTHEST = 50
"""Years. What would take longer by a calendar is never due, and told as due then."""


@dataclass(frozen=True, slots=True)
class Opening:
    """From `begin` until, and without, `end`."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Year:
    """The openings of one year (UTC), and how much was worked in it before each."""

    begins: Sequence[datetime]
    ends: Sequence[datetime]
    worked: Sequence[timedelta]
    total: timedelta

    @classmethod
    def of(cls, openings: Sequence[Opening]) -> "Year":
        worked, total = [], NONE
        for each in openings:
            worked.append(total)
            total += each.end - each.begin
        return cls([each.begin for each in openings], [each.end for each in openings], worked, total)

    def by(self, at: datetime) -> timedelta:
        """Worked in it until `at`."""
        position = bisect_right(self.begins, at) - 1
        return self.worked[position] + min(at, self.ends[position]) - self.begins[position] if position >= 0 else NONE

    def when(self, worked: timedelta) -> datetime:
        """The last instant by which so much was worked; less than `total`."""
        position = bisect_right(self.worked, worked) - 1
        return self.begins[position] + (worked - self.worked[position])


@dataclass(frozen=True)
class Hours:
    """Of one calendar. A year is worked out when it is first asked for: 2 ms; then a question is two searches."""

    name: str
    zone: tzinfo
    week: Sequence[Spans]  # of seven days, Monday first
    other_days: Mapping[date, Spans] = field(default_factory=dict)
    days_off: Mapping[date, str] = field(default_factory=dict)  # of those the ones that have a name
    _years: dict[int, Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Working time from one to the other; none if `until` is before."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        if until <= since:
            return NONE
        years = (self._year(year).total for year in range(since.year, until.year))
        return sum(years, NONE) + self._year(until.year).by(until) - self._year(since.year).by(since)

    def add(self, at: datetime, time: timedelta) -> datetime:
        """When `time`, not negative, has been worked since `at`. The inverse of `between`."""
        at = at.astimezone(UTC)
        wanted = self._year(at.year).by(at) + time
        for number in range(at.year, at.year + FARTHEST):
            year = self._year(number)
            if wanted < year.total:
                return year.when(wanted)
            wanted -= year.total
        return at + timedelta(days=FARTHEST * 365)

    def opens(self, at: datetime) -> datetime:
        """`at` if it is open then, else when it opens next."""
        return self.add(at, NONE)

    def is_open(self, at: datetime) -> bool:
        return self.opens(at) == at

    def after(self, at: datetime, lapse: Lapse) -> datetime:
        """When a time as people say it has passed: hours are working time, '2d' is the same time of day two working
        days later, '1w' that of next week. Later `at` are not sooner done, but for the hour that autumn repeats."""
        match lapse.unit:
            case "d":
                return self._days_after(at, lapse.count)
            case "w":
                wall = self.opens(at).astimezone(self.zone).replace(tzinfo=None)
                return self.opens(self._instant(wall + timedelta(weeks=lapse.count)))
            case _:
                return self.add(at, lapse.full)

    def openings(self, since: datetime, until: datetime) -> Iterator[Opening]:
        """What is open between the two, in order, without a break where a year ends."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        years = map(self._year, range(since.year, until.year + 1))
        return _joined(((pair for year in years for pair in zip(year.begins, year.ends, strict=True))), since, until)

    def spans(self, day: date) -> Spans:
        return self.other_days[day] if day in self.other_days else self.week[day.weekday()]

    def _days_after(self, at: datetime, days: int) -> datetime:
        start = self.opens(at).astimezone(self.zone).replace(tzinfo=None)
        day = self._day_of(start)
        within = start - datetime.combine(day, datetime.min.time())
        last = day + timedelta(days=FARTHEST * 365)
        for _ in range(days):
            day += timedelta(days=1)
            while not self.spans(day) and day < last:
                day += timedelta(days=1)
        return self.opens(self._instant(datetime.combine(day, datetime.min.time()) + within))

    def _day_of(self, wall: datetime) -> date:
        """To which day the hours belong that are open then: those past midnight are of the day before."""
        minute, day, before = wall.hour * 60 + wall.minute, wall.date(), wall.date() - timedelta(days=1)
        if any(begin <= minute < end for begin, end in self.spans(day)):
            return day
        return before if any(begin <= minute + DAY < end for begin, end in self.spans(before)) else day

    def _instant(self, wall: datetime) -> datetime:
        """When the clock on the wall first shows `wall`, or, where it leaves that out, first shows more."""
        at = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if self._shown(at) == wall:
            return at
        earlier = wall.replace(tzinfo=self.zone, fold=1, microsecond=0).astimezone(UTC)  # by the offset behind the jump
        jump = range((at - earlier) // SECOND)
        return earlier + SECOND * bisect_left(
            jump, True, key=lambda after: self._shown(earlier + SECOND * after) >= wall
        )

    def _shown(self, at: datetime) -> datetime:
        return at.astimezone(self.zone).replace(tzinfo=None)

    def _year(self, number: int) -> Year:
        year = self._years.get(number)
        if year is None:
            first, last = datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC)
            year = self._years[number] = Year.of(list(_joined(sorted(self._around(number)), first, last)))
        return year

    def _around(self, year: int) -> Iterator[tuple[datetime, datetime]]:
        """From a few days before it until a few behind: places are up to 14 hours off, and a night is of two days."""
        day = date(year, 1, 1) - timedelta(days=3)
        while day < date(year + 1, 1, 4):
            midnight = datetime.combine(day, datetime.min.time())
            for begin, end in self.spans(day):
                opens, closes = midnight + timedelta(minutes=begin), midnight + timedelta(minutes=end)
                yield self._instant(opens), self._instant(closes)
            day += timedelta(days=1)


def _joined(pieces: Iterable[tuple[datetime, datetime]], first: datetime, last: datetime) -> Iterator[Opening]:
    """What of `pieces`, which come in order, lies between the two; those that meet are one."""
    begin = end = first
    for opens, closes in pieces:
        opens, closes = max(opens, first), min(closes, last)
        if opens >= closes:
            continue
        if opens > end:
            if begin < end:
                yield Opening(begin, end)
            begin = opens
        end = max(end, closes)
    if begin < end:
        yield Opening(begin, end)


ALWAYS = Hours("always", UTC, [((0, DAY),)] * 7)
"""Where there is no calendar: time is time, and a day is 24 hours."""
