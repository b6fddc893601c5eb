"""What we write is read again by a stranger and says what was meant, whatever the values hold."""  # M3

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import product
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.errors import ComposeError
from mailflow.mail.compose import Draft, _compare, _header, _lines, compose, one_line, writable
from mailflow.mail.markup import framed
from mailflow.mail.markup.written import Frame
from mailflow.mail.message import Address

DRAFT = Draft(
    mail_from="support+abc@firma.example",
    sender=Address("Firma Support", "support@firma.example"),
    to=Address("Anna Nowak", "anna@kunde.example"),
    reply_to="support+abc@firma.example",
    subject="[#42] Drucker",
    text="Hello Anna,\n\nplease use water.\n",
    message_id="t.u@mail.firma.example",
    in_reply_to="1@kunde.example",
    references=("0@kunde.example", "1@kunde.example"),
    date=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
    automatic=True,
    auto_submitted="auto-replied",
    language="en",
)

HOSTILE = (
    "a\r\nBcc: evil@x.example",
    "a\nBcc: evil@x.example",
    "a\rBcc: evil@x.example",
    "a\r\n\r\nbody",
    "=?utf-8?q?x=0d=0aBcc:_evil=40x.example?=",
    "=?utf-8?b?eA0KQmNjOiBlQHg=?=",
    "=?utf-8?q?a=40corp.example?= <b@evil.example>",
    "a\x00b\x0b\x0cc",
    "a\u2028Bcc: evil@x.example\u2029",
    "a\x85Bcc: evil@x.example",
    "\u202eelpmaxe.live",
    '"a" <b@evil.example>, c',
    'a\\" <b@evil.example>',
    "a@b, c@d; group: e@f;",
    "(comment) a",
    "x" * 5000,
    "ą" * 3000,
    "🎉" * 300,
    "słowo " * 300,
    "",
    "   ",
    "\udcff\ud800",
    "a" + " " * 100 + "b",
    "=?",
    "?=",
    "Drukarka nie działa",
)
FRAMES = ("{}", "[#42] {}", "{}\r\n", "\r\n{}", "ą {}", '"{}"', "{}?=", "{0} {0}")
NAMES = set(message_from_bytes(compose(DRAFT)).keys())
FIELDS = ("subject", "to name", "sender name", "text", "in_reply_to", "references")


def changed(field: str, value: str) -> Draft:
    match field:
        case "to name":
            return replace(DRAFT, to=Address(value, DRAFT.to.address))
        case "sender name":
            return replace(DRAFT, sender=Address(value, DRAFT.sender.address))
        case "references":
            return replace(DRAFT, references=("0@kunde.example", value))
        case _:
            return replace(DRAFT, **{field: value})  # type: ignore[arg-type]  # all of these are text


@pytest.mark.parametrize(("field", "frame"), list(product(FIELDS, FRAMES)))
def test_no_value_becomes_a_header_or_a_recipient(field: str, frame: str) -> None:
    """Six fields, and each hostile value in eight surroundings: 1,248 letters."""
    for value in HOSTILE:
        octets = compose(changed(field, frame.format(value)))
        parsed = message_from_bytes(octets, policy=policy.default)
        assert set(parsed.keys()) <= NAMES
        assert len(parsed.keys()) == len(set(parsed.keys()))
        for name, address in (("From", DRAFT.sender.address), ("To", DRAFT.to.address), ("Reply-To", DRAFT.reply_to)):
            assert [each.addr_spec for each in parsed[name].addresses] == [address]
        assert max(map(len, octets.split(b"\r\n"))) <= 998
        assert octets.replace(b"\r\n", b"").count(b"\n") == octets.replace(b"\r\n", b"").count(b"\r") == 0


