"""The same message again, or another (DESIGN rule 3, T3)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailflow.mail.digest import digest_of, identity

MAIL = b"From: anna@kunde.example\r\nMessage-ID: <1@kunde.example>\r\nSubject: a\r\n b\r\n\r\nOne\r\n\r\nTwo\r\n"


@pytest.mark.parametrize(
    "copy",
    [
        b"Received: from x by y\r\nDKIM-Signature: z\r\nX-Spam: no\r\nDelivered-To: q@firma.example\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"One\r\n", b"One  \t\r\n"),
        MAIL + b"\r\n \r\n\r\n",
        MAIL.replace(b"Subject: a\r\n b", b"Subject: a b"),
        b"From anna Mon Mar  2 10:00:00 2026\n" + MAIL,
    ],
)
def test_what_relays_add_does_not_make_another_message(copy: bytes) -> None:
    assert digest_of(copy) == digest_of(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Two", b"Three"),
        MAIL.replace(b"Subject: a", b"Subject: c"),
        MAIL.replace(b"anna@", b"jan@"),
        MAIL.replace(b"One\r\n\r\nTwo", b"One\r\nTwo"),
        MAIL.replace(b"One", b" One"),
        MAIL.replace(b"Message-ID: <1", b"Message-ID: <2"),
    ],
)
def test_the_same_message_id_with_other_content_is_another_message(other: bytes) -> None:  # T3
    assert digest_of(other) != digest_of(MAIL)


def test_large_bodies_are_read_in_pieces_with_the_same_result() -> None:
    body = b"line  \r\n" * 300_000
    assert digest_of(MAIL + body) == digest_of(MAIL + body.replace(b"  \r\n", b"\n"))


def test_a_mail_without_id_and_date_is_news_each_day() -> None:
    evening, morning = datetime(2026, 3, 2, 23, 59, tzinfo=UTC), datetime(2026, 3, 3, 0, 1, tzinfo=UTC)
    assert identity("d", "", None, evening) != identity("d", "", None, morning)
    assert identity("d", "", None, evening) == identity("d", "", None, evening - timedelta(hours=3))
    warsaw = timezone(timedelta(hours=1))
    assert identity("d", "", None, evening) == identity("d", "", None, evening.astimezone(warsaw))
    assert identity("d", "1@b.example", None, evening) == identity("d", "1@b.example", None, morning) == "d"
    assert identity("d", "", evening, evening) == "d"
