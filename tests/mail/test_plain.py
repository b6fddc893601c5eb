"""What is called plain has nothing that mail-parser would find: the shortcut changes no answer."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.mail import parse as reading
from mailflow.mail.mime.header import Header
from mailflow.mail.mime.plain import is_plain

MESSAGES = sorted((Path(__file__).parent.parent / "messages").glob("*.eml"))
DATE = "Sat, 21 Nov 2026 10:00:00 +0100"
PLAIN = (
    "anna@firma.example",
    "Anna Nowak <anna@firma.example>",
    '"Nowak, Anna (IT)" <anna.nowak+desk@mail.firma.example>',
    "<anna@firma.example>",
    "O'Neil & Sons <o'neil@firma.example>, bob@kunde.example",
)
ODD = (
    "",
    "anna",
    "anna@",
    "=?utf-8?q?Ann=C4=85?= <anna@firma.example>",
    "a@corp.example <b@evil.example>",
    "<a@corp.example> <b@evil.example>",
    "Anna (comment) <anna@firma.example>",
    "anna@firma.example.",
    "anna..nowak@firma.example",
    "John Q. Public <john@firma.example>",
    "undisclosed-recipients:;",
    "Anna\x00 <anna@firma.example>",
    "anna@[192.0.2.1]",
)


def header_of(author: str, date: str = DATE, more: str = "") -> Header:
    return Header.of(f"From: {author}\nDate: {date}\n{more}\n".encode())


def asked(header: Header, monkeypatch: pytest.MonkeyPatch) -> tuple[object, list[str]]:
    """What mail-parser says of it, plain or not."""
    with monkeypatch.context() as patch:
        patch.setattr(reading, "is_plain", lambda _: False)
        return reading._judged(header)


@pytest.mark.parametrize("author", PLAIN)
def test_ordinary_addresses_are_plain_and_judged_the_same(author: str, monkeypatch: pytest.MonkeyPatch) -> None:
    header = header_of(author, more=f"To: {author}\nReply-To: {author}\n")
    assert is_plain(header)
    assert reading._judged(header) == asked(header, monkeypatch)


@pytest.mark.parametrize("author", ODD)
def test_what_is_odd_is_looked_at(author: str) -> None:
    assert not is_plain(header_of(author))


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Sat, 21 Nov 2026 10:00:00", "Sat, 21 Nov 26 10:00:00 +0100", f"{DATE} (CET)"]
)
def test_a_date_that_is_odd_is_looked_at(date: str) -> None:
    assert not is_plain(header_of(PLAIN[0], date))


@pytest.mark.parametrize("more", [f"From: {PLAIN[0]}\n", f"Date: {DATE}\n", "To: \xff\n"])
def test_what_occurs_twice_or_is_raw_is_looked_at(more: str) -> None:
    assert not is_plain(header_of(PLAIN[0], more=more))


@pytest.mark.parametrize("date", [DATE, "Sat, 21 Nov 2026 10:00:00 +0545", "Wed, 1 Jan 1975 00:00:00 -0000"])
def test_a_plain_date_is_the_instant_that_mail_parser_reads(date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    header = header_of(PLAIN[0], date)
    assert is_plain(header)
    assert reading._judged(header)[0] == asked(header, monkeypatch)[0]


@pytest.mark.parametrize("date", ["Sat, 31 Feb 2026 10:00:00 +0100", "Sat, 21 Nov 2026 29:00:00 +0100"])
def test_a_date_of_no_calendar_is_still_judged(date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    header = header_of(PLAIN[0], date)
    assert reading._judged(header) == asked(header, monkeypatch)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from('aB1.@<>," =?+-()\\:;'), max_size=40))
def test_no_address_is_called_plain_that_mail_parser_finds_wrong(author: str) -> None:
    header = header_of(author, more=f"Cc: {author}\n")
    if is_plain(header):
        with pytest.MonkeyPatch.context() as patch:
            assert reading._judged(header) == asked(header, patch)


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.stem)
def test_odd_messages_are_read_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = file.read_bytes()
    ours = reading.parse(octets)
    monkeypatch.setattr(reading, "is_plain", lambda _: False)
    theirs = reading.parse(octets)
    received = tuple(defect for defect in theirs.defects if defect.lower().startswith("received"))
    assert ours.date == theirs.date
    assert set(theirs.defects) - set(received) == set(ours.defects) - set(received)
