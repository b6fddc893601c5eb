"""Reports that say nothing else: believed whoever signs them.

Every line is an ornament, a piece of what two servers said, an address, or a sentence of reports that ends at one. A
greeting, a question or a name below is a person's, who tells of a report.
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from mailflow.mail.languages.wording import plain
from mailflow.mail.reports.dialogue import belongs, dialogue_in
from mailflow.mail.reports.failure import SENTENCES
from mailflow.mail.reports.named import addresses_in, ends_in_address, stands_alone

MOST_LINES = 100  # a longer dialogue is a log
_FINISHED = re.compile(r"[.!?,;]\s*\Z")


def shows_only_a_refusal(lines: Sequence[str]) -> bool:
    """A dialogue in which somebody is refused, and what a gateway adds."""
    return bool(dialogue_in(lines).refused) and _says_nothing_else(lines)


def names_only_whom(lines: Sequence[str], outsiders: Collection[str]) -> bool:
    """'It could not be delivered to', and an address alone in the next line. `outsiders`: who writes, and to whom: that
    something failed for them is told in another way."""
    alone = (after for line, after in pairwise(_said(lines)) if _leads_to(line, after))
    named = {address.casefold() for line in alone for address in addresses_in(line)}
    return bool(named.difference(outsiders)) and _says_nothing_else(lines)


def _says_nothing_else(lines: Sequence[str]) -> bool:
    said = _said(lines)
    return len(said) <= MOST_LINES and all(_is_report(line, after) for line, after in pairwise((*said, "")))


def _said(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if any(map(str.isalnum, line))]


def _is_report(line: str, after: str) -> bool:
    return belongs(line) or stands_alone(line) or _is_framed(line) or _is_sentence(line) or _leads_to(line, after)


def _is_sentence(line: str) -> bool:
    return ends_in_address(line) and SENTENCES.stand_in(plain(line))


def _leads_to(line: str, after: str) -> bool:
    return stands_alone(after) and not _FINISHED.search(line) and SENTENCES.stand_in(plain(line))


def _is_framed(line: str) -> bool:
    """`*** Message of a gateway ***`"""
    edges = line.strip()[:3] + line.strip()[-3:]
    return len(set(edges)) == 1 and not edges[0].isalnum()
