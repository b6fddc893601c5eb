"""Octets to text, and text that is safe to keep.

Mail lies about its charset the way web pages do, so a label is read as browsers read it (`mail.charsets.labels`), and
believed less than the octets: a byte order mark, escape sequences and valid UTF-8 speak for themselves. What nobody
declared, or what cannot be as declared, is guessed by its letters (`mail.charsets.guess`).

Past this module no text has a lone surrogate, a NUL, a noncharacter or another control than tab and line feed.
"""

import codecs
import re
from collections.abc import Iterable

from mailflow.mail.charsets.guess import guess
from mailflow.mail.charsets.iso2022 import euc_jp, iso2022_jp, shifted
from mailflow.mail.charsets.labels import codec_of
from mailflow.mail.charsets.vietnamese import TABLES

# Noncharacters of the higher planes are two in 65,536: a range that holds them all is searched ten times as fast
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff\U0001fffe-\U0010ffff]")
_UNFIT = re.compile(
    "[\0\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_PLANE_ENDS = (end | plane << 16 for plane in range(17) for end in (0xFFFE, 0xFFFF))
_SCRUBBED = {
    **dict.fromkeys([*range(0x01, 0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0xFEFF]),
    **dict.fromkeys([0, *range(0xD800, 0xE000), *range(0xFDD0, 0xFDF0), *_PLANE_ENDS], "\ufffd"),
}
"""What nobody sees is dropped, what is no character is replaced."""
_SCRUBBED_LETTERS = frozenset(map(chr, _SCRUBBED))
_FEW = 16  # different ones, each looked for in the whole text: five times as fast as letter by letter
_LINE_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_PLAIN = frozenset({"", "utf-8", "us-ascii", "iso-8859-1"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPES = (
    (re.compile(rb"\x1b(?:\$\(?[@B]|\([IJ])"), "iso2022_jp"),
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"\x1b\$\)A"), "iso2022_cn"),
)
_HZ = re.compile(rb"~\{(?:[!-w][!-~])++~\}")  # RFC 1843
_EIGHT_BITS = {"iso2022_kr": "cp949", "iso2022_cn": "gb18030"}
_SWITCHING = frozenset({"iso2022_jp", *_EIGHT_BITS})
_WIDE = frozenset({"utf-16-le", "utf-16-be", "utf-16", "utf-32"})
_LIKE = {"koi8_r": "koi8_u", "iso8859_7": "cp1253", "iso8859_8": "cp1255", "iso8859_15": "cp1252"}  # for the guess
_UTF8_BY_CHANCE = 3  # different letters: SPÓŁKA in ISO-8859-2 has one pair that is a letter of UTF-8
MOST_LINES = 2_000  # of a text of more than one charset; a longer one has one
MOST_JUDGED = 256 << 10  # octets of it
_AGREE = 3  # so many characters, and half of all, show the order of their octets
_WRONG = 10  # of so many characters one may not be what was declared, else none is


def decode(octets: bytes, label: str = "", hints: Iterable[str] = ()) -> str:
    """Text of `octets`, whatever is in them, scrubbed. `hints` are labels of other parts of the same message."""
    return scrub(letters_of(octets, label, hints))


def is_text(octets: bytes, label: str) -> bool:
    """They are valid in the charset of that label."""
    codec = codec_of(label) or "utf-8"
    return codec in _SWITCHING or _strictly(octets, codec) is not None


def scrub(text: str) -> str:
    """Body text that can be stored and shown: line feeds only, no other control but tab, no lone surrogate."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _scrubbed(text) if _CONTROLS.search(text) else text


def _scrubbed(text: str) -> str:
    found = _SCRUBBED_LETTERS.intersection(text)
    if len(found) > _FEW:
        return text.translate(_SCRUBBED)
    for letter in found:
        text = text.replace(letter, _SCRUBBED[ord(letter)] or "")
    return text


def scrub_line(text: str) -> str:
    """The same for text that stands on one line: controls become one blank, the ends are stripped."""
    if not text.isprintable():
        text = _UNFIT.sub("\ufffd", _LINE_CONTROLS.sub(" ", text).replace("\ufeff", ""))
    return text.strip()


def letters_of(octets: bytes, label: str, hints: Iterable[str]) -> str:
    """What they are before anything is scrubbed: for whoever scrubs only as much as is wanted."""
    if octets.isascii() and b"\x1b" not in octets and b"~{" not in octets and label.lower() in _PLAIN:
        return octets.decode("ascii")
    codec = _marked(octets, label) or codec_of(label)
    if codec in _SWITCHING:
        if octets.isascii() or b"\x1b" in octets:
            return iso2022_jp(octets) if codec == "iso2022_jp" else shifted(octets, _EIGHT_BITS[codec])
        codec, hints = None, [*hints, "shift_jis", "euc-jp"]  # eight bits and no escape sequence
    if codec == "cp1252" and "ascii" in label.lower():
        codec = None  # it promised seven bits
    if codec not in _WIDE and (text := _strictly(octets, "utf-8")) is not None and _is_utf8(text, codec):
        return text
    if codec is None or codec == "utf-8":
        return _line_by_line(octets, hints)
    return _declared(octets, codec, hints)


def _marked(octets: bytes, label: str) -> str | None:
    """The codec that the octets name themselves, by a byte order mark or by escape sequences."""
    for mark, codec in _MARKS:
        if octets.startswith(mark) and _strictly(octets, codec) is not None:
            return codec
    if not octets.isascii():
        return None
    if b"~{" in octets and codec_of(label) in (None, "gb18030") and _HZ.search(octets):
        return "hz"
    if b"\x1b" in octets:
        return next((codec for escape, codec in _ESCAPES if escape.search(octets)), None)
    return None


def _is_utf8(text: str, codec: str | None) -> bool:
    """What is valid UTF-8 is UTF-8, unless another charset was declared and chance would do."""
    if codec in (None, "utf-8", "cp1252"):
        return True
    return len({letter for letter in set(text) if not letter.isascii()}) >= _UTF8_BY_CHANCE


def _declared(octets: bytes, codec: str, hints: Iterable[str]) -> str:
    """Text as declared, unless a good part of it is not."""
    if codec == "utf-16-le" and octets.isascii() and b"\0" not in octets:
        return octets.decode("ascii")  # the program converted the text and not the label
    if codec in _WIDE:
        codec = _ordered(octets, codec)
    text = _strictly(octets, codec)
    if text is None and codec == "euc_jp":
        text = euc_jp(octets)
    if text is None:
        text = _read(octets, codec, "replace")
        wrong = codec not in _WIDE and _odd(text) > max(1, _beyond_ascii(text) // _WRONG)
        if wrong and (likely := _guessed(octets, hints)):
            return octets.decode(likely, "replace")
    return text


def _ordered(octets: bytes, codec: str) -> str:
    """The order of octets that Latin letters show, whatever is said: each has NULs before it, or behind.

    A letter of another script may have a NUL too, so half of them must agree.
    """
    if any(octets.startswith(mark) for mark, _ in _MARKS):
        return codec
    width = 4 if codec == "utf-32" else 2
    before, behind = octets[::width].count(0), octets[width - 1 :: width].count(0)
    most = max(before, behind)
    if before == behind or most < _AGREE or 2 * most * width < len(octets):
        return codec
    return f"utf-{8 * width}-{'be' if before > behind else 'le'}"


def _line_by_line(octets: bytes, hints: Iterable[str]) -> str:
    """Nobody said, or UTF-8 was said and is not: lists append footers in another charset."""
    if octets.count(b"\n") > MOST_LINES or len(octets) > MOST_JUDGED:
        likely = "utf-8" if _was_utf8(octets[:MOST_JUDGED].decode("utf-8", "replace")) else _guessed(octets, hints)
        return octets.decode(likely or "cp1252", "replace")
    if not octets.decode("utf-8", "ignore").isascii():
        lines = octets.split(b"\n")
        texts = [line.decode("utf-8", "replace") for line in lines]
        others = [at for at, text in enumerate(texts) if not _was_utf8(text)]
        codec = _guessed(b"\n".join(lines[at] for at in others), hints) or "cp1252"
        for at in others:
            texts[at] = lines[at].decode(codec, "replace")
        return "\n".join(texts)
    return octets.decode(_guessed(octets, hints) or "cp1252", "replace")


def _was_utf8(text: str) -> bool:
    """Most of what was read as UTF-8 was, so that a character cut in two costs that character and no other."""
    return text.isascii() or 2 * _odd(text) <= _beyond_ascii(text)


def _guessed(octets: bytes, hints: Iterable[str]) -> str:
    codecs_named = filter(None, map(codec_of, hints))
    return guess(octets, frozenset(_LIKE.get(codec, codec) for codec in codecs_named))


def _odd(text: str) -> int:
    return text.count("\ufffd")


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _strictly(octets: bytes, codec: str) -> str | None:
    try:
        return _read(octets, codec, "strict")
    except UnicodeError:
        return None


def _read(octets: bytes, codec: str, errors: str) -> str:
    """By Python's codec of that name, or by a table of ours."""
    table = TABLES.get(codec)
    return codecs.charmap_decode(octets, errors, table)[0] if table else octets.decode(codec, errors)
