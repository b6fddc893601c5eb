"""What tells of a person in the text of others: their addresses, their names, the ids and the words of their mails. So
that it can be found, and taken out, when the person is erased.

Words are theirs by the row: as many as are not anybody's in the same order. A mail that is tied to them (it is of a
conversation in which they wrote, or names them) may quote them in fewer words, or in whole short lines; in any other,
short phrases are everybody's. Letter case, line ends and marks of quotation do not count.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations
from unicodedata import normalize

ERASED = "[erased]"
TIED, UNTIED = 4, 8
"""Words in a row that are a quotation."""
MOST_ORDERED = 3
"""Words of a name that are looked for in every order."""

_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_ID = re.compile(r"<([^<>\s]{1,998})>")
_BETWEEN = r"[\s,.;:>|_*'\"-]{1,9}"
_SHOWN = r"(?:\"[^\"\n<>]{0,100}\"|[^\s\",;:<>@\n][^\",;:<>@\n]{0,100})?[ \t]{0,9}<"
_QUOTED = re.compile(r"[>|\s]*")


@dataclass(frozen=True, eq=False)
class Traces:
    """Of one person. `addresses` are canonical, `ids` without brackets, `words` the texts that the person wrote,
    `subjects` without the prefix of an answer."""

    addresses: frozenset[str]
    names: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    words: Sequence[str] = field(default=())
    subjects: frozenset[str] = frozenset()

    def found_in(self, text: str, *, tied: bool = False) -> bool:
        return next(self._spans(text, tied), None) is not None

    def redacted(self, text: str, *, tied: bool = False) -> str:
        """`text` with ERASED where it told of them; the very same text where it does not."""
        spans = sorted(self._spans(text, tied))
        if not spans:
            return text
        pieces: list[str] = []
        at = 0
        for start, end in spans:
            if start > at or not pieces:
                pieces += [text[at:start], ERASED]
            at = max(at, end)
        return "".join(pieces) + text[at:]

    def named_in(self, octets: bytes) -> int:
        """How often an address or a name stands there in clear: for what is no text."""
        return sum(1 for _ in self._in_clear.finditer(octets))

    def _spans(self, text: str, tied: bool) -> Iterator[tuple[int, int]]:
        yield from (match.span() for match in self._who.finditer(text))
        if self.ids and "<" in text:
            yield from (match.span() for match in _ID.finditer(text) if match[1] in self.ids)
        rows = self._rows_tied if tied else self._rows
        if rows:
            yield from _in_rows(text, rows, TIED if tied else UNTIED)
        if tied and self._lines:
            yield from _whole_lines(text, self._lines)
        if tied and self._subjects:
            yield from (match.span() for match in self._subjects.finditer(text))

    @cached_property
    def _who(self) -> re.Pattern[str]:
        addresses = "|".join(sorted((_address(each) for each in _spelled(self.addresses)), key=len, reverse=True))
        shown = rf"{_SHOWN}(?:{addresses})>"
        names = [pattern for name in self.names for pattern in _name(name)]
        return re.compile("|".join([shown, f"(?:{addresses})", *names]), re.IGNORECASE)

    @cached_property
    def _in_clear(self) -> re.Pattern[bytes]:
        plain = {each.encode() for each in (*_spelled(self.addresses), *self.names)}
        return re.compile(b"|".join(sorted(map(re.escape, plain))), re.IGNORECASE)

    @cached_property
    def _rows(self) -> frozenset[int]:
        return frozenset(_all_rows(self.words, UNTIED))

    @cached_property
    def _rows_tied(self) -> frozenset[int]:
        return frozenset(_all_rows(self.words, TIED))

    @cached_property
    def _subjects(self) -> re.Pattern[str] | None:
        """Of more than a word: one is anybody's."""
        rows = sorted({words for each in self.subjects if len(words := _words(each)) > 1})
        patterns = (r"(?<!\w)" + _BETWEEN.join(map(re.escape, words)) + r"(?!\w)" for words in rows)
        return re.compile("|".join(patterns), re.IGNORECASE) if rows else None

    @cached_property
    def _lines(self) -> frozenset[tuple[str, ...]]:
        """The short ones, and what is short as a whole."""
        lines = (line for text in self.words for line in text.splitlines())
        return frozenset(words for line in lines if 0 < len(words := _words(line)) < TIED)


def telling(name: str) -> bool:
    """Whether a name alone says who it is: one word is many people's."""
    return len(_words(name)) > 1 and "@" not in name


def _spelled(addresses: Collection[str]) -> set[str]:
    """As people write the domain, too."""
    return {spelled for address in addresses for spelled in (address, _unicode(address))}


def _unicode(address: str) -> str:
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('ascii').decode('idna')}"
    except UnicodeError:
        return address


def _address(address: str) -> str:
    """In a URL and in the return path of a list the @ is written otherwise; a tag behind a plus is the same person."""
    local, _, domain = address.rpartition("@")
    written, domain = re.escape(local), re.escape(domain) + r"(?![\w-]|\.\w)"
    plain = rf"(?<![\w.+-]){written}(?:\+[\w.-]{{1,64}})?(?:@|%40|&\#64;){domain}"
    return rf"{plain}|(?<![\w.]){written}=(?:40)?{domain}"


def _name(name: str) -> Iterator[str]:
    """In any order, as letters are composed and decomposed."""
    words = [word for word in re.split(r"[\s,]+", name.strip(" \t\"'")) if word]
    orders: Iterable[tuple[str, ...]] = permutations(words) if len(words) <= MOST_ORDERED else [tuple(words)]
    for order in orders:
        for form in ("NFC", "NFD"):
            yield r"(?<!\w)" + _BETWEEN.join(re.escape(normalize(form, word)) for word in order) + r"(?!\w)"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(text))


def _all_rows(texts: Iterable[str], length: int) -> Iterator[int]:
    for text in texts:
        words = _words(text)
        yield from (hash(words[at : at + length]) for at in range(len(words) - length + 1))


def _in_rows(text: str, rows: frozenset[int], length: int) -> Iterator[tuple[int, int]]:
    found = list(_WORD.finditer(text))
    words = tuple(match[0].casefold() for match in found)
    for at in range(len(words) - length + 1):
        if hash(words[at : at + length]) in rows:
            yield found[at].start(), found[at + length - 1].end()


def _whole_lines(text: str, lines: frozenset[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        marks = _QUOTED.match(line)
        start = marks.end() if marks else 0
        if _words(line) in lines:
            yield at + start, at + max(start, len(line.rstrip()))
        at += len(line)
