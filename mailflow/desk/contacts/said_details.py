"""What a reply says of its author's details (R0.2): that they are right, or `Label: value` lines of what is not.

Read down to where the author signs: an address below "Kind regards" stands there in every mail. A value that cannot be
of its kind is not taken, and is an agent's to read; so is all that the reply says besides.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailflow.desk.contacts.details import CORRECTED, LANGUAGES, NOTHING, SEPARATOR, Detail, OnFile
from mailflow.desk.intake.labelled import Labelled, Labels
from mailflow.mail.address import clean
from mailflow.mail.compose import one_line, writable
from mailflow.mail.languages import by_language, every
from mailflow.mail.languages.wording import plain
from mailflow.mail.replies.consent import Consent, consent_in

MOST_ADDRESSES = 5
LONGEST_READ = 4_000
"""Characters of a reply: who writes more has more to say."""
LONGEST_VALUE = 400
SIGNATURE = 8
"""Lines that may stand below a greeting, each of at most"""
SIGNED = 80  # characters
_WORDS: Mapping[str, Sequence[str]] = {detail: every(f"details.{detail}") for detail in Detail}
_LABELS = Labels.of(_WORDS)
_BEGINNINGS = tuple(plain(word) for words in _WORDS.values() for word in words)
_NAME = re.compile(r"[^\W\d_][\w .,'’()&/-]{0,79}")
_LIKE_A_PLACE = re.compile(r"\w\.[^\W\d_]{2}|//")  # mail programs make links of example.org
_PHONE = re.compile(r"\+?[0-9 ()/.-]{5,30}")
_DIGITS = range(5, 16)  # E.164 has 15 at most
_BETWEEN = re.compile(r"[\s,;]+")
WRITTEN = ("en", "fr", "es", "pl", "de")
"""In which our mail is written, in the order in which each language names them."""
_CODES = {
    **{plain(word): code for code, name in LANGUAGES.items() for word in (code, name)},
    **{
        plain(name): code
        for names in by_language("details.languages").values()
        for code, name in zip(WRITTEN, names, strict=True)
    },
}


@dataclass(frozen=True, slots=True)
class SaidDetails:
    wanted: Mapping[Detail, str]  # only what is otherwise on file
    is_right: bool  # all of it, as the author says
    unfit: tuple[str, ...]  # lines that nothing can be made of
    more: bool  # there are other words as well

    @property
    def says_anything(self) -> bool:
        return bool(self.wanted or self.is_right or self.unfit)


def said_details(reply: str, details: OnFile) -> SaidDetails:
    """`reply`: the new words."""
    if len(reply) > LONGEST_READ:
        return SaidDetails({}, is_right=False, unfit=(), more=True)
    reading = _Reading(details)
    labelled: dict[int, list[Labelled]] = {}
    for each in _LABELS.found_in(reply):
        if each.sure:
            labelled.setdefault(each.line, []).append(each)
    for number, line in enumerate(reply.split("\n"), 1):
        if line.strip():
            reading.read(line, labelled.get(number, []) if _begins_with_a_label(line) else [])
    return reading.result()


def _begins_with_a_label(line: str) -> bool:
    """ "My name: is Anna" is no form."""
    return plain(line.lstrip(" \t-*•")).startswith(_BEGINNINGS)


class _Reading:
    """Line by line."""

    def __init__(self, details: OnFile) -> None:
        self._details = details
        self._wanted: dict[Detail, str] = {}
        self._same = self._confirmed = self._more = False
        self._unfit: list[str] = []
        self._signed: list[str] | None = None  # what stands below a greeting

    def read(self, line: str, labelled: Sequence[Labelled]) -> None:
        if self._signed is not None:
            self._signed.append(line)
        elif labelled and not self._confirmed:
            for each in labelled:
                self._take(Detail(each.name), each.words)
        else:
            self._other(Consent.MORE if labelled else consent_in(line, self._details.name))

    def _take(self, detail: Detail, words: str) -> None:
        value = value_of(detail, words)
        if value == self._details.said(detail):
            self._same = True
        elif value is None or detail not in CORRECTED:
            self._unfit.append(f"{detail}: «{one_line(words, 80)}»")
        else:
            self._wanted[detail] = value

    def _other(self, consent: Consent) -> None:
        begun = self._confirmed or self._same or self._wanted or self._unfit
        if consent is Consent.YES:
            self._confirmed = True
        elif consent is Consent.NOTHING and begun:
            self._signed = []
        elif consent is not Consent.NOTHING:
            self._more = True

    def result(self) -> SaidDetails:
        below = self._signed or []
        is_more = len(below) > SIGNATURE or any("?" in line or len(line) > SIGNED for line in below)
        is_right = (self._confirmed or self._same) and not self._wanted and not self._unfit
        return SaidDetails(self._wanted, is_right, tuple(self._unfit), self._more or is_more)


def value_of(detail: Detail, words: str) -> str | None:
    """As it is kept; None: it cannot be one. '' takes a telephone away."""
    if one_line(words, LONGEST_VALUE) != (words := " ".join(words.split())):
        return None  # too long, or with something in it that is not seen
    match detail:
        case Detail.NAME:
            fits = _NAME.fullmatch(words) and not _LIKE_A_PLACE.search(words)
            return words if fits else None
        case Detail.PHONE:
            if words in (NOTHING, "-"):
                return ""
            return words if _PHONE.fullmatch(words) and sum(map(str.isdigit, words)) in _DIGITS else None
        case Detail.LANGUAGE:
            return _CODES.get(plain(words))
        case Detail.ADDRESSES:
            return _addresses(words)
        case Detail.REGION:
            return words


def _addresses(words: str) -> str | None:
    found = tuple(dict.fromkeys(_each_address(words)))
    fits = found and len(found) <= MOST_ADDRESSES and all(found)
    return SEPARATOR.join(found) if fits else None


def _each_address(words: str) -> Iterator[str]:
    """'' of what is none. A mail program writes some twice: anna@firma.example<mailto:anna@firma.example>."""
    for written in _BETWEEN.split(words.replace("<", " ").replace(">", " ").strip()):
        address = clean(written.strip("()").removeprefix("mailto:"))
        yield address if "." in address.rpartition("@")[2] and writable(address) else ""
