"""A yes or a no, as somebody writes it who was asked for one: a short mail of which every word is known.

Read in the languages of who was asked, and in no other: Polish "tak" is yes, Danish "tak" is thanks. Whoever writes
anything else, a condition, a question or both words, is read by a person.
"""

from collections.abc import Collection
from enum import StrEnum

from mailflow.mail.languages import by_language
from mailflow.mail.languages.wording import plain
from mailflow.mail.replies.wish import FILLER, LONGEST, NAME, THANKS, WORD, Openings, by_first, greeted, longest


class Assent(StrEnum):
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


def _tables(key: str) -> dict[str, Openings]:
    return {language: by_first(words) for language, words in by_language(f"consent.{key}").items()}


_TABLES = {Assent.YES: _tables("yes"), Assent.NO: _tables("no")}


def assent_in(reply: str, author: str, languages: Collection[str]) -> Assent:
    """`reply`: the new words, without a signature; `author`: the name and the address, whose words may stand below."""
    if len(reply) > LONGEST or "?" in reply:
        return Assent.UNCLEAR
    words = tuple(WORD.findall(plain(reply)))
    names = frozenset(WORD.findall(plain(author))[:NAME]) | greeted(reply)
    found, at = set(), 0
    while at < len(words):
        said, length = _at(words, at, languages)
        if not length:
            said, length = Assent.UNCLEAR, int(words[at] in names)
        if not length:
            return Assent.UNCLEAR
        found.add(said)
        at += length
    clear = found - {Assent.UNCLEAR}
    return clear.pop() if len(clear) == 1 else Assent.UNCLEAR


def _at(words: tuple[str, ...], at: int, languages: Collection[str]) -> tuple[Assent, int]:
    """The longest phrase that begins there, what it says, and how many words it has; of two as long, the one that
    says something. UNCLEAR is what says neither."""
    said = [
        (assent, longest(tables[language], words, at))
        for assent, tables in _TABLES.items()
        for language in languages
        if language in tables
    ]
    polite = [(Assent.UNCLEAR, longest(table, words, at)) for table in (THANKS, FILLER)]
    return max((*said, *polite), key=lambda each: each[1])
