"""The Date of a mail (RFC 5322 3.3), also as programs write it that never read that section.

What is odd is written anew (names of months in other languages, zones by name or with a colon, afternoons, ISO 8601)
and read by the standard library. A date without a zone is UTC; `GMT+2` is two hours east, as its writers mean it.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_DATE = 200  # characters

_MONTHS = """
    jan januar january janvier janv enero ene janeiro gennaio gen januari styczeń stycznia sty led ledna ocak янв января
    feb februar february février févr fév febrero fevereiro febbraio februari luty lutego února şubat фев февраля
    mar märz mrz march mars marzo março maart mrt marca mac března mart мар марта
    apr april avril avr abril abr aprile kwiecień kwietnia kwi dubna nisan апр апреля
    may mai mayo maio maggio mag mei maj maja května mayıs мая май
    jun juni june juin junio junho giugno giu czerwiec czerwca cze června haziran июн июня
    jul juli july juillet juil julio julho luglio lug lipiec lipca lip července temmuz июл июля
    aug august août agosto ago augustus augusti sierpień sierpnia sie srpna ağustos авг августа
    sep september sept septembre septiembre setembro set settembre wrzesień września wrz září eylül сен сентября
    oct oktober october octobre octubre outubro out ottobre ott okt październik października paź října ekim окт октября
    nov november novembre noviembre novembro listopad listopada lis kasım ноя ноября
    dec dezember december décembre déc diciembre dic dezembro dicembre grudzień grudnia gru aralık дек декабря"""
_ENGLISH = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MONTH = {
    word: english for english, line in zip(_ENGLISH, _MONTHS.strip().splitlines(), strict=True) for word in line.split()
}
_ZONES = {
    "cet": "+0100", "met": "+0100", "mez": "+0100", "cest": "+0200", "mest": "+0200", "mesz": "+0200", "eet": "+0200",
    "eest": "+0300", "wet": "+0000", "west": "+0100", "bst": "+0100", "msk": "+0300", "jst": "+0900", "kst": "+0900",
    "hkt": "+0800", "aest": "+1000", "aedt": "+1100", "nzst": "+1200", "nzdt": "+1300", "z": " +0000",
}  # fmt: skip
_USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, {0,3})?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? (?:[+-]\d{4}|GMT|UT|[ECMP][SD]T)"
)
_ISO = re.compile(r"(\d{4})-(0?[1-9]|1[0-2])-(\d\d?)(?:T|\s{1,3})(\d\d?:\d\d)")
_WORD = re.compile(r"([^\W\d_]{1,20})\.?")
_COMMENT = re.compile(r"\([^()]*+\)|\"")
_WEEKDAY = re.compile(r"[^\W\d_]{1,20}\.?,?\s{0,3}(?=\d{1,2}\.?[\s-]{1,3}[^\W\d_]{3})")
_DAY_DOT = re.compile(r"(?<=\d)\.(?=\s)")
_EAST_OF = re.compile(r"(?:GMT|UTC?)\s{0,3}(?=[+-]\d)", re.IGNORECASE)
_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d\d))?\s*\Z")
_FRACTION = re.compile(r"(?<=:\d\d)[.,]\d{1,9}")
_LEAP_SECOND = re.compile(r"(?<=:\d\d:)60")
_HALF_OF_THE_DAY = re.compile(r"(\d{1,2})(:\d\d(?::\d\d)?)\s{0,3}([ap])\.?m\b\.?", re.IGNORECASE)


def date_of(written: str) -> datetime | None:
    """The instant that a field names, aware; None when it names none that the calendar has in UTC."""
    written = written[:MAX_DATE].strip()
    usual = _read(written) if _USUAL.fullmatch(written) else None
    return usual or _read(_anew(written)) or _read(written)


def _read(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
        if 50 <= date.year < 1_000:  # three digits count from 1900 (RFC 5322 4.3)
            date = date.replace(year=date.year + 1_900)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        date.astimezone(UTC)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None
    return date


def _anew(text: str) -> str:
    """The same date, as RFC 5322 has it."""
    text = _COMMENT.sub(" ", text).strip()
    text = _ISO.sub(lambda iso: f"{iso[3]} {_ENGLISH[int(iso[2]) - 1]} {iso[1]} {iso[4]}", text, count=1)
    text = _DAY_DOT.sub("", _WEEKDAY.sub("", text, count=1))
    text = _WORD.sub(_english, text)
    text = _LEAP_SECOND.sub("59", _FRACTION.sub("", text))
    text = _HALF_OF_THE_DAY.sub(_of_24_hours, text)
    return _OFFSET.sub(_four_digits, _EAST_OF.sub(" ", text))


def _english(word: re.Match[str]) -> str:
    name = word[1].lower()
    return _MONTH.get(name) or _ZONES.get(name) or word[0]


def _of_24_hours(time: re.Match[str]) -> str:
    hour = int(time[1]) % 12 + (12 if time[3] in "pP" else 0)
    return f"{hour}{time[2]}"


def _four_digits(offset: re.Match[str]) -> str:
    return f" {offset[1]}{int(offset[2]):02}{offset[3] or '00'}"
