"""Files that go along: whatever they are called and hold, they arrive as they are, beside the words (M3)."""

from dataclasses import replace
from email import message_from_bytes, policy
from itertools import product

import pytest

from mailflow.errors import ComposeError
from mailflow.mail.compose import _compare, _header, _lines, compose
from mailflow.mail.enclosure import LONGEST_NAME, NAMELESS, OCTETS, Enclosure, described, enclosure
from mailflow.mail.markup.written import Frame
from mailflow.mail.parse import parse
from tests.mail.test_compose import DRAFT

NAMES = {
    "plan.pdf": "plan.pdf",
    "plan of the house (2).pdf": "plan of the house (2).pdf",
    "zażółć gęślą.pdf": "zażółć gęślą.pdf",
    "🎉" * 300 + ".png": "🎉" * (LONGEST_NAME - 4) + ".png",
    "ą" * 300: "ą" * LONGEST_NAME,
    "../../etc/passwd": "passwd",
    "C:\\Users\\ewa\\plan.doc": "plan.doc",
    'a"; filename="b.exe': None,
    "a.txt\r\nBcc: evil@x.example": None,
    "=?utf-8?q?a=0d=0aBcc:_x?=": None,
    "a'b''c.txt": "a'b''c.txt",
    "'''a'''": None,
    "%41*=x.txt": None,
    "con.txt": "_con.txt",
    "x.p7m": "x.p7m.bin",
    "winmail.dat": "winmail.dat.bin",
    "": NAMELESS,
    ". . .": NAMELESS,
    "\u202egpj.exe": None,
    "a\x00b\x85c\u2028d.txt": None,
    "back\\slash": "slash",
    "\udcff.txt": None,
}
TYPES = {
    "application/pdf": "application/pdf",
    "IMAGE/PNG": "image/png",
    "text/plain": "text/plain",
    "text/html": "text/html",
    "message/rfc822": OCTETS,
    "multipart/mixed": OCTETS,
    "application/pkcs7-mime": OCTETS,
    "application/ms-tnef": OCTETS,
    "application/pdf; name=x": OCTETS,
    "a/b\r\nBcc: evil@x.example": OCTETS,
    "": OCTETS,
}
CONTENTS = (b"", b"x", b"\x00\xff" * 999, b"From x\r\n.\r\n--=_boundary--\r\n", b"begin 644 a\n#86)C\n`\nend\n")


@pytest.mark.parametrize(("name", "kind"), list(product(NAMES, TYPES)), ids=repr)
def test_a_file_arrives_as_it_is(name: str, kind: str) -> None:
    for octets in CONTENTS:
        enclosed = enclosure(name, kind, octets)
        assert enclosed.content_type == TYPES[kind]
        assert NAMES[name] in (None, enclosed.filename)
        mail = compose(replace(DRAFT, enclosures=(enclosed, enclosed)))
        parsed = message_from_bytes(mail, policy=policy.default)
        words, *files = list(parsed.iter_parts())  # type: ignore[attr-defined]
        assert words.get_content().replace("\r\n", "\n") == DRAFT.text
        assert [each.get_filename() for each in files] == [enclosed.filename] * 2
        assert [each.get_payload(decode=True) for each in files] == [octets] * 2
        assert [each.get_content_disposition() for each in files] == ["attachment"] * 2
        assert "Bcc" not in parsed
        assert max(map(len, mail.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("kind", ["application/pdf", "text/html", "text/plain"])
def test_a_file_stands_beside_text_and_html(kind: str) -> None:
    enclosed = enclosure("a", kind, b"<p>evil</p>")
    mail = compose(replace(DRAFT, frame=Frame("<h1>Firma</h1>", ""), enclosures=(enclosed,)))
    types = [part.get_content_type() for part in message_from_bytes(mail).walk()]
    assert types == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", kind]
    read = parse(mail)
    assert read.text == DRAFT.text.rstrip()
    assert [each.filename for each in read.attachments] == ["a"]


def test_the_same_mail_is_the_same_octets() -> None:
    draft = replace(DRAFT, enclosures=(enclosure("a.pdf", "application/pdf", b"abc"),))
    assert compose(draft) == compose(draft)
    assert parse(compose(draft)).attachments[0].filename == "a.pdf"


def test_words_with_the_boundary_in_them_are_not_sent() -> None:
    enclosed = (enclosure("a.pdf", "application/pdf", b"abc"),)
    boundary = message_from_bytes(compose(replace(DRAFT, enclosures=enclosed))).get_boundary()
    with pytest.raises(ComposeError):
        compose(replace(DRAFT, text=f"x\n--{boundary}\n\nevil", enclosures=enclosed))


SPOILT = {
    "another file": (b"YWJj", b"YWJk"),
    "another name": (b'"a.pdf"', b'"b.pdf"'),
    "another type": (b"application/pdf", b"application/exe"),
    "shown in the text": (b"Content-Type: application/pdf", b"Content-Type: text/plain"),
    "another word": (b"use water", b"use fire"),
    "no end": (b"--\r\n", b"\r\n"),
    "no file": (b"Content-Type: multipart/mixed", b"Content-Type: text/plain"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_says_anything_else_is_not_sent(what: str) -> None:
    draft = replace(DRAFT, enclosures=(enclosure("a.pdf", "application/pdf", b"abc"),))
    octets, text = compose(draft), _lines(draft.text)
    names = [*(name for name, _ in _header(draft)), "Content-Type"]
    _compare(octets, draft, names, text)
    spoilt = octets.replace(*SPOILT[what])
    assert spoilt != octets
    with pytest.raises(ComposeError):
        _compare(spoilt, draft, names, text)


def test_each_is_described_by_where_it_is_found() -> None:
    files = (enclosure("a.pdf", "application/pdf", b"abc", "1.3"), enclosure("b.pdf", "application/pdf", b"abcd"))
    assert [(each.filename, each.size, each.part) for each in described(files)] == [
        ("a.pdf", 3, "1.3"),
        ("b.pdf", 4, "3"),
    ]
    found = parse(compose(replace(DRAFT, enclosures=(Enclosure("b.pdf", "application/pdf", b"abcd"),)))).attachments
    assert [each.part for each in found] == [each.part for each in described((enclosure("b.pdf", OCTETS, b"abcd"),))]
