"""What the words of a customer mean as the value of an item: the value in one form, or why they are none."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from mailflow.config.request import Item, ItemKind, Past
from mailflow.desk.intake.evident import link_in
from mailflow.desk.rules.fact import Value as Subject
from mailflow.desk.rules.pattern import Pattern
from mailflow.mail.address import clean, domain_of, named_in
from mailflow.mail.compose import one_line
from mailflow.mail.languages.wording import fold, plain
from mailflow.mail.machines.named_day import dates_in

LONGEST_TEXT = 500
"""Characters of a value."""
MOST = 10
"""Addresses or domains that are looked at: two are too many already."""
_NOTHING = frozenset(("", "-", "--", "–", "—", "?", "??", "???", "...", "…", "n/a", "na", "tbd", "x", "xxx"))
"""What people put where they have nothing to say."""
_EDGES = " \t.,;:!?\"'«»„”“‘’()[]<>*_`"
_LINK = re.compile(r"(?:https?://)?(?:www\.)?([^/\s?#@:]+)(?:[/?#:].*)?", re.IGNORECASE)
_ALL_DIGITS = Context(prec=LONGEST_TEXT)
"""Of a number: what is longer than Python's 28 would be rounded."""
_NUMBER = re.compile(r"[-+]?\d[\d\s.,'\u00a0\u202f]*")


class Unfit(StrEnum):
    """Why words are no value."""

    EMPTY = "there is nothing"
    TOO_LONG = "it is too long"
    NO_CHOICE = "it is none of the choices"
    SEVERAL = "it could be several"
    NO_DATE = "it is no day of the calendar"
    OVER = "the day is over"
    AHEAD = "the day is yet to come"
    NO_ADDRESS = "it is no e-mail address"
    NO_DOMAIN = "it is no domain"
    NO_NUMBER = "it is no number"
    NO_LINK = "it is no link: https://…"
    NO_FIT = "it has not the form that is wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The circumstances that words are read in."""

    language: str
    at: datetime  # when the mail was written or came


def read(item: Item, words: str, said: Said) -> str | Unfit:
    """One form for what means the same: a date as 2026-12-03, a choice by its name, a domain as the DNS has it."""
    if plain(words) in _NOTHING:
        return Unfit.EMPTY
    if len(words) > LONGEST_TEXT:
        return Unfit.TOO_LONG
    words = in_one_line(words)
    return _READ[item.kind](item, words, said)


def in_one_line(words: str) -> str:
    """It stands among our lines, also for others: who chose it begins none of them, nor turns one round."""
    return one_line(words, len(words))


@lru_cache(maxsize=256)
def pattern_of(expression: str) -> Pattern:
    """What fits it stands alone: nothing between letters and digits does. ValueError in words when it is no RE2
    expression."""
    return Pattern.regex(rf"(?:^|[^\pL\pN_-])({expression})(?:[^\pL\pN_-]|$)")


@lru_cache(maxsize=256)
def sentence_of(expression: str) -> Pattern:
    """ValueError in words when it is no RE2 expression, or catches nothing."""
    pattern = Pattern.regex(expression)
    if pattern.groups != 1:
        raise ValueError(f"{expression!r} needs one group in brackets, which catches the value")
    return pattern


def _text(item: Item, words: str, said: Said) -> str | Unfit:
    return words


def _choice(item: Item, words: str, said: Said) -> str | Unfit:
    """By the words for it in any language; one that stands within another's is not meant beside it."""
    given = f" {_only_words(words)} "
    found = [
        (phrase, name)
        for name, by_language in item.choice.items()
        for phrase in {_only_words(name), *(_only_words(each) for words in by_language.values() for each in words)}
        if f" {phrase} " in given
    ]
    longest = {name for phrase, name in found if not any(phrase != other and phrase in other for other, _ in found)}
    if len(longest) > 1:
        return Unfit.SEVERAL
    return next(iter(longest), Unfit.NO_CHOICE)


def _only_words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", plain(text)))


def _date(item: Item, words: str, said: Said) -> str | Unfit:
    days = {named.day for named in dates_in(fold(words), said.language, said.at, over=bool(item.past))}
    if len(days) != 1:
        return Unfit.SEVERAL if days else Unfit.NO_DATE
    day = days.pop()
    today = said.at.date()
    if item.past is Past.ONLY and day > today:
        return Unfit.AHEAD
    return day.isoformat() if item.past or day >= today else Unfit.OVER


def _address(item: Item, words: str, said: Said) -> str | Unfit:
    found = named_in(words, MOST)
    if len(found) > 1:
        return Unfit.SEVERAL
    return found[0] if found and clean(found[0]) else Unfit.NO_ADDRESS


def _domain(item: Item, words: str, said: Said) -> str | Unfit:
    """Also as a link to it, or with its www."""
    given = islice(dict.fromkeys(word.strip(_EDGES) for word in words.split() if "." in word), MOST)
    named = [match[1].strip(_EDGES) for word in given if (match := _LINK.fullmatch(word))]
    found = {domain_of(f"x@{name}") for name in named if clean(f"x@{name}")}
    if len(found) > 1:
        return Unfit.SEVERAL
    return next(iter(found), Unfit.NO_DOMAIN)


def _number(item: Item, words: str, said: Said) -> str | Unfit:
    found = _NUMBER.findall(words)
    if len(found) != 1:
        return Unfit.SEVERAL if found else Unfit.NO_NUMBER
    try:
        return f"{Decimal(_with_a_point(found[0])).normalize(_ALL_DIGITS):f}"
    except InvalidOperation:
        return Unfit.NO_NUMBER


def _with_a_point(written: str) -> str:
    """'1 234,50', '1,234.50' and '1.234' as people mean them: the last sign before one or two digits is the point."""
    digits = re.sub(r"[\s'\u00a0\u202f]", "", written).rstrip(".,")
    whole, sign, part = digits.rpartition("," if digits.rfind(",") > digits.rfind(".") else ".")
    if sign and len(part) != 3:
        return re.sub("[.,]", "", whole) + "." + part
    return re.sub("[.,]", "", digits)


def _pattern(item: Item, words: str, said: Said) -> str | Unfit:
    found = pattern_of(item.pattern).captures(Subject.of(words))
    return found[1] if found else Unfit.NO_FIT


def _link(item: Item, words: str, said: Said) -> str | Unfit:
    return link_in(words) or Unfit.NO_LINK


def _attached(item: Item, words: str, said: Said) -> str | Unfit:
    """Words are no file."""
    return Unfit.EMPTY


_READ: Mapping[ItemKind, Callable[[Item, str, Said], str | Unfit]] = {
    ItemKind.TEXT: _text,
    ItemKind.CHOICE: _choice,
    ItemKind.DATE: _date,
    ItemKind.ADDRESS: _address,
    ItemKind.DOMAIN: _domain,
    ItemKind.NUMBER: _number,
    ItemKind.PATTERN: _pattern,
    ItemKind.LINK: _link,
    ItemKind.ERROR: _text,
    ItemKind.ATTACHMENT: _attached,
}
