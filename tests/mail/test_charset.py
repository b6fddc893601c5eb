"""Octets to text (M2, X17), and text that can be kept (M11)."""

import re

import pytest

from mailflow.mail.charsets.charset import decode, scrub, scrub_line
from mailflow.mail.charsets.labels import LABELS, codec_of, says_nothing

UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("zażółć", "utf-8", "utf-8"),
        ("zażółć", "utf-8", "UTF8"),
        ("zażółć", "utf-8", "utf 8"),
        ("zażółć", "utf-8", "charset=utf-8"),
        ("zażółć", "utf-8", "utf-8; format=flowed"),
        ("zażółć", "utf-8", "utf-8//TRANSLIT"),
        ("zażółć", "utf-8", "unicode-1-1-utf-8"),
        ("zażółć", "iso8859_2", '"ISO-8859-2"'),
        ("zażółć", "iso8859_2", "'iso_8859-2:1987'"),
        ("zażółć", "iso8859_2", "iso8859-2 "),
        ("zażółć", "cp1250", "windows-1250"),
        ("zażółć", "cp1250", "x-cp1250"),
        ("zażółć", "cp852", "ibm852"),
        ("grüße", "cp437", "cp437"),
        ("grüße", "cp850", "IBM850"),
        ("grüße", "mac_roman", "macintosh"),
        ("zażółć", "mac_latin2", "x-mac-ce"),
        ("привет", "mac_cyrillic", "x-mac-ukrainian"),
        ("καλημέρα", "mac_greek", "x-mac-greek"),
        ("ışık", "mac_turkish", "x-mac-turkish"),
        ("þýðing", "mac_iceland", "x-mac-icelandic"),
        ("đšžćč", "mac_croatian", "x-mac-croatian"),
        ("bună ziua", "mac_romanian", "x-mac-romanian"),
        ("„Preis“ 5 €", "cp1252", "iso-8859-1"),  # what browsers do
        ("„Preis“ 5 €", "cp1252", "us-ascii"),
        ("5 €", "iso8859_15", "latin-9"),
        ("ışık", "cp1254", "iso-8859-9"),
        ("привет", "koi8_r", "koi8-r"),
        ("привіт", "koi8_u", "koi8-ru"),
        ("привет", "iso8859_5", "cyrillic"),
        ("καλημέρα", "iso8859_7", "greek"),
        ("שלום", "iso8859_8", "iso-8859-8-i"),
        ("مرحبا", "iso8859_6", "asmo-708"),
        ("สวัสดี", "cp874", "tis-620"),
        ("朱镕基", "gbk", "gb2312"),
        ("朱镕基 𠀀", "gb18030", "x-gbk"),
        ("你好", "gb2312", "csiso58gb231280"),
        ("發票", "big5hkscs", "big5-hkscs"),
        ("한국어", "cp949", "ks_c_5601-1987"),
        ("똠", "cp949", "euc-kr"),
        ("한국어", "johab", "johab"),
        ("①髙﨑", "cp932", "shift_jis"),
        ("請求書", "euc_jp", "x-euc-jp"),
        ("請求書", "iso2022_jp", "iso-2022-jp"),
        ("請求書", "iso2022_jp", "csISO2022JP"),
        ("ｶﾅ請求書", "iso2022_jp_ext", "iso-2022-jp"),
        ("é 请求", "iso2022_jp_2", "iso-2022-jp-2"),
        ("한국어 x", "iso2022_kr", "iso-2022-kr"),
        ("你好", "hz", "hz-gb-2312"),
        ("zażółć", "utf-7", "utf-7"),
        ("zażółć", "utf-7", "unicode-1-1-utf-7"),
        ("zażółć", "utf-16", "utf-16"),
        ("zażółć", "utf-16-le", "utf-16"),
        ("zażółć", "utf-16-be", "utf-16be"),
        ("zażółć", "utf-32", "utf-32"),
        ("zażółć", "utf-16-be", "utf-16"),  # without a mark, in the other order
        ("zażółć", "utf-16-le", "utf-16be"),
        ("zażółć", "utf-32-be", "utf-32"),
        ("一切都一样", "utf-16-le", "utf-16"),  # the first letter has a NUL before it
    ],
)
def test_text_is_read_by_the_label_table_of_browsers(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize(
    ("octets", "label"),
    [
        (b"Ti\xaang Vi\xaet, H\xe0 N\xb5i: \xd0\xbf\x96NG, \x14, \xda", "VISCII"),  # RFC 1456
        (b"Ti\xd5ng Vi\xd6t, H\xb5 N\xe9i: \xa7\xa6\x98NG, \x14, \x01", "x-viet-tcvn5712"),
    ],
)
def test_vietnamese_is_read_whose_capitals_are_controls(octets: bytes, label: str) -> None:
    assert decode(octets, label) == "Tiếng Việt, Hà Nội: ĐƯỜNG, Ỷ, Ú"


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("hello", "ascii", "utf-16"),  # the text was converted, the label was not
        ("zażółć", "utf-8", "x-unknown"),
        ("zażółć", "utf-8", "default_charset"),
        ("zażółć", "utf-8", "us-ascii"),
        ("grüße", "utf-8", "iso-8859-1"),
        ("zażółć gęślą", "utf-8", "iso-8859-2"),
        ("SPÓŁKA", "iso8859_2", "iso-8859-2"),  # its two letters are also one letter of UTF-8
        ("привет", "utf-8", "koi8-r"),
        ("请问发票", "utf-8", "gb2312"),
        ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "utf-8", "utf-8"),  # encoded twice: what was written is what is shown
        ("grüße", "cp1252", ""),
        ("grüße", "cp1252", "utf-8"),
        ("grüße", "cp1252", "us-ascii"),
        ("„Übergröße“", "cp1252", "utf-8"),
        ("zażółć gęślą", "cp1250", "utf-8"),
        ("Не работает интернет", "koi8_r", "utf-8"),
        ("您好，请问发票", "gbk", "utf-8"),
        ("您好，请问发票", "gbk", ""),
        ("請求書について", "cp932", "iso-2022-jp"),  # eight bits where there are seven
        ("請求書について", "euc_jp", "iso-2022-jp"),
        ("請求書について", "iso2022_jp", ""),
        ("請求書について", "iso2022_jp", "us-ascii"),
        ("請求書について", "iso2022_jp", "utf-8"),
        ("한국어", "iso2022_kr", ""),
        ("你好", "hz", ""),
        ("zażółć", "utf-8-sig", "iso-8859-1"),
        ("zażółć", "utf-16", ""),
        ("zażółć", "utf-16", "utf-8"),
    ],
)
def test_octets_that_say_what_they_are_are_believed_more_than_a_label(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        (b"\x1b$B-!\x1b(B x", "iso-2022-jp", "① x"),
        (b"\x1b$B-!|b", "iso-2022-jp", "①髙"),  # not closed; a row of NEC
        (b"\x1b$B-!\x1b(I1", "iso-2022-jp", "①ｱ"),
        (b"\xad\xa1\xfc\xe2 \x8e\xb1 x", "euc-jp", "①髙 ｱ x"),
        (b"\x1b$)A\x0eDc:C\x0f x", "iso-2022-cn", "你好 x"),
        (b"\x0eGQ\x0f", "iso-2022-kr", "한"),  # without the designation that RFC 1557 asks for
        (b"plain ~{ text ~} x", "", "plain ~{ text ~} x"),
        (b"a\x1b[31mb", "", "a[31mb"),
        ("zażółć".encode()[:-1], "utf-8", "zażół\ufffd"),  # cut inside a letter
        ("Zażółć\n".encode() + "-- \nGrüße\n".encode("cp1252"), "utf-8", "Zażółć\n-- \nGrüße\n"),  # a list's footer
        ("Grüße ".encode() + b"\xff", "", "Grüße \ufffd"),
        ("你好 请问发票的系统在哪里".encode("gbk") + b"\xff", "gb2312", "你好 请问发票的系统在哪里\ufffd"),
        (b"\x81 a", "iso-8859-1", "\ufffd a"),
        (b"+2AA-", "utf-7", "\ufffd"),
        (b"a\0b\0", "utf-16", "ab"),
        (b"\x00\xd8", "utf-16le", "\ufffd"),
        (b"", "utf-16", ""),
    ],
)
def test_what_is_broken_costs_as_little_as_possible(octets: bytes, label: str, text: str) -> None:
    assert decode(octets, label) == text


