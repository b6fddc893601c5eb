"""Our own line 'write above this line', at the top of our mail: what stands below it is ours, in any language.

    ##- Please type your reply above this line -##

Known by its frame, also where a mail program has quoted it, made other dashes of its hyphens or broken it in two.
Between the customer's words and this line stands nothing but what a mail program writes above what it quotes.
"""

import re

from mailflow.mail.languages.wording import plain
from mailflow.mail.replies.introduction import LONGEST_LINE, is_dated

LONGEST_ABOVE = 12  # lines that a mail program writes over what it quotes
FULL = 50  # characters of a quoted line that a mail program broke; nobody wraps at less
_QUOTED_OURS = re.compile(r"[> ]{1,40}+##[-\u2010-\u2015]")
_FIELD = re.compile(r"[*_]{0,2}[^\s:：@][^:：@]{0,30}+[:：]")


def introduced(lines: list[str]) -> int:
    """How many of the last of these lines, which stand right above our marker, a mail program wrote: a sentence with a
    colon at its end that names a time or an address, or fields of a header, whatever the language."""
    end = len(lines)
    while end and not lines[end - 1]:
        end -= 1
    start = end
    while start and lines[start - 1] and end - start < LONGEST_ABOVE:
        start -= 1
    block = [line[:LONGEST_LINE] for line in lines[start:end]]
    return len(lines) - start if block and (_is_sentence(block) or _are_fields(block)) else 0


def with_remainders(lines: list[str]) -> list[str]:
    """The lines of an answer, where those are quoted that a mail program broke off quoted ones: once our marker is
    quoted, a line without a mark right between two with one, of which the upper is full, is the end of the upper."""
    quotes = next((at for at, line in enumerate(lines) if _QUOTED_OURS.match(line)), None)
    if quotes is None:
        return lines
    mended = lines.copy()
    for at in range(quotes + 1, len(lines) - 1):
        above, line, below = lines[at - 1 : at + 2]
        if line and line[0] != ">" and above.startswith(">") and len(above) >= FULL and below.startswith(">"):
            mended[at] = f"> {line}"
    return mended


def _is_sentence(block: list[str]) -> bool:
    words = plain(" ".join(block))
    return words.endswith(":") and ("@" in words or is_dated(words))


def _are_fields(block: list[str]) -> bool:
    return len(block) > 1 and all(_FIELD.match(line) for line in block) and any("@" in line for line in block)
