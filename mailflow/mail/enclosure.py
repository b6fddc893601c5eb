"""Files that go along with a mail of ours: written as parts (RFC 2046, 2183, 2231), read again as a stranger would.

What they are called and what they are is said by whoever sent them to us: names are cleaned and cut, types that a
reader would open by itself or take apart (messages, multiparts, envelopes of a signature) are octets without meaning.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from mailflow.errors import ComposeError
from mailflow.mail.content import Content
from mailflow.mail.message import Attachment
from mailflow.mail.mime.filename import clean_filename
from mailflow.mail.mime.header import Header
from mailflow.mail.mime.part import TYPE
from mailflow.mail.mime.parts import parts_of

LONGEST_NAME = 60
"""Characters: of the longest letters in RFC 2231 720 octets, which is one line."""
NAMELESS = "attachment"
OCTETS = "application/octet-stream"
_COLUMN = 57  # octets, that are 76 letters (RFC 2045 6.8)
_TAKEN_APART = re.compile(r"multipart/.*|message/.*|application/(?:x-)?pkcs7-mime|application/(?:vnd\.)?ms-tnef")
_PACKED_NAMES = re.compile(r"(?i).*\.p7m|winmail\.dat")
Words = tuple[bytes, Header, int]
_PLAIN = re.compile(r"[A-Za-z0-9 !#$&'()+,.;=@\[\]^_`{}~-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file as it goes out; `enclosure` makes one."""

    filename: str
    content_type: str
    octets: bytes
    part: str = ""  # where it stands in the mail that it came with; '' when it came with none


def enclosure(filename: str, content_type: str, octets: bytes, part: str = "") -> Enclosure:
    name = _name(filename)
    kind = content_type.lower()
    opaque = not TYPE.fullmatch(kind) or _TAKEN_APART.fullmatch(kind)
    return Enclosure(name, OCTETS if opaque else kind, octets, part)


def described(enclosures: Sequence[Enclosure]) -> tuple[Attachment, ...]:
    """For the conversation: where each can be found, in what came to us, else in what went out."""
    return tuple(
        Attachment(
            filename=each.filename,
            content_type=each.content_type,
            size=len(each.octets),
            inline=False,
            content_id="",
            sha256=sha256(each.octets).hexdigest(),
            part=each.part or str(position),
        )
        for position, each in enumerate(enclosures, start=2)  # the words are part 1
    )


def around(words: Content, enclosures: Iterable[Enclosure], unique: str) -> Content:
    """The words and the files (RFC 2046 5.1.3). `unique`: as for content.both, which may stand within."""
    boundary = f"=_files_{unique}"
    delimiter = f"--{boundary}".encode()
    entity = _header(words.fields) + words.octets
    if delimiter in entity:
        raise ComposeError("the words hold the boundary between the parts")
    parts = [entity, *map(_part, enclosures)]
    octets = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"
    return Content((("Content-Type", f'multipart/mixed;\r\n boundary="{boundary}"'),), octets)


def read(octets: bytes, header: Header, start: int) -> tuple[Words, list[tuple[str, str, bytes]]]:
    """The words, as content.read takes them, and the files of a mail of ours, by the reader of strangers' mail."""
    if not b"".join(header.octets("Content-Type")).startswith(b"multipart/mixed"):
        return (octets, header, start), []
    root = parts_of(octets)
    delimiter = f"--{root.parameters.get('boundary', '')}\r\n".encode()
    if not root.children or root.defects or not octets.startswith(delimiter, start):
        raise ComposeError(f"the parts cannot be read: {'; '.join(root.defects) or 'there are none'}")
    words, *files = root.children
    entity = octets[start + len(delimiter) : words.end]
    inner, begin = Header.read(entity)
    if not all(name.startswith("content-") for name in inner):
        raise ComposeError("the words have a header of their own")
    return (entity, inner, begin), [(each.filename, each.content_type, each.octets()) for each in files]


def _header(fields: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode() + b"\r\n"


def _part(enclosed: Enclosure) -> bytes:
    head = (
        f"Content-Type: {enclosed.content_type}\r\n"
        f"Content-Disposition: attachment;\r\n {_parameter(enclosed.filename)}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    pieces = range(0, len(enclosed.octets), _COLUMN)
    lines = (b64encode(enclosed.octets[start : start + _COLUMN]) + b"\r\n" for start in pieces)
    return head.encode() + b"".join(lines)


def _parameter(name: str) -> str:
    return f'filename="{name}"' if _PLAIN.fullmatch(name) else f"filename*=utf-8''{quote(name, safe='')}"


def _name(written: str) -> str:
    """As a reader will have it, whatever it reads out of what it has read."""
    name = _short(clean_filename(written))
    if _PACKED_NAMES.fullmatch(name):
        name = f"{name}.bin"
    return name if name and clean_filename(name) == name else NAMELESS


def _short(name: str) -> str:
    """With its extension."""
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    kept = dot + extension if stem and len(extension) <= LONGEST_NAME // 4 else ""
    return name[: LONGEST_NAME - len(kept)].rstrip(" .") + kept
