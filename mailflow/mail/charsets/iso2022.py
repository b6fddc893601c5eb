"""Charsets that switch by escape sequences (RFC 1468, 1557, 1922), and Japanese with the letters Microsoft added.

Python's codecs refuse row 13 (①, ㈱, №) and the rows of NEC and IBM (髙, 﨑), which every Japanese mail program writes.
Where they do, the double octets are shifted to where Shift_JIS has them: code page 932 knows them all.
"""

import re
from collections.abc import Mapping
from functools import cache

MOST_SHIFTED = 1 << 20  # octets of a text; to shift them pair by pair is slow
MOST_RUNS = 200_000  # between SO and SI; what is behind them stays as it is
_ROWS = range(0x21, 0x7F)

_DESIGNATED = re.compile(
    rb"(?:\x1b\$\(?[@B]([^\x1b\n]*)|\x1b\(I([^\x1b\n]*)|\x1b\$\(?D[^\x1b\n]*|\x1b\([BJH])(?:\x1b\([BJH])*+"
)
_PAIR = re.compile(rb"[!-~]{2}")
_EUC_PAIR = re.compile(rb"[\xa1-\xfe]{2}")
_EUC_KANA = re.compile(rb"\x8e([\xa1-\xdf])|\x8f[\xa1-\xfe]{2}")
_SHIFTED_OUT = re.compile(rb"\x0e([^\x0f\n]*)\x0f?|\x1b\$[)*+][A-Z]")
_HIGH = bytes(octet | 0x80 if octet > 0x20 else octet for octet in range(256))
_LOW = bytes(octet & 0x7F for octet in range(256))


def iso2022_jp(octets: bytes) -> str:
    """ISO-2022-JP in any of its versions."""
    for codec in ("iso2022_jp_ext", "iso2022_jp_2"):
        try:
            return octets.decode(codec)
        except UnicodeError:
            continue
    if len(octets) > MOST_SHIFTED:
        return octets.decode("iso2022_jp_ext", "replace")
    return _DESIGNATED.sub(_shift_jis_of_segment, octets).decode("cp932", "replace")


def euc_jp(octets: bytes) -> str:
    """EUC-JP, where the codec refuses it."""
    if len(octets) > MOST_SHIFTED:
        return octets.decode("euc_jp", "replace")
    half_width = _EUC_KANA.sub(lambda kana: b"" if kana[1] is None else b"\x1b" + kana[1], octets)
    table = _shift_jis_of_pairs()
    pairs = _EUC_PAIR.sub(lambda pair: table[pair[0].translate(_LOW)], half_width)
    return pairs.replace(b"\x1b", b"").decode("cp932", "replace")


def shifted(octets: bytes, codec: str) -> str:
    """ISO-2022-KR and ISO-2022-CN: between SO and SI the eighth bit is to be thought of."""
    eight_bits = _SHIFTED_OUT.sub(lambda run: (run[1] or b"").translate(_HIGH), octets, MOST_RUNS)
    return eight_bits.decode(codec, "replace")


def _shift_jis_of_segment(segment: re.Match[bytes]) -> bytes:
    double, half_width = segment.groups()
    if half_width is not None:
        return half_width.translate(_HIGH)
    table = _shift_jis_of_pairs()
    return _PAIR.sub(lambda pair: table[pair[0]], double or b"")


def _shift_jis(row: int, cell: int) -> bytes:
    """Two seven-bit octets of JIS X 0208, as Shift_JIS has them."""
    first = ((row + 1) >> 1) + (0x70 if row < 0x5F else 0xB0)
    second = cell + (0x7E if row % 2 == 0 else 0x20 if cell > 0x5F else 0x1F)
    return bytes((first, second))


@cache
def _shift_jis_of_pairs() -> Mapping[bytes, bytes]:
    """A megabyte, for who has Japanese mail of this kind."""
    return {bytes((row, cell)): _shift_jis(row, cell) for row in _ROWS for cell in _ROWS}