def test_the_charset_of_another_part_decides_where_letters_do_not() -> None:
    octets = "Þetta er það".encode("cp1252")
    assert decode(octets) != decode(octets, hints=["iso-8859-1"]) == "Þetta er það"
    assert decode("ПРИВЕТ".encode("koi8_r"), "utf-8", ["koi8-r"]) == "ПРИВЕТ"
    assert decode("SPÓŁKA".encode("iso8859_2"), "x-unknown", ["utf-8"]) != ""


@pytest.mark.parametrize(
    "label", ["rot13", "zlib", "hex", "bz2", "idna", "punycode", "undefined", "unicode_escape", "é", "x" * 999, "x", ""]
)
def test_codecs_that_are_no_charset_are_never_reached(label: str) -> None:
    assert codec_of(label) is None
    assert decode("zażółć".encode(), label) == "zażółć"


@pytest.mark.parametrize("label", LABELS)
def test_any_octets_are_text_in_every_charset(label: str) -> None:
    assert codec_of(label) == codec_of(f' "{label.upper()}" ')
    everything = bytes(range(256)) * 2 + b"\x1b$B\xff\x1b(I\x80~{\xff+AAA\xef\xbf\xbf\xed\xa0\x80"
    for octets in (everything, everything[::-1], b"\x1b$B" + bytes(range(0x20, 0x7F)), b"\xff\xfe" + everything):
        text = decode(octets, label)
        assert not UNCLEAN.search(text)
        text.encode()


