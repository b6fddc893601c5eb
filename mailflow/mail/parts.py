"""The tree of a message (RFC 2046), walked by us: bounded, linear, and never raising.

A part keeps where its octets stand in the message; they are decoded when somebody asks. message/* is a leaf: the text
of an embedded message is not ours. A multipart whose boundary is missing or never occurs is a leaf without children.
Beside mail.header this is what mail.report reads; which part is shown as the body is `mail.body`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailflow.mail import transfer
from mailflow.mail.bounds import USUAL, Bounds, beyond
from mailflow.mail.charset import decode
from mailflow.mail.charset_labels import codec_of
from mailflow.mail.header import Header
from mailflow.mail.parameters import clean_filename, read_parameters

_DELIMITER_END = re.compile(rb"(--)?[ \t]*+\r?(?:\n|\Z)")
_FIRST_DELIMITER = re.compile(rb"(?<![^\n])--([!-~]{1,70})[ \t]*\r?\n")
_TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,100}/[!#$&^_.+a-z0-9-]{1,100}")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One node of the tree; the root is the message itself."""

    path: str  # position: '' is the root, then '1', '2', '2.1'
    content_type: str  # lower case, 'text/plain' when it does not say
    parameters: Mapping[str, str]
    charset: str  # as declared, '' when not
    filename: str  # decoded, no path; '' when there is none
    disposition: str  # 'attachment', 'inline' or ''
    content_id: str  # without angle brackets
    encoding: str  # Content-Transfer-Encoding
    header: Header
    top: Header  # the header of the message
    children: tuple["Part", ...] = ()
    defects: tuple[str, ...] = ()
    source: bytes = field(repr=False)  # the whole message
    start: int
    end: int

    @property
    def size(self) -> int:
        """Octets after the transfer encoding."""
        return transfer.size(self.source, self.start, self.end, self.encoding)

    def octets(self) -> bytes:
        """The content, transfer encoding undone."""
        return transfer.undo(self.source[self.start : self.end], self.encoding)

    def text(self) -> str:
        """The content as text, scrubbed."""
        octets = self.octets()
        charset = self.charset
        if (
            self.content_type == "text/html"
            and codec_of(charset) is None
            and (meta := _META_CHARSET.search(octets[:4096]))
        ):
            charset = meta[1].decode("ascii")
        return decode(octets, charset, self.top.charsets())

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


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
    """One walk over one message: it counts the parts."""

    def __init__(self, octets: bytes, top: Header) -> None:
        self._octets = octets
        self._top = top
        self._bounds = top.bounds
        self._parts = 0

    def part(
        self, header: Header, start: int, end: int, path: str = "", depth: int = 0, default: str = "text/plain"
    ) -> Part:
        self._parts += 1
        content_type, parameters = read_parameters(_first(header, "content-type"), self._bounds)
        disposition, details = read_parameters(_first(header, "content-disposition"), self._bounds)
        content_type = _known_type(content_type, default)
        defects = [*header.defects, *_ambiguities(header), *_too_many_parameters(header)]
        children: tuple[Part, ...] = ()
        if content_type.startswith("multipart/"):
            children = self._children(content_type, parameters, start, end, path, depth, defects)
        charset = parameters.get("charset", "").partition("(")[0].strip(" '\"")
        if charset and path:
            self._top.named.append(charset)
        return Part(
            path=path,
            content_type=content_type,
            parameters=parameters,
            charset=charset,
            filename=clean_filename(details.get("filename") or parameters.get("name") or "", self._bounds),
            disposition=disposition if disposition in ("inline", "") else "attachment",  # RFC 2183 2.8
            content_id=_first(header, "content-id").strip("<> "),
            encoding=_first(header, "content-transfer-encoding").lower().partition(";")[0].strip(" '\""),
            header=header,
            top=self._top,
            children=children,
            defects=tuple(defects),
            source=self._octets,
            start=start,
            end=end,
        )

    def _children(
        self, content_type: str, parameters: Mapping[str, str], start: int, end: int, path: str, depth: int,
        defects: list[str],
    ) -> tuple[Part, ...]:  # fmt: skip
        if depth >= self._bounds.mime_depth:
            defects.append(beyond(f"parts are nested deeper than {self._bounds.mime_depth} levels", "mime_depth"))
            return ()
        boundary = self._boundary(parameters, start, end, defects)
        default = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
        children: list[Part] = []
        for at, stop in self._slices(boundary, start, end, defects) if boundary else ():
            if self._parts >= self._bounds.mime_parts:
                many = f"there are more than {self._bounds.mime_parts} parts; the rest is not read"
                defects.append(beyond(many, "mime_parts"))
                break
            header, body = Header.read(self._octets, at, stop, self._bounds)
            number = f"{path}.{len(children) + 1}".lstrip(".")
            children.append(self.part(header, body, stop, number, depth + 1, default))
        return tuple(children)

    def _boundary(self, parameters: Mapping[str, str], start: int, end: int, defects: list[str]) -> bytes:
        boundary = parameters.get("boundary", "").rstrip()
        if len(boundary) > self._bounds.boundary:
            defects.append(beyond(f"a boundary is longer than {self._bounds.boundary} octets", "boundary"))
            return b""
        if boundary:
            return boundary.encode()
        defects.append("a multipart has no boundary")
        guess = _FIRST_DELIMITER.search(self._octets, start, end)
        if guess and self._octets.find(b"\n--" + guess[1] + b"--", guess.end() - 1, end) >= 0:
            return guess[1]
        return b""

    def _slices(self, boundary: bytes, start: int, end: int, defects: list[str]) -> Iterator[tuple[int, int]]:
        """From and to of each body part: from a delimiter line to before the line end that belongs to the next."""
        opened: int | None = None
        for at, after, closing in self._delimiters(boundary, start, end):
            if opened is not None:
                yield opened, max(opened, _before_line_end(self._octets, at))
            if closing:
                return
            opened = after
        if opened is None:
            defects.append("a multipart has no parts")
            return
        defects.append("a multipart is not closed")
        yield opened, end

    def _delimiters(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        line = b"--" + boundary
        at = self._octets.find(line, start, end)
        while at >= 0:
            tail = _DELIMITER_END.match(self._octets, at + len(line), end)
            if tail and (at == start or self._octets[at - 1] in b"\n\r"):
                yield at, tail.end(), bool(tail[1])
            at = self._octets.find(line, tail.end() if tail else at + len(line), end)


def _first(header: Header, name: str) -> str:
    values = header.raw(name)
    return values[0] if values else ""


def _known_type(content_type: str, default: str) -> str:
    if content_type in ("text", "html", "text/html/"):
        return "text/html" if "html" in content_type else "text/plain"
    return content_type if _TYPE.fullmatch(content_type) else default


def _ambiguities(header: Header) -> Iterator[str]:
    """Two programs could read two different messages here: a scanner and a reader must not disagree (threats M7)."""
    for name in ("content-type", "content-transfer-encoding", "content-disposition"):
        if len(header.octets(name)) > 1:
            yield f"{name} occurs twice; the first one is used"
    if sum(field.lower().count("boundary=") for field in header.raw("content-type")) > 1:
        yield "there are two boundaries; the first one is used"


def _too_many_parameters(header: Header) -> Iterator[str]:
    for name in ("content-type", "content-disposition"):
        if any(value.count(b";") > header.bounds.parameters for value in header.octets(name)[:1]):
            many = f"{name} has more than {header.bounds.parameters} parameters; the rest is not read"
            yield beyond(many, "parameters")


def _before_line_end(octets: bytes, at: int) -> int:
    if octets[at - 1 : at] == b"\n":
        at -= 1
    return at - 1 if octets[at - 1 : at] == b"\r" else at
