"""What a charset label means: the table of browsers (WHATWG Encoding 4.2) and the labels that only mail has.

A label that is not here is no charset: Python's codec names (`rot13`, `zlib`, `idna`, `undefined` …) are never reached.
Labels are compared without case, blanks and punctuation, because `utf_8`, `"UTF-8"` and `charset=utf-8` mean it too.
"""

import re
from functools import lru_cache

_LABELS = {
    "utf-8": "utf-8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 unicode-2-0-utf-8 utf8mb4 utf-8-sig"
    " utf-8-mac cp65001",
    "cp866": "ibm866 866 cp866 csibm866",
    "iso8859_2": "iso-8859-2 iso_8859-2:1987 latin2 l2 csisolatin2 iso-ir-101",
    "iso8859_3": "iso-8859-3 iso_8859-3:1988 latin3 l3 csisolatin3 iso-ir-109",
    "iso8859_4": "iso-8859-4 iso_8859-4:1988 latin4 l4 csisolatin4 iso-ir-110",
    "iso8859_5": "iso-8859-5 iso_8859-5:1988 cyrillic csisolatincyrillic iso-ir-144",
    "iso8859_6": "iso-8859-6 iso-8859-6-e iso-8859-6-i iso_8859-6:1987 arabic asmo-708 ecma-114 csiso88596e csiso88596i"
    " csisolatinarabic iso-ir-127",
    "iso8859_7": "iso-8859-7 iso_8859-7:1987 greek greek8 ecma-118 elot_928 sun_eu_greek csisolatingreek iso-ir-126",
    "iso8859_8": "iso-8859-8 iso-8859-8-e iso-8859-8-i iso_8859-8:1988 hebrew logical visual csiso88598e csiso88598i"
    " csisolatinhebrew iso-ir-138",
    "iso8859_10": "iso-8859-10 latin6 l6 csisolatin6 iso-ir-157",
    "iso8859_13": "iso-8859-13 latin7 l7",
    "iso8859_14": "iso-8859-14 latin8 l8",
    "iso8859_15": "iso-8859-15 latin9 l9 latin0 csisolatin9",
    "iso8859_16": "iso-8859-16 latin10 l10",
    "koi8_r": "koi8-r koi8 koi cskoi8r",
    "koi8_u": "koi8-u koi8-ru",
    "mac_roman": "macintosh mac x-mac-roman csmacintosh",
    "mac_latin2": "x-mac-ce x-mac-centraleurroman x-mac-central-europe macce",
    "mac_greek": "x-mac-greek",
    "mac_turkish": "x-mac-turkish",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "mac_iceland": "x-mac-icelandic x-mac-iceland",
    "mac_romanian": "x-mac-romanian",
    "mac_croatian": "x-mac-croatian",
    "viscii": "viscii viscii1.1-1 viscii-1 csviscii",
    "tcvn": "tcvn tcvn-5712 tcvn5712-1 tcvn5712-1:1993 x-viet-tcvn x-viet-tcvn5712",
    "cp874": "windows-874 cp874 dos-874 tis-620 iso-8859-11",
    "cp1250": "windows-1250 cp1250 win-1250",
    "cp1251": "windows-1251 cp1251 win-1251",
    "cp1252": "windows-1252 cp1252 win-1252 iso-8859-1 iso_8859-1:1987 latin1 l1 csisolatin1 iso-ir-100 cp819 ibm819"
    " us-ascii ascii ansi_x3.4-1968 646 iso646-us ansi",
    "cp1253": "windows-1253 cp1253 win-1253",
    "cp1254": "windows-1254 cp1254 win-1254 iso-8859-9 iso_8859-9:1989 latin5 l5 csisolatin5 iso-ir-148",
    "cp1255": "windows-1255 cp1255 win-1255",
    "cp1256": "windows-1256 cp1256 win-1256",
    "cp1257": "windows-1257 cp1257 win-1257",
    "cp1258": "windows-1258 cp1258 win-1258",
    "gb18030": "gb18030 gbk gb2312 gb_2312-80 chinese csgb2312 csiso58gb231280 iso-ir-58 cp936 ms936 windows-936 euc-cn"
    " cn-gb x-mac-chinesesimp",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5 big5-eten cp950 windows-950 x-mac-chinesetrad",
    "euc_jp": "euc-jp cseucpkdfmtjapanese eucjp ujis eucjp-ms cp51932",
    "iso2022_jp": "iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ms cp50220"
    " cp50221 jis",
    "cp932": "shift_jis sjis ms_kanji csshiftjis windows-31j ms932 cp932 windows-932 x-mac-japanese",
    "cp949": "euc-kr ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc_5601 cseuckr csksc56011987 korean iso-ir-149"
    " windows-949 uhc cp949 ms949 x-mac-korean",
    "utf-16-be": "utf-16be unicodefffe",
    "utf-16-le": "utf-16 utf-16le csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
    "utf-32": "utf-32 ucs-4 iso-10646-ucs-4",
    "utf-7": "utf-7 unicode-1-1-utf-7 csunicode11utf7 unicode-2-0-utf-7",
    "hz": "hz-gb-2312 hz",
    "iso2022_kr": "iso-2022-kr csiso2022kr",
    "iso2022_cn": "iso-2022-cn iso-2022-cn-ext",
    "johab": "johab cp1361",
    "cp437": "cp437 ibm437 437 cspc8codepage437",
    "cp850": "cp850 ibm850 850 cspc850multilingual",
    "cp852": "cp852 ibm852 852 cspcp852",
    "cp855": "cp855 ibm855 855",
    "cp857": "cp857 ibm857 857",
    "cp858": "cp858 ibm00858 ibm858",
    "cp862": "cp862 ibm862 862",
    "cp865": "cp865 ibm865 865",
}
_SAYS_NOTHING = frozenset(
    "unknown unknown8bit defaultcharset default userdefined 8bit 7bit binary none null auto autodetect".split()
)
_PUNCTUATION = re.compile(r"[^a-z0-9]")
_END = re.compile(r"[;,(]|//")


def _squeezed(label: str) -> str:
    return _PUNCTUATION.sub("", label.lower())


_CODECS = {_squeezed(label): codec for codec, labels in _LABELS.items() for label in labels.split()}
LABELS = tuple(label for labels in _LABELS.values() for label in labels.split())


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """Python's name of the charset that a label means, or ours of `mail.charsets.vietnamese`; None if no browser and no
    mail program means one by it."""
    name = _squeezed(_END.split(label, maxsplit=1)[0]).removeprefix("charset")
    return _CODECS.get(name) or _CODECS.get(name.removeprefix("x"))


def says_nothing(label: str) -> bool:
    """A label by which a program admits that it does not know."""
    name = _squeezed(label)
    return not name or name.removeprefix("x") in _SAYS_NOTHING
