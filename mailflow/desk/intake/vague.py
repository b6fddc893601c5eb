"""Does a new request say enough to begin with, and who is asked for more (R3.3)?

Of a kind that waits for nothing (`blocks = false`). It is asked for once, in the acknowledgement of a mail that opens
a request with too little of it; never of a mail that is an answer, asks for news, goes to others, or says a lot.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from mailflow.config.request import Item
from mailflow.desk.case import Case
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.form import wanted
from mailflow.mail.languages import LANGUAGES, every, words
from mailflow.mail.languages.wording import plain
from mailflow.mail.replies.wish import Wish
from mailflow.mail.subject import is_reply

READ = 4_000
"""Characters of the new words."""
SHORTEST = 3
"""Letters of a word that tells something."""
_WORD = re.compile(r"[^\W_]+")
FILLER = frozenset(
    word
    for key in ("wish.filler", "wish.thanks", "wish.news", "consent.yes")
    for phrase in every(key)
    for word in _WORD.findall(plain(phrase))
)


def spared(case: Case, after: Dossier) -> str:
    """Why its author is asked nothing; '' when it says too little."""
    shape, count = after.kind.shape, telling(case.message.reply, case.message.language)
    questions = (
        (after.is_complete, f"it says enough: {', '.join(after.latest)}"),
        (0 < shape.enough_words <= count, f"it says enough: {count} words that tell something"),
        (case.clues.wish is not Wish.NONE, "it only asks for news, or thanks"),
        (is_reply(case.message.subject, case.policy.tags), "it is an answer to something"),
        (not case.is_to_us, "it is written to others"),
        (case.message.encrypted, "its words cannot be read"),
    )
    return next((why for is_spared, why in questions if is_spared), "")


def telling(text: str, language: str) -> int:
    """How many different words there are that tell something: none of greetings and thanks, nor those that every
    sentence of the language has."""
    found = _WORD.findall(plain(text[:READ]))
    return len({word for word in found if len(word) >= SHORTEST} - FILLER - _small(language))


@lru_cache(maxsize=64)
def _small(language: str) -> frozenset[str]:
    """Of all languages where nobody knows which it is."""
    found = words("words.small", language) if language in LANGUAGES else every("words.small")
    return frozenset(plain(" ".join(found)).split())


def in_words(items: Sequence[Item], language: str) -> str:
    """For the acknowledgement: a line each."""
    return "\n".join(wanted(each, language) for each in items)
