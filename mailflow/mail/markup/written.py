"""Our own text as HTML: what a reader of the text sees, and nothing else.

Paragraphs, lines, quotations, lists, indented blocks, the signature, and links that are shown as they are. No word is
added, left out or taken for a mark: `*`, `_` and `3. May` stay what the author wrote, a list is one only where each
line begins as the next of a list does. Everything is escaped; the cost is linear.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from html import escape
from itertools import pairwise

from mailflow.mail.marks import SIGNATURE

BODY = "\ue000"
"""Stands in a frame where the text comes; no letter of any script."""
DEEPEST = 5  # quotations within quotations; deeper marks are text
LONGEST_LINK = 2_000  # characters; what is longer is shown, and leads nowhere
FULL = range(55, 79)  # characters of the longest line of a paragraph that was wrapped by its writer
SLACK = 10  # characters by which a value may have made a wrapped line shorter
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

_UNSEEN = "\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""What has no width or turns the direction: a link with one of these would not be what is shown."""
_LINK = re.compile(rf"(?<![\w.-])(?:https?://(?=[^\W_])|mailto:(?=\w))[^\s<>\"{_UNSEEN}]++", re.IGNORECASE)
_ENDS = ".,;:!?'\"*_~|\\`´’”»›…)]}"
_OPENS = {")": "(", "]": "[", "}": "{"}
_OPENINGS = "#(¿¡'\"‘’“„«»"
_BULLET = re.compile(r"( {0,3})- (?=\S)")
_NUMBER = re.compile(r" {0,3}([0-9]{1,3})\. (?=\S)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands above and below the text, as HTML."""

    above: str = ""
    below: str = ""


class _Kind(Enum):
    SIGNATURE = auto()
    QUOTED = auto()
    BULLETS = auto()
    NUMBERS = auto()
    INDENTED = auto()
    WORDS = auto()


def html_of(text: str, language: str) -> str:
    """`text`: lines without tabs and controls, as they are sent."""
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    blocks = "\n".join(_blocks(text.rstrip("\n").split("\n"), DEEPEST))
    return f'<div lang="{escape(language)}" dir="{direction}">\n{blocks}\n</div>\n'


def links_in(line: str) -> Iterator[tuple[int, int]]:
    """Where they begin and end; without the full stop or bracket of the sentence around them."""
    for found in _LINK.finditer(line):
        start, end = found.span()
        if end - start > LONGEST_LINK:
            continue
        surplus = {
            close: line.count(close, start, end) - line.count(open_, start, end) for close, open_ in _OPENS.items()
        }
        while line[end - 1] in _ENDS and surplus.get(line[end - 1], 1) > 0:
            if line[end - 1] in surplus:
                surplus[line[end - 1]] -= 1
            end -= 1
        yield start, end


def _blocks(lines: list[str], depth: int) -> Iterator[str]:
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        kind, end = _block(lines, at, depth)
        yield _WRITERS[kind](lines[at:end], depth)
        at = end


def _block(lines: list[str], at: int, depth: int) -> tuple[_Kind, int]:
    """What begins here, and where it ends."""
    line = lines[at]
    if line == SIGNATURE and depth == DEEPEST:
        return _Kind.SIGNATURE, len(lines)
    if depth and line.startswith(">"):
        return _Kind.QUOTED, _while(lines, at, lambda each: each.startswith(">"))
    if _BULLET.match(line):
        return _Kind.BULLETS, _items(lines, at)
    if end := _counted(lines, at):
        return _Kind.NUMBERS, end
    if line.startswith("  "):
        return _Kind.INDENTED, _while(lines, at, lambda each: each.startswith("  ") and not _BULLET.match(each))
    return _Kind.WORDS, _while(lines, at + 1, lambda each: _goes_on(each, depth), begin=at)


def _while(lines: list[str], at: int, holds: Callable[[str], object], begin: int = -1) -> int:
    while at < len(lines) and holds(lines[at]):
        at += 1
    return max(at, begin + 1)


def _goes_on(line: str, depth: int) -> bool:
    """The paragraph above."""
    marked = line.startswith(("  ", "1. ")) or (depth and line.startswith(">")) or _BULLET.match(line)
    return bool(line.strip()) and line != SIGNATURE and not marked


def _items(lines: list[str], at: int) -> int:
    """Where the list of bullets ends: items with the same indentation, and lines of theirs that are indented below."""
    indent = _indent(lines[at])
    deeper, within = " " * (indent + 1), " " * (indent + 2)
    return _while(
        lines,
        at,
        lambda line: line.startswith(within) or (_BULLET.match(line) and not line.startswith(deeper)),
    )


def _counted(lines: list[str], at: int) -> int:
    """Where the list of numbers ends, each the next one; 0 when it has no second item: '3. May' alone is a date."""
    first = _NUMBER.match(lines[at])
    if not first:
        return 0
    within, number, end = " " * 3, int(first[1]), at + 1
    while end < len(lines):
        found = _NUMBER.match(lines[end])
        if found and int(found[1]) == number + 1:
            number += 1
        elif found or not lines[end].startswith(within):
            break
        end += 1
    return end if number > int(first[1]) else 0


def _quoted(lines: list[str], depth: int) -> str:
    inner = [line[1:].removeprefix(" ") for line in lines]
    blocks = "\n".join(_blocks(inner, depth - 1))
    style = "margin:0 0 0 .5em;padding-left:.5em;border-left:2px solid #ccc"
    return f'<blockquote type="cite" style="{style}">\n{blocks}\n</blockquote>'


def _bullets(lines: list[str], depth: int) -> str:
    return f'<ul dir="auto">\n{_list(lines, _BULLET)}\n</ul>'


def _numbers(lines: list[str], depth: int) -> str:
    first = _NUMBER.match(lines[0])
    return f'<ol dir="auto" start="{int(first[1]) if first else 1}">\n{_list(lines, _NUMBER)}\n</ol>'


def _list(lines: list[str], mark: re.Pattern[str]) -> str:
    items: list[list[str]] = []
    indent = _indent(lines[0])
    for line in lines:
        if _indent(line) == indent and (found := mark.match(line)):
            items.append([line[found.end() :]])
        else:
            items[-1].append(line.strip())
    return "\n".join(f"<li>{_lines(item, wrapped=not any(map(_begins_item, item[1:])))}</li>" for item in items)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _begins_item(line: str) -> bool:
    return bool(_BULLET.match(line) or _NUMBER.match(line))


def _indented(lines: list[str], depth: int) -> str:
    return f'<pre dir="auto" style="white-space:pre-wrap">{_escaped(chr(10).join(lines))}</pre>'


def _signature(lines: list[str], depth: int) -> str:
    return f'<div dir="auto" style="color:#666">{_lines(lines, wrapped=False)}</div>'


def _words(lines: list[str], depth: int) -> str:
    return f'<p dir="auto">{_lines(lines, wrapped=depth == DEEPEST and _is_wrapped(lines))}</p>'


def _lines(lines: list[str], *, wrapped: bool) -> str:
    """Wrapped: they are one line, and the reader's screen says where it ends."""
    return ("\n" if wrapped else "<br>\n").join(map(_escaped, lines))


def _is_wrapped(lines: list[str]) -> bool:
    """Each line ends where the first word of the next found no room. Lines of a log or of an address do not."""
    longest = max(map(len, lines))
    if longest not in FULL or any(map(_begins_item, lines[1:])):
        return False
    return all(
        len(line) + 1 + len(_first_word(below)) > longest - SLACK and _is_prose(line, below)
        for line, below in pairwise(lines)
    )


def _is_prose(line: str, below: str) -> bool:
    """Lines of a log, of a trace or of a table begin alike, or with a sign."""
    return _first_word(line) != _first_word(below) and (below[0].isalnum() or below[0] in _OPENINGS)


def _first_word(line: str) -> str:
    return line.split(maxsplit=1)[0]


def _escaped(line: str) -> str:
    written, at = [], 0
    for start, end in links_in(line):
        link = escape(line[start:end])
        written.append(f'{escape(line[at:start])}<a href="{link}">{link}</a>')
        at = end
    return "".join((*written, escape(line[at:])))


_WRITERS: dict[_Kind, Callable[[list[str], int], str]] = {
    _Kind.SIGNATURE: _signature,
    _Kind.QUOTED: _quoted,
    _Kind.BULLETS: _bullets,
    _Kind.NUMBERS: _numbers,
    _Kind.INDENTED: _indented,
    _Kind.WORDS: _words,
}
