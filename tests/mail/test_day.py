"""Days as their readers write them, and what is no day of theirs."""

from datetime import date

import pytest

from mailflow.mail.day import day_in, said_in

DAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "2 November 2026", "2 Nov 2026"),  # in no country 11 February
        ("fr", "2 novembre 2026", "2 nov. 2026"),
        ("es", "2 de noviembre de 2026", "2 nov 2026"),
        ("pl", "2 listopada 2026", "2 lis 2026"),
        ("de", "2. November 2026", "02.11.2026"),
        ("cs", "2. listopadu 2026", "2. 11. 2026"),  # an admin's own folder of templates
        ("qq", "2026-11-02", "2026-11-02"),
    ],
)
def test_a_day_is_written_as_in_the_language_of_its_reader(language: str, long: str, short: str) -> None:
    assert (day_in(language, DAY), day_in(language, DAY, short=True)) == (long, short)


def test_an_hour_stays_behind_its_day() -> None:
    assert said_in("pl", "2026-11-02 14:05 CET") == "2 listopada 2026, 14:05 CET"
    assert said_in("pl", "") == ""
