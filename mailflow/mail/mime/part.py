"""One part of a message (RFC 2046): what its header says, and where its octets stand. They are decoded when somebody
asks. `mail.mime.parts` finds the parts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailflow.mail.charsets.charset import letters_of, scrub
from mailflow.mail.charsets.labels import codec_of
from mailflow.mail.mime import transfer
from mailflow.mail.mime.header import Header

TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,100}/[!#$&^_.+a-z0-9-]{1,100}")
"""A content type in lower case (RFC 6838 4.2)."""
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
LONGEST_LETTER = 4  # octets of a character in UTF-8
LONGEST_LINE_END = 2  # characters that are one when they were read


class Packing(StrEnum):
    """How a part that is no multipart holds others."""

    NONE = ""
    TNEF = "tnef"
    UUENCODE = "uuencode"
    SIGNED = "signed"  # CMS
    ENCRYPTED = "encrypted"  # CMS; what it holds is not ours to see


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
    packing: Packing = Packing.NONE
    inside: tuple["Part", ...] = ()  # what is packed in it
    defects: tuple[str, ...] = ()
    source: bytes = field(repr=False)  # the whole message, or what was unpacked
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
        """The content as text, scrubbed, without the files that are packed in it."""
        return self.beginning()[0]

    def beginning(self) -> tuple[str, bool]:
        """Its text, and whether that is all of it: what no text has room for is not decoded. A page is not cut."""
        octets, most = self.octets(), self.header.bounds.text
        if self.packing is Packing.UUENCODE:
            octets = _without(self.inside, octets)
        charset = self.charset
        is_page = self.content_type == "text/html"
        if is_page and codec_of(charset) is None and (meta := _META_CHARSET.search(octets[:4096])):
            charset = meta[1].decode("ascii")
        is_whole = len(octets) <= most * LONGEST_LETTER
        octets = octets[: most * LONGEST_LETTER]  # what is not read gives its memory back
        text = letters_of(octets, charset, self.top.charsets())
        if is_page:
            return scrub(text), is_whole
        is_whole = is_whole and len(text) <= most * LONGEST_LINE_END
        text = scrub(text[: most * LONGEST_LINE_END])
        return text[:most], is_whole and len(text) <= most

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in order, packed ones included."""
        yield self
        for below in (*self.children, *self.inside):
            yield from below.walk()


def _without(files: tuple[Part, ...], octets: bytes) -> bytes:
    """The text around the files that are packed in it."""
    starts = (0, *(file.end for file in files))
    ends = (*(file.start for file in files), len(octets))
    return b"".join(octets[start:end] for start, end in zip(starts, ends, strict=True))
