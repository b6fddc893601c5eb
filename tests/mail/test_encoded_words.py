"""Encoded-words as mail programs write them (RFC 2047, X17)."""

import pytest

from mailflow.mail.bounds import USUAL
from mailflow.mail.charsets.encoded_words import decode_words

TOO_MANY = "=?utf-8?q?a?=" * (USUAL.encoded_words + 1)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?q?za=C5=BC=C3=B3=C5=82=C4=87?=", "zażółć"),
        ("=?utf-8?b?emHFvMOzxYLEhw==?=", "zażółć"),
        ("=?UTF-8?B?w?= =?utf-8?q?ok?=", "=?UTF-8?B?w?= ok"),  # one broken word spoils nothing
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\t  =?utf-8?b?Yg==?=", "ab"),
        ("=?utf-8?q?a?= b", "a b"),
        ("x =?utf-8?q?a?=", "x a"),
        ("x=?utf-8?q?a?=y", "xay"),
        ("(=?utf-8?q?a?=)", "(a)"),
        ("=?utf-8?b?emHF?= =?utf-8?b?vA==?=", "zaż"),  # cut inside a letter
        ("=?utf-8?q?za=C5?= =?utf-8?q?=BC?=", "zaż"),
        ("=?utf-8?q?za=C5?= =?UTF-8?b?vA==?=", "zaż"),
        ("=?utf-8?b?emHFvMO?= =?utf-8?b?zxYLEhw==?=", "zażółć"),  # cut after it was encoded
        ("=?utf-8?b?YQ?= =?utf-8?b?Yg?=", "ab"),  # no padding
        ("=?utf-8?b?YQ=?=", "a"),
        ("=?utf-8?b?YWI=====?=", "ab"),
        ("=?utf-8?b?YW Jj?=", "abc"),  # folded within
        ("=?iso-8859-1?q?gr=FC=DFe?= =?utf-8?q?=C3=B6?=", "grüßeö"),
        ("=?iso-2022-jp?b?GyRCQEE1YT1xGyhC?=", "請求書"),
        ("=?iso-2022-jp?b?GyRCQEE1?= =?iso-2022-jp?b?YT1xGyhC?=", "請求書"),  # the state goes over two words
        ("=?gb2312?b?1uzpRrv5?=", "朱镕基"),
        ("=?ks_c_5601-1987?b?x9GxubTr?=", "한국대"),
        ("=?utf-8*de?q?a_b?=", "a b"),
        ("=?utf-8?q?two words?=", "two words"),
        ("=?utf-8?Q?what??=", "what?"),
        ("=?utf-8?q?100% _=?=", "100%  "),
        ("=?utf-8?q?Gr\xfc\xdfe?=", "Grüße"),  # raw letters in it
        ("=? utf-8 ?q?a?=", "a"),
        ("=?utf-8?q??=", ""),
        ("=?utf-8?q?a?= =?utf-8?q??= =?utf-8?q?b?=", "ab"),
        ("=?us-ascii?q?gr=C3=BC=C3=9Fe?=", "grüße"),
        ("=?utf-8?q?gr=FC=DFe?=", "grüße"),  # not UTF-8
        ("=?x-unknown?q?gr=FC=DFe?=", "grüße"),
        ("=??q?gr=FC=DFe?=", "grüße"),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=", "=?utf-8?q?a?="),  # decoded once
        ("=?rot13?q?abc?=", "=?rot13?q?abc?="),  # no charset
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?never closed", "=?utf-8?q?never closed"),
        ("a=?b?c", "a=?b?c"),
        (TOO_MANY, TOO_MANY),
    ],
)
def test_encoded_words_are_decoded_one_by_one(written: str, read: str) -> None:
    assert decode_words(written) == read


def test_a_word_without_a_charset_is_in_that_of_its_message() -> None:
    assert decode_words("=?unknown-8bit?q?=F0=F2=E9?= x =?default?q?=F7=E5=F4?=", hints=("koi8-r",)) == "ПРИ x ВЕТ"


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", ["=?", "=?utf-8?q?", "=?utf-8?b?A?= ", "=?utf-8?q?" + "x" * 1_999, "=? ", "?="])
def test_words_that_never_end_are_read_in_one_pass(piece: str) -> None:  # M1
    for times in (499, 100_000):
        decode_words(piece * times)
