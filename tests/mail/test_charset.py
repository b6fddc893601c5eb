"""Octets to text (M2, X17), and text that can be kept (M11)."""

import pytest

from mailflow.mail.charset import _LABELS, codec_of, decode, scrub, scrub_line


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("zażółć", "utf-8", "utf-8"),
        ("zażółć", "utf-8", "UTF8"),
        ("zażółć", "iso8859_2", '"ISO-8859-2"'),
        ("zażółć", "cp1250", "windows-1250"),
        ("„Preis“ 5 €", "cp1252", "iso-8859-1"),  # what browsers do
        ("„Preis“ 5 €", "cp1252", "us-ascii"),
        ("朱镕基", "gbk", "gb2312"),
        ("한국어", "cp949", "ks_c_5601-1987"),
        ("①髙﨑", "cp932", "shift_jis"),
        ("請求書", "iso2022_jp", "iso-2022-jp"),
        ("你好", "hz", "hz-gb-2312"),
        ("zażółć", "utf-7", "utf-7"),
        ("привет", "koi8_r", "koi8-r"),
        ("hello", "utf-16", "utf-16"),
        ("zażółć", "utf-8", "x-unknown"),
        ("grüße", "cp1252", ""),
        ("grüße", "cp1252", "utf-8"),  # a lie
        ("zażółć", "utf-8", "us-ascii"),
    ],
)
def test_text_is_read_by_the_label_table_of_browsers(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


def test_iso_2022_jp_with_microsofts_letters_is_read() -> None:
    assert decode(b"\x1b$B-!\x1b(B x", "iso-2022-jp") == "① x"


@pytest.mark.parametrize(
    "label", ["rot13", "zlib", "hex", "bz2", "idna", "punycode", "undefined", "unicode_escape", "é", "x" * 999]
)
def test_codecs_that_are_no_charset_are_never_reached(label: str) -> None:
    assert codec_of(label) is None
    assert decode("zażółć".encode(), label) == "zażółć"


@pytest.mark.parametrize("codec", _LABELS)
def test_any_octets_are_text_in_every_charset(codec: str) -> None:
    everything = bytes(range(256)) * 2 + b"\x1b$B\xff\x1b(I\x80~{\xff+AAA"
    text = decode(everything, _LABELS[codec].split()[0])
    assert "\0" not in text
    text.encode()


def test_body_text_keeps_lines_and_loses_controls() -> None:
    assert scrub("a\r\nb\rc\0d\x1b[31m\ud800\tx\x85\ufeff") == "a\nb\nc\ufffdd[31m\ufffd\tx"


def test_a_line_stays_one_line() -> None:
    assert scrub_line(" a\r\n b\0\u2028c\ud800 ") == "a  b c\ufffd"
