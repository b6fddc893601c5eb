"""TNEF (MS-OXTNEF): the winmail.dat in which Outlook sends what only Outlook reads.

One pass over the attributes and their properties, by offsets, nothing copied. A stream that is broken, cut or in more
pieces than any program writes gives what came before. An embedded message is an attachment and is not opened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from struct import Struct, error
from typing import NamedTuple

from mailflow.mail.charsets.charset import decode

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_ATTACHMENTS = 500
SHORTEST = 32  # octets of an attribute or a property in the mean
FEW = 1_000  # of which that is not asked; Outlook writes some hundred

_HEAD = Struct("<BHHI")  # level, id, type, length
_LONG = Struct("<I")
_TAG = Struct("<HH")  # type, id

_BODY, _DATA, _TITLE, _BEGINS, _MESSAGE, _ATTACHMENT, _CODEPAGE = 0x800C, 0x800F, 0x8010, 0x9002, 0x9003, 0x9005, 0x9007
_PLAIN, _RTF, _HTML, _CPID = 0x1000, 0x1009, 0x1013, 0x3FDE
_CONTENT, _SHORT_NAME, _LONG_NAME, _MIME_TAG, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712

_OBJECT, _STRING, _UNICODE, _BINARY, _MANY = 0x000D, 0x001E, 0x001F, 0x0102, 0x1000
_WIDTHS: Mapping[int, int] = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8,
                              0x40: 8, 0x48: 16}  # fmt: skip
_CODEPAGES = {20127: "us-ascii", 20866: "koi8-r", 21866: "koi8-u", 28591: "iso-8859-1", 28592: "iso-8859-2",
              28595: "iso-8859-5", 28605: "iso-8859-15", 50220: "iso-2022-jp", 51932: "euc-jp", 51949: "euc-kr",
              54936: "gb18030", 65001: "utf-8", 932: "shift_jis", 936: "gbk", 949: "euc-kr", 950: "big5",
              1200: "utf-16le"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """A version of the body, ready to be decoded. text/rtf is compressed (MS-OXRTFCP)."""

    content_type: str
    charset: str
    octets: bytes


@dataclass(slots=True)
class File:
    """An attachment; its octets stand in the stream."""

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    start: int = 0
    end: int = 0
    titled: bool = False  # whatever letters its title has


class _Value(NamedTuple):
    kind: int
    start: int
    end: int


@dataclass(slots=True)
class Tnef:
    """What a stream holds."""

    octets: bytes = field(repr=False)
    words: list[Words] = field(default_factory=list)  # plain before HTML
    files: list[File] = field(default_factory=list)
    charset: str = "windows-1252"
    broken: bool = False  # what was read before counts
    left: int = 0  # attributes, properties and values that may be read; their lengths are whatever a stranger says

    def count(self) -> None:
        """One more; raises IndexError when no program writes so many."""
        self.left -= 1
        if self.left < 0:
            raise IndexError("too many of them")


def opened(octets: bytes) -> Tnef | None:
    """None when these octets are no TNEF."""
    if not octets.startswith(SIGNATURE):
        return None
    tnef = Tnef(octets, left=FEW + len(octets) // SHORTEST)
    try:
        for name, start, end in _attributes(octets):
            tnef.count()
            tnef.broken = end > len(octets)
            _take(tnef, name, start, min(end, len(octets)))
    except (error, IndexError):
        tnef.broken = True
    return tnef


def _attributes(octets: bytes) -> Iterator[tuple[int, int, int]]:
    """Id, start and end of each; the last may end behind the stream."""
    at = len(SIGNATURE) + 2  # the key
    while at < len(octets):
        _, name, _, length = _HEAD.unpack_from(octets, at)
        start = at + _HEAD.size
        yield name, start, start + length
        at = start + length + 2  # a checksum


def _take(tnef: Tnef, name: int, start: int, end: int) -> None:
    if name == _CODEPAGE:
        tnef.charset = _charset(_LONG.unpack_from(tnef.octets, start)[0])
    elif name == _BODY:
        _add_words(tnef, "text/plain", tnef.octets[start:end].rstrip(b"\0"), tnef.charset)
    elif name == _MESSAGE:
        _read_message(tnef, _properties(tnef, start, end))
    elif name == _BEGINS:
        if len(tnef.files) < MAX_ATTACHMENTS:
            tnef.files.append(File())
    elif tnef.files:
        _add_to_file(tnef, name, start, end)


def _add_to_file(tnef: Tnef, name: int, start: int, end: int) -> None:
    """Attributes belong to the attachment whose rendering data came last."""
    file = tnef.files[-1]
    if name == _TITLE:
        title = b"" if file.titled else tnef.octets[start:end].rstrip(b"\0")
        if title:
            file.titled, file.name = True, file.name or decode(title, tnef.charset)
    elif name == _DATA:
        file.start, file.end = start, end
    elif name == _ATTACHMENT:
        properties = _properties(tnef, start, end)
        name_of = {tag: _text(tnef, properties[tag]) for tag in properties if tag in (_LONG_NAME, _SHORT_NAME)}
        file.name = name_of.get(_LONG_NAME) or file.name or name_of.get(_SHORT_NAME, "")
        file.content_type = _text(tnef, properties.get(_MIME_TAG)).lower()
        file.content_id = _text(tnef, properties.get(_CONTENT_ID)).strip("<> ")
        if (content := properties.get(_CONTENT)) and not file.end:
            file.start, file.end = content.start, content.end


def _read_message(tnef: Tnef, properties: Mapping[int, _Value]) -> None:
    codepage = properties.get(_CPID)
    charset = _charset(_LONG.unpack_from(tnef.octets, codepage.start)[0]) if codepage else tnef.charset
    for tag, content_type in ((_PLAIN, "text/plain"), (_HTML, "text/html")):
        if value := properties.get(tag):
            _add_words(tnef, content_type, *_written(tnef, value, charset))
    if value := properties.get(_RTF):
        _add_words(tnef, "text/rtf", tnef.octets[value.start : value.end], "")


def _add_words(tnef: Tnef, content_type: str, octets: bytes, charset: str) -> None:
    """The first version of a kind counts."""
    if octets.strip(b"\0 \r\n") and not any(words.content_type == content_type for words in tnef.words):
        tnef.words.append(Words(content_type, charset, octets))


def _properties(tnef: Tnef, at: int, end: int) -> Mapping[int, _Value]:
    """The properties of a list by id (MS-OXTNEF 2.1.3.3): the first value of each."""
    octets = tnef.octets
    found: dict[int, _Value] = {}
    count = _LONG.unpack_from(octets, at)[0]
    at += 4
    for _ in range(count):
        if at + 4 > end:
            break
        tnef.count()
        kind, tag = _TAG.unpack_from(octets, at)
        at += 4
        if tag >= 0x8000:
            at = _after_name(octets, at)
        at, value = _value(tnef, at, end, kind)
        if tag < 0x8000:
            found.setdefault(tag, value)
    return found


def _after_name(octets: bytes, at: int) -> int:
    """Named properties: a GUID, then a number or a padded name."""
    at += 16
    is_name = _LONG.unpack_from(octets, at)[0] == 1
    number = _LONG.unpack_from(octets, at + 4)[0]
    return at + 8 + (_padded(number) if is_name else 0)


def _value(tnef: Tnef, at: int, end: int, kind: int) -> tuple[int, _Value]:
    """Behind the value or values at `at`, and the first of them."""
    octets = tnef.octets
    width = _WIDTHS.get(kind & ~_MANY, 0)
    varies = kind & ~_MANY in (_OBJECT, _STRING, _UNICODE, _BINARY)
    if not varies and not width:
        raise IndexError("a type without a length")
    count = 1
    if varies or kind & _MANY:
        count = _LONG.unpack_from(octets, at)[0]
        at += 4
    if width:
        return at + width * count, _Value(kind, at, min(at + width, end))
    first = _Value(kind, at, at)
    for number in range(count):
        if at + 4 > end:
            raise IndexError("the values are cut")
        tnef.count()
        length = _LONG.unpack_from(octets, at)[0]
        if not number:
            skipped = 16 if kind == _OBJECT else 0  # which interface it has
            first = _Value(kind, min(at + 4 + skipped, end), min(at + 4 + length, end))
        at += 4 + _padded(length)
    return at, first


def _padded(length: int) -> int:
    return length + -length % 4


def _text(tnef: Tnef, value: _Value | None) -> str:
    if value is None:
        return ""
    return decode(*_written(tnef, value, tnef.charset))


def _written(tnef: Tnef, value: _Value, charset: str) -> tuple[bytes, str]:
    """The octets of a string without the NULs at its end, and their charset."""
    octets = tnef.octets[value.start : value.end].rstrip(b"\0")
    if value.kind & ~_MANY != _UNICODE:
        return octets, charset
    return octets + b"\0" * (len(octets) % 2), "utf-16le"  # one of them was half a letter


def _charset(codepage: int) -> str:
    return _CODEPAGES.get(codepage) or f"windows-{codepage}"
