"""Comparing words as people write them: without case, accents and typographic apostrophes, without vowel points,
direction marks and what has no width, in one form of digits.

Mail systems write their sentences with accents, without them, and in letters that only look decomposed; the tables of
`mail.languages` are written once, properly. Only letters with a mark are replaced, so the cost is linear.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

_MARKED = (range(0xC0, 0x250), range(0x386, 0x3CF), range(0x1E00, 0x2000))
"""Latin and Greek. In other scripts a mark makes another letter."""
_WITHOUT_DECOMPOSITION = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "’": "'", "‘": "'", "ʼ": "'", "：": ":"}
_COMBINING = range(0x300, 0x370)
_UNSEEN = (
    *(0xAD, 0x61C, 0x640, 0xFEFF),  # soft hyphen, Arabic letter mark and tatweel, zero width no-break space
    *range(0x64B, 0x653),  # vowel points of Arabic
    *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)),
)
COMPOSED_AT_ONCE = 1_000  # letters; more than any line that is compared
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10)  # Arabic, Persian, Devanagari, Bengali, Thai, full width


def _base(code: int) -> str:
    return unicodedata.normalize("NFD", chr(code))[0]


_PLAIN = {
    **{code: _base(code) for marked in _MARKED for code in marked},
    **{ord(letter): plain for letter, plain in _WITHOUT_DECOMPOSITION.items()},
    **{zero + value: str(value) for zero in _ZEROS for value in range(10)},
    **dict.fromkeys((*_COMBINING, *_UNSEEN)),
}


def plain(text: str) -> str:
    """`text` for comparing; runs of white space are one space."""
    if text.isascii():
        return " ".join(text.casefold().split())
    return " ".join(composed(text).casefold().translate(_PLAIN).split())


def fold(text: str) -> str:
    """Plain line by line."""
    return "\n".join(plain(line) for line in text.split("\n"))


def composed(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Normalised in slices: a run of marks takes the square of its length, and what is cut at an edge is one word
    unfound."""
    if len(text) <= COMPOSED_AT_ONCE:
        return unicodedata.normalize(form, text)
    slices = (text[at : at + COMPOSED_AT_ONCE] for at in range(0, len(text), COMPOSED_AT_ONCE))
    return "".join(unicodedata.normalize(form, each) for each in slices)


def plain_words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain(word) for word in words))


def says(text: str, words: Iterable[str]) -> bool:
    """Whether any of a few `words` stands somewhere in `text`; both are plain."""
    return any(word in text for word in words)


class Wordings:
    """A table of many pieces of text that a plain one may have, of all languages together; they may stand within words.

    They are found by how they begin, so a look costs what the text is long and hardly what the table is. Where whole
    words are to be found, and where they stand: `mail.languages.phrases`.
    """

    __slots__ = ("_all", "_by_beginning", "_width")

    def __init__(self, words: Iterable[str]) -> None:
        self._all = plain_words(words)
        self._width = min(map(len, self._all))
        by_beginning: dict[str, list[str]] = {}
        for phrase in self._all:
            by_beginning.setdefault(phrase[: self._width], []).append(phrase)
        self._by_beginning = {beginning: tuple(phrases) for beginning, phrases in by_beginning.items()}

    def begin(self, text: str) -> bool:
        """Whether `text` begins with one of them."""
        return text.startswith(self._by_beginning.get(text[: self._width], ()))

    def openings(self, text: str) -> Iterator[str]:
        """All with which `text` begins, in their order."""
        return (words for words in self._by_beginning.get(text[: self._width], ()) if text.startswith(words))

    def end(self, text: str) -> bool:
        """Whether `text` ends with one of them."""
        return text.endswith(self._all)

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands somewhere in `text`. What is shorter is gone through, the text or the table."""
        if len(text) > len(self._all):
            return says(text, self._all)
        pieces = {text[at : at + self._width] for at in range(len(text))}
        return any(says(text, self._by_beginning[piece]) for piece in pieces & self._by_beginning.keys())
