"""A yes or a no, as somebody writes it who was asked for one: a short mail of which every word is known.

Read in the languages of who was asked, and in no other: Polish "tak" is yes, Danish "tak" is thanks. Whoever writes
anything else, a condition, a question or both words, is read by a person.
"""

from collections.abc import Collection
from enum import StrEnum

from mailflow.mail.languages import by_language
from mailflow.mail.replies.known_words import FILLER, THANKS, by_first, names_in, said_in, words_of
from mailflow.mail.replies.wish import LONGEST


class Assent(StrEnum):
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


_TABLES = [
    (assent, language, by_first(*phrases))
    for assent in (Assent.YES, Assent.NO)
    for language, phrases in by_language(f"consent.{assent}").items()
]
_COURTESY = [(Assent.UNCLEAR, THANKS), (Assent.UNCLEAR, FILLER)]


def assent_in(reply: str, author: str, languages: Collection[str]) -> Assent:
    """`reply`: the new words, without a signature; `author`: the name and the address, whose words may stand below."""
    if len(reply) > LONGEST or "?" in reply:
        return Assent.UNCLEAR
    asked = [(assent, table) for assent, language, table in _TABLES if language in languages]
    found = said_in(words_of(reply), asked + _COURTESY, names_in(author, reply)) or set()
    clear = found - {Assent.UNCLEAR}
    return clear.pop() if len(clear) == 1 else Assent.UNCLEAR
