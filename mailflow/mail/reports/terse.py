"""Reports that say nothing else: believed whoever signs them.

Every line is an ornament, a piece of what two servers said, an address, or a sentence of reports that ends at one. A
greeting, a question or a name below is a person's, who tells of a report.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import Wordings, plain
from mailflow.mail.reports.dialogue import belongs, dialogue_in
from mailflow.mail.reports.named import addresses_in, ends_in_address, stands_alone

SENTENCES = Wordings(every("report.sentence"))
MOST_LINES = 100  # a longer dialogue is a log
_FINISHED = re.compile(r"[.!?,;]\s*\Z")


def says_nothing_else(lines: Sequence[str], outsiders: Collection[str]) -> bool:
    """`outsiders`: who writes, and to whom: what failed for them is told in another way."""
    said = [line for line in lines if any(map(str.isalnum, line))]
    if not said or len(said) > MOST_LINES or not all(_is_report(line, after) for line, after in _with_next(said)):
        return False
    named = {address.casefold() for line in said if not belongs(line) for address in addresses_in(line)}
    return bool(dialogue_in(lines).refused or named.difference(outsiders))


def _with_next(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    return pairwise((*lines, ""))


def _is_report(line: str, after: str) -> bool:
    return belongs(line) or stands_alone(line) or _is_framed(line) or _is_sentence(line, after)


def _is_sentence(line: str, after: str) -> bool:
    """'It could not be delivered to', and an address: in this line, or alone in the next."""
    ends = ends_in_address(line) or (stands_alone(after) and not _FINISHED.search(line))
    return ends and SENTENCES.stand_in(plain(line))


def _is_framed(line: str) -> bool:
    """`*** Message of a gateway ***`"""
    edges = line.strip()[:3] + line.strip()[-3:]
    return len(set(edges)) == 1 and not edges[0].isalnum()
