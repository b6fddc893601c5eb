"""What an answer says where only yes or no is asked: that something is right, that it is not wanted, or a
greeting, thanks, a name. Every word of a line must be known, in whichever language (`mail.languages`, `[details]`).
"""

from enum import StrEnum

from mailflow.mail.languages import every
from mailflow.mail.replies.known_words import FILLER, THANKS, by_first, said_in, words_of

LONGEST = 200
"""Characters of such a line."""


class Consent(StrEnum):
    YES = "yes"
    NO = "no"
    NOTHING = "nothing"  # courtesy alone
    MORE = "more"  # words that are not known, or both


_TABLES = (
    (Consent.YES, by_first(*every("details.confirm"))),
    (Consent.NO, by_first(*every("details.object"))),
    (Consent.NOTHING, by_first(*every("details.more"))),
    (Consent.NOTHING, FILLER),
    (Consent.NOTHING, THANKS),
)


def consent_in(line: str, name: str = "") -> Consent:
    """`name`: of its author, who may sign it."""
    if len(line) > LONGEST or "?" in line:
        return Consent.MORE
    found = said_in(words_of(line), _TABLES, frozenset(words_of(name)))
    if found is None:
        return Consent.MORE
    said = found - {Consent.NOTHING}
    return said.pop() if len(said) == 1 else Consent.MORE if said else Consent.NOTHING


def consent_of(text: str, name: str = "") -> Consent:
    """What all its lines say together: a no in any of them, or a yes and nothing else."""
    said = {consent_in(line, name) for line in text.split("\n") if line.strip()}
    if Consent.NO in said:
        return Consent.NO
    return next((each for each in (Consent.MORE, Consent.YES) if each in said), Consent.NOTHING)
