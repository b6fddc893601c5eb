"""One header block: tolerant, bounded, decoded word by word (X19, M1)."""

import pytest

from mailflow.mail.bounds import USUAL
from mailflow.mail.mime.header import Header, field_names


def test_fields_are_found_by_name_without_case_in_order() -> None:
    header = Header.of(b"Received: b\r\nreceived: a\r\nSUBJECT:hello\r\n\r\n")
    assert header.texts("Received") == ("b", "a")
    assert header.text("subject") == "hello"
    assert header.has("Subject")
    assert not header.has("To")
    assert header.text("To") == ""
    assert list(header) == ["received", "received", "subject"]


def test_of_several_names_those_that_it_has_are_told_in_their_order() -> None:
    header = Header.of(b"LIST-POST: b\r\nlist-id: a\r\n\r\n")
    assert header.carried(field_names("List-Id", "List-Help", "List-Post")) == ["List-Id", "List-Post"]


def test_folded_fields_are_unfolded() -> None:
    header = Header.of(b"Subject: one\r\n two\r\n\tthree\r\nTo: a@b.example\n\n")
    assert header.text("Subject") == "one two three"
    assert header.raw("to") == ("a@b.example",)


@pytest.mark.parametrize(
    ("octets", "body"),
    [
        (b"A: b\r\n\r\nbody", b"body"),
        (b"A: b\n\nbody", b"body"),
        (b"A: b\nbody without a blank line", b"body without a blank line"),
        (b"From anna Mon Mar  2 10:00:00 2026\nA: b\n\nbody", b"body"),
        (b">From anna Mon Mar  2 10:00:00 2026\nA: b\n\nbody", b"body"),
        (b"A: b\njunk\nC: d\n\nbody", b"body"),
        (b"A: b\nby some relay\nReceived: d\n\nbody", b"body"),
        (b"A: b\nHello there\nNote: x\n", b"Hello there\nNote: x\n"),
        (b"A: b\r\nHello there, all.\r\nE-mail: x\r\n", b"Hello there, all.\r\nE-mail: x\r\n"),
        (b"no header at all", b"no header at all"),
        (b"\r\nbody", b"body"),
        (b"A: b", b""),
        (b"", b""),
    ],
)
def test_the_body_starts_where_the_header_ends(octets: bytes, body: bytes) -> None:
    _, start = Header.read(octets)
    assert octets[start:] == body


def test_blank_lines_before_the_header_of_a_message_do_not_hide_it() -> None:
    header, start = Header.of_message(b"  \r\n\r\nSubject: x\r\n\r\nbody")
    assert (header.text("Subject"), start) == ("x", 20)
    assert len(Header.of_message(b"\r\nJust a note: x\r\n")[0]) == 0


@pytest.mark.parametrize("first", [b"From : a@x.example", b"From \t: a@x.example", b"From :\r\n a@x.example"])
def test_from_with_a_blank_before_the_colon_is_a_field_in_the_first_line_too(first: bytes) -> None:  # M8
    header, _ = Header.of_message(first + b"\r\nFrom: b@x.example\r\n\r\n")
    assert header.raw("From") == ("a@x.example", "b@x.example")
    assert header.spaced == {0}
    assert header.defects == ("a blank stands before the colon of from",)


def test_a_block_beyond_its_limits_is_cut_and_says_so() -> None:
    for octets in (
        b"A: 1\n" * 1_500 + b"\nbody",
        b"A: " + b"x" * 1_000 + b"\n" + (b"B: " + b"y" * 60_000 + b"\n") * 6 + b"\nbody",
    ):
        header, start = Header.read(octets)
        assert octets[start:] == b"body"
        assert len(header) <= USUAL.headers
        assert sum(len(value) for _, value in header.fields) <= USUAL.header_block
        assert any("cut" in defect for defect in header.defects)


def test_a_field_longer_than_64_kib_is_blanked() -> None:
    header = Header.of(b"X: " + b"x" * 70_000 + b"\nSubject: kept\n\n")
    assert (header.text("X"), header.text("Subject")) == ("", "kept")
    assert header.defects == ("x is longer than 65,536 octets and is ignored (limits.parser.header_field)",)


def test_raw_eight_bit_is_utf_8_or_else_windows_1252() -> None:
    header = Header.of("Subject: Grüße\n".encode() + "To: Jörg <j@b.example>\n\n".encode("cp1252"))
    assert header.text("Subject") == "Grüße"
    assert header.raw("To") == ("Jörg <j@b.example>",)


def test_no_line_end_comes_out_of_an_encoded_word() -> None:  # header injection, libraries 3
    header = Header.of(b"Subject: =?utf-8?q?x=0D=0ABcc:_e=40evil.example=00?=\n\n")
    assert header.text("Subject") == "x Bcc: e@evil.example\ufffd"


@pytest.mark.parametrize(
    ("octets", "subject"),
    [
        ("Subject: Zażółć\n\n".encode(), "Zażółć"),
        ("Subject: Zażółć gęślą\n\n".encode("cp1250"), "Zażółć gęślą"),
        ("Subject: не работает интернет\n\n".encode("koi8_r"), "не работает интернет"),
        ("Subject: 您好，请问发票\n\n".encode("gbk"), "您好，请问发票"),
        (b"Content-Type: text/plain; charset=koi8-r\nSubject: " + "ПРИВЕТ\n\n".encode("koi8_r"), "ПРИВЕТ"),
        (b"From: =?koi8-r?q?=E9?= <a@b.example>\nSubject: " + "ПРИВЕТ\n\n".encode("koi8_r"), "ПРИВЕТ"),
        ("Subject: Zażółć\n\n".encode()[:-3] + b"\n\n", "Zażół\ufffd"),
        (b"Subject: \x1b$B@A5a=q\x1b(B\n\n", "請求書"),
        (b"Content-Type: x; charset=koi8-r\nSubject: =?x-unknown?q?=F0=F2=E9=F7=E5=F4?=\n\n", "ПРИВЕТ"),
    ],
)
def test_raw_letters_in_the_header_are_read_by_the_charset_of_the_mail(octets: bytes, subject: str) -> None:
    assert Header.of(octets).text("Subject") == subject
