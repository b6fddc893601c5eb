"""What is packed in parts: TNEF, CMS, uuencode, RTF. Hostile octets give what can be read, at once, and never raise."""

import binascii
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.mail.bounds import Bounds
from mailflow.mail.mime.part import Packing
from mailflow.mail.mime.parts import MAX_COPIES, part_at, parts_of
from mailflow.mail.packed import cms, rtf, tnef, uuencode
from mailflow.mail.packed.unpack import TNEF_CUT
from mailflow.mail.parse import parse

MESSAGES = Path(__file__).parent.parent / "messages"


def octets_of(name: str) -> bytes:
    return (MESSAGES / f"{name}.eml").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "smime-signed-and-opaque",
        "smime-signed-without-saying-so-in-pieces",
        "tnef-as-the-whole-mail",
        "tnef-with-files-beside-a-text",
        "uuencoded-file-in-the-text",
        "multipart-in-base64",
    ],
)
def test_the_octets_of_what_was_packed_are_found_again(name: str) -> None:
    message = parse(octets_of(name), contents=True)
    root = parts_of(octets_of(name))
    assert len({attachment.part for attachment in message.attachments}) == len(message.attachments)
    for attachment in message.attachments:
        part = part_at(root, attachment.part)
        assert part is not None
        assert (len(part.octets()), sha256(part.octets()).hexdigest()) == (attachment.size, attachment.sha256)


@pytest.mark.parametrize(
    ("compressed", "text"),
    [
        (
            "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
        ("0f000000030000004d454c4100000000414243", b"ABC"),
        ("1a0000001c0000004c5a4675e2d44b5141000420", b"{\\rtf1 "),
        ("00", b""),
        ("000000000000000000000000000000000000", b""),
    ],
)
def test_rtf_is_uncompressed(compressed: str, text: bytes) -> None:  # the first two: MS-OXRTFCP 3.1, 3.2
    assert rtf.uncompressed(bytes.fromhex(compressed)) == text


@pytest.mark.parametrize(
    ("document", "text", "is_html"),
    [
        (rb"{\rtf1\ansi\ansicpg1250 Za\'bf\'f3\'b3\'e6\par next}", "Zażółć\nnext", False),
        (rb"{\rtf1{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}\f0 \'e4{\f1 \'cf\'f0}\'e4}", "äПрä", False),
        (rb"{\rtf1\uc1 \u281?\u-10179?\u-8704?{\uc0\u281x}}", "ę😀ęx", False),
        (
            rb"{\rtf1{\colortbl;\red1;}{\*\generator Word;}{\pict 00ff}a\~b\_c\-d\{e\}\\\tab f}",
            "a\xa0b-cd{e}\\\tf",
            False,
        ),
        (rb"{\rtf1\fromhtml1 {\*\htmltag <p>}\htmlrtf \b\htmlrtf0 a\htmlrtf b\htmlrtf0 {\*\mhtmltag x}}", "<p>a", True),
        (b"no rtf", "no rtf", False),
        (b"}}}{{{", "", False),
    ],
)
def test_the_words_of_rtf_are_read(document: bytes, text: str, is_html: bool) -> None:
    assert rtf.read(document) == rtf.Read(text, is_html)


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        ("300b06092a864886f70d010703", cms.Kind.ENCRYPTED),
        ("300d060b2a864886f70d0109100117", cms.Kind.ENCRYPTED),  # authenticated: RFC 5083
        ("300d060b2a864886f70d0109100109", cms.Kind.OTHER),  # compressed: RFC 3274
        ("300b06092a864886f70d010702", None),
        ("3082ffff06092a864886f70d010703", None),
        ("3089ffffffffffffffffff", None),
        ("", None),
    ],
)
def test_an_envelope_says_what_it_is(octets: str, kind: cms.Kind | None) -> None:
    envelope = cms.opened(bytes.fromhex(octets))
    assert (envelope and envelope.kind) == kind


def encoded(octets: bytes) -> bytes:
    return b"".join(binascii.b2a_uu(octets[at : at + 45]) for at in range(0, len(octets), 45))


CONTENT = bytes(range(256)) * 3


@pytest.mark.parametrize("ending", [b"`\nend\n", b"end", b" \nend\n", b"\nend\n"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_files_in_a_text_are_found(ending: bytes, line_end: bytes) -> None:
    text = b"before\nbegin 0644 a b.bin\n" + encoded(CONTENT) + ending
    text = text.replace(b"\n", line_end)
    (block,) = uuencode.blocks(text)
    assert block.name == "a b.bin"
    assert uuencode.undo(text[block.start : block.end]) == CONTENT
    assert parse(b"From: a@b.example\n\n" + text).text == "before"


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 x\n" + encoded(CONTENT),  # it does not end
        b"begin 644 x\nwords\nend\n",
        b"we begin 644 x\n" + encoded(CONTENT) + b"`\nend\n",
        b"begin 9 x\n" + encoded(CONTENT) + b"`\nend\n",
    ],
)
def test_what_only_begins_like_a_file_is_text(text: bytes) -> None:
    assert not list(uuencode.blocks(text))


def test_files_for_which_there_is_no_room_stay_in_the_text() -> None:  # M1
    files = b"".join(b"begin 644 " + name + b"\n" + encoded(CONTENT) + b"`\nend\n" for name in (b"1", b"2"))
    message = parse(b"From: a@b.example\n\n" + files, bounds=Bounds(mime_parts=2))
    assert [attachment.filename for attachment in message.attachments] == ["1"]
    assert message.text.startswith("begin 644 2\n")


