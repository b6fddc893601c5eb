"""One header block (RFC 5322 2.2), read tolerantly and within limits, before any library sees it.

Fields keep their octets. `raw` is the field unfolded and undecoded, for whoever must judge what was written (author,
message ids); `text` is what a person reads: encoded-words decoded word by word. Raw 8-bit is UTF-8, else what the
message names as its charset if it can be, else what its letters look like.
Used for the message, for each of its parts and for the header blocks inside delivery reports.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Self

from mailflow.mail.bounds import USUAL, Bounds, beyond
from mailflow.mail.charsets.charset import decode, scrub_line
from mailflow.mail.charsets.encoded_words import decode_words

_FIELD = re.compile(rb"([!-9;-~]{1,200}+)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_BLANK_START = re.compile(
    rb"\s{1,1000}+(?=(?:from|to|subject|date|received|return-path|message-id|mime-version|content-type|delivered-to"
    rb"|x-[\w-]+):)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(rb"[^\W\d_][\w',-]{0,40}+(?: [\w',-]{1,40}+){1,40}+[.!?]?[ \t\r]{0,9}\n")
"""A line of words alone: what a folded field lost its indentation from has signs and addresses in it."""
_IN_A_HEADER = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|received|sender|precedence|references|errors-to|[a-z]{2,20}-[\w-]{1,60}|x-[\w-]+):",
    re.IGNORECASE,
)
_CHARSET = re.compile(rb"""charset\*?\s{0,9}=[\s"']{0,9}([\w:.-]{1,40})|=\?([\w:.-]{1,40})""", re.IGNORECASE)
_END_OF_LINE = re.compile(rb"[^\n]*+(?:\n|\Z)")
_NAMES_WITHIN = 1_000  # octets of a field in which charsets are looked for


