"""Whether somebody only asks where a request stands: "any news?" in the languages of `mail.languages`."""

from mailflow.mail.languages import every
from mailflow.mail.languages.phrases import Phrases, Prose

LONGEST = 400
"""Characters of the new words: who writes more has more to say."""
_ASKS = Phrases(every("chaser.asks"))


def asks_for_news(reply: str) -> bool:
    return len(reply) <= LONGEST and Prose(reply).find(_ASKS) is not None
