"""Until when an absence note says that its writer is away: 'until 4 May', 'back on 5 May', '5月4日まで'.

Words before and after a date, from the tables [absence] of `mail.languages`; the dates are read by `named_day`.
"""

import re
from datetime import date, datetime
from functools import cache

from mailflow.mail.languages import by_language
from mailflow.mail.languages.phrases import JOINED
from mailflow.mail.languages.wording import fold
from mailflow.mail.machines.named_day import Named, dates_in

READ = 1_500  # characters; a note names its day near the beginning
NEAR = 45  # characters before a date that say what it is
CLEAR = ("do", "\u0434\u043e", "al", "ig", "ni")
"""Words of one or two letters that mean the same wherever they stand before or after a date."""
UNSPACED = "\u0e00"  # from Thai on, words stand within others
WHOLE = ("but",)
"""Tables that are looked for in every language, however short their words are."""


def alternatives(key: str, language: str = "") -> str:
    """The words of one language for a pattern, the longest first; of all languages without the shortest, which mean
    something else in another."""
    return _either(_chosen(key, language))


def standing(key: str, language: str = "", *, behind: str = r"(?!\w)") -> str:
    """The same as whole words, and words of scripts without blanks anywhere. `behind`: what ends a whole word."""
    chosen = _chosen(key, language)
    whole, within = ([word for word in chosen if (word >= UNSPACED) is unspaced] for unspaced in (False, True))
    kinds = [rf"(?<!\w)(?:{_either(whole)}){behind}"] if whole else []
    return "|".join([*kinds, _either(within)] if within else kinds)


def _chosen(key: str, language: str) -> list[str]:
    found = by_language(f"absence.{key}")
    clear = [
        word
        for words in found.values()
        for word in words
        if len(word) > 2 or word in CLEAR or word >= JOINED or key in WHOLE
    ]
    return [fold(word) for word in found.get(language) or clear]


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


_LANGUAGES = frozenset({**by_language("absence.until"), **by_language("absence.after")})
_NO_LETTER = r"(?![^\W\d])"
_FILL = r"[^.!?;:\n]{0,25}$"  # a weekday, an article
_AFTER = r"[^\w.!?]{0,3}(?:\([^)]{1,6}\))? ?"  # a weekday in brackets


# Patterns of thousands of words: each is compiled for the first note that asks for it.
@cache
def _before_back(language: str) -> re.Pattern[str]:
    whole, anywhere = standing("back", language), alternatives("back", language)
    return re.compile(rf"(?:{whole}):?{_FILL}|(?:{anywhere}) ?:? ?$")


@cache
def _before_away(language: str) -> re.Pattern[str]:
    until = standing("until", language, behind=_NO_LETTER)
    return re.compile(rf"(?:(?:{until}){_FILL}|\d\.? ?[-\u2013\u2014] ?$)")


@cache
def _after_back() -> re.Pattern[str]:
    return re.compile(rf"{_AFTER}(?:{alternatives('after_back')})")


@cache
def _after_away() -> re.Pattern[str]:
    return re.compile(rf"{_AFTER}(?:{alternatives('after')})(?![a-z])")


@cache
def _until() -> re.Pattern[str]:
    return re.compile(rf"[^.!?\n]{{0,30}}(?:{standing('until')})")


@cache
def _dated() -> re.Pattern[str]:
    before, after = f"{standing('until')}|{standing('back')}", alternatives("after")
    return re.compile(rf"(?:{before})[^.!?;:\n]{{0,20}}\d|\d[^.!?\n]{{0,12}}(?:{after})")


def goes_until(text: str, at: int) -> bool:
    """Whether folded `text` goes on at `at` with 'until' …"""
    return bool(_until().match(text, at))


def names_an_end(text: str) -> bool:
    """Whether folded `text` has 'until' or 'back on' before a number, or まで after one."""
    return bool(_dated().search(text))


def away_until(subject: str, own: str, language: str, sent: datetime | None) -> date | None:
    """The day that a note names for its writer's return ('back on 5 May'), else the one to which it says they are away
    ('until 4 May', 'through 4 May'), as it stands there; None when it names neither.

    Nothing is added to a day after 'until': whether it is the last of absence or the first of presence, people do not
    agree on. Before it nobody is there. A weekday alone is no day.
    """
    text = fold(f"{subject}\n{own[:READ]}")
    code = language if language in _LANGUAGES else ""
    until: date | None = None
    last_end = 0
    for named in dates_in(text, language, sent):
        before = text[max(last_end, named.start - NEAR) : named.start]
        if _is_back(text, before, named, code):
            return named.day
        if until is None and (_before_away(code).search(before) or _after_away().match(text, named.end)):
            until = named.day
        last_end = named.end
    return until


def _is_back(text: str, before: str, named: Named, code: str) -> bool:
    return bool(_before_back(code).search(before) or _after_back().match(text, named.end))
