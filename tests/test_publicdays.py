"""Public holidays as calendars get them: of a country, of a part of one, and when they are observed."""

from datetime import date

import pytest

from mailflow.config.calendar import Calendar
from mailflow.publicdays import YEARS, days_off


@pytest.mark.parametrize(
    ("place", "day", "is_off"),
    [
        ("PL", date(2026, 11, 11), True),
        ("PL", date(2026, 11, 12), False),
        ("US", date(2026, 7, 3), True),  # the fourth is a Saturday
        ("US", date(2026, 2, 12), False),
        ("US-NY", date(2026, 2, 12), True),  # Lincoln's birthday
        ("PL", date(YEARS[-1], 12, 25), True),
    ],
)
def test_which_days_are_off(place: str, day: date, is_off: bool) -> None:
    assert (day in days_off(place)) is is_off


def test_days_of_ones_own_count_before_holidays_and_hours_of_one_day_before_both() -> None:
    calendar = Calendar.model_validate(
        {
            "name": "office",
            "hours": {"mon-fri": "08:00-20:00", "fri": "08:00-16:00"},
            "holidays": ["PL", "DE"],
            "closed": ["12-24", "02-29", date(2026, 12, 28)],
            "open": {"2026-11-11": "10:00-12:00"},
        }
    )
    assert calendar.week == (((480, 1200),),) * 4 + (((480, 960),), (), ())
    assert calendar.other_days[date(2026, 11, 11)] == ((600, 720),)
    assert calendar.other_days[date(2026, 10, 3)] == ()  # Germany's
    assert [day for day in calendar.days_off if day.month == 2] == [date(year, 2, 29) for year in range(2020, 2061, 4)]
    assert {calendar.days_off[date(year, 12, 24)] for year in YEARS} == {"closed"}
    assert date(2026, 12, 28) in calendar.days_off
    assert date(2027, 12, 28) not in calendar.days_off
