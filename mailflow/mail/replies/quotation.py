"""The new words of a reply, apart from what it quotes.

Line by line, once through. Set apart are: lines quoted with '>' and the sentence that introduces them; everything from
a copied header or the marker of a helpdesk on; signatures, up to the next quoted line. Answers between and below quoted
lines are kept. A mail that passes another on is all content: its reply is the whole text. Nothing is lost by a wrong
guess: the whole text is kept elsewhere. What ends the words is told by `mail.replies.introduction`, `copied_header`,
`marker` and `signature`; languages are tables in `mail.languages`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from mailflow.mail.languages.wording import plain
from mailflow.mail.marks import is_marker
from mailflow.mail.replies import copied_header, marker, signature
from mailflow.mail.replies.introduction import GAP, LONGEST_LINE, above_quoted, introduction, is_quoted
from mailflow.mail.subject import Kind

READ = 256 << 10  # characters; in more than a person writes or answers, the new words have no end to look for
LOOKED_AT = 5_000  # lines; in what is longer, a log that was pasted, only marks are looked for after these


@dataclass(frozen=True, slots=True)
class Split:
    reply: str
    quoted: str


class _Line(StrEnum):
    WORDS = auto()
    QUOTED = auto()  # marked, or the sentence above what is marked
    INTRODUCED = auto()  # 'On … wrote:' above lines that are not marked
    COPIED = auto()  # a copied header
    DRAWN = auto()  # the line over it
    FORWARDED = auto()
    MARKER = auto()
    OURS = auto()  # our own marker
    DELIMITER = auto()
    DEVICE = auto()


class _End(Enum):
    HERE = auto()  # what follows is quoted
    AFTER_WORDS = auto()  # the same, when something was said above; else it may stand below
    WHOLE = auto()  # all is content


_ENDS: Mapping[tuple[_Line, Kind], _End] = {
    (_Line.INTRODUCED, Kind.ANSWER): _End.AFTER_WORDS,
    (_Line.COPIED, Kind.ANSWER): _End.AFTER_WORDS,
    (_Line.DRAWN, Kind.ANSWER): _End.HERE,
    (_Line.FORWARDED, Kind.ANSWER): _End.HERE,
    **{
        (line, Kind.FORWARD): _End.WHOLE
        for line in (_Line.QUOTED, _Line.INTRODUCED, _Line.COPIED, _Line.DRAWN, _Line.FORWARDED)
    },
    (_Line.FORWARDED, Kind.PLAIN): _End.WHOLE,
    **{(line, kind): _End.AFTER_WORDS for line in (_Line.MARKER, _Line.OURS) for kind in Kind},
}
"""A mail that neither answers nor passes on quotes nothing without a mark: its 'From:' and 'Date:' are of a form."""


def split(text: str, kind: Kind = Kind.ANSWER, subject: str = "") -> Split:
    """`text` is the readable body; every line of it goes to one side or the other.

    `kind` is what the header says the mail is, `subject` its subject without prefixes. The reply is '' when an answer
    has no words of its own.
    """
    head = text.find("\n", READ) if len(text) > READ else -1
    written = (text if head < 0 else text[:head]).split("\n")
    lines = marker.with_remainders([line.strip() for line in written])
    subject = plain(subject[:LONGEST_LINE])
    reply: list[str] = []
    quoted: list[str] = []
    at, said, signed, named = 0, False, False, False
    while at < len(lines):
        line, count = _read(lines, at, subject)
        end = _ENDS.get((line, kind)) if line is not _Line.WORDS else None
        if end is _End.WHOLE or (line is _Line.QUOTED and not quoted and _passes_on(lines[at], kind)):
            return Split(text, "")
        if end is _End.HERE or (end is _End.AFTER_WORDS and (said or named)):
            at -= _taken_back(reply, lines, at) if line is _Line.OURS else 0
            break
        aside = line in (_Line.QUOTED, _Line.DEVICE, _Line.OURS) or (line is _Line.DELIMITER and said)
        signed = signed or (aside and said)  # words stand below a telephone's line, too
        signed = signed and line is not _Line.QUOTED and not signature.is_postscript(lines[at])
        named = named or line is _Line.DEVICE
        above = named and not (said or lines[at])
        (quoted if aside or signed or above else reply).extend(written[at : at + count])
        said = said or bool(not aside and lines[at])
        at += count
    if head >= 0:
        (written if at < len(lines) else quoted if signed else reply).append(text[head + 1 :])
    quoted.extend(written[at:])
    words = _trimmed(reply)
    if not words.strip():
        return Split("", _trimmed(quoted)) if kind is Kind.ANSWER else Split(text, "")
    return Split(words, _trimmed(quoted))


def _read(lines: list[str], at: int, subject: str) -> tuple[_Line, int]:
    """What the line is, and how many lines are that together. No line has blanks around it."""
    line = lines[at]
    if is_quoted(line):
        return (_Line.WORDS if _is_escaped(lines, at) else _Line.QUOTED), 1
    if not line or len(line) > LONGEST_LINE or at >= LOOKED_AT:
        return _Line.WORDS, 1
    if count := introduction(lines, at):
        return (_Line.QUOTED if above_quoted(lines, at + count) else _Line.INTRODUCED), count
    return _of_its_own(lines, at, subject), 1


def _is_escaped(lines: list[str], at: int) -> bool:
    """'>From here on it fails', alone: a mailbox file marked a line that begins so (RFC 4155), nobody quoted it."""
    if not lines[at].startswith(">From ") or is_quoted(next(iter(lines[at + 1 : at + 2]), "")):
        return False
    above = next((line for line in reversed(lines[max(0, at - GAP) : at]) if line), ":")
    return not (is_quoted(above) or above.endswith((":", "\uff1a")))


def _of_its_own(lines: list[str], at: int, subject: str) -> _Line:
    line = lines[at]
    if is_marker(line):
        return _Line.OURS
    if copied_header.is_framed(line) and (framed := _framed(lines, at)):
        return framed
    if copied_header.is_marker(lines, at):
        return _Line.MARKER
    if copied_header.is_header(lines, at, subject):
        return _Line.COPIED
    return _Line.DEVICE if signature.is_device(line) else _Line.WORDS


def _framed(lines: list[str], at: int) -> _Line | None:
    """What a line is that is drawn, stands between dashes or ends with a colon."""
    line = lines[at]
    if signature.is_delimiter(line) or signature.is_list_footer(lines, at):
        return _Line.DELIMITER
    if copied_header.is_drawn(line):
        return _drawn(lines, at)
    if copied_header.is_forwarded(line):
        return _Line.FORWARDED
    return _Line.DRAWN if copied_header.is_original(lines, at) else None


def _drawn(lines: list[str], at: int) -> _Line:
    marked = above_quoted(lines, at + 1)
    if copied_header.is_above_header(lines, at):  # some mark the header and not what follows it
        return _Line.COPIED if marked else _Line.DRAWN
    if marked:
        return _Line.QUOTED
    return _Line.MARKER if copied_header.is_above_marker(lines, at) else _Line.WORDS


def _taken_back(reply: list[str], lines: list[str], at: int) -> int:
    """How many lines above our marker, taken for words, a mail program wrote; they are words no more."""
    count = marker.introduced(lines[max(0, at - GAP - marker.LONGEST_ABOVE) : at])
    if not count or [line.strip() for line in reply[-count:]] != lines[at - count : at]:
        return 0
    del reply[-count:]
    return count


def _passes_on(line: str, kind: Kind) -> bool:
    """A forward in HTML of Apple Mail is marked as a quotation, what introduces it too."""
    return kind is Kind.PLAIN and copied_header.is_forwarded(line.lstrip("> "))


def _trimmed(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")
