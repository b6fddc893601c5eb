"""Dates as people write them in a sentence, in the languages we know: '14 August', '3.5.', '5月3日', 'March 2nd, 2026'.

Purely from words. A year that is left out is the one that makes the day nearest after the mail was written, or, of what
is over, nearest before; a number
that could be a month or a day is read as the language does. Month names: `mail.languages`.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from mailflow.mail.languages import LANGUAGES, every, words
from mailflow.mail.languages.wording import fold
from mailflow.mail.machines import jalali

PAST = timedelta(days=60)  # a day without a year may lie that far before the mail: the note is old, not a year early
WEST = timedelta(hours=-10), timedelta(hours=-4)  # zones where English writes the month first
SHORTEST = 3  # letters of a month's name that tell it
LONG = 5  # letters of a name that may have an ending
LONGEST_ENDING = 4
BUDDHIST = range(2400, 2700)  # years as Thailand counts them
TO_BUDDHIST = 543

_LETTER = r"[^\x00-@\[-`{-\xbf\u2000-\u206f\u3000-\u303f]"
"""Any but signs: in scripts of India and Thailand, the vowels of a name are no word characters for a pattern."""
_NAME = f"(?P<name>{_LETTER}{{2,15}})"

_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>\d{4}) ?[-/.\u5e74\ub144]\.? {0,2}(?P<m>\d{1,2}) ?[-/.\u6708\uc6d4]\.? {0,2}(?P<d>\d{1,2})(?!\d) ?"
    r"[\u65e5\u53f7\u865f\uc77c]?"
)
_EAST = re.compile(r"(?<!\d)(?P<m>\d{1,2}) ?[\u6708\uc6d4] ?(?P<d>\d{1,2}) ?[\u65e5\u53f7\u865f\uc77c]")
_NUMBERS = re.compile(
    r"(?<![\d./-])(?P<a>\d{1,2})(?: ?(?P<by>[./]) ?(?P<b>\d{1,2})(?:\.? ?[./] ?(?P<y>\d{4}|\d\d)(?!\d|[:.]\d))?|"
    r"-(?P<b2>\d{1,2})-(?P<y2>\d{4}))(?![\d:])\.?"
)
_DAY_NAME = re.compile(
    r"(?<![\d.:/])(?P<d>\d{1,2})(?:st|nd|rd|th|er|[.\u00ba]|-?(?:o?го|e))?-? {0,2}(?:(?:de|of|di|den) |d')?"
    rf"{_NAME}(?:[.,\u060c]{{0,2}}[ -]{{1,2}}(?:(?:de|del|nam) )?(?P<y>\d{{4}})(?!\d))?"
)
_NAME_DAY = re.compile(
    rf"(?:(?<!\d)(?P<y0>\d{{4}})\.? {{1,2}})?{_NAME}\.? {{1,2}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?"
    r"(?![\d:])(?!\.\d)(?:,? {1,2}(?P<y>\d{4})(?!\d))?"
)
_VIETNAMESE = re.compile(r"(?<!\d)(?P<d>\d{1,2}) thang (?P<m>\d{1,2})(?: nam (?P<y>\d{4}))?")
_JOINED_LETTERS = "\u05d1\u05dc\u05d4"  # Hebrew writes 'in', 'to' and 'the' joined to the month


class Named(NamedTuple):
    """A day that a folded text names, and where."""

    day: date
    start: int
    end: int


def _names_of(language: str) -> dict[str, int]:
    names = (*words("dates.months", language), *words("dates.also", language))
    return {fold(name): at % 12 + 1 for at, name in enumerate(names)}


_NAMES = {language: _names_of(language) for language in LANGUAGES}
_JALALI = {fold(name): at + 1 for at, name in enumerate(every("dates.jalali"))}
_ALL_NAMES = {name: month for names in reversed(_NAMES.values()) for name, month in names.items()}


def dates_in(text: str, language: str, sent: datetime | None, *, over: bool = False) -> tuple[Named, ...]:
    """The days that `text` (folded) names, in its order. `language` may be ''; `sent` is the mail's Date. `over`: a day
    without a year is none after the mail."""
    found = sorted(_found(text, language, sent, over=over), key=lambda named: (named.start, -named.end))
    apart: list[Named] = []
    for named in found:
        if not apart or named.start >= apart[-1].end:
            apart.append(named)
    return tuple(apart)


def _found(text: str, language: str, sent: datetime | None, *, over: bool) -> Iterator[Named]:
    for pattern in (_YEAR_FIRST, _EAST, _VIETNAMESE, _DAY_NAME, _NAME_DAY, _NUMBERS):
        for match in pattern.finditer(text):
            day = _day(match, language, sent, over=over)
            if day:
                yield Named(day, match.start(), match.end())


def _day(match: re.Match[str], language: str, sent: datetime | None, *, over: bool) -> date | None:
    groups = match.groupdict()
    year = groups.get("y") or groups.get("y2") or groups.get("y0") or ""
    if groups.get("name") in _JALALI:
        return _dated(year, _JALALI[groups["name"]], int(groups["d"]), sent, over=over, solar=True)
    if "a" in groups:
        first, second = int(groups["a"]), int(groups["b"] or groups["b2"])
        month_first = groups["by"] == "/" and (second > 12 or (first <= 12 and _month_first(language, sent)))
        month, number = (first, second) if month_first else (second, first)
    else:
        month = _month(groups["name"], language) if "name" in groups else int(groups["m"])
        number = int(groups["d"])
    return _dated(year, month, number, sent, over=over)


def _month_first(language: str, sent: datetime | None) -> bool:
    zone = sent.utcoffset() if sent else None
    return language in ("en", "") and zone is not None and WEST[0] <= zone <= WEST[1]


def _month(name: str, language: str) -> int:
    """1 to 12; 0 when it is no month. Short forms are understood in the mail's own language: 'Aug', 'wrzes'."""
    own = _NAMES.get(language, {})
    forms = (name, name.lstrip(_JOINED_LETTERS))
    exact = (names[form] for names in (own, _ALL_NAMES) for form in forms if form in names)
    short = (month for known, month in own.items() if len(name) >= SHORTEST and known.startswith(name))
    inflected = (_ALL_NAMES[stem] for stem in _stems(name) if stem in _ALL_NAMES)
    return next(exact, 0) or next(short, 0) or next(inflected, 0)


def _stems(name: str) -> Iterator[str]:
    """'elokuu' of 'elokuuta'."""
    return (name[:end] for end in range(len(name) - 1, max(LONG, len(name) - LONGEST_ENDING) - 1, -1))


def _dated(
    year: str, month: int, number: int, sent: datetime | None, *, over: bool, solar: bool = False
) -> date | None:
    """`solar`: the month is one of Iran."""
    try:
        if year:
            return _counted(int(year) if len(year) == 4 else 2000 + int(year), month, number)
        if sent is None:
            return None
        this_year = jalali.year_of(sent.date()) if solar else sent.year
        day = _counted(this_year, month, number)
        if over:
            return _counted(this_year - 1, month, number) if day > sent.date() else day
        return _counted(this_year + 1, month, number) if day < sent.date() - PAST else day
    except (ValueError, OverflowError):
        return None


def _counted(year: int, month: int, number: int) -> date:
    """By the year it is seen how a country counts."""
    if year in jalali.YEARS:
        return jalali.gregorian(year, month, number)
    return date(year - TO_BUDDHIST if year in BUDDHIST else year, month, number)
