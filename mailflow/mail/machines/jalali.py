"""The solar calendar of Iran: its days as days of ours."""

from datetime import date

YEARS = range(1200, 1500)  # for which the cycle of leap years is true
_KNOWN_YEAR, _ITS_BEGINNING = 1405, date(2026, 3, 21).toordinal()


def gregorian(year: int, month: int, day: int) -> date:
    """The day of ours. Six months have 31 days, five 30, the last 29, in leap years 30. Raises ValueError when there is
    no such day."""
    if not (year in YEARS and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        raise ValueError(f"no day of the solar calendar: {year}-{month}-{day}")
    in_year = 30 * (month - 1) + min(month - 1, 6) + day - 1
    return date.fromordinal(_beginning(year) + in_year)


def year_of(day: date) -> int:
    """The solar year in which a day of ours lies."""
    year = day.year - 621
    return year if day.toordinal() >= _beginning(year) else year - 1


def _beginning(year: int) -> int:
    return _ITS_BEGINNING + 365 * (year - _KNOWN_YEAR) + _leap_years(year) - _leap_years(_KNOWN_YEAR)


def _leap_years(year: int) -> int:
    """Before a year; 8 of 33 years have 366 days."""
    return (8 * year + 21) // 33
