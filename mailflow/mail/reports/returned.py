"""The mail that came back with a delivery report: a part of its own, or text below the report's words.

Only its header matters, and only the header of the mail itself: what it quotes or carries has Message-IDs too.
"""

import re

from mailflow.mail.charsets.charset import scrub_line
from mailflow.mail.languages import every
from mailflow.mail.languages.wording import plain, plain_words
from mailflow.mail.mime.part import Part

TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers",
         "message/global-headers")  # fmt: skip
UNTYPED = ("text/plain", "text/html", "application/octet-stream")
LARGEST_UNTYPED = 1 << 20  # octets; an attachment that was sent along is decoded whole before its start is looked at
HEADER_OCTETS = 64 << 10  # of a returned message; its Message-ID stands in there

HEADINGS = plain_words(every("report.returned"))
"""How the line begins, after its ornaments, from which on the text is the returned message."""
_TIME_OF_DAY = re.compile(r"\d:\d\d")
"""'The original message was received on Mon, 2 Nov 2026 10:00:00 +0100' tells of it, and is followed by more."""
AFTER_HEADING = 40  # letters that may follow these words; a longer line is a sentence about the original message

_WIRE_FIELDS = frozenset("from to subject date message-id received return-path mime-version content-type".split())
"""Enough of them together are a header block in whatever language the report is."""
ENOUGH_FIELDS = 4
_FIELD_LINE = re.compile(r"[> \t]{0,20}([A-Za-z-]{2,40}):[ \t\w<]")
_TRACE_LINE = re.compile(r"[>\s]{0,20}(?:received: ?(?:from|by|\()|return-path: ?<|mime-version: 1\.0)", re.IGNORECASE)
_TRACE = re.compile(r"^[> \t]{0,20}(?:received: ?(?:from|by)|message-id: ?<)", re.IGNORECASE | re.MULTILINE)
_ORNAMENTS = " \t>-=_*#|:.[]()"
_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))
_BLANK_LINE = re.compile(r"\r?\n[ \t]*+\r?\n")
_MESSAGE_ID = re.compile(r"^[> \t]{0,20}message-id:\s{0,80}<?([^<>\s]{1,998})", re.IGNORECASE | re.MULTILINE)
_ID = re.compile(r"<([^<>\s]{1,998})>")


def header_in(parts: list[Part]) -> str:
    """The header block of the first returned message among the parts, as text; '' when none came back."""
    blocks = (_block(part) for part in parts if _may_be_returned(part))
    return next((block for block in blocks if _MESSAGE_ID.search(block)), "") or next(
        (_block(part) for part in parts if part.content_type in TYPES), ""
    )


def message_id_in(block: str) -> str:
    """The first Message-ID field of `block`; '' when there is none."""
    found = _MESSAGE_ID.search(block)
    return scrub_line(found.group(1)) if found else ""


def id_in(values: tuple[str, ...]) -> str:
    """The last id in values of In-Reply-To or References: the one that is answered."""
    found = _ID.findall(" ".join(values))
    return found[-1] if found else ""


def cut(lines: list[str]) -> int:
    """The number of lines above the returned message."""
    return next((at for at, line in enumerate(lines) if at and _begins(line, lines, at)), len(lines))


def has_trace(below: str) -> bool:
    """Fields that no mail program shows when it quotes."""
    return bool(_TRACE.search(below))


def _may_be_returned(part: Part) -> bool:
    """Also an attachment of another type, as some servers send it; not the first part, which are their own words."""
    return part.content_type in TYPES or (
        part.path not in ("", "1") and part.content_type in UNTYPED and part.size <= LARGEST_UNTYPED
    )


def _block(part: Part) -> str:
    text = part.octets()[:HEADER_OCTETS].decode("utf-8", "replace").lstrip("\r\n")
    return _BLANK_LINE.split(text, maxsplit=1)[0]


def _begins(line: str, lines: list[str], at: int) -> bool:
    return bool(_TRACE_LINE.match(line)) or _is_heading(line) or (not _field(lines[at - 1]) and _is_header(lines, at))


def _is_heading(line: str) -> bool:
    """'The first 50 lines of the original message' is one, 'Returned mail for anna@firma.example' is not."""
    if "@" in line or _TIME_OF_DAY.search(line):
        return False
    words = plain(line[:200].translate(_NO_DIGITS)).strip(_ORNAMENTS)
    return any(words.startswith(heading) and len(words) - len(heading) <= AFTER_HEADING for heading in HEADINGS)


def _is_header(lines: list[str], at: int) -> bool:
    """Whether a header block begins here; continuation lines belong to it."""
    if not _field(lines[at]):
        return False
    names: set[str] = set()
    for line in lines[at : at + 40]:
        name = _field(line)
        if not name and not line[:1].isspace():
            break
        names.add(name)
    return len(names & _WIRE_FIELDS) >= ENOUGH_FIELDS


def _field(line: str) -> str:
    found = _FIELD_LINE.match(line)
    return found.group(1).lower() if found else ""
