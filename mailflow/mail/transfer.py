"""Content-Transfer-Encoding (RFC 2045 6), undone tolerantly; the size of what comes out, where possible without it.

Attachments are not decoded until somebody wants them, so their size is counted: base64 letters are counted in pieces,
which costs a tenth of decoding and no memory.
"""

import re
from binascii import Error, a2b_base64, a2b_qp, a2b_uu

_PIECE = 1 << 20
_NO_LETTERS = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_ONLY_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")
_UU = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})


def undo(octets: bytes, encoding: str) -> bytes:
    """What was encoded. An encoding nobody knows is taken for none."""
    if encoding == "base64":
        return _base64(octets)
    if encoding == "quoted-printable":
        return a2b_qp(octets)
    if encoding in _UU:
        return _uuencoded(octets)
    return octets


def size(octets: bytes, start: int, end: int, encoding: str) -> int:
    """How long `undo(octets[start:end], encoding)` is."""
    if encoding == "base64":
        padding = octets.find(b"=", start, end)
        letters_end = end if padding < 0 else padding
        if padding < 0 or not octets[padding:end].strip(b"=\r\n \t"):
            letters = sum(
                len(octets[at : min(at + _PIECE, letters_end)].translate(None, _NO_LETTERS))
                for at in range(start, letters_end, _PIECE)
            )
            return letters * 3 // 4
    if encoding in _UU or encoding in ("base64", "quoted-printable"):
        return len(undo(octets[start:end], encoding))
    return end - start


def _base64(octets: bytes) -> bytes:
    """Letters before the first padding; what follows counts only if it is base64 too, else it is a list's footer."""
    padding = octets.find(b"=")
    if padding < 0:
        return _letters(octets)
    head, rest = octets[:padding], octets[padding:].lstrip(b"=")
    if rest.strip() and _ONLY_BASE64.fullmatch(rest):
        return _letters(head) + b"".join(_letters(piece) for piece in rest.split(b"="))
    return _letters(head)


def _letters(octets: bytes) -> bytes:
    letters = octets.translate(None, _NO_LETTERS)
    if len(letters) % 4 == 1:  # six bits that make no octet
        letters = letters[:-1]
    return a2b_base64(letters + b"=" * (-len(letters) % 4))


def _uuencoded(octets: bytes) -> bytes:
    decoded = []
    for line in octets.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            decoded.append(a2b_uu(line))
        except Error:
            # Some encoders pad a line wrongly: its first letter says how many octets there are
            decoded.append(_short_line(line))
    return b"".join(decoded)


def _short_line(line: bytes) -> bytes:
    letters = ((line[0] - 32 & 63) * 4 + 5) // 3 + 1
    try:
        return a2b_uu(line[:letters])
    except Error:
        return b""