class Header:
    """The fields of one block, in order. Names are compared without case; no access raises."""

    __slots__ = ("_values", "bounds", "defects", "fields", "named", "spaced")

    def __init__(
        self,
        fields: tuple[tuple[str, bytes], ...] = (),
        defects: tuple[str, ...] = (),
        bounds: Bounds = USUAL,
        spaced: frozenset[int] = frozenset(),
    ) -> None:
        self.fields = fields  # lower-case name, unfolded value
        self.spaced = spaced  # places of those with a blank before the colon (RFC 5322 4.5), which not everybody reads
        self.defects = defects
        self.bounds = bounds
        self.named: list[str] = []  # charsets of the parts below, by whoever read them
        self._values: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._values.setdefault(name, []).append(value)

    @classmethod
    def of(cls, octets: bytes) -> Self:
        """The block at the start of `octets`."""
        return cls.read(octets)[0]

    @classmethod
    def of_message(cls, octets: bytes, bounds: Bounds = USUAL) -> tuple[Self, int]:
        """The header of a whole message, and where its body starts. Blank lines in front of it do not count."""
        blank = _BLANK_START.match(octets)
        return cls.read(octets, blank.end() if blank else 0, bounds=bounds)

    @classmethod
    def read(cls, octets: bytes, start: int = 0, end: int | None = None, bounds: Bounds = USUAL) -> tuple[Self, int]:
        """The block that starts at `start`, and where the body after it starts."""
        end = len(octets) if end is None else end
        limit = min(end, start + bounds.header_block)
        fields, defects, spaced, at = _fields(octets, _after_envelope_line(octets, start, limit), limit, end, bounds)
        body = _body_start(octets, at, end, bounds)
        if at < end and body is None:
            defects.append(_cut(bounds, len(fields)))
            body = _after_blank_line(octets, at, end)
        return cls(tuple(fields), tuple(defects), bounds, frozenset(spaced)), end if body is None else body

    def text(self, name: str) -> str:
        """The first such field, for reading; '' when there is none."""
        values = self._values.get(name.lower())
        return self._shown(values[0]) if values else ""

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self._shown(value) for value in self._values.get(name.lower(), ()))

    def raw(self, name: str) -> tuple[str, ...]:
        return tuple(self._written(value) for value in self._values.get(name.lower(), ()))

    def literal(self, name: str) -> tuple[str, ...]:
        """Undecoded like `raw`, with every control character in its place."""
        return tuple(_literal(value) for value in self._values.get(name.lower(), ()))

    def octets(self, name: str) -> tuple[bytes, ...]:
        return tuple(self._values.get(name.lower(), ()))

    def charsets(self) -> Iterator[str]:
        """The labels of the charsets that the message names: hints for letters that come without one."""
        for name in ("content-type", "subject", "from", "to"):
            for value in self.octets(name)[:1]:
                yield from (match[match.lastindex or 0].decode() for match in _CHARSET.finditer(value[:_NAMES_WITHIN]))
        yield from self.named

    def has(self, name: str) -> bool:
        return name.lower() in self._values

    def has_null_path(self) -> bool:
        """Whether it was delivered with the null reverse-path (RFC 5321 4.4)."""
        return any(path.strip() == "<>" for path in self.raw("Return-Path"))

    def carried(self, names: Mapping[str, str]) -> list[str]:
        """Those of the `names` (see `field_names`) that it has, in their order, as they are written there."""
        values = self._values
        return [written for name, written in names.items() if name in values]

    def __iter__(self) -> Iterator[str]:
        """The names, lower case, in order, as often as they occur."""
        return (name for name, _ in self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def _written(self, value: bytes) -> str:
        """Undecoded, on one line."""
        plain = value.isascii() and b"\x1b$" not in value  # RFC 1468 without a label
        return scrub_line(value.decode("ascii") if plain else decode(value, hints=self.charsets()))

    def _shown(self, value: bytes) -> str:
        written = self._written(value)
        if "=?" not in written:
            return written
        return scrub_line(decode_words(written, self.bounds, tuple(self.charsets())))


def field_names(*names: str) -> Mapping[str, str]:
    """Names of fields, to be asked for together: lower case to how they are written."""
    return {name.lower(): name for name in names}


def with_line_feeds(octets: bytes) -> bytes:
    """Octets whose lines end in bare CR only, as old Macintoshes wrote them, get line feeds."""
    start = octets[: USUAL.header_block]
    return octets.replace(b"\r", b"\n") if b"\r" in start and b"\n" not in start else octets


def _fields(
    octets: bytes, at: int, limit: int, end: int, bounds: Bounds
) -> tuple[list[tuple[str, bytes]], list[str], list[int], int]:
    """Fields, defects, and the places of fields with a blank before the colon, up to the first line that belongs to no
    field, or to what the limit cut."""
    fields: list[tuple[str, bytes]] = []
    defects: list[str] = []
    spaced: list[int] = []
    while at < limit and len(fields) < bounds.headers:
        field = _FIELD.match(octets, at, limit)
        if field is None:
            at, stray = _after_stray_line(octets, at, limit, bool(fields))
            if not stray:
                break
            defects.append("a header line is no field and is ignored")
            continue
        if field.end() == limit < end:
            break
        name, value = field[1].decode("ascii").lower(), field[2]
        if octets[field.end(1)] != ord(":"):
            defects.append(f"a blank stands before the colon of {name}")
            spaced.append(len(fields))
        if len(value) > bounds.header_field:
            defects.append(
                beyond(f"{name} is longer than {bounds.header_field:,} octets and is ignored", "header_field")
            )
            value = b""
        fields.append((name, _FOLD.sub(b"", value).strip(b" \t\r\n") if b"\n" in value else value.strip(b" \t\r")))
        at = field.end()
    return fields, defects, spaced, at


def _after_envelope_line(octets: bytes, start: int, limit: int) -> int:
    """mbox files and old delivery agents put `From someone date` before the header. `From :` is a field."""
    if octets.startswith((b"From ", b">From "), start) and not _FIELD.match(octets, start, limit):
        return _line_end(octets, start, limit)
    return start


def _after_stray_line(octets: bytes, at: int, limit: int, within: bool) -> tuple[int, bool]:
    """A line that is no field is skipped if a field follows it; else the body starts here, without a blank line. Below
    a sentence, 'Note: …' is no field."""
    following = _line_end(octets, at, limit)
    blank = octets[at:following].strip() == b""
    said = _SENTENCE.match(octets, at, limit) and not _IN_A_HEADER.match(octets, following, limit)
    if within and not blank and not said and _FIELD.match(octets, following, limit):
        return following, True
    return at, False


def _body_start(octets: bytes, at: int, end: int, bounds: Bounds) -> int | None:
    """After the blank line at `at`; `at` itself when text follows without one; None in the middle of the header."""
    if octets.startswith(b"\r\n", at):
        return min(at + 2, end)
    if octets.startswith(b"\n", at):
        return min(at + 1, end)
    return None if _FIELD.match(octets, at, min(end, at + bounds.header_field)) or at >= end else at


def _cut(bounds: Bounds, fields: int) -> str:
    if fields >= bounds.headers:
        return beyond(f"the header is cut: it has more than {bounds.headers:,} fields", "headers")
    return beyond(f"the header is cut: it is longer than {bounds.header_block:,} octets", "header_block")


def _after_blank_line(octets: bytes, at: int, end: int) -> int:
    ends = [found + len(blank) for blank in (b"\n\r\n", b"\n\n") if (found := octets.find(blank, at, end)) >= 0]
    return min(ends, default=end)


def _line_end(octets: bytes, at: int, limit: int) -> int:
    line = _END_OF_LINE.match(octets, at, limit)
    return line.end() if line else limit


def _literal(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")
