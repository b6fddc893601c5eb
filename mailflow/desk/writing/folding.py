"""Words of a stranger in a mail to an agent, folded before a mail program folds them: what begins a line is ours."""

from collections.abc import Iterator
from unicodedata import east_asian_width

COLUMNS = 66
"""Of a line: mail programs wrap at 72 to 76, with '> ' in front at most once or twice."""
MORE = "… "
"""Begins a line that continues the one above: no word of it can be taken for the first."""
_WIDE = "WF"


def folded(text: str, indent: str) -> str:
    """`text`, of one line, each line of it behind `indent`; at blanks, or where there is none."""
    return "\n".join(f"{indent}{line}" for line in _lines(text, COLUMNS - len(indent)))


def _lines(text: str, room: int) -> Iterator[str]:
    begun, rest = "", text
    while rest:
        end = _fits(rest, room - len(begun))
        if end < len(rest) and (blank := rest.rfind(" ", 1, end + 1)) > 0:
            end = blank
        yield begun + rest[:end].rstrip()
        begun, rest = MORE, rest[end:].lstrip()


def _fits(text: str, room: int) -> int:
    """How many characters have room; one at least."""
    width = 0
    for position, each in enumerate(text):
        width += 2 if east_asian_width(each) in _WIDE else 1
        if width > room:
            return max(position, 1)
    return len(text)
