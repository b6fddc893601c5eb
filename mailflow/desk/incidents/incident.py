"""A known incident: trouble that many will write about, and what they are told of it.

Agents open it under a name that rules use (`then.incident`), say how it stands, and close it. A name may come back: of
several incidents with one name at most one is open.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line
from mailflow.nearest import hint

_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,39}")
NAME_IS = "small letters, digits, '-' and '_', at most 40"
_IN_LANGUAGE = re.compile("([a-z]{2,3})=(.*)", re.DOTALL)
EVERYBODY = ""
"""The language of a text for all who have none of their own."""
LONGEST_TITLE = 100
LONGEST_STATE = 2000
"""Characters: it stands in a mail between our own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    id: int
    name: str
    title: str
    department: str  # that deals with it: its tickets are routed there; '' is none
    texts: Mapping[str, str]  # how it stands, by language; {} when there is nothing to say
    state: int  # how many states it had, this one included
    opened: datetime
    ended: datetime | None = None
    tell: int = 0  # the state that all its requesters are to hear of; 0 when nobody is left

    def was_open(self, moment: datetime) -> bool:
        return self.opened <= moment and (self.ended is None or moment < self.ended)

    def told_in(self, language: str) -> str:
        """How it stands, in `language` or in the words for everybody."""
        return self.texts.get(language) or self.texts.get(EVERYBODY, "")


def is_name(word: str) -> bool:
    return _NAME.fullmatch(word) is not None


def name_of(word: str) -> str:
    """Refused when it is none."""
    if not is_name(word):
        raise Refused(f"{word!r} is no name of an incident: write {NAME_IS}")
    return word


def title_of(text: str) -> str:
    title = one_line(text)
    if not title or len(title) > LONGEST_TITLE:
        raise Refused(f"a title is one line of at most {LONGEST_TITLE} characters")
    return title


def texts_of(said: Iterable[str], languages: Iterable[str]) -> Mapping[str, str]:
    """`We work on it` for everybody, `pl=Pracujemy nad tym` for a language. Refused without words for everybody, where
    anything is said at all."""
    texts: dict[str, str] = {}
    for each in said:
        found = _IN_LANGUAGE.fullmatch(each)
        language, words = (found[1], found[2].strip()) if found else (EVERYBODY, each.strip())
        if language != EVERYBODY and language not in (known := sorted(languages)):
            raise Refused(f"there are no templates in {language!r}; {hint(language, known)}")
        if language in texts:
            raise Refused(f"the state is said twice {f'in {language!r}' if language else 'for everybody'}")
        if not words or len(words) > LONGEST_STATE:
            raise Refused(f"a state has words, at most {LONGEST_STATE} characters")
        texts[language] = words
    if texts and EVERYBODY not in texts:
        raise Refused("say it for everybody too, without a language: not all read those")
    return texts


def cause_of(incident: Incident, address: str) -> str:
    """The answer to who reports it, once: the key of that mail."""
    return f"incident:{incident.id}:{canonical(address)}"
