"""The tree of a message (RFC 2046), walked by us: bounded, linear, and never raising.

message/* is a leaf: the text of an embedded message is not ours. A multipart whose boundary is missing and cannot be
guessed is a leaf without children. What is packed in a leaf (a signature's envelope, Outlook's TNEF, uuencoded files)
is found too, below it. Beside `header` this is what `mail.reports` reads; which part is shown is `body`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from mailflow.mail.bounds import USUAL, Bounds, beyond
from mailflow.mail.effort import TEXT_CUT
from mailflow.mail.mime import transfer
from mailflow.mail.mime.filename import clean_filename
from mailflow.mail.mime.header import Header
from mailflow.mail.mime.parameters import read_parameters
from mailflow.mail.mime.part import TYPE, Packing, Part
from mailflow.mail.packed import cms
from mailflow.mail.packed.unpack import path_inside, unpacked

MAX_COPIES = 4  # of what was wrapped in one another: each takes memory; signed, encrypted, signed is three (RFC 2634)
MAX_WORDS = 1_000  # octets around the parts that are looked at
MAX_CANDIDATES = 20_000  # places in one message where a boundary stands, at the beginning of a line or not
MAX_SEARCHED = 64 << 20  # octets in which boundaries are looked for, or
MAX_SEARCHES = 6  # times the length of the message: each level of multiparts is looked through again

_DELIMITER_END = re.compile(rb"(--)?[ \t]*+\r?(?:\n|\Z)")
_FIRST_DELIMITER = re.compile(rb"(?<![^\n])--([!-~]{1,70})[ \t]*+\r?\n(content-[a-z-]{1,30}:)?", re.IGNORECASE)
_MEANT = {
    "text": "text/plain", "plain": "text/plain", "plain/text": "text/plain", "text/text": "text/plain",
    "text/ascii": "text/plain", "text/txt": "text/plain", "html": "text/html", "text/html/": "text/html",
    "text/htm": "text/html", "text/x-html": "text/html", "html/text": "text/html", "text/xhtml": "text/html",
    "multipart/alternate": "multipart/alternative", "multipart/alternatives": "multipart/alternative",
}  # fmt: skip
"""What is written where another type is meant."""
_DISPOSITIONS = {"": "", "inline": "inline", "form-data": ""}  # all others are attachments (RFC 2183 2.8)
_RFC_2231_BOUNDARY = re.compile(r"\bboundary\*", re.IGNORECASE)
_WRITTEN_TYPE = re.compile(rf"{TYPE.pattern}\s*+(?:;|\Z)")
_WRITTEN_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode"})
_ENCODED = ("base64", "quoted-printable")
_CMS_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def read_parts(octets: bytes, header: Header, start: int) -> Part:
    """The tree of a message whose header was read and whose body starts at `start`, within the header's bounds."""
    return _Walk(octets, header).part(header, start, len(octets))


def parts_of(octets: bytes, bounds: Bounds = USUAL) -> Part:
    """The tree of a whole message."""
    return read_parts(octets, *Header.of_message(octets, bounds))


def part_at(root: Part, path: str) -> Part | None:
    """The part that `Attachment.part` names; a message of a single part is its own part 1."""
    if path == "1" and not root.children:
        return root
    return next((part for part in root.walk() if part.path == path), None)


