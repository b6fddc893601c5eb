"""Absence notes: what their subject and their words look like.

Words alone are weak evidence. People write 'I am on vacation until Monday' too, and they ask questions, greet by name
and go on with 'but': a note does none of that. What languages say: the tables [absence] of `mail.languages`.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.phrases import JOINED, Phrases, Prose
from mailflow.mail.languages.wording import Wordings, fold
from mailflow.mail.machines.return_day import goes_until, names_an_end, standing
from mailflow.mail.machines.told import asks, is_told
from mailflow.mail.subject import is_reply

LONGEST_WEAK_NOTE = 700
BEGINNING = 300  # characters in which a note says that its writer is away


def _longest_first(key: str) -> dict[str, str]:
    """Folded words, and how the table writes them."""
    return {fold(words): words for words in sorted(every(key), key=len, reverse=True)}


def _as_written(key: str) -> str:
    """With accents and without, for a pattern."""
    written = every(f"absence.{key}")
    return "|".join(map(re.escape, sorted({*written, *map(fold, written)}, key=len, reverse=True)))


_STARTS = _longest_first("absence.subject")
_TITLED = _longest_first("absence.subject_titled")
_ENDS = _longest_first("absence.subject_end")
_STARTING, _TITLING, _ENDING = Wordings(_STARTS), Wordings(_TITLED), Wordings(_ENDS)
_MORE = frozenset(fold(word) for word in every("absence.subject_more"))
_FAILS = Wordings(every("absence.subject_fails"))
_SURE = Phrases(every("absence.text"))
_LEFT = Phrases(every("absence.left"))
_AWAY = Phrases(every("absence.away"))
_DEPUTY = Phrases(every("absence.deputy"))
_WANTS = Phrases(every("absence.wants"))

_TAG = re.compile(r"\[[^\]]{1,60}\] ?")
_OPENING = ' \t[(*\u3010\u300c\uff08<\u201c"'
_SEPARATORS = ":;,.!-)]*\u3011\u300d\uff09\uff1a(/"
_GREETS_BY_NAME = re.compile(
    rf"\s{{0,9}}(?i:{_as_written('greeting')})\.?[ \t]{{1,3}}(?!(?i:{_as_written('greeted')})\b)"
    r"(?=[^\W\d_a-z])[^\W\d_]{1,30}(?:[ \t][^\W\d_]{1,30})?[,!.:\n]"
)
_GOES_ON = re.compile(rf"(?:[^.!\n]|(?<=\d)\.){{0,80}}?(?:{standing('but')})")


def says_away(subject: str, *, answers: bool, asks: bool) -> str:
    """The words by which a subject is that of an absence note, else ''. `answers`: the mail names what it answers;
    `asks`: its text asks something, as people do.

    'Automatic reply: invoice' is one, 'Out of office reminder' is not, 'Re: Automatic reply: invoice' is a person's.
    """
    folded = fold(subject).rstrip(".! ")
    for start in (folded.lstrip(_OPENING), _TAG.sub("", folded, count=1).lstrip(_OPENING)):
        for words in _STARTING.openings(start):
            if _is_note(words, start[len(words) :], answers=answers, asks=asks):
                return _STARTS[words]
        titled = (words for words in _TITLING.openings(start) if answers and _is_title(start[len(words) :]))
        if words := next(titled, ""):
            return _TITLED[words]
    if asks or not _ENDING.end(folded):
        return ""
    ends = next((words for words in _ENDS if folded.endswith(words) and words != folded), "")
    return "" if not ends or is_reply(subject) else _ENDS[ends]


def _is_title(rest: str) -> bool:
    """'Automatic reply: …', as mail programs write it."""
    return rest.lstrip(" )]\u3011\uff09").startswith((":", "\uff1a")) or rest.startswith(("\u3011", "]"))


def _is_note(words: str, rest: str, *, answers: bool, asks: bool) -> bool:
    """Whether what follows the words is how notes go on: a colon, nothing, a date, 'from', or anything in an answer,
    which from a person would begin with 'Re:'."""
    if not answers and _fails(rest):
        return False
    if _is_title(rest):
        return True
    if asks or not rest or words >= JOINED:
        return not asks
    if rest[0].isalnum():
        return False
    following = rest.strip(" -").split(" ", 1)[0]
    return answers or rest.lstrip()[:1] in _SEPARATORS or following.strip(".,:") in _MORE or following[:1].isdigit()


def _fails(rest: str) -> bool:
    """'Automatic reply: not sent', 'Out of office message does not work': a person's, who tells what is wrong."""
    said = rest.lstrip(f" {_SEPARATORS}")
    first, _, behind = said.partition(" ")
    return _FAILS.begin(said) or (first in _MORE and _FAILS.begin(behind))


def ends_away(subject: str) -> str:
    """'Re: invoice (Out of office)': the words in brackets that a responder adds at the end, or a person's program
    copies; '' when there are none."""
    folded = fold(subject).rstrip(".! ")
    if not _ENDING.end(folded):
        return ""
    return next((written for words, written in _ENDS.items() if words[0] == "(" and folded.endswith(words)), "")


def wants(own: str, prose: Prose) -> bool:
    """Whether it asks a question, or speaks of what only a customer has or asks for: 'my account', 'please cancel'."""
    return asks(own) or prose.find(_WANTS) is not None


def words_of_a_note(own: str, prose: Prose, *, quotes: bool) -> str:
    """The words by which the new words of an answer are an absence note, else ''. `prose` is that of `own`."""
    if asks(own):
        return ""
    sure = prose.find(_SURE)
    if sure and not is_told(prose, sure):
        return sure.phrase
    left = prose.find(_LEFT)
    if left and not is_told(prose, left) and ("@" in prose.text or prose.find(_DEPUTY)):
        return left.phrase
    away = prose.find(_AWAY)
    if away is None or away.start > BEGINNING or quotes or len(own) > LONGEST_WEAK_NOTE:
        return ""
    if is_told(prose, away) or prose.find(_WANTS) or _GREETS_BY_NAME.match(own) or _GOES_ON.match(prose.text, away.end):
        return ""
    ends = goes_until(prose.text, away.end) or names_an_end(prose.text) or prose.find(_DEPUTY)
    return away.phrase if ends else ""