@pytest.mark.parametrize("few", [True, False])
def test_what_is_no_character_is_replaced_and_what_nobody_sees_is_dropped(few: bool) -> None:
    many = "".join(map(chr, [*range(1, 9), *range(0x0E, 0x20)]))
    unseen = "\x01\x7f\x9f\ufeff" if few else many

    assert scrub(f"a{unseen}b\0\ud800c\ufdd0\U0010ffff\r\nd\t") == "ab\ufffd\ufffdc\ufffd\ufffd\nd\t"


def test_programs_say_that_they_do_not_know() -> None:
    assert all(map(says_nothing, ("", "x-unknown", "Unknown-8bit", "DEFAULT_CHARSET", "x-user-defined", '""')))
    assert not any(map(says_nothing, ("utf-8", "rot13")))


@pytest.mark.timeout(5)
@pytest.mark.parametrize("label", ["", "utf-8", "iso-2022-jp", "gb2312", "euc-jp", "iso-2022-kr", "x-unknown"])
@pytest.mark.parametrize(
    "piece", [b"\x1b$B", b"\xe4", b"~{", b"\xc4\xe3\xba\xc3 ", b"\xe4\n\xc3\xa4\n", b"\x0e", b"\xff\xfe", b"\x8e\x8f"]
)
def test_charsets_are_read_in_one_pass(piece: bytes, label: str) -> None:
    decode(piece * (1_000_000 // len(piece)), label)


def test_body_text_keeps_lines_and_loses_controls() -> None:
    assert scrub("a\r\nb\rc\0d\x1b[31m\ud800\tx\x85\ufeff") == "a\nb\nc\ufffdd[31m\ufffd\tx"
    assert scrub("\ufdd0a\uffffb\U0001fffec\U0010ffffd\U00020000") == "\ufffda\ufffdb\ufffdc\ufffdd\U00020000"


def test_a_line_stays_one_line() -> None:
    assert scrub_line(" a\r\n b\0\u2028c\ud800 ") == "a  b c\ufffd"
    assert scrub_line("a\U0001ffff\xa0𠀀\ufdd0") == "a\ufffd\xa0𠀀\ufffd"
