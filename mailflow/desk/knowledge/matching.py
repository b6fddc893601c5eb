"""Which articles a mail really asks for.

A phrase of an article is found where all its words stand near each other in one sentence of the mail, in any order and
with any ending: 'log in fails' in "since Monday every log-in failed". The phrase with the most words counts, and none
is better than a wrong one: MOST articles are offered at most, and only what comes near the best. How well that works is
measured in tests/desk/knowledge.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailflow.desk.knowledge.article import Article, words_in
from mailflow.mail.languages.wording import fold

MOST = 2
READ = 1_500
"""Characters of a mail in which it says what it wants."""
NEAR = 8
"""Words between the first and the others of a phrase."""
STEM = 4
"""Letters that two forms of one word have in common at least."""
ENDING = 3
"""Letters by which they may differ at the end."""
ENDS = re.compile(r"[.!?;:]+|\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Match:
    article: Article
    phrase: str
    words: int  # of the phrase


@dataclass(frozen=True, slots=True)
class Sentence:
    words: Sequence[str]
    places: Mapping[str, Sequence[int]]  # of words, by their first letters: most phrases are ruled out by these

    @classmethod
    def of(cls, words: Sequence[str]) -> "Sentence":
        places: dict[str, list[int]] = {}
        for at, word in enumerate(words):
            places.setdefault(word[:STEM], []).append(at)
        return cls(words, places)

    def says(self, wanted: Sequence[str]) -> bool:
        """All of them, near each other."""
        if not all(word[:STEM] in self.places for word in wanted):
            return False
        first, *others = wanted
        begins = (at for at in self.places[first[:STEM]] if _same(self.words[at], first))
        return any(all(self._is_near(at, word) for word in others) for at in begins)

    def _is_near(self, at: int, wanted: str) -> bool:
        return any(_same(word, wanted) for word in self.words[max(0, at - NEAR) : at + NEAR + 1])


def matches(subject: str, text: str, articles: Iterable[Article]) -> tuple[Match, ...]:
    """The best first; `articles`: those of the reader's language."""
    sentences = list(_sentences(f"{subject[:READ]}\n\n{text[:READ]}"))
    found = sorted(
        (match for article in articles if (match := _of(article, sentences))),
        key=lambda match: (-match.words, match.article.name),
    )
    return tuple(match for match in found[:MOST] if match.words * 2 > found[0].words)


def _of(article: Article, sentences: Sequence[Sentence]) -> Match | None:
    found = [
        Match(article, phrase, len(wanted))
        for phrase, wanted in article.phrases
        if any(each.says(wanted) for each in sentences)
    ]
    return max(found, key=lambda match: match.words, default=None)


def _same(one: str, other: str) -> bool:
    """Two forms of one word, as far as letters tell."""
    if one == other:
        return True
    short = min(len(one), len(other))
    common = next((at for at in range(short) if one[at] != other[at]), short)
    return common >= STEM and max(len(one), len(other)) - common <= ENDING


def _sentences(text: str) -> Iterator[Sentence]:
    """A line that was only wrapped is none of its own."""
    for sentence in ENDS.split(fold(text)):
        if words := words_in(sentence):
            yield Sentence.of(words)