class _Walk:
    """One walk over some octets. A walk over what is unpacked shares the room for parts with the one `around` it."""

    def __init__(self, octets: bytes, top: Header, around: "_Walk | None" = None) -> None:
        self._octets = octets
        self._top = top  # the header of the message
        self._bounds = bounds = top.bounds
        self._room: Iterator[int] = around._room if around else iter(range(bounds.mime_parts - 1))  # but for the root
        self._headers: list[int] = around._headers if around else []  # octets of each
        self._candidates = 0
        self._bare = False  # a boundary between carriage returns was seen
        self._unsearched = max(MAX_SEARCHED, MAX_SEARCHES * len(octets))
        self._copies: int = around._copies + 1 if around else 0

    def part(
        self, header: Header, start: int, end: int, path: str = "", depth: int = 0, default: str = "text/plain"
    ) -> Part:
        content_type, parameters = self._type(header, default)
        disposition, details = read_parameters(_first(header, "content-disposition"), self._bounds)
        charset = parameters.get("charset", "").partition("(")[0].strip(" '\"")
        if charset and path:
            self._top.named.append(charset)
        part = Part(
            path=path,
            content_type=content_type,
            parameters=parameters,
            charset=charset,
            filename=clean_filename(
                details.get("filename") or parameters.get("name") or "", self._bounds, self._top.charsets()
            ),
            disposition=_DISPOSITIONS.get(disposition, "attachment"),
            content_id=_first(header, "content-id").strip("<> "),
            encoding=transfer.name_of(_first(header, "content-transfer-encoding")),
            header=header,
            top=self._top,
            defects=(*header.defects, *_ambiguities(header), *_too_many_parameters(header)),
            source=self._octets,
            start=start,
            end=end,
        )
        if content_type.startswith("multipart/"):
            return self._multipart(part, depth)
        if content_type in _CMS_TYPES or part.filename.lower().endswith(".p7m"):
            return self._cms(part, depth)
        return unpacked(part, self._room)

    def _type(self, header: Header, default: str) -> tuple[str, Mapping[str, str]]:
        content_type, parameters = read_parameters(_first(header, "content-type"), self._bounds)
        content_type = _MEANT.get(content_type, content_type)
        return content_type if TYPE.fullmatch(content_type) else default, parameters

    def _multipart(self, part: Part, depth: int) -> Part:
        defects: list[str] = []
        if depth >= self._bounds.mime_depth:
            defects.append(beyond(f"parts are nested deeper than {self._bounds.mime_depth} levels", "mime_depth"))
            return replace(part, defects=(*part.defects, *defects))
        walk, start, end = self, part.start, part.end
        boundary = _declared_boundary(part, self._bounds, defects)
        if part.encoding in _ENCODED and self._copies < MAX_COPIES and not self._occurs(boundary, start, end):
            decoded = part.octets()
            defects.append(f"a multipart is encoded as {part.encoding} (RFC 2045 6.4)")
            walk, start, end = _Walk(decoded, self._top, self), 0, len(decoded)
        if not walk._occurs(boundary, start, end):
            boundary = walk._guessed_boundary(start, end, defects, declared=boundary)
        children = tuple(walk._children(part, boundary, start, end, depth, defects))
        return replace(part, children=children, defects=(*part.defects, *defects))

    def _children(
        self, part: Part, boundary: bytes, start: int, end: int, depth: int, defects: list[str]
    ) -> Iterator[Part]:
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        slices = self._slices(boundary, start, end, defects) if boundary else ()
        for number, (at, stop) in enumerate(slices, start=1):
            if next(self._room, None) is None:
                many = f"there are more than {self._bounds.mime_parts} parts; the rest is not read"
                defects.append(beyond(many, "mime_parts"))
                return
            if sum(self._headers) > self._bounds.part_headers:
                many = f"the headers of the parts have more than {self._bounds.part_headers:,} octets"
                defects.append(beyond(f"{many}; the rest is not read", "part_headers"))
                return
            header, body = Header.read(self._octets, at, stop, self._bounds)
            self._headers.append(body - at)
            yield self.part(header, body, stop, f"{part.path}.{number}".lstrip("."), depth + 1, default)

    def _cms(self, part: Part, depth: int) -> Part:
        """The signed content is an entity of its own (RFC 8551 3.1): it has a header and may be a multipart."""
        envelope = cms.opened(part.octets()) if self._copies < MAX_COPIES else None
        if envelope is None or envelope.kind is cms.Kind.OTHER:
            return part
        if envelope.kind is cms.Kind.ENCRYPTED:
            return replace(part, packing=Packing.ENCRYPTED)
        if depth >= self._bounds.mime_depth or next(self._room, None) is None:
            return part
        header, body = Header.read(envelope.content, bounds=self._bounds)
        walk = _Walk(envelope.content, self._top, self)
        inner = walk.part(header, body, len(envelope.content), path_inside(part, 1), depth + 1)
        cut = () if envelope.whole else (f"{TEXT_CUT}: what was signed is in too many pieces",)
        return replace(part, packing=Packing.SIGNED, inside=(inner,), defects=(*part.defects, *cut))

    def _occurs(self, boundary: bytes, start: int, end: int) -> bool:
        return bool(boundary) and next(self._delimiters(boundary, start, end), None) is not None

    def _guessed_boundary(self, start: int, end: int, defects: list[str], *, declared: bytes) -> bytes:
        """The first line that looks like a delimiter, if it is closed later or a part begins after it."""
        guess = _FIRST_DELIMITER.search(self._octets, start, end)
        if guess and (guess[2] or self._octets.find(b"\n--" + guess[1] + b"--", guess.end(1), end) >= 0):
            if declared:
                defects.append("the boundary of a multipart never occurs; another one is used")
            return guess[1]
        if declared:
            defects.append("a multipart has no parts")
        return b""

    def _slices(self, boundary: bytes, start: int, end: int, defects: list[str]) -> Iterator[tuple[int, int]]:
        """From and to of each body part: from a delimiter line to before the line end that belongs to the next."""
        opened: int | None = None
        self._unsearched -= end - start
        if self._unsearched < 0:
            defects.append("it has too many octets in parts within parts; the innermost are not looked for")
            return
        for at, after, closing in self._delimiters(boundary, start, end):
            if opened is not None:
                yield opened, max(opened, _before_line_end(self._octets, at))
            else:
                defects += self._words(start, at, "before the first part")
            if closing:
                defects += self._words(after, end, "behind the last part")
                break
            opened = after
        else:
            if opened is not None:
                defects.append("a multipart is not closed")
                yield opened, end
        if self._bare:
            defects.append("a boundary stands before a bare carriage return, which for some programs ends a line")
        if self._candidates > MAX_CANDIDATES:
            defects.append(f"boundaries stand in more than {MAX_CANDIDATES:,} places; the rest is not looked at")

    def _words(self, start: int, end: int, where: str) -> list[str]:
        """A preamble or an epilogue of words that nobody shows; what programs write there names MIME."""
        words = self._octets[start : min(end, start + MAX_WORDS)]
        return [f"words stand {where}"] if words.strip() and b"mime" not in words.lower() else []

    def _delimiters(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        line = b"--" + boundary
        at = self._octets.find(line, start, end)
        while at >= 0 and self._candidates <= MAX_CANDIDATES:
            self._candidates += 1
            tail = _DELIMITER_END.match(self._octets, at + len(line), end)
            self._bare |= tail is None and self._octets.startswith(b"\r", at + len(line))
            if tail and (at == start or self._octets[at - 1] in b"\n\r"):
                yield at, tail.end(), bool(tail[1])
            at = self._octets.find(line, tail.end() if tail else at + len(line), end)


def _first(header: Header, name: str) -> str:
    values = header.raw(name)
    return values[0] if values else ""


def _declared_boundary(part: Part, bounds: Bounds, defects: list[str]) -> bytes:
    boundary = part.parameters.get("boundary", "").rstrip()
    if len(boundary) > bounds.boundary:
        defects.append(beyond(f"a boundary is longer than {bounds.boundary} octets", "boundary"))
        return b""
    if not boundary:
        defects.append("a multipart has no boundary")
    return boundary.encode()


def _ambiguities(header: Header) -> Iterator[str]:
    """Two programs could read two different messages here: a scanner and a reader must not disagree (threats M7)."""
    for name in ("content-type", "content-transfer-encoding", "content-disposition"):
        if len(header.octets(name)) > 1:
            yield f"{name} occurs twice; the first one is used"
    if sum(field.lower().count("boundary=") for field in header.raw("content-type")) > 1:
        yield "there are two boundaries; the first one is used"
    for field in header.raw("content-type")[:1]:
        if _RFC_2231_BOUNDARY.search(field):
            yield "a boundary is encoded (RFC 2231), which not every program reads"
        if field and not _WRITTEN_TYPE.match(field.lower()):
            yield "content-type is not written as type/subtype"
    if _first(header, "content-transfer-encoding").lower() not in _WRITTEN_ENCODINGS:
        yield "content-transfer-encoding is not written as RFC 2045 has it"


def _too_many_parameters(header: Header) -> Iterator[str]:
    for name in ("content-type", "content-disposition"):
        if any(value.count(b";") > header.bounds.parameters for value in header.octets(name)[:1]):
            many = f"{name} has more than {header.bounds.parameters} parameters; the rest is not read"
            yield beyond(many, "parameters")


def _before_line_end(octets: bytes, at: int) -> int:
    if octets[at - 1 : at] == b"\n":
        at -= 1
    return at - 1 if octets[at - 1 : at] == b"\r" else at
