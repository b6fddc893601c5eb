"""Encoded-words (RFC 2047), word by word: one broken word stays as it is written and spoils no neighbour.

Neighbours of one charset are joined before they are decoded, because senders cut in the middle of a character, or of
four base64 letters. What a word decodes to is not decoded again. Linear: at most `Bounds.encoded_words` a field,
beyond that the field is shown undecoded.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charsets.charset import decode, is_text
from mailflow.mail.charsets.labels import codec_of, says_nothing


class Word(NamedTuple):
    charset: str  # label, lower case
    base64: bool
    encoded: bytes


_WORD = re.compile(
    r"=\?[ ]?([^?\s*]{0,70})(?:\*[^?\s]{0,40})?[ ]?\?[ ]?([bBqQ])[ ]?\?([^\n]{0,2000}?)\?="  # RFC 2231 5: a language
)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def decode_words(text: str, bounds: Bounds = USUAL, hints: Iterable[str] = ()) -> str:
    """`text` with its encoded-words decoded. Not scrubbed: a decoded word can hold a line feed. `hints` are labels of
    other parts, for words that name no charset."""
    if "=?" not in text or text.count("=?") > bounds.encoded_words:
        return text
    shown: list[str] = []
    neighbours: list[Word] = []
    at = 0
    for match in _WORD.finditer(text):
        gap, word = text[at : match.start()], _word(match)
        if not (word and neighbours and not gap.strip()):  # blanks between encoded-words are not shown (6.2)
            shown += [*_decoded(neighbours, hints), gap]
            neighbours = []
        if word:
            neighbours.append(word)
        else:
            shown.append(match[0])
        at = match.end()
    return "".join([*shown, *_decoded(neighbours, hints), text[at:]])


def _word(match: re.Match[str]) -> Word | None:
    charset, encoding, encoded = match.groups()
    if codec_of(charset) is None and not says_nothing(charset):
        return None
    word = Word(charset.lower(), encoding in "bB", encoded.encode(errors="replace"))
    try:
        _octets(word)
    except Error:
        return None
    return word


def _decoded(words: Sequence[Word], hints: Iterable[str]) -> Iterator[str]:
    for charset, group in groupby(words, key=lambda word: word.charset):
        neighbours = tuple(group)
        octets = b"".join(map(_octets, neighbours))
        if len(neighbours) > 1 and all(word.base64 for word in neighbours) and not is_text(octets, charset):
            octets = _cut_anywhere(neighbours) or octets
        yield decode(octets, charset, hints)


def _octets(word: Word) -> bytes:
    if not word.base64:
        return a2b_qp(word.encoded, header=True)
    letters = _NOT_BASE64.sub(b"", word.encoded)
    return a2b_base64(letters + b"=" * (-len(letters) % 4))


def _cut_anywhere(words: Sequence[Word]) -> bytes:
    """Of words that were cut after they were encoded; b'' when they were not."""
    try:
        return _octets(words[0]._replace(encoded=b"".join(word.encoded for word in words)))
    except Error:
        return b""
