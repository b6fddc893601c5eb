"""text/plain; format=flowed (RFC 3676): paragraphs as they were written, each on one line, quotations kept apart."""

import re

SIGNATURE = "-- "  # a fixed line although it ends in a blank (4.3)
MAX_LINES = 200_000  # of which paragraphs are made, more than people write; the others stay as they were written

_QUOTES = re.compile(r"(>*+)(.*)", re.DOTALL)


def unwrapped(text: str, *, delsp: bool) -> str:
    """Flowed lines of one quote depth are joined (4.2, 4.5), space-stuffing is taken away (4.4).

    `delsp`: the blank that marks a flowed line is no blank of the text (Chinese and its like).
    """
    lines: list[str] = []
    paragraph: list[str] = []
    depth = 0
    written = text.split("\n", MAX_LINES)
    for line in written[:MAX_LINES]:
        quotes, words = _parted(line)
        if paragraph and (quotes != depth or words in ("", SIGNATURE)):
            lines.append(_line(depth, paragraph))
            paragraph = []
        depth = quotes
        is_flowed = words.endswith(" ") and words != SIGNATURE
        paragraph.append(words[:-1] if delsp and is_flowed else words)
        if not is_flowed:
            lines.append(_line(depth, paragraph))
            paragraph = []
    if paragraph:
        lines.append(_line(depth, paragraph))
    return "\n".join([*lines, *written[MAX_LINES:]])


def _parted(line: str) -> tuple[int, str]:
    quoted = _QUOTES.fullmatch(line)
    quotes, words = quoted.groups() if quoted else ("", line)
    return len(quotes), words.removeprefix(" ")


def _line(depth: int, paragraph: list[str]) -> str:
    words = "".join(paragraph)
    return f"{'>' * depth} {words}".rstrip() if depth else words
