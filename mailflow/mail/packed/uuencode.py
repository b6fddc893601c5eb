"""Files inside a text as uuencode writes them (POSIX): `begin 644 name`, lines whose first letter says how long they
are, `end`. Also what a part of Content-Transfer-Encoding x-uuencode holds.
"""

import re
from binascii import Error, a2b_uu
from collections.abc import Iterator
from dataclasses import dataclass

SHORTEST_LINE = 16  # octets of a line in the mean; what is cut shorter was not encoded by a program
FEW_LINES = 50  # of which that is not asked

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_LINE = re.compile(rb"[\x20-\x60]{1,90}+[ \t]*+\r?(?:\n|\Z)")
_END = re.compile(rb"(?:[` ]?[ \t]*\r?\n)?end[ \t]*\r?(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class Block:
    """One file and where it stands in the text, from `begin` to after `end`."""

    name: str  # as written
    start: int
    end: int


def blocks(octets: bytes) -> Iterator[Block]:
    """The files in a text. What begins like one and does not end like one is text."""
    at = 0
    while begin := _BEGIN.search(octets, at):
        at = _after_lines(octets, begin.end())
        if end := _END.match(octets, at):
            yield Block(begin[1].decode("utf-8", "replace").strip(), begin.start(), end.end())
            at = end.end()


def without_blocks(octets: bytes) -> bytes:
    """The text around the files."""
    rest, at = [], 0
    for block in blocks(octets):
        rest.append(octets[at : block.start])
        at = block.end
    return b"".join([*rest, octets[at:]])


def undo(octets: bytes) -> bytes:
    """The content of the file or files; what holds none is as it is."""
    if octets.count(b"\n") > max(FEW_LINES, len(octets) // SHORTEST_LINE):
        return octets
    decoded = []
    for line in octets.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            decoded.append(a2b_uu(line))
        except Error:
            # Some encoders pad a line wrongly: its first letter says how many octets there are
            decoded.append(_short_line(line))
    return b"".join(decoded) or octets


def _after_lines(octets: bytes, at: int) -> int:
    """Behind the last line that says its own length."""
    while (line := _LINE.match(octets, at)) and line[0][0] not in b"` " and _is_long_enough(line[0].rstrip(b"\r\n")):
        at = line.end()
    return at


def _is_long_enough(line: bytes) -> bool:
    """Blanks at the end may be lost on the way, a check letter may be added."""
    expected = 1 + -(-(line[0] - 32 & 63) // 3) * 4
    return expected - 4 <= len(line) <= expected + 2


def _short_line(line: bytes) -> bytes:
    letters = ((line[0] - 32 & 63) * 4 + 5) // 3 + 1
    try:
        return a2b_uu(line[:letters])
    except Error:
        return b""
