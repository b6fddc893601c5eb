"""Encoded-words (RFC 2047), word by word: one broken word stays as it is written and spoils no neighbour.

Neighbours of one charset are joined before they are decoded, because senders cut in the middle of a character.
Linear: at most `Bounds.encoded_words` a field, beyond that the field is shown undecoded.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charset import decode
from mailflow.mail.charset_labels import codec_of

Word = tuple[str, bytes]  # charset label, octets
_WORD = re.compile(r"=\?([^?\s*]{1,70})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^\n]{0,2000}?)\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def decode_words(text: str, bounds: Bounds = USUAL) -> str:
    """`text` with its encoded-words decoded. Not scrubbed: a decoded word can hold a line feed."""
    if "=?" not in text or text.count("=?") > bounds.encoded_words:
        return text
    shown: list[str] = []
    neighbours: list[Word] = []
    at = 0
    for match in _WORD.finditer(text):
        gap, word = text[at : match.start()], _word(match)
        if not (word and neighbours and not gap.strip()):  # blanks between encoded-words are not shown (6.2)
            shown += [*_decoded(neighbours), gap]
            neighbours = []
        if word:
            neighbours.append(word)
        else:
            shown.append(match[0])
        at = match.end()
    return "".join([*shown, *_decoded(neighbours), text[at:]])


def _word(match: re.Match[str]) -> Word | None:
    charset, encoding, encoded = match.groups()
    if not encoded.isascii() or codec_of(charset) is None:
        return None
    try:
        return charset.lower(), _octets(encoding, encoded.encode())
    except Error:
        return None


def _octets(encoding: str, encoded: bytes) -> bytes:
    if encoding in "qQ":
        return a2b_qp(encoded, header=True)
    letters = _NOT_BASE64.sub(b"", encoded)
    return a2b_base64(letters + b"=" * (-len(letters) % 4))


def _decoded(words: list[Word]) -> Iterator[str]:
    for charset, group in groupby(words, key=itemgetter(0)):
        yield decode(b"".join(octets for _, octets in group), charset)
