"""Any octets give a Message (F1), the common ones the right Message."""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailflow.mail import parse as parse_module
from mailflow.mail.bounds import Bounds
from mailflow.mail.digest import digest_of
from mailflow.mail.effort import LEFT_OUT, Effort
from mailflow.mail.message import Address, Message
from mailflow.mail.parse import parse
from mailflow.mail.wire import as_wire, from_wire

MESSAGES = sorted((Path(__file__).parent.parent / "messages").glob("*.eml"))
UNCLEAN = re.compile("[\ud800-\udfff\0]")

MAIL = b"""\
Received: from mx.kunde.example (mx.kunde.example [192.0.2.1]) by mail.firma.example; Mon, 2 Mar 2026 10:00:01 +0100
Received: from [10.0.0.1] by mx.kunde.example; Mon, 2 Mar 2026 10:00:00 +0100
From: Anna Nowak <Anna@Kunde.example>
To: Support <support@firma.example>, billing@firma.example
Cc: jan@kunde.example
Reply-To: "Nowak, Anna" <office@kunde.example>
Subject: =?utf-8?q?Re=3A_zaleg=C5=82a?= faktura
Date: Mon, 2 Mar 2026 10:00:00 +0545
Message-ID: <m2@kunde.example>
In-Reply-To: <m1@firma.example>
References: <m0@kunde.example>
 <m1@firma.example>
Auto-Submitted: no
Content-Type: text/plain; charset=utf-8

Thank you, it works now.

On Mon, 2 Mar 2026 at 09:00, Support <support@firma.example> wrote:
> Please try again.
"""


def read(name: str, **options: bool) -> Message:
    return parse(next(path for path in MESSAGES if path.stem == name).read_bytes(), **options)


def assert_clean(message: Message) -> None:
    wire = json.dumps(as_wire(message), ensure_ascii=False)
    assert not UNCLEAN.search(wire.replace("\\u0000", "\0"))
    assert from_wire(json.loads(wire)) == message


def test_a_mail_is_read() -> None:
    message = parse(MAIL)
    assert message.message_id == "m2@kunde.example"
    assert (message.author, message.author_defect) == ("anna@kunde.example", "")
    assert message.from_ == Address("Anna Nowak", "Anna@Kunde.example")
    assert message.to == (Address("Support", "support@firma.example"), Address("", "billing@firma.example"))
    assert message.cc == (Address("", "jan@kunde.example"),)
    assert message.reply_to == (Address("Nowak, Anna", "office@kunde.example"),)
    assert message.subject == "Re: zaległa faktura"
    assert message.date == datetime(2026, 3, 2, 4, 15, tzinfo=UTC)
    assert message.date.utcoffset() == timedelta(hours=5, minutes=45)
    assert message.in_reply_to == ("m1@firma.example",)
    assert message.references == ("m0@kunde.example", "m1@firma.example")
    assert message.reply == "Thank you, it works now."
    assert "> Please try again." in message.text
    assert "Please try again." in message.quoted
    assert not message.automatic.is_automatic
    assert message.auto_submitted == "no"
    assert message.hops == 2
    assert message.html is None
    assert message.attachments == ()
    assert message.digest == digest_of(MAIL)
    assert message.defects == ()


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
@pytest.mark.parametrize("effort", Effort)
def test_every_odd_mail_is_read_with_every_effort(path: Path, effort: Effort) -> None:
    octets = path.read_bytes()
    message = parse(octets, effort=effort)
    assert_clean(message)
    assert message.digest == digest_of(octets)
    assert message.subject == parse(octets).subject
    assert message.author == parse(octets).author


