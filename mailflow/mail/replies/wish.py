"""What a short mail wants that says nothing else, in the languages of `mail.languages`: where a request stands, which
requests there are, that one is settled.

Where an agent is to read it in any case a phrase is enough. Where nobody may, because it is over, every word of the
mail must be known: "thanks, now the other one burns" is no thanks.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from mailflow.mail.languages import every
from mailflow.mail.languages.phrases import Phrases, Prose
from mailflow.mail.languages.wording import plain

LONGEST = 400
"""Characters of the new words: who writes more has more to say."""
NAME = 8
"""Words of a name that may stand below."""
WORD = re.compile(r"[\w'-]++")
_HEAD = re.compile(r"[^\n.!:;]++(?=[.!:;]?\n)")
Openings = Mapping[str, Sequence[tuple[str, ...]]]


class Wish(StrEnum):
    NONE = ""
    NEWS = "news"
    LIST = "list"
    SETTLED = "settled"
    THANKS = "thanks"


def by_first(phrases: Iterable[str]) -> Openings:
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in (tuple(WORD.findall(plain(written))) for written in phrases):
        found.setdefault(phrase[0], []).append(phrase)
    return {word: sorted(phrases, key=len, reverse=True) for word, phrases in found.items()}


_NEWS = Phrases(every("wish.news"))
_LIST = frozenset(tuple(WORD.findall(plain(written))) for written in every("wish.list"))
_SETTLED, THANKS, FILLER = (by_first(every(f"wish.{key}")) for key in ("settled", "thanks", "filler"))


def wish_in(reply: str, subject: str, author: str) -> Wish:
    """`reply`: the new words, without a signature; `author`: the name that may stand below them."""
    if len(reply) > LONGEST:
        return Wish.NONE
    words = tuple(WORD.findall(plain(reply)))
    names = frozenset(WORD.findall(plain(author))[:NAME]) | greeted(reply)
    if words in _LIST or (_bare(words, names) or tuple(WORD.findall(plain(subject)))) in _LIST:
        return Wish.LIST
    if "?" not in reply and (said := _said(words, names)):
        return said
    return Wish.NEWS if Prose(reply).find(_NEWS) else Wish.NONE


def greeted(reply: str) -> frozenset[str]:
    """The name, of one or two words, that ends a greeting at the very beginning: "Hi Aoife,", "Guten Tag, Frau Maj!".
    It begins with a capital, and every word before it belongs to the greeting."""
    head = _HEAD.match(reply.lstrip())
    words = WORD.findall(head[0]) if head else []
    for name in (words[-1:], words[-2:]):
        before = tuple(WORD.findall(plain(" ".join(words[: -len(name)]))))
        if before and all(word[0].isupper() for word in name) and _is_greeting(before):
            return frozenset(WORD.findall(plain(" ".join(name))))
    return frozenset()


def _bare(words: tuple[str, ...], names: frozenset[str]) -> tuple[str, ...]:
    """Without greetings, thanks and the name: "Bonjour" below the subject "Mes demandes" says nothing of its own."""
    rest, at = [], 0
    while at < len(words):
        length = max(longest(FILLER, words, at), longest(THANKS, words, at), int(words[at] in names))
        if not length:
            rest.append(words[at])
        at += length or 1
    return tuple(rest)


def _is_greeting(words: tuple[str, ...]) -> bool:
    at = 0
    while at < len(words) and (length := longest(FILLER, words, at)):
        at += length
    return at == len(words)


def _said(words: tuple[str, ...], name: frozenset[str]) -> Wish:
    """What words come to of which each is known; NONE if one is not."""
    found, at = set(), 0
    while at < len(words):
        wish, length = _at(words, at)
        if not length:
            wish, length = Wish.NONE, int(words[at] in name)
        if not length:
            return Wish.NONE
        found.add(wish)
        at += length
    return Wish.SETTLED if Wish.SETTLED in found else Wish.THANKS if Wish.THANKS in found else Wish.NONE


def _at(words: tuple[str, ...], at: int) -> tuple[Wish, int]:
    """The longest phrase that begins there, and how many words it has."""
    tables = ((_SETTLED, Wish.SETTLED), (THANKS, Wish.THANKS), (FILLER, Wish.NONE))
    fitting = ((wish, length) for table, wish in tables if (length := longest(table, words, at)))
    return max(fitting, key=lambda each: each[1], default=(Wish.NONE, 0))


def longest(table: Openings, words: tuple[str, ...], at: int) -> int:
    """How many words the longest phrase of `table` has that begins there; 0 if none does."""
    return next((len(each) for each in table.get(words[at], ()) if words[at : at + len(each)] == each), 0)
