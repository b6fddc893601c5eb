"""Content-Transfer-Encoding (RFC 2045 6), undone tolerantly; the size of what comes out, where possible without it.

Attachments are not decoded until somebody wants them, so their size is counted: base64 letters are counted in pieces,
which costs a tenth of decoding and no memory.
"""

import re
from binascii import a2b_base64, a2b_qp

from mailflow.mail.packed import rtf, uuencode

COMPRESSED_RTF = "(compressed RTF)"  # of bodies of Outlook; for a header that is a comment, so none can name it

_PIECE = 1 << 20
_SHORTEST = 16  # octets of a padded piece in the mean; what is cut shorter was not encoded by a program
_FEW = 50  # pieces, of which that is not asked
_NO_LETTERS = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_LOOKED_AT = 64 << 10  # octets in which words are looked for; a mail that is one does not begin later
_BLANKS = b"\r\n \t"
_ONLY_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*+")
_FULL_LINE = re.compile(rb"[A-Za-z0-9+/]{60,}+[ \t\r]*+")  # of base64; people write blanks between words
_WORDS = re.compile(rb"\s*+(?:--|__|[^\s]++[ \t]++[^\s])")  # or they draw a line first
_FULL_LINE_WITHIN = re.compile(rb"^" + _FULL_LINE.pattern + rb"$", re.MULTILINE)
_WORDS_WITHIN = re.compile(rb"^[^\S\n]*+[^\s]++[ \t]++[^\s]", re.MULTILINE)
_FIRST_LINE = re.compile(rb"\s*+([^\n]{1,996}+)")  # whole fours
_SOFT_BREAK = re.compile(rb"=[ \t]++(?=\r?\n)")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_NAMES = {
    "base64": "base64", "b64": "base64", "b": "base64", "xbase64": "base64", "base64encoded": "base64",
    "quotedprintable": "quoted-printable", "quotedprintabel": "quoted-printable", "quotedprintible": "quoted-printable",
    "quoteprintable": "quoted-printable", "printable": "quoted-printable", "qp": "quoted-printable",
    "xuuencode": "x-uuencode", "uuencode": "x-uuencode", "xuue": "x-uuencode", "uue": "x-uuencode",
}  # fmt: skip
"""As it is written in mail, letters and digits only: Quoted/Printable, base-64."""


def name_of(field: str) -> str:
    """The encoding that a Content-Transfer-Encoding field means; as it is written when nobody knows it."""
    written = field.lower().partition(";")[0].partition("(")[0].strip(" '\"")
    return _NAMES.get(_NO_WORD.sub("", written), written)


def undo(octets: bytes, encoding: str) -> bytes:
    """What was encoded. An encoding nobody knows is taken for none."""
    if encoding == "base64":
        return octets if _is_in_clear(octets, 0, len(octets)) else _base64(octets)
    if encoding == "quoted-printable":
        return a2b_qp(_SOFT_BREAK.sub(b"=", octets))
    if encoding == "x-uuencode":
        return uuencode.undo(octets)
    if encoding == COMPRESSED_RTF:
        return rtf.uncompressed(octets)
    return octets


def size(octets: bytes, start: int, end: int, encoding: str) -> int:
    """How long `undo(octets[start:end], encoding)` is."""
    if encoding == "base64" and _is_in_clear(octets, start, end):
        return end - start
    if encoding == "base64":
        padding = octets.find(b"=", start, end)
        letters_end = end if padding < 0 else padding
        if padding < 0 or not octets[padding:end].strip(b"=\r\n \t"):
            letters = _count(octets, start, letters_end, _NO_LETTERS)
            if letters == _count(octets, start, letters_end, _BLANKS):  # else there may be words of a list below it
                return letters * 3 // 4
    if encoding in ("base64", "quoted-printable", "x-uuencode", COMPRESSED_RTF):
        return len(undo(octets[start:end], encoding))
    return end - start


def _count(octets: bytes, start: int, end: int, without: bytes) -> int:
    """How many octets there are but for some, in pieces."""
    pieces = (octets[at : min(at + _PIECE, end)] for at in range(start, end, _PIECE))
    return sum(len(piece.translate(None, without)) for piece in pieces)


def _is_in_clear(octets: bytes, start: int, end: int) -> bool:
    """Somebody said base64 and wrote words: the first line cannot be in fours, and none is as long as a program's."""
    end = min(end, start + _LOOKED_AT)
    first = _FIRST_LINE.match(octets, start, end)
    if not first or all(_ONLY_BASE64.fullmatch(word) and not len(word) % 4 for word in first[1].split()):
        return False
    if _FULL_LINE_WITHIN.search(octets, start, end):
        return False
    return _WORDS_WITHIN.search(octets, start, end) is not None


def _base64(octets: bytes) -> bytes:
    """Letters before the first padding; what follows counts only if it is base64 too, else it is a list's footer."""
    padding = octets.find(b"=")
    head, rest = (octets, b"") if padding < 0 else (octets[:padding], octets[padding:].lstrip(b"="))
    if not _ONLY_BASE64.fullmatch(head):
        return _letters(_before_words(head))
    is_pieced = rest.count(b"=") * _SHORTEST <= len(octets) + _FEW * _SHORTEST
    if is_pieced and rest.strip() and _ONLY_BASE64.fullmatch(rest):
        return _letters(head) + b"".join(_letters(piece) for piece in rest.split(b"="))
    return _letters(head)


def _before_words(octets: bytes) -> bytes:
    """Without the words that a list wrote below, and without lines of words among those of base64."""
    if octets.count(b"\n") * _SHORTEST > len(octets) + _FEW * _SHORTEST:
        return octets  # no program and no list wrote such lines; a list of them takes seconds and all memory
    lines = octets.split(b"\n")
    full = next((at for at in range(len(lines) - 1, -1, -1) if _FULL_LINE.fullmatch(lines[at])), 0)
    words = next((at for at in range(full, len(lines)) if _WORDS.match(lines[at])), len(lines))
    return b"\n".join([*(line for line in lines[:full] if not _WORDS.match(line)), *lines[full:words]])


def _letters(octets: bytes) -> bytes:
    letters = octets.translate(None, _NO_LETTERS)
    if len(letters) % 4 == 1:  # six bits that make no octet
        letters = letters[:-1]
    return a2b_base64(letters + b"=" * (-len(letters) % 4))
