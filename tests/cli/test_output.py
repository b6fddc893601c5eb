"""What commands print: JSON for programs, words for people, nothing that a terminal obeys."""

import json
from datetime import datetime, timedelta

import pytest

from mailflow.cli.output import age, cell, folded, moment, paragraph, print_json, short_moment

EVIL = "a\x1b[2J\x07\x9b\u202e\u2028\udc80ż"


def test_json_is_one_harmless_line_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"subject": EVIL})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert not set(EVIL) & {"\x1b", "\x07", "\x9b", "\u202e", "\u2028", "\udc80"} & set(out)
    assert json.loads(out) == {"subject": EVIL}
    assert "ż" in out


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ("", "-"),
        (0, "0"),
        (True, "yes"),
        (["a@x", "b@x"], "a@x, b@x"),
        ([], "-"),
        ({"name": "Anna", "address": "a@x"}, "a@x"),
        ("not 2026-11-02T10:00:00Z a moment", "not 2026-11-02T10:00:00Z a moment"),
    ],
)
def test_a_value_in_a_table_is_short(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_time_is_as_short_as_it_can_be() -> None:
    now = datetime.now().astimezone().replace(hour=12, minute=5)
    assert short_moment(now.isoformat()) == "12:05"
    yesterday = now - timedelta(days=1)
    assert short_moment(yesterday.isoformat()) == f"{yesterday.day} {yesterday:%b} 12:05"
    assert short_moment((now - timedelta(days=900)).isoformat()).count("-") == 2
    assert short_moment(None) == "-"
    assert moment(now) == f"{now:%Y-%m-%d} 12:05"


@pytest.mark.parametrize(
    ("ago", "shown"),
    [({"seconds": 3}, "3 s"), ({"minutes": 59}, "59 min"), ({"hours": 25}, "1 d"), ({"seconds": -9}, "0 s")],
)
def test_an_age_has_one_unit(ago: dict[str, int], shown: str) -> None:
    assert age((datetime.now().astimezone() - timedelta(**ago)).isoformat()) == shown


def test_tabs_are_columns_and_no_escapes() -> None:
    assert paragraph("a\tb\n\tc") == "a       b\n        c"
    assert cell("a\tb") == "a b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("as long as the line", "as long as the line"),
        ("one word more than a line", "one word more than\n   a line"),
        ("a\n\nb", "a\n\nb"),
        ("  * one that stands aside", "  * one that stands\n     aside"),
        ("see https://example.org/a/long/path now", "see\n   https://example.org/a/long/path\n   now"),
        ("https://example.org/a/long/path", "https://example.org/a/long/path"),
        (" " * 30 + "x y", " " * 30 + "x\n" + " " * 9 + "y"),
    ],
    ids=ascii,
)
def test_a_long_line_goes_on_below_between_words(text: str, shown: str) -> None:
    assert folded(text, 19) == shown


def test_a_line_of_a_megabyte_is_folded_once() -> None:
    line = "word " * 200_000
    assert folded(line, 80).replace("\n   ", " ") == line
