"""Lines in which somebody names a thing and says it: `Label: value`, a row of a table, a label with its value below.

Labels are compared word by word as people write them: without case and accents, whatever list mark or number stands
before, several in one line. A label that only begins a line, without a colon, is a weak one: 'Date of birth' also
begins a sentence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from mailflow.mail.languages.wording import plain

MOST_LINES = 500
"""Of one mail that are read."""
LONGEST_LINE = 400
"""Characters of a line that are read: all of a mail is worked through in a tenth of a second, whatever is in it."""
_TOKEN = re.compile(r"[^\W_]+|\S|\t")
_MARK = re.compile(r"[ \t]*(?:(?:[-*•·–—▪◦+]|\(?[0-9a-zA-Z]{1,2}[.)])[ \t]+)?")
"""Of a list, at the beginning of a line."""
_ASIDE = re.compile(r"\s*(?:\([^()\n]{0,80}\)\s*)?\*?\s*")
"""Between a label and its colon: what it means, in brackets."""
_COLON = re.compile("[:=：]|\t+|[ \t][-–—][ \t]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """What stands behind a label, as it is written."""

    name: str  # whose label
    words: str
    line: int  # of the text, from 1
    sure: bool  # a colon, a column or a line of its own sets it apart


@dataclass(frozen=True, slots=True)
class _Seen:
    """A label in a line: where it begins, and where what it labels does."""

    name: str
    start: int
    value: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Labels:
    """Those of one kind of request, to be looked for together."""

    names: Mapping[tuple[str, ...], str]  # by the label, compared: whose it is
    lengths: Mapping[str, Sequence[int]]  # by its first word: how many words, the longest first

    @classmethod
    def of(cls, labels: Mapping[str, Sequence[str]]) -> "Labels":
        """By name, all words for it in all languages."""
        split = {tuple(word for word, _, _ in _tokens(each)): name for name, said in labels.items() for each in said}
        names = {words: name for words, name in split.items() if words}
        lengths: dict[str, set[int]] = {}
        for words in names:
            lengths.setdefault(words[0], set()).add(len(words))
        return cls(names, {first: sorted(each, reverse=True) for first, each in lengths.items()})

    def found_in(self, text: str) -> Iterator[Labelled]:
        """In the order of the text; what stands below a label that has nothing beside it is its value."""
        below: Labelled | None = None
        for number, line in enumerate(text.split("\n")[:MOST_LINES], 1):
            line = line[:LONGEST_LINE]
            seen = list(self._in_line(line))
            if seen:
                below = None
            elif below and line.strip():
                if words := _trimmed(_unmarked(line)):
                    yield replace(below, words=words, line=number)
                below = None
            for at, label in enumerate(seen):
                end = seen[at + 1].start if at + 1 < len(seen) else len(line)
                found = Labelled(label.name, _trimmed(line[label.value : end]), number, label.sure)
                if found.words:
                    yield found
                elif at + 1 == len(seen):
                    below = replace(found, sure=True)

    def alone_in(self, line: str) -> bool:
        """A label, a colon and nothing else: its value stands below."""
        return any(each.sure and not line[each.value :].strip() for each in self._in_line(line))

    def _in_line(self, line: str) -> Iterator[_Seen]:
        begins, tokens = _end(_MARK, line), list(_tokens(line))
        words, at = [word for word, _, _ in tokens], 0
        while at < len(tokens):
            length = self._at(words, at)
            if not length:
                at += 1
                continue
            start, end = tokens[at][1], tokens[at + length - 1][2]
            name = self.names[tuple(words[at : at + length])]
            if colon := _COLON.match(line, _end(_ASIDE, line, end)) or _COLON.match(line, end):
                yield _Seen(name, start, colon.end(), sure=True)
            elif start == begins:
                yield _Seen(name, start, end, sure=False)
            at += length

    def _at(self, words: Sequence[str], at: int) -> int:
        """How many words the longest label has that stands there; 0: none does."""
        lengths = (each for each in self.lengths.get(words[at], ()) if at + each <= len(words))
        return next((length for length in lengths if tuple(words[at : at + length]) in self.names), 0)


def _tokens(line: str) -> Iterator[tuple[str, int, int]]:
    """Words and signs as they are compared, and where they stand."""
    for match in _TOKEN.finditer(line):
        yield _compared(match[0]), match.start(), match.end()


@lru_cache(maxsize=2_048)
def _compared(word: str) -> str:
    return plain(word)


def _unmarked(line: str) -> str:
    return line[_end(_MARK, line) :]


def _trimmed(words: str) -> str:
    return " ".join(words.split()).strip(" ,;|*_")


def _end(pattern: re.Pattern[str], line: str, at: int = 0) -> int:
    """Of what fits there; `at` where nothing does."""
    match = pattern.match(line, at)
    return match.end() if match else at
