"""The solar calendar of Iran, at the days on which its years really began."""

from datetime import date, timedelta

import pytest

from mailflow.mail.machines.jalali import gregorian, year_of

BEGINNINGS = {
    1354: date(1975, 3, 21),
    1375: date(1996, 3, 20),
    1399: date(2020, 3, 20),
    1400: date(2021, 3, 21),
    1403: date(2024, 3, 20),
    1404: date(2025, 3, 21),
    1405: date(2026, 3, 21),
    1408: date(2029, 3, 20),
}


@pytest.mark.parametrize(("year", "begins"), BEGINNINGS.items())
def test_a_year_begins_in_spring(year: int, begins: date) -> None:
    assert gregorian(year, 1, 1) == begins
    assert (year_of(begins), year_of(begins - timedelta(days=1))) == (year, year - 1)


def test_months_have_31_days_then_30() -> None:
    assert gregorian(1405, 2, 14) == date(2026, 5, 4)
    assert gregorian(1405, 7, 1) == date(2026, 9, 23)
    assert gregorian(1405, 10, 30) + timedelta(days=1) == gregorian(1405, 11, 1)


@pytest.mark.parametrize("wrong", [(1405, 7, 31), (1405, 0, 1), (1405, 13, 1), (1405, 1, 0), (9999, 1, 1)])
def test_no_such_day(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no day"):
        gregorian(*wrong)