@pytest.mark.parametrize(
    ("name", "subject", "text"),
    [
        ("blank-lines-before-the-header", "late start", "Hello"),
        ("body-without-blank-line", "no gap", "The body starts right here.\nIt goes on."),
        ("boundary-missing", "no boundary", "Still readable."),
        ("boundary-never-closed", "cut", "First."),
        ("boundary-twice-in-content-type", "which one", "Reader one."),
        ("calendar-alone", "Invitation", "BEGIN:VCALENDAR\nSUMMARY:Call about the invoice\nEND:VCALENDAR"),
        ("charset-gb2312-that-is-gbk", "镕基", "朱镕基 你好"),
        ("charset-iso-2022-jp", "請求書について", "請求書が届きません。"),
        ("charset-latin-1-that-is-windows-1252", "quotes", "„Preis“ 5 € – fällig"),
        ("charset-nobody-knows", "x", "Zażółć"),
        ("charset-utf-7", "x", "Zażółć"),
        ("encoded-word-broken", "=?utf-8?B?w?= and zażółć", "x"),
        ("encoded-word-cut-inside-a-letter", "zaż", "x"),
        ("header-only", "nothing follows", ""),
        (
            "html-only",
            "html",
            "Dzień dobry,\n\n- faktura\n- umowa\n\nKwota\t5\n\nZobacz tutaj <https://kunde.example/f>.",
        ),
        ("latin-1-in-the-header", "Grüße", "x"),
        ("line-ends-cr-only", "old machine", "First\nSecond"),
        ("message-inside", "forwarded", "See below."),
        ("nul-and-controls", "a b [31m", "Text\ufffd with [31mescapes."),
        ("signed-and-alternative", "signed", "Plain words"),
        ("text-part-with-a-name", "named", "The letter itself."),
    ],
)
def test_what_odd_mail_says(name: str, subject: str, text: str) -> None:
    message = read(name)
    assert (message.subject, message.text) == (subject, text)


@pytest.mark.parametrize(
    ("name", "attachments"),
    [
        ("boundary-never-closed", [("invoice.pdf", "application/pdf", 6, False, "2")]),
        ("calendar-alone", [("part-1.ics", "text/calendar", 64, False, "1")]),
        ("message-inside", [("part-2.eml", "message/rfc822", 60, False, "2")]),
        ("related-with-own-image", [("part-2.png", "image/png", 8, True, "2")]),
        ("signed-and-alternative", [("signature.asc", "application/pgp-signature", 29, False, "2")]),
        ("tnef", [("winmail.dat", "application/ms-tnef", 4, False, "2")]),
        (
            "attachment-names",
            [
                ("passwd", "application/pdf", 1, False, "2"),
                ("zażalenie.pdf", "application/pdf", 2, False, "3"),
                ("invoicefdp.exe", "application/pdf", 3, False, "4"),
                ("part-5.jpg", "image/jpeg", 4, True, "5"),
            ],
        ),
        (
            "encrypted-pgp",
            [
                ("part-1.bin", "application/pgp-encrypted", 10, False, "1"),
                ("encrypted.asc", "application/octet-stream", 27, False, "2"),
            ],
        ),
    ],
)
def test_what_is_not_read_is_attached(name: str, attachments: list[tuple[str, str, int, bool, str]]) -> None:
    message = read(name)
    assert [(a.filename, a.content_type, a.size, a.inline, a.part) for a in message.attachments] == attachments
    assert {a.sha256 for a in message.attachments} == {None}


def test_contents_are_decoded_only_when_asked_for() -> None:
    (attachment,) = read("tnef", contents=True).attachments
    assert attachment.sha256 == sha256(b'x\x9f>"').hexdigest()


def test_shown_html_has_own_images_only() -> None:
    html = read("related-with-own-image").html
    assert html is not None
    assert "cid:pic@kunde.example" in html
    assert "evil.example" not in html


def test_signed_and_encrypted_mail_says_so() -> None:
    assert (read("signed-and-alternative").signed, read("signed-and-alternative").encrypted) == (True, False)
    assert (read("encrypted-pgp").signed, read("encrypted-pgp").encrypted) == (False, True)


@pytest.mark.parametrize(
    ("name", "author", "why"),
    [
        ("from-twice", None, "there are 2 From fields"),
        ("from-missing", None, "there is no From field"),
        ("from-address-in-encoded-word", "mallory@evil.example", ""),
    ],
)
def test_identity_is_read_before_anything_is_decoded(name: str, author: str | None, why: str) -> None:  # M8
    message = read(name)
    assert (message.author, message.author_defect) == (author, why)


