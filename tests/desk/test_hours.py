"""Working time: what people expect, and the laws of its arithmetic against a count of minutes (R0.8)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailflow.config import Lapse
from mailflow.config.calendar import Spans
from mailflow.desk.timing.hours import ALWAYS, Hours

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OFFICE: Spans = ((8 * 60, 20 * 60),)
SHIFTS: Spans = ((0, 90), (130, 170), (22 * 60, 30 * 60))  # past midnight, and about the hours at which clocks change
WEEKS = {
    "office": [OFFICE] * 5 + [()] * 2,
    "with a break": [((540, 720), (780, 1020))] * 5 + [((600, 840),), ()],
    "nights": [((22 * 60, 30 * 60),)] * 7,
    "shifts": [SHIFTS] * 7,
    "around the clock": [((0, 1440),)] * 7,
    "a minute a week": [((23 * 60 + 59, 1440),)] + [()] * 6,
}
ZONES = {  # with a day on which the clock does what it does there
    "UTC": date(2026, 3, 1),
    "Europe/Warsaw": date(2026, 3, 29),
    "America/New_York": date(2026, 11, 1),
    "Australia/Lord_Howe": date(2026, 4, 5),  # by half an hour
    "Africa/Casablanca": date(2026, 2, 15),
    "Asia/Kathmandu": date(2026, 7, 1),  # 5:45
    "Pacific/Apia": date(2011, 12, 30),  # a day that was left out
    "America/Havana": date(2026, 3, 8),  # at midnight
}
HOLIDAYS = {date(2026, 11, 11): (), date(2026, 12, 25): (), date(2026, 12, 19): ((600, 840),)}


def hours(week: str = "office", zone: str = "Europe/Warsaw") -> Hours:
    return Hours(week, ZoneInfo(zone), WEEKS[week], HOLIDAYS)


def at(text: str, zone: str = "Europe/Warsaw") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


ADDED = [
    ("2026-11-02 09:00", "4h", "2026-11-02 13:00", "within a day"),
    ("2026-11-06 16:15", "4h", "2026-11-09 08:15", "Friday afternoon: the rest is Monday's"),
    ("2026-11-06 19:00", "1h", "2026-11-09 08:00", "due as it closes is due as it opens"),
    ("2026-11-07 12:00", "0h", "2026-11-09 08:00", "a weekend"),
    ("2026-11-10 19:30", "1h", "2026-11-12 08:30", "Independence Day"),
    ("2026-12-18 19:30", "1h", "2026-12-19 10:30", "a Saturday of its own hours"),
    ("2026-11-06 16:15", "1d", "2026-11-09 16:15", "a working day later, at the same time"),
    ("2026-11-07 12:00", "2d", "2026-11-12 08:00", "counted from when it opens, and Wednesday is a holiday"),
    ("2026-12-18 16:15", "1d", "2026-12-21 08:00", "on that Saturday it is closed by then"),
    ("2026-11-04 10:00", "1w", "2026-11-12 08:00", "next week is a holiday"),
    ("2026-10-23 16:15", "12h", "2026-10-26 16:15", "clocks were changed on Sunday: the same hours"),
]


@pytest.mark.parametrize(("start", "lapse", "due", "why"), [pytest.param(*row, id=row[-1]) for row in ADDED])
def test_after(start: str, lapse: str, due: str, why: str) -> None:
    assert hours().after(at(start), Lapse(int(lapse[:-1]), lapse[-1])) == at(due)


NIGHT = [
    ("2026-03-28 22:00", "2026-03-29 06:00", 7, "spring: two o'clock is three"),
    ("2026-10-24 22:00", "2026-10-25 06:00", 9, "autumn: two o'clock comes twice"),
    ("2026-06-01 22:00", "2026-06-02 06:00", 8, "any other night"),
]


@pytest.mark.parametrize(("since", "until", "worked", "why"), [pytest.param(*row, id=row[-1]) for row in NIGHT])
def test_a_night_shift_is_as_long_as_it_is(since: str, until: str, worked: int, why: str) -> None:
    nights = hours("nights")
    assert nights.between(at(since), at(until)) == worked * HOUR
    assert nights.add(at(since), worked * HOUR - MINUTE) == at(until) - MINUTE


def test_hours_that_the_clock_leaves_out_are_not_worked() -> None:
    """In Warsaw it is never half past two on that day; half past two in the hours means three."""
    early = Hours("early", ZoneInfo("Europe/Warsaw"), [((150, 240),)] * 7)
    sunday, monday = at("2026-03-29 00:00"), at("2026-03-30 00:00")
    assert [(each.begin, each.end) for each in early.openings(sunday, monday)] == [
        (at("2026-03-29 03:00"), at("2026-03-29 04:00"))
    ]
    all_of_it = Hours("none", ZoneInfo("Europe/Warsaw"), [((120, 180),)] * 7)
    assert all_of_it.between(sunday, monday) == timedelta(0)


def test_a_day_that_a_zone_leaves_out_has_no_hours() -> None:
    apia = Hours("apia", ZoneInfo("Pacific/Apia"), [OFFICE] * 7)
    assert apia.add(at("2011-12-29 19:00", "Pacific/Apia"), 2 * HOUR) == at("2011-12-31 09:00", "Pacific/Apia")


def test_around_the_clock_time_is_time() -> None:
    start = datetime(2026, 10, 24, 13, 7, 5, 123, tzinfo=UTC)
    assert ALWAYS.add(start, timedelta(days=900)) == start + timedelta(days=900)
    assert ALWAYS.after(start, Lapse(2, "d")) == start + timedelta(days=2)
    assert ALWAYS.after(start, Lapse(2, "w")) == start + timedelta(weeks=2)
    assert ALWAYS.between(start, start + timedelta(days=800, seconds=1)) == timedelta(days=800, seconds=1)


def test_openings_go_on_over_the_end_of_a_year() -> None:
    (opening,) = ALWAYS.openings(at("2025-05-01 08:00"), at("2027-05-01 08:00"))
    assert (opening.begin, opening.end) == (at("2025-05-01 08:00"), at("2027-05-01 08:00"))


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda each: each.replace(tzinfo=UTC))
times = st.timedeltas(timedelta(0), timedelta(days=20))
calendars = st.builds(hours, st.sampled_from(sorted(WEEKS)), st.sampled_from(sorted(ZONES)))


@settings(max_examples=300, deadline=None)
@given(calendars, instants, times, times)
@example(hours(), at("2026-11-06 20:00"), timedelta(0), HOUR)
def test_the_laws_of_adding(calendar: Hours, start: datetime, first: timedelta, second: timedelta) -> None:
    if calendar.name == "a minute a week":
        first, second = first / 2000, second / 2000
    due = calendar.add(start, first)
    assert calendar.is_open(due)
    assert start <= due
    assert calendar.between(start, due) == first
    assert calendar.add(due, second) == calendar.add(start, first + second)
    assert calendar.add(start, first) <= calendar.add(start, first + second)
    assert calendar.add(start, first) <= calendar.add(start + second, first)


@settings(max_examples=300, deadline=None)
@given(calendars, instants, instants)
def test_adding_is_the_inverse_of_between(calendar: Hours, start: datetime, until: datetime) -> None:
    start, until = sorted((start, calendar.opens(until)))
    until = calendar.opens(until)
    assert calendar.add(start, calendar.between(start, until)) == until
    assert calendar.between(until, start) == timedelta(0)


@settings(max_examples=200, deadline=None)
@given(calendars, instants, st.timedeltas(HOUR, timedelta(days=9)), st.integers(0, 30), st.sampled_from("dw"))
def test_who_comes_later_is_not_sooner_served(
    calendar: Hours, start: datetime, by: timedelta, count: int, unit: str
) -> None:
    """By an hour or more: in the hour that autumn repeats the clock on the wall does not tell who was first."""
    lapse = Lapse(count, unit)
    assert calendar.is_open(calendar.after(start, lapse))
    assert start <= calendar.after(start, lapse) <= calendar.after(start + by, lapse)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("week", sorted(WEEKS))
def test_it_is_what_a_count_of_minutes_gives(week: str, zone: str) -> None:
    """Two days around a change, minute by minute: an hour begins and ends when the clock first shows it."""
    calendar, change = hours(week, zone), ZONES[zone]
    first = datetime.combine(change, datetime.min.time(), UTC) - timedelta(days=1)
    minutes = [first + n * MINUTE for n in range(3 * 24 * 60)]
    end = minutes[-1] + MINUTE
    openings = list(calendar.openings(minutes[0], end))
    assert all(earlier.end < later.begin for earlier, later in pairwise(openings))
    opened = [any(each.begin <= at < each.end for each in openings) for at in minutes]
    assert opened == [calendar.is_open(at) for at in minutes]
    assert opened == counted(calendar, minutes)
    assert calendar.between(minutes[0], end) == sum(opened) * MINUTE


def counted(calendar: Hours, minutes: list[datetime]) -> list[bool]:
    """By the latest time that the clock has shown so far, so that what it repeats counts once."""
    latest, told = datetime.min, []
    for at in minutes:
        latest = max(latest, at.astimezone(calendar.zone).replace(tzinfo=None))
        day, minute = latest.date(), latest.hour * 60 + latest.minute
        before = calendar.spans(day - timedelta(days=1))
        told.append(
            any(begin <= minute < end for begin, end in calendar.spans(day))
            or any(begin <= minute + 1440 < end for begin, end in before)
        )
    return told


def test_what_is_asked_often_and_far_ahead_costs_little() -> None:
    calendar, start = hours(), at("2026-01-01 00:00")
    began = process_time()
    for n in range(100_000):
        calendar.add(start + n * 5 * MINUTE, 37 * HOUR)
    assert process_time() - began < 5
    began = process_time()
    decades = calendar.add(start, timedelta(days=5000))
    assert decades.year > 2050
    assert hours("a minute a week").add(start, timedelta(days=365)).year == 2075  # never, told as the farthest
    assert process_time() - began < 5
