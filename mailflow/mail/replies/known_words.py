"""A short mail of which every word must be known: which phrases it is made of, and what they say.

Who answers in a few words is answered by a machine only where nothing else stands there: "thanks, now the other one
burns" is no thanks. Courtesy and names may stand anywhere.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import plain

NAME = 8
"""Words of a name that may stand below."""
WORD = re.compile(r"[\w'-]++")
_HEAD = re.compile(r"[^\n.!:;]++(?=[.!:;]?\n)")
Words = tuple[str, ...]
Openings = Mapping[str, Sequence[Words]]
S = TypeVar("S")


def words_of(text: str) -> Words:
    return tuple(WORD.findall(plain(text)))


def by_first(*phrases: str) -> Openings:
    """By their first words, the longest first."""
    found: dict[str, list[Words]] = {}
    for phrase in sorted(map(words_of, phrases), key=len, reverse=True):
        found.setdefault(phrase[0], []).append(phrase)
    return found


THANKS, FILLER = by_first(*every("wish.thanks")), by_first(*every("wish.filler"))


def said_in(words: Words, tables: Iterable[tuple[S, Openings]], names: frozenset[str] = frozenset()) -> set[S] | None:
    """What the phrases say of which `words` are made, each time the longest that begins there, of two that are as long
    that of the first table; None: one of the words is not known, and is none of `names`."""
    found, at = set(), 0
    while at < len(words):
        length, said = max(((longest(table, words, at), said) for said, table in tables), key=lambda each: each[0])
        if length:
            found.add(said)
        elif words[at] not in names:
            return None
        at += length or 1
    return found


def longest(table: Openings, words: Words, at: int) -> int:
    """How many words the longest phrase of `table` has that begins there; 0 if none does."""
    return next((len(each) for each in table.get(words[at], ()) if words[at : at + len(each)] == each), 0)


def names_in(author: str, reply: str) -> frozenset[str]:
    """Words that are names: of the author, and of whom the mail greets."""
    return frozenset(words_of(author)[:NAME]) | _greeted(reply)


def _greeted(reply: str) -> frozenset[str]:
    """The name, of one or two words, that ends a greeting at the very beginning: "Hi Aoife,", "Guten Tag, Frau Maj!".
    It begins with a capital, and every word before it belongs to the greeting."""
    head = _HEAD.match(reply.lstrip())
    words = WORD.findall(head[0]) if head else []
    for name in (words[-1:], words[-2:]):
        before = words_of(" ".join(words[: -len(name)]))
        if before and all(word[0].isupper() for word in name) and said_in(before, [("", FILLER)]):
            return frozenset(words_of(" ".join(name)))
    return frozenset()