def test_raw_letters_of_unknown_charset_are_no_identity() -> None:
    message = parse("From: <jörg@kunde.example>\n\n".encode("latin-1"))
    assert message.author is None
    assert parse("From: <jörg@kunde.example>\n\n".encode()).author == "jörg@kunde.example"


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("Mon, 2 Mar 2026 10:00:00 +0100", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2 Mar 2026 10:00 GMT (summer)", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("Tue, 2 Mar 2026 10:00:00 -0000", datetime(2026, 3, 2, 10, tzinfo=UTC)),  # it was a Monday
        ("Mon, 2 Mar 2026 10:00:00", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 -1400", None),
        ("Mon, 32 Mar 2026 10:00:00 +0100", None),
        ("yesterday", None),
        ("(" * 5_000, None),
        ("9" * 5_000, None),
        ("", None),
    ],
)
def test_a_date_is_an_instant_or_nothing(written: str, date: datetime | None) -> None:
    assert parse(f"From: a@b.example\nDate: {written}\n\nx".encode()).date == date


def test_where_mail_parser_raises_the_date_is_read_all_the_same() -> None:
    message = parse(b"From: =?utf-8?b?aaaaaaaaa?= <a@b.example>\nDate: Mon, 2 Mar 2026 10:00:00 +0100\n\nx")
    assert message.author == "a@b.example"
    assert message.date == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_what_is_wrong_with_a_mail_is_said() -> None:
    octets = b"From: a@b.example\nSubject: one\nSubject: two\nDate: Tue, 2 Mar 2026 10:00:00 +0100\nTo: <<x\n\nx"
    message = parse(octets)
    assert message.subject == "one"
    assert message.defects[0] == "subject occurs 2 times"
    assert "date: weekday mismatch" in message.defects
    assert any(defect.startswith("to: ") for defect in message.defects)


def test_mail_without_memory_for_html_is_read_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(html: str, bounds: Bounds) -> str:
        raise MemoryError

    monkeypatch.setattr(parse_module, "text_of", exhausted)
    message = read("html-only")
    assert "Dzień dobry" in message.text
    assert message.html is None
    assert LEFT_OUT[Effort.PLAIN] in message.defects


def test_controls_in_a_report_do_not_get_past() -> None:  # M11
    message = read("report-with-nul")
    assert_clean(message)
    assert message.report is not None
    assert message.report.recipients[0].diagnostic == "550 no\ufffd such [31m user"
    assert message.report.original_message_id == "a b@firma.example"


def test_a_text_that_is_cut_says_so() -> None:
    message = parse(b"From: a@b.example\n\n" + b"words\n" * 800_000)
    assert len(message.text) == 4 << 20
    assert message.defects == ("the text is cut after 4,194,304 characters (limits.parser.text)",)


BOMBS = {
    "a megabyte of encoded-words": b"Subject: " + b"=?utf-8?q?a?= " * 80_000 + b"\n\nx",
    "encoded-words in many fields": b"".join(b"X-%d: %s\n" % (n, b"=?utf-8?q?a?= " * 400) for n in range(40)) + b"\nx",
    "brackets in From": b"From: " + b"(" * 500 + b"\n\nx",
    "brackets in Message-ID": b"Message-ID: <" + b"[" * 5_000 + b"\n\nx",
    "many addresses": b"To: " + b"a@b.example, " * 5_000 + b"\n\nx",
    "many references": b"References: " + b" ".join(b"<%d@a>" % n for n in range(7_000)) + b"\n\nx",
    "many parameters": b"Content-Type: text/plain" + b"; a=b" * 10_000 + b"\n\nx",
    "many parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 20_000,
    "boundaries without lines": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b" * 100_000,
    "nested lists": b"Content-Type: text/html\n\n" + b"<ul><li>" * 250 + b"x<br>" * 500,
    "links in one line": b"Content-Type: text/html\n\n"
    + b"".join(b"<a href=http://x.example/%d>abc</a>" % n for n in range(20_000)),
    "blanks": b"From: a@b.example\n\n" + (b" " * 500 + b"x\n") * 500,
    "one long blank": b"From: a@b.example\n\n" + b" " * 200_000 + b"x",
    "quotation marks": b"From: a@b.example\n\n" + b"> " * 50_000,
    "equal signs in base64": b"Content-Transfer-Encoding: base64\n\n" + b"=A" * 50_000,
}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("octets", BOMBS.values(), ids=BOMBS)
def test_bombs_are_read_at_once(octets: bytes) -> None:  # M1
    assert_clean(parse(octets))


