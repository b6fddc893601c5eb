"""Files inside a text as uuencode writes them (POSIX): `begin 644 name`, lines whose first letter says how long they
are, `end`. Also what a part of Content-Transfer-Encoding x-uuencode holds.
"""

import re
from binascii import Error, a2b_uu
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

SHORTEST_LINE = 16  # octets of a line in the mean; what is cut shorter was not encoded by a program
FEW_LINES = 50  # of which that is not asked

_LONGEST = 63  # octets that one line can say it has
_TRIPLES = range(1, _LONGEST // 3 + 1)
_BEGIN = rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n"
_LINE_END = rb"[ \t]*+\r?(?:\n|\Z)"
# By the first letter, which says how many octets there are; blanks may be lost at the end, a check letter may be added
_LINES = b"|".join(
    rb"[\x%02x-\x%02x][\x20-\x60]{%d,%d}+" % (30 + 3 * count, 32 + 3 * count, 4 * count - 4, 4 * count + 2)
    for count in _TRIPLES
)
_END = rb"(?:[` ]?[ \t]*+\r?\n)?+end" + _LINE_END
_BLOCK = re.compile(_BEGIN + rb"(?:(?:" + _LINES + rb")" + _LINE_END + rb")*+" + _END, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One file and where it stands in the text, from `begin` to after `end`."""

    name: str  # as written
    start: int
    end: int


def blocks(octets: bytes) -> Iterator[Block]:
    """The files in a text. What begins like one and does not end like one is text."""
    for block in _BLOCK.finditer(octets):
        yield Block(block[1].decode("utf-8", "replace").strip(), *block.span())


def undo(octets: bytes) -> bytes:
    """The content of the file or files; what holds none is as it is."""
    if octets.count(b"\n") > max(FEW_LINES, len(octets) // SHORTEST_LINE):
        return octets
    decoded = bytearray()
    for line in BytesIO(octets):  # a list of the lines would take four times as much memory as they do
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            decoded += a2b_uu(line)
        except Error:
            # Some encoders pad a line wrongly: its first letter says how many octets there are
            decoded += _short_line(line)
    return bytes(decoded) or octets


def _short_line(line: bytes) -> bytes:
    letters = ((line[0] - 32 & 63) * 4 + 5) // 3 + 1
    try:
        return a2b_uu(line[:letters])
    except Error:
        return b""
