"""Many phrases looked for in one text, as people write them: without regard to case, accents and kinds of apostrophe.

A phrase is found by its first word, so that hundreds of them cost little more than one. It may end within a word
('toto je automatick' stands for three endings); it begins with a whole one. Scripts that are written without spaces
between words, or with articles joined to them, have phrases that may begin anywhere.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from mailflow.mail.languages.wording import plain

_WORD = re.compile(r"[\w']++")
JOINED = "\u0590"  # from Hebrew on, a word may begin within what looks like one


class Found(NamedTuple):
    """Where in a folded text; the phrase as the table writes it."""

    phrase: str
    start: int
    end: int


class Prose:
    """A text, folded, and where its words begin."""

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = plain(text)
        self._starts: dict[str, list[int]] = {}
        for word in _WORD.finditer(self.text):
            self._starts.setdefault(word.group(), []).append(word.start())

    def find(self, phrases: "Phrases") -> Found | None:
        """The first phrase in the text."""
        text = self.text
        found = [
            Found(written, start, start + len(phrase))
            for word in self._starts.keys() & phrases.by_word.keys()
            for phrase, written in phrases.by_word[word]
            for start in self._starts[word]
            if text.startswith(phrase, start)
        ]
        if text and max(text) >= JOINED:
            ats = ((written, len(phrase), text.find(phrase)) for phrase, written in phrases.joined)
            found += [Found(written, at, at + length) for written, length, at in ats if at >= 0]
        return min(found, key=lambda one: (one.start, -one.end), default=None)


class Phrases:
    """What to look for; folded here."""

    __slots__ = ("by_word", "joined")

    def __init__(self, phrases: Iterable[str]) -> None:
        self.by_word: dict[str, list[tuple[str, str]]] = {}
        self.joined: list[tuple[str, str]] = []
        for written in phrases:
            phrase = plain(written)
            word = _WORD.match(phrase)
            if phrase >= JOINED or word is None:
                self.joined.append((phrase, written))
            else:
                self.by_word.setdefault(word.group(), []).append((phrase, written))
