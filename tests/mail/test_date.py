"""The Date of a mail, as programs write it."""

from datetime import UTC, datetime

import pytest

from mailflow.mail.date import date_of

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("Mon, 2 Mar 2026 10:00:00 +0000", TEN),
        ("Mon, 2 Mar 2026 11:00:00 +0100 (CET)", TEN),
        ("Mon, 2 Mar 2026 10:00:00", TEN),  # no zone
        ("Mon, 2 Mar 2026 10:00", TEN),
        ("2 Mar 2026 10:00 GMT", TEN),
        ("Mon, 2 Mar 26 10:00:00 GMT", TEN),
        ("Mon, 2 Mar 126 10:00:00 GMT", TEN),
        ("Mon, 2 Mar 2026 05:00:00 EST", TEN),
        ("Mon, 2 Mar 2026 11:00:00 CET", TEN),
        ("Mon, 2 Mar 2026 12:00:00 CEST", TEN),
        ("Mon, 2 Mar 2026 12:00:00 GMT+2", TEN),
        ("Mon, 2 Mar 2026 12:00:00 GMT+0200", TEN),
        ("Mon, 2 Mar 2026 11:00:00 UTC+01:00", TEN),
        ("Mon, 2 Mar 2026 11:00:00 +01:00", TEN),
        ("Mon, 2 Mar 2026 11:00:00 +1", TEN),
        ('Mon, 2 Mar 2026 10:00:00 "GMT"', TEN),
        ("Mon, 2 Mar 2026 10:00:00 Z", TEN),
        ("Mon, 2 Mar 2026 10:00:00.123 +0000", TEN),
        ("Mon, 2 Mar 2026 10:00:60 +0000", datetime(2026, 3, 2, 10, 0, 59, tzinfo=UTC)),  # a leap second
        ("Mon, 2 Mar 2026 10.00.00 +0000", TEN),
        ("Mon,2 Mar 2026 10:00:00 +0000", TEN),
        ("Mon, 2-Mar-2026 10:00:00 GMT", TEN),
        ("Mon Mar  2 10:00:00 2026", TEN),
        ("Mon Mar  2 11:00:00 CET 2026", TEN),
        ("Monday, 2 March 2026 10:00:00 +0000", TEN),
        ("Monday, March 2, 2026 10:00 AM", TEN),
        ("Monday, March 2, 2026 10:00 PM", datetime(2026, 3, 2, 22, tzinfo=UTC)),
        ("2 Mar 2026 12:30:00 am +0000", datetime(2026, 3, 2, 0, 30, tzinfo=UTC)),
        ("2026-03-02T10:00:00Z", TEN),
        ("2026-03-02T11:00:00+01:00", TEN),
        ("2026-03-02 11:00:00.5 +0100", TEN),
        ("2026-03-02 10:00", TEN),
        ("Mo, 2 Mrz 2026 11:00:00 +0100", TEN),
        ("Mo., 2. März 2026 11:00:00 +0100", TEN),
        ("lun., 2 mars 2026 11:00:00 +0100", TEN),
        ("mar., 3 mars 2026 11:00:00 +0100", datetime(2026, 3, 3, 10, tzinfo=UTC)),  # mardi, no month
        ("pon, 2 marca 2026 10:00:00 +0100", NINE),
        ("lun, 2 marzo 2026 10:00:00 +0100", NINE),
        ("Пн, 2 мар 2026 10:00:00 +0100", NINE),
        ("Fri, 31 Dec 9999 23:59:59 -1400", None),
        ("Mon, 32 Mar 2026 10:00:00 +0100", None),
        ("Mon, 2 Mar 2026 25:00:00 +0100", None),
        ("2026-13-02T10:00:00Z", None),
        ("1772442000", None),
        ("yesterday", None),
        ("", None),
        ("9" * 5_000, None),
        ("(" * 5_000, None),
        ("a" * 5_000, None),
    ],
)
def test_a_date_is_an_instant_or_nothing(written: str, date: datetime | None) -> None:
    assert date_of(written) == date
