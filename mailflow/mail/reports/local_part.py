"""Recipients without a domain: how a mail system names its own users, in a list below the words that they failed."""

import re
from collections import deque
from collections.abc import Iterator, Sequence

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import plain, plain_words, says
from mailflow.mail.reports.failure import SENTENCES
from mailflow.mail.reports.named import MOST_NAMED, unique

SHORTEST_NOUN = 6
NOUNS = tuple(label for label in plain_words(every("report.label")) if len(label) >= SHORTEST_NOUN)
"""'recipient', 'addresses', 'the following'; what is shorter stands in every sentence."""
LONGEST_INTRODUCTION = 5  # lines

_ENDS = re.compile(r"(?::|-{3})\s{0,20}\Z")
_BARE = r"[A-Za-z0-9](?:[\w.+-]{0,62}\w)?"
_ITEM = re.compile(rf"\s{{0,20}}(?:<({_BARE})>:?|({_BARE}))(?:\s*\Z|\s{{2}}|\t|\s\()", re.ASCII)


def listed_in(lines: Sequence[str], domain: str) -> list[str]:
    """'The following recipients could not be delivered:' and a word a line, each completed by `domain`."""
    return unique(f"{word}@{domain}" for word in _words(lines))[:MOST_NAMED] if domain else []


def _words(lines: Sequence[str]) -> Iterator[str]:
    paragraph = deque[str](maxlen=LONGEST_INTRODUCTION)
    listing = False
    for line in lines:
        if not line.strip():
            paragraph.clear()
            continue
        paragraph.append(line)
        item = _ITEM.match(line) if listing else None
        if item:
            yield item.group(1) or item.group(2)
        elif not line.lstrip().startswith("("):  # the reason, below the one it is about
            listing = bool(_ENDS.search(line)) and _introduces(plain(" ".join(paragraph)))


def _introduces(words: str) -> bool:
    return SENTENCES.stand_in(words) and says(words, NOUNS)
