"""What one line of an answer says where only yes or no is asked: that something is right, that it is not wanted, or a
greeting, thanks, a name. Every word of the line must be known, in whichever language (`mail.languages`, `[details]`).
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import plain

LONGEST = 200
"""Characters of such a line."""
_WORD = re.compile(r"[\w'-]++")
_Phrases = Mapping[str, Sequence[tuple[str, ...]]]


class Consent(StrEnum):
    YES = "yes"
    NO = "no"
    NOTHING = "nothing"  # courtesy alone
    MORE = "more"  # words that are not known, or both


def _by_first(*keys: str) -> _Phrases:
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in {tuple(_WORD.findall(plain(written))) for key in keys for written in every(key)}:
        found.setdefault(phrase[0], []).append(phrase)
    return found


_KNOWN = (
    (_by_first("details.confirm"), Consent.YES),
    (_by_first("details.object"), Consent.NO),
    (_by_first("details.more", "wish.filler", "wish.thanks"), Consent.NOTHING),
)


def consent_in(line: str, name: str = "") -> Consent:
    """`name`: of its author, who may sign it."""
    if len(line) > LONGEST or "?" in line:
        return Consent.MORE
    words, names = _WORD.findall(plain(line)), frozenset(_WORD.findall(plain(name)))
    found, at = set(), 0
    while at < len(words):
        length, said = _at(words, at)
        if not length and words[at] not in names:
            return Consent.MORE
        found.add(said)
        at += length or 1
    said_so = found - {Consent.NOTHING}
    return said_so.pop() if len(said_so) == 1 else Consent.MORE if said_so else Consent.NOTHING


def _at(words: Sequence[str], at: int) -> tuple[int, Consent]:
    """How many words the longest phrase has that begins there, and what it says; of two that are as long, the first
    table counts."""
    best, said = 0, Consent.NOTHING
    for table, consent in _KNOWN:
        fitting = (len(each) for each in table.get(words[at], ()) if tuple(words[at : at + len(each)]) == each)
        if (length := max(fitting, default=0)) > best:
            best, said = length, consent
    return best, said
