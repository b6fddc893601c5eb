"""Octets to text by the label table of browsers (WHATWG Encoding), and text that is safe to keep.

Mail lies about its charset the way web pages do: `gb2312` holds GBK, `iso-8859-1` and `us-ascii` hold windows-1252. A
label outside this table is no charset: Python's codec names (`rot13`, `zlib`, `idna`, `undefined` …) are never
reached. Mail adds a few labels that browsers dropped: UTF-7, HZ, ISO-2022-KR, UTF-32 and the code pages of DOS.

Past this module no text has a lone surrogate, a NUL or another control character than tab and line feed.
"""

import re
from functools import lru_cache

_LABELS = {
    "utf-8": "utf-8 utf8 utf_8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf8mb4 utf-8-sig",
    "cp866": "ibm866 866 cp866 csibm866",
    "iso8859_2": "iso-8859-2 iso8859-2 iso88592 iso_8859-2 latin2 l2 csisolatin2 iso-ir-101",
    "iso8859_3": "iso-8859-3 iso8859-3 iso88593 iso_8859-3 latin3 l3 csisolatin3 iso-ir-109",
    "iso8859_4": "iso-8859-4 iso8859-4 iso88594 iso_8859-4 latin4 l4 csisolatin4 iso-ir-110",
    "iso8859_5": "iso-8859-5 iso8859-5 iso88595 iso_8859-5 cyrillic csisolatincyrillic iso-ir-144",
    "iso8859_6": "iso-8859-6 iso-8859-6-e iso-8859-6-i iso8859-6 iso88596 iso_8859-6 arabic asmo-708 iso-ir-127",
    "iso8859_7": "iso-8859-7 iso8859-7 iso88597 iso_8859-7 greek greek8 ecma-118 elot_928 sun_eu_greek iso-ir-126",
    "iso8859_8": "iso-8859-8 iso-8859-8-e iso-8859-8-i iso8859-8 iso88598 iso_8859-8 hebrew logical visual iso-ir-138",
    "iso8859_10": "iso-8859-10 iso8859-10 iso885910 iso_8859-10 latin6 l6 csisolatin6 iso-ir-157",
    "iso8859_13": "iso-8859-13 iso8859-13 iso885913 iso_8859-13",
    "iso8859_14": "iso-8859-14 iso8859-14 iso885914 iso_8859-14",
    "iso8859_15": "iso-8859-15 iso8859-15 iso885915 iso_8859-15 latin9 latin-9 l9 csisolatin9",
    "iso8859_16": "iso-8859-16 iso8859-16 iso885916 iso_8859-16",
    "koi8_r": "koi8-r koi8 koi8_r koi cskoi8r",
    "koi8_u": "koi8-u koi8-ru",
    "mac_roman": "macintosh mac x-mac-roman csmacintosh",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp874": "windows-874 cp874 cp-874 dos-874 tis-620 tis620 iso-8859-11 iso8859-11 iso885911",
    "cp1250": "windows-1250 cp1250 cp-1250 win-1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 cp-1251 win-1251 x-cp1251",
    "cp1252": "windows-1252 cp1252 cp-1252 win-1252 x-cp1252 iso-8859-1 iso8859-1 iso8859_1 iso88591 iso_8859-1"
    " iso_8859-1:1987 latin1 latin-1 l1 csisolatin1 iso-ir-100 cp819 ibm819 us-ascii ascii ansi_x3.4-1968 646",
    "cp1253": "windows-1253 cp1253 cp-1253 x-cp1253",
    "cp1254": "windows-1254 cp1254 cp-1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5 csisolatin5",
    "cp1255": "windows-1255 cp1255 cp-1255 x-cp1255",
    "cp1256": "windows-1256 cp1256 cp-1256 x-cp1256",
    "cp1257": "windows-1257 cp1257 cp-1257 x-cp1257",
    "cp1258": "windows-1258 cp1258 cp-1258 x-cp1258",
    "gb18030": "gbk gb18030 gb2312 gb_2312-80 gb_2312 chinese csgb2312 x-gbk gb2312-80 gb-2312 cp936 ms936 euc-cn",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950",
    "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese eucjp ujis",
    "iso2022_jp": "iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-ms cp50220 cp50221",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji csshiftjis windows-31j ms932 cp932",
    "cp949": "euc-kr ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601 cseuckr windows-949 uhc cp949",
    "utf-16-be": "utf-16be unicodefffe",
    "utf-16-le": "utf-16le csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
    "utf-16": "utf-16 utf16",
    "utf-32": "utf-32 utf32",
    "utf-7": "utf-7 utf7 unicode-1-1-utf-7 csunicode11utf7 unicode-2-0-utf-7",
    "hz": "hz-gb-2312 hz",
    "iso2022_kr": "iso-2022-kr csiso2022kr",
    "cp437": "cp437 ibm437 437",
    "cp850": "cp850 ibm850 850",
    "cp852": "cp852 ibm852 852",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LINE_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]+")