def test_files_of_an_attached_text_stay_in_it() -> None:
    disposition = b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\n"
    root = parts_of(disposition + b"begin 644 x\n" + encoded(CONTENT) + b"`\nend\n")
    assert (root.packing, root.inside) == (Packing.NONE, ())


def test_a_thing_wrapped_many_times_is_opened_a_few_times() -> None:
    content = b"Content-Type: text/plain\n\nwords"
    for _ in range(MAX_COPIES + 2):
        content = b"Content-Type: application/pkcs7-mime\n\n" + signed(content)
    root = parts_of(content)
    assert len(list(root.walk())) == MAX_COPIES + 1
    assert parse(content).text == ""


def test_packed_parts_count_as_parts() -> None:  # M1
    file = struct.pack("<BHHI", 2, 0x9002, 6, 0) + b"\0\0"
    root = parts_of(b"Content-Type: application/ms-tnef\n\n" + tnef.SIGNATURE + b"\0\0" + file * 10_000)
    assert len(list(root.walk())) == 500


def test_a_stream_of_outlook_that_is_cut_is_read_as_far_as_it_goes_and_a_defect() -> None:
    words = struct.pack("<BHHI", 1, 0x800C, 2, 5) + b"words\0\0"
    head = b"From: a@b.example\nContent-Type: application/ms-tnef\n\n"
    whole = head + tnef.SIGNATURE + b"\0\0" + words
    cut = whole + struct.pack("<BHHI", 2, 0x9002, 6, 900) + b"\0\0"

    assert (parse(whole).text, parse(whole).defects) == ("words", ())
    for octets in (cut, cut[:-5]):
        assert (parse(octets).text, parse(octets).defects) == ("words", (TNEF_CUT,))


def signed(content: bytes) -> bytes:
    """The least SignedData that holds `content` (RFC 5652 5.1)."""

    def element(tag: int, *pieces: bytes) -> bytes:
        body = b"".join(pieces)
        return bytes([tag, 0x84]) + len(body).to_bytes(4) + body

    data, signed_data = (element(6, bytes.fromhex(f"2a864886f70d01070{kind}")) for kind in (1, 2))
    inner = element(0x30, data, element(0xA0, element(4, content)))
    return element(0x30, signed_data, element(0xA0, element(0x30, element(2, b"\1"), element(0x31), inner)))


RTF_HEAD = struct.pack("<IIII", 0, 1 << 30, 0x75465A4C, 0)
BOMBS: dict[str, Callable[[], object]] = {
    "groups": lambda: rtf.read(b"{" * 1_000_000),
    "fonts": lambda: rtf.read(b"".join(b"\\f%d a" % number for number in range(200_000))),
    "control words": lambda: rtf.read(b"\\u1 \\b" * 300_000),
    "octets": lambda: rtf.read(b"\\'41" * 300_000),
    "copies": lambda: rtf.uncompressed(RTF_HEAD + (b"\xff" + b"\x00\x1f" * 8) * 500_000),
    "overlaps": lambda: rtf.uncompressed(RTF_HEAD + b"\0abcdefgh" + (b"\xff" + b"\x0d\x0f" * 8) * 500_000),
    "nested indefinite": lambda: cms.opened(b"\x30\x80" * 1_000_000),
    "pieces": lambda: cms.opened(signed(b"x")[:60] + b"\x24\x80" * 1_000_000),
    "many beginnings": lambda: list(uuencode.blocks(b"begin 644 x\n" * 200_000)),
    "a long line": lambda: list(uuencode.blocks(b"begin 644 x\n" + b"M" * 5_000_000)),
    "many properties": lambda: tnef.opened(
        tnef.SIGNATURE + b"\0\0" + struct.pack("<BHHII", 1, 0x9003, 6, 1 << 30, 1 << 31) + b"\x02\x10\0\0" * 500_000
    ),
    "many values": lambda: tnef.opened(
        tnef.SIGNATURE
        + b"\0\0"
        + struct.pack("<BHHIIHHI", 1, 0x9003, 6, 1 << 30, 1, 0x101E, 0x1000, 1 << 31)
        + bytes(4_000_000)
    ),
}


@pytest.mark.timeout(5)
@pytest.mark.parametrize("read", BOMBS.values(), ids=BOMBS)
def test_bombs_are_read_at_once(read: Callable[[], object]) -> None:  # M1
    read()


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_octets_are_read(octets: bytes) -> None:  # F1
    rtf.read(octets)
    rtf.uncompressed(RTF_HEAD + octets)
    cms.opened(octets)
    list(uuencode.blocks(b"begin 644 x\n" + octets))
    for name in (0x9003, 0x9005):
        head = struct.pack("<BHHI", 1, 0x9002, 6, 0) + b"\0\0" + struct.pack("<BHHI", 1, name, 6, len(octets))
        tnef.opened(tnef.SIGNATURE + b"\0\0" + head + octets)
    tnef.opened(tnef.SIGNATURE + octets)


SIGNED_MAIL = b"From: a@b.example\nContent-Type: application/pkcs7-mime\n\n"


def test_a_signed_content_in_pieces_of_one_letter_is_cut() -> None:  # M1
    head = bytes.fromhex("308006092a864886f70d010702a08030800201013100308006092a864886f70d010701a0802480")
    octets = head + b"\x04\x01a" * 100_000
    envelope = cms.opened(octets)

    assert envelope == cms.Envelope(cms.Kind.SIGNED, b"a" * (cms.FEW + len(octets) // cms.SHORTEST), whole=False)
    assert "the text is cut: what was signed is in too many pieces" in parse(SIGNED_MAIL + octets).defects
