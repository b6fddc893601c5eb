"""What was probably meant by a word that is not known: for the message about it."""

from collections.abc import Iterable
from difflib import get_close_matches

NEAR = 0.6
"""How alike two words must be for one to be meant by the other."""


def hint(word: str, known: Iterable[str]) -> str:
    """The one that is near, else all there are: `did you mean 'subject'?`."""
    words = list(known)
    if near := get_close_matches(word, words, n=1, cutoff=NEAR):
        return f"did you mean '{near[0]}'?"
    return f"known here: {', '.join(words)}" if words else "there is none at all"
