"""One part of a message (RFC 2046): what its header says, and where its octets stand. They are decoded when somebody
asks. `mail.mime.parts` finds the parts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailflow.mail.charsets.charset import decode
from mailflow.mail.charsets.labels import codec_of
from mailflow.mail.mime import transfer
from mailflow.mail.mime.header import Header
from mailflow.mail.packed import uuencode

TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,100}/[!#$&^_.+a-z0-9-]{1,100}")
"""A content type in lower case (RFC 6838 4.2)."""
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
LONGEST_LETTER = 4  # octets of a character in UTF-8


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
        """Its text, and whether that is all of it: what no text has room for is not decoded."""
        octets, most = self.octets(), self.header.bounds.text * LONGEST_LETTER
        if self.packing is Packing.UUENCODE:
            octets = uuencode.without_blocks(octets)
        charset = self.charset
        if (
            self.content_type == "text/html"
            and codec_of(charset) is None
            and (meta := _META_CHARSET.search(octets[:4096]))
        ):
            charset = meta[1].decode("ascii")
        return decode(octets[:most], charset, self.top.charsets()), len(octets) <= most

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in order, packed ones included."""
        yield self
        for below in (*self.children, *self.inside):
            yield from below.walk()