FRAGMENTS = rb"""
From:_ To:_ Subject:_ Date:_ Message-ID:_< References:_ Content-Type:_ Content-Transfer-Encoding:_ multipart/ mixed
alternative related report message/delivery-status text/html text/plain ;_boundary=b \n--b\n \n--b--\n ;_charset= utf-16
utf-7 iso-2022-jp idna base64 x-uuencode quoted-printable =?utf-8?q?=00=ED=A0=80?= =?utf-7?q?+2AA-?=
name*0*=utf-8''%ED%A0%80 Mon,_2_Mar_2026_10:00:00_+0100 Final-Recipient:_rfc822;_x\n On_Monday_Anna_wrote:\n >_
\n\n \r\n \n_ \r < > @ " ( , : ; = \0 \xff
\xed\xa0\x80 +2AA- a &#xD800; <p> </p> <table> <b> \x1b$B
""".split()


def _octets(fragments: list[bytes]) -> bytes:
    """Pieces of mail in any order; `_` stands for a blank."""
    return b"".join(fragments).replace(b"_", b" ").decode("unicode_escape").encode("latin-1")


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(_octets)))
@example(b"Content-Type: text/plain; charset=utf-7\n\n+2AA-")
@example(b"Subject: =?utf-7?q?+2AA-?=\n\n")
@example(b"Content-Type: text/html\n\n&#xD800;&#0;")
@settings(max_examples=150, deadline=None)
def test_any_octets_give_a_message(octets: bytes) -> None:  # F1, M11
    for effort in Effort:
        message = parse(octets, effort=effort, contents=True)
        assert_clean(message)
        assert not UNCLEAN.search(str(asdict(message)))
        assert message.digest == digest_of(octets)


def test_a_page_that_is_too_long_is_not_shown_but_its_text_is() -> None:
    part = b"--x\nContent-Type: text/html\n\n" + b"<p>" + b"words " * 150_000 + b"</p>\n"
    message = parse(b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n" + part * 2 + b"--x--\n")
    assert message.html is None
    assert message.text.startswith("words")
    assert message.defects == ("the HTML is not shown: it has more than 1,048,576 characters (limits.parser.html)",)
    grown = parse(b"From: a@b.example\nContent-Type: text/html\n\n" + b"<" * 600_000)
    assert (grown.html, grown.text[:3]) == (None, "<<<")
    assert grown.defects == ("the HTML is not shown: it has more than 2,097,152 characters",)


@pytest.mark.parametrize("control", [b"\0", b"\x0b", b"\x1f", b"\x7f"])
def test_a_control_character_at_an_address_leaves_no_author(control: bytes) -> None:  # M8
    for written in (b"anna@kunde.example" + control, b"<anna@kunde.example" + control + b">", control + b"a@b.example"):
        assert parse(b"From: " + written + b"\n\nhi\n").author is None
    assert parse(b"From: A" + control + b" <anna@kunde.example>\n\nhi\n").author == "anna@kunde.example"


@pytest.mark.parametrize(("said", "wants"), [("All", True), ("DR; OOF", True), ("DR, NDR, RN", False), ("", False)])
def test_a_wish_for_silence_is_of_the_mail_whoever_wrote_it(said: str, wants: bool) -> None:
    mail = f"From: a@kunde.example\nX-Mailer: Microsoft Outlook 16.0\nX-Auto-Response-Suppress: {said}\n\nHello\n"
    message = parse(mail.encode())

    assert message.wants_no_answer is wants
    assert not message.automatic.is_automatic
