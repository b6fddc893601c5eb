"""Words that somebody tells of, instead of saying them: 'this mailbox is not monitored, Tom says', 'it says “…”'.

What languages say: the tables [automatic] `told` and `offer` of `mail.languages`.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.phrases import Found, Phrases, Prose
from mailflow.mail.languages.wording import plain, says

NEAR = 60  # characters before and behind, within the sentence
QUESTION_MARKS = "?\uff1f\u061f\u037e"
_QUOTED = re.compile("(?:(?<![^\\s(:,])['\"]|[\u201c\u201e\u300c]|\u00ab ?)\\Z")
"""An opening mark right before. A closing one has a word before it."""

_OFFERS = frozenset(map(plain, every("automatic.offer")))
_LONGEST_OFFER = max(map(len, _OFFERS)) + 10  # characters, with what is drawn before it
_SENTENCE = re.compile(r"[.!:;\n\u00bf|]")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff][ \u00a0]?;")
_TOLD = Phrases(every("automatic.told"))
_END = re.compile(r"[.!?;\u3002\uff1f\uff01\u061f]")


def asks(text: str) -> bool:
    """Whether it asks something, as people do. 'Questions? Call us' asks nothing; Greek asks with a semicolon."""
    if says(text, QUESTION_MARKS):
        *questions, rest = text.split("?")
        return not all(map(_is_offer, questions)) or any(says(piece, QUESTION_MARKS) for piece in (*questions, rest))
    return ";" in text and bool(_GREEK.search(text))


def _is_offer(before: str) -> bool:
    """Whether the sentence that ends here is a question to everybody."""
    return plain(_SENTENCE.split(before[-_LONGEST_OFFER:])[-1]).strip(" -*\u2022>()") in _OFFERS


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
