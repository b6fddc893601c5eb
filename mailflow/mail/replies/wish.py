"""What a short mail wants that says nothing else, in the languages of `mail.languages`: where a request stands, which
requests there are, that one is settled.

Where an agent is to read it in any case a phrase is enough. Where nobody may, because it is over, every word of the
mail must be known: "thanks, now the other one burns" is no thanks.
"""

from enum import StrEnum

from mailflow.mail.languages import every
from mailflow.mail.languages.phrases import Phrases, Prose
from mailflow.mail.replies.known_words import FILLER, THANKS, Words, by_first, longest, names_in, said_in, words_of

LONGEST = 400
"""Characters of the new words: who writes more has more to say."""


class Wish(StrEnum):
    NONE = ""
    NEWS = "news"
    LIST = "list"
    SETTLED = "settled"
    THANKS = "thanks"


_NEWS = Phrases(every("wish.news"))
_LIST = frozenset(map(words_of, every("wish.list")))
_OVER = ((Wish.SETTLED, by_first(*every("wish.settled"))), (Wish.THANKS, THANKS), (Wish.NONE, FILLER))


def wish_in(reply: str, subject: str, author: str) -> Wish:
    """`reply`: the new words, without a signature; `author`: the name that may stand below them."""
    if len(reply) > LONGEST:
        return Wish.NONE
    words, names = words_of(reply), names_in(author, reply)
    if words in _LIST or (_bare(words, names) or words_of(subject)) in _LIST:
        return Wish.LIST
    if "?" not in reply:
        said = said_in(words, _OVER, names) or set()
        for wish in (Wish.SETTLED, Wish.THANKS):
            if wish in said:
                return wish
    return Wish.NEWS if Prose(reply).find(_NEWS) else Wish.NONE


def _bare(words: Words, names: frozenset[str]) -> Words:
    """Without greetings, thanks and the name: "Bonjour" below the subject "Mes demandes" says nothing of its own."""
    rest, at = [], 0
    while at < len(words):
        length = max(longest(FILLER, words, at), longest(THANKS, words, at), int(words[at] in names))
        if not length:
            rest.append(words[at])
        at += length or 1
    return tuple(rest)