SPOILT = {
    "another field": (b"To: ", b"Bcc: <evil@x.example>\r\nTo: "),
    "a field behind the last": (b"\r\n\r\n", b"\r\nBcc: <evil@x.example>\r\n\r\n"),
    "a field less": (b"X-Loop: support@firma.example\r\n", b""),
    "fields in another order": (b"MIME-Version: 1.0\r\nContent-Type: text", b"Content-Type: 1.0\r\nMIME-Version: text"),
    "a line that is no field": (b"Date: ", b"no field\r\nDate: "),
    "an end of the header before its end": (b"Date: ", b"\r\nDate: "),
    "another addressee": (b"<anna@kunde.example>\r\nReply", b"<evil@x.example>\r\nReply"),
    "one more addressee": (b"<anna@kunde.example>\r\nReply", b"<anna@kunde.example>, <evil@x.example>\r\nReply"),
    "another name": (b'"Anna Nowak"', b'"Anna"'),
    "a name that is an encoded-word": (b'"Anna Nowak"', b"=?utf-8?q?Anna_=3Cevil=40x=3E?="),
    "an escape in a name": (b'"Firma Support"', b'"Firma \\Support \\\\"'),
    "no name": (b'"Firma Support"\r\n ', b""),
    "another sender": (b" <support@firma.example>", b" <support@x.example>"),
    "another address for answers": (b"Reply-To: <support+abc", b"Reply-To: <support+abd"),
    "another subject": (b"Drucker", b"Druecker"),
    "another id": (b"<t.u@mail", b"<t.v@mail"),
    "another encoding": (b"7bit", b"base64"),
    "another word": (b"use water", b"use fire"),
    "a bare line feed": (b"please use water.\r\n", b"please use water.\n"),
    "a bare carriage return": (b"please use water.\r\n", b"please use water.\r"),
    "a NUL": (b"water", b"wa\0ter"),
    "a line that is too long": (b"Auto-Submitted: ", b"Auto-Submitted: " + b"x" * 999),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_says_anything_else_is_not_sent(what: str) -> None:
    octets, text = compose(DRAFT), _lines(DRAFT.text)
    names = [*(name for name, _ in _header(DRAFT)), "Content-Type", "Content-Transfer-Encoding"]
    _compare(octets, DRAFT, names, text)
    spoilt = octets.replace(*SPOILT[what])
    assert spoilt != octets
    with pytest.raises(ComposeError):
        _compare(spoilt, DRAFT, names, text)


def test_a_plain_letter_reads_as_a_person_would_write_it() -> None:
    assert compose(DRAFT).decode() == (
        'From: "Firma Support"\r\n <support@firma.example>\r\n'
        'To: "Anna Nowak"\r\n <anna@kunde.example>\r\n'
        "Reply-To: <support+abc@firma.example>\r\n"
        "Subject: [#42] Drucker\r\n"
        "Date: Mon, 02 Nov 2026 09:00:00 +0000\r\n"
        "Message-ID: <t.u@mail.firma.example>\r\n"
        "In-Reply-To: <1@kunde.example>\r\n"
        "References: <0@kunde.example>\r\n <1@kunde.example>\r\n"
        "Content-Language: en\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "Precedence: bulk\r\n"
        "X-Auto-Response-Suppress: All\r\n"
        "X-Loop: support@firma.example\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "\r\n"
        "Hello Anna,\r\n\r\nplease use water.\r\n"
    )


def test_a_persons_words_carry_no_mark_of_a_machine() -> None:
    octets = compose(replace(DRAFT, automatic=False, auto_submitted=""))
    for mark in (b"Auto-Submitted", b"X-Auto-Response-Suppress", b"X-Loop", b"Precedence"):
        assert mark not in octets


@pytest.mark.parametrize(
    "text", ["Zażółć gęślą jaźń.\n", "日本語\n", "x" * 3000 + "\n", "a\tb  \n\n\nc", ".\n..\n", "=41\n"]
)
def test_text_arrives_as_it_was_written(text: str) -> None:
    parsed = message_from_bytes(compose(replace(DRAFT, text=text)))
    arrived = cast(bytes, parsed.get_payload(decode=True)).decode().replace("\r\n", "\n")
    assert arrived == "\n".join(line.rstrip() for line in text.replace("\t", "    ").split("\n")).rstrip("\n") + "\n"


@pytest.mark.parametrize(("word", "encoding"), [("Water", "7bit"), ("Wasser für alle", "quoted-printable")])
def test_the_line_before_a_signature_keeps_its_blank_and_no_other_does(word: str, encoding: str) -> None:
    parsed = message_from_bytes(compose(replace(DRAFT, text=f"{word} \n--  \n-- x \n -- \n-- \nFirma \n")))
    assert parsed["Content-Transfer-Encoding"] == encoding
    arrived = cast(bytes, parsed.get_payload(decode=True)).decode()
    assert arrived == f"{word}\r\n--\r\n-- x\r\n --\r\n-- \r\nFirma\r\n"


def test_of_a_long_conversation_the_first_and_the_last_ids_are_named() -> None:
    ids = tuple(f"{number}@kunde.example" for number in range(500))
    named = message_from_bytes(compose(replace(DRAFT, references=ids)))["References"].split()
    assert (named[0], named[1], named[-1], len(named)) == (
        "<0@kunde.example>",
        "<481@kunde.example>",
        "<499@kunde.example>",
        20,
    )


@pytest.mark.parametrize(
    "address",
    ["", "a", "@b.example", "a@", "a b@c.example", "a@b.example\r\nBcc: x@y", "a@b@c", "<a@b.example>", "a@b,c@d",
     '"a b"@c.example', "a\x00@b.example", "a(x)@b.example", "a@b;c", "x" * 400 + "@b.example"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["mail_from", "reply_to", "to", "sender"])
def test_what_is_no_address_is_not_written_to(address: str, place: str) -> None:
    assert not writable(address)
    if address or place in ("to", "sender"):
        value = Address("", address) if place in ("to", "sender") else address
        with pytest.raises(ComposeError):
            compose(replace(DRAFT, **{place: value}))  # type: ignore[arg-type]  # the place says which


@pytest.mark.parametrize("address", ["a@b.example", "o'neil+x@b.example", "jörg@xn--exmple-cua.de", "a@[192.0.2.1]"])
def test_an_address_of_any_script_is(address: str) -> None:
    assert writable(address)
    assert f"<{address}>".encode() in compose(replace(DRAFT, to=Address("", address)))


def test_the_null_sender_is_a_sender() -> None:
    assert compose(replace(DRAFT, mail_from=""))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_subject_comes_back_as_its_one_line(subject: str) -> None:
    parsed = message_from_bytes(compose(replace(DRAFT, subject=subject)), policy=policy.default)
    assert str(parsed.get("Subject", "")) == one_line(subject)


WITH_HTML = replace(DRAFT, text="Hello Anna,\n\nsee https://firma.example/ und ż.\n", frame=Frame("<h1>Firma</h1>", ""))


def test_text_and_html_are_one_mail_and_the_better_one_is_last() -> None:
    parsed = message_from_bytes(compose(WITH_HTML), policy=policy.default)
    assert parsed.get_content_type() == "multipart/alternative"
    text, html = cast(list[EmailMessage], parsed.get_payload())
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == WITH_HTML.text
    assert '<h1>Firma</h1><div lang="en" dir="ltr">' in html.get_content()
    assert '<a href="https://firma.example/">https://firma.example/</a> und ż.</p>' in html.get_content()
    assert [part.defects for part in parsed.walk()] == [[], [], []]


@pytest.mark.parametrize("field", ["text", "subject", "in_reply_to"])
def test_no_value_becomes_a_part(field: str) -> None:
    boundary = message_from_bytes(compose(WITH_HTML)).get_boundary()
    for value in (
        *HOSTILE,
        f"--{boundary}",
        f"\r\n--{boundary}--\r\n",
        f"--{boundary}\nContent-Type: text/html\n\n<b>",
    ):
        changed = replace(WITH_HTML, **{field: f"a\n{value}\nb"})  # type: ignore[arg-type]  # all of these are text
        parsed = message_from_bytes(compose(changed), policy=policy.default)
        assert [part.get_content_type() for part in parsed.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]
        assert set(parsed.keys()) <= NAMES


SPOILT_PARTS = {
    "another word of the text": (b"Hello Anna,=\r\n", b"Hello Jan,=\r\n"),
    "another word of the html": (b">Hello Anna", b">Hello Jan"),
    "a script": (b"</body>", b"<script></script></body>"),
    "another order": (b"text/plain", b"text/html"),
    "a part more": (b"\r\n--=_", b"\r\nx\r\n--=_"),
    "words above the parts": (b"\r\n\r\n--=_", b"\r\n\r\nx\r\n--=_"),
    "no end": (b"--\r\n", b"\r\n"),
    "another charset": (b"utf-8", b"utf-7"),
}


@pytest.mark.parametrize("what", SPOILT_PARTS)
def test_both_parts_are_read_again(what: str) -> None:
    octets, text = compose(WITH_HTML), _lines(WITH_HTML.text)
    names = [*(name for name, _ in _header(WITH_HTML)), "Content-Type"]
    html = framed.page_of(text, "en", Frame("<h1>Firma</h1>", ""))
    _compare(octets, WITH_HTML, names, text, html)
    before, after = SPOILT_PARTS[what]
    spoilt = octets.replace(before.replace(b"=\r\n", b""), after.replace(b"=\r\n", b""), 1)
    assert spoilt != octets
    with pytest.raises(ComposeError):
        _compare(spoilt, WITH_HTML, names, text, html)


def test_html_that_would_say_anything_else_is_left_out() -> None:
    frame = Frame("<div style='display:none'>", "</div>")
    assert message_from_bytes(compose(replace(WITH_HTML, frame=frame))).get_content_type() == "text/plain"
    long = replace(WITH_HTML, text="words " * 60_000)
    assert message_from_bytes(compose(long)).get_content_type() == "text/plain"