_DOUBLE_BYTE = re.compile(rb"\x1b\$[@B]([^\x1b]*)|\x1b\([BJH]|\x1b\(I([^\x1b]*)")


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """The codec for a charset label, None if no browser and no mail program means a charset by it."""
    return _CODECS.get(label.strip().strip("\"'").lower())


def decode(octets: bytes, label: str = "") -> str:
    """Text of `octets`, whatever is in them: as declared, else UTF-8, else windows-1252; scrubbed."""
    return scrub(_decode(octets, label))


def scrub(text: str) -> str:
    """Body text that can be stored and shown: line feeds only, no other control but tab, no lone surrogate."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub(_replacement, text) if _CONTROLS.search(text) else text


def scrub_line(text: str) -> str:
    """The same for text that stands on one line: controls become one blank, the ends are stripped."""
    if _LINE_CONTROLS.search(text):
        text = _LINE_CONTROLS.sub(lambda run: "\ufffd" if "\ud800" <= run[0][0] <= "\udfff" else " ", text)
    return text.strip()


def _replacement(control: re.Match[str]) -> str:
    return "\ufffd" if control[0] == "\0" or (control[0] >= "\ud800" and control[0] != "\ufeff") else ""


def _decode(octets: bytes, label: str) -> str:
    if octets.isascii() and b"\x1b" not in octets and label.lower() in ("", "utf-8", "us-ascii", "iso-8859-1"):
        return octets.decode("ascii")
    codec = codec_of(label)
    if codec == "iso2022_jp":
        return _iso_2022_jp(octets)
    if codec == "cp1252" and "ascii" in label.lower():
        codec = None  # it promised seven bits: eight are a lie, and then UTF-8 is the likelier one
    for candidate in (codec, "utf-8"):
        text = candidate and _strictly(octets, candidate)
        if text is not None:
            return text
    if codec == "utf-8" and octets.decode("utf-8", "ignore").isascii():
        codec = None  # not one letter of it was UTF-8
    return octets.decode(codec or "cp1252", "replace")


def _strictly(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except UnicodeError:
        return None


def _iso_2022_jp(octets: bytes) -> str:
    """Mail that says ISO-2022-JP may hold Microsoft's letters (row 13, half-width kana), which the codec refuses."""
    text = _strictly(octets, "iso2022_jp_ext")
    return text if text is not None else _iso_2022_jp_of_microsoft(octets)


def _iso_2022_jp_of_microsoft(octets: bytes) -> str:
    def high(segment: re.Match[bytes]) -> bytes:
        if segment[2] is not None:
            return b"".join(b"\x8e" + bytes([octet | 0x80]) for octet in segment[2])  # half-width kana in EUC
        return bytes(octet | 0x80 if octet > 0x20 else octet for octet in segment[1] or b"")

    return _DOUBLE_BYTE.sub(high, octets).decode("euc_jis_2004", "replace")
