"""Words that somebody tells of, instead of saying them: 'this mailbox is not monitored, Tom says', 'it says “…”'.

What languages say: the table [automatic] `told` of `mail.languages`.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.phrases import Found, Phrases, Prose
from mailflow.mail.languages.wording import says

NEAR = 60  # characters before and behind, within the sentence
QUESTION_MARKS = "?\uff1f\u061f\u037e"
_QUOTED = re.compile("(?:(?<![^\\s(:,])['\"]|[\u201c\u201e\u300c]|\u00ab ?)\\Z")
"""An opening mark right before. A closing one has a word before it."""

_OFFERED = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(map(re.escape, sorted(every('automatic.offer'), key=len, reverse=True)))})"
    r"[ \u00a0\u202f]?\?",
    re.IGNORECASE,
)
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff][ \u00a0]?;")
_TOLD = Phrases(every("automatic.told"))
_END = re.compile(r"[.!?;\u3002\uff1f\uff01\u061f]")


def asks(text: str) -> bool:
    """Whether it asks something, as people do. 'Questions? Call us' asks nothing; Greek asks with a semicolon."""
    if not says(text, QUESTION_MARKS):
        return ";" in text and bool(_GREEK.search(text))
    return says(_OFFERED.sub("", text), QUESTION_MARKS)


def is_told(prose: Prose, found: Found) -> bool:
    """Also when it is asked: 'is this an automatic reply?'"""
    before, behind = _around(prose, found)
    end = _END.search(behind)
    if _QUOTED.search(before) or (end and end.group() in QUESTION_MARKS):
        return True
    return Prose(sentence_of(prose, found)).find(_TOLD) is not None


def sentence_of(prose: Prose, found: Found) -> str:
    """What stands around it, up to `NEAR` characters on each side."""
    before, behind = _around(prose, found)
    return _END.split(before)[-1] + prose.text[found.start : found.end] + _END.split(behind, maxsplit=1)[0]


def _around(prose: Prose, found: Found) -> tuple[str, str]:
    return prose.text[max(0, found.start - NEAR) : found.start], prose.text[found.end : found.end + NEAR]
