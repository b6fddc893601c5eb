"""Rich Text Format as far as its words: of a text/rtf part, and of Outlook's bodies, which may hide HTML in it.

Compressed RTF is MS-OXRTFCP, HTML inside RTF MS-OXRTFEX. One pass over the tokens; pictures and styles are left out.
"""

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from struct import Struct

from mailflow.mail.charsets.labels import codec_of

MAX_OCTETS = 512 << 10  # of RTF that is read: what is beyond is in the raw message only
MAX_GROUPS = 1_000  # open at once; deeper ones are read as if they ended

_HEAD = Struct("<IIII")  # sizes, kind, checksum
_COMPRESSED, _RAW = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS "
    b"Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)  # MS-OXRTFCP 2.2.2.1

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_WORDS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "\t", "lquote": "\u2018",
    "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022", "endash": "\u2013",
    "emdash": "\u2014", "enspace": " ", "emspace": " ",
}  # fmt: skip
_SYMBOLS = {"~": "\xa0", "_": "-", "-": "", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}
_UNREAD = frozenset(
    "fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf ftnsep "
    "listtable listoverridetable revtbl rsidtbl generator themedata datastore latentstyles xmlnstbl mhtmltag "
    "fldinst bkmkstart bkmkend".split()
)
_ON = {"htmlrtf": 1, "uc": 1}  # without a number
_CHARSETS = {128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257,
             204: 1251, 222: 874, 238: 1250}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    text: str
    is_html: bool


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside a pair of braces."""

    unread: bool = False
    fonts: bool = False  # the table of fonts
    only_rtf: bool = False  # what HTML readers must not see (MS-OXRTFEX 2.1.3.1.3)
    tag: bool = False  # a piece of the HTML itself
    fallback: int = 1  # letters that stand for one \u
    font: int = 0


@dataclass(slots=True)
class _Document:
    text: list[str] = field(default_factory=list)
    octets: bytearray = field(default_factory=bytearray)  # letters of one code page, not yet decoded
    is_html: bool = False
    codepage: int = 1252
    codepages: dict[int, int] = field(default_factory=dict)  # by font
    skip: int = 0  # letters that an older reader would show
    starred: bool = False  # \\* stood before: the next word may be ignored by who does not know it

    def say(self, group: _Group, words: str) -> None:
        self.flush(group)
        if self._is_read(group):
            self.text.append(words)

    def letters(self, group: _Group, octets: bytes) -> None:
        skipped = min(self.skip, len(octets))
        self.skip -= skipped
        if self._is_read(group):
            self.octets += octets[skipped:]

    def flush(self, group: _Group) -> None:
        """Decode what was gathered, in the code page of the font or of the document."""
        if self.octets:
            codepage = self.codepages.get(group.font, 0) or self.codepage
            codec = codec_of(f"cp{codepage}") or codec_of(f"windows-{codepage}") or "cp1252"
            self.text.append(self.octets.decode(codec, "replace"))
            self.octets.clear()

    def _is_read(self, group: _Group) -> bool:
        return not group.unread and (group.tag or not (self.is_html and group.only_rtf))


def uncompressed(octets: bytes) -> bytes:
    """RTF out of a PR_RTF_COMPRESSED; b'' when it is none."""
    if len(octets) < _HEAD.size:
        return b""
    _, size, kind, _ = _HEAD.unpack_from(octets)
    if kind == _RAW:
        return octets[_HEAD.size :][: min(size, MAX_OCTETS)]
    return bytes(_expanded(octets, min(size, MAX_OCTETS))) if kind == _COMPRESSED else b""


def _expanded(octets: bytes, size: int) -> bytearray:
    """LZ77 with a window of 4096 octets that begins filled with what most RTF has."""
    written = bytearray(_DICTIONARY)
    end = len(_DICTIONARY) + size
    at = _HEAD.size
    while at < len(octets) and len(written) < end:
        flags = octets[at]
        at += 1
        for bit in range(8):
            if at + (flags >> bit & 1) >= len(octets):
                return written[len(_DICTIONARY) : end]
            if not flags >> bit & 1:
                written.append(octets[at])
                at += 1
                continue
            token = octets[at] << 8 | octets[at + 1]
            at += 2
            back = (len(written) - (token >> 4)) % _WINDOW
            if not back:
                return written[len(_DICTIONARY) : end]
            _copy(written, back, (token & 15) + 2)
    return written[len(_DICTIONARY) : end]


def _copy(written: bytearray, back: int, length: int) -> None:
    """`length` octets from `back` octets ago; they may overlap what is being written."""
    start = len(written) - back
    if start < 0:
        written += bytes(length)
    elif back >= length:
        written += written[start : start + length]
    else:
        for at in range(start, start + length):
            written.append(written[at])


def read(octets: bytes) -> Read:
    """The words of an RTF document, or the HTML that it was made of."""
    document = _Document()
    groups = [_Group()]
    for token in _TOKEN.finditer(octets[:MAX_OCTETS].decode("latin-1")):
        word, number, octet, symbol, brace, letters = token.groups()
        if brace:
            document.flush(groups[-1])
            if brace == "{" and len(groups) < MAX_GROUPS:
                groups.append(groups[-1])
            elif brace == "}" and len(groups) > 1:
                groups.pop()
        elif word:
            groups[-1] = _control(document, groups[-1], word, int(number or _ON.get(word, 0)))
        elif symbol == "*":
            document.starred = True
        elif symbol:
            document.say(groups[-1], _SYMBOLS.get(symbol, ""))
        elif octet:
            document.letters(groups[-1], bytes.fromhex(octet))
        elif letters:
            document.letters(groups[-1], letters.encode("latin-1"))
    document.flush(groups[-1])
    text = "".join(document.text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Read(text.strip("\n"), document.is_html)


def _control(document: _Document, group: _Group, word: str, number: int) -> _Group:
    """What a control word writes, or what holds after it in its group."""
    starred, document.starred = document.starred, False
    if word in _WORDS:
        document.say(group, _WORDS[word])
    elif word == "u":
        document.say(group, chr(number % 0x10000))
        document.skip = group.fallback
    elif word == "fromhtml":
        document.is_html = True
    elif word == "ansicpg":
        document.codepage = number
    elif word == "fcharset" and group.fonts:
        document.codepages[group.font] = _CHARSETS.get(number, 0)
    elif word in ("f", "uc", "htmlrtf", "htmltag") or starred or word in _UNREAD:
        document.flush(group)
        return _changed(group, word, number)
    return group


@lru_cache(maxsize=256)
def _changed(group: _Group, word: str, number: int) -> _Group:
    match word:
        case "f":
            return replace(group, font=number)
        case "uc":
            return replace(group, fallback=min(max(number, 0), 10))
        case "htmlrtf":
            return replace(group, only_rtf=number != 0)
        case "htmltag":
            return replace(group, tag=True)
        case _:  # a destination that nobody reads, or one that we do not know
            return replace(group, unread=True, fonts=word == "fonttbl")
