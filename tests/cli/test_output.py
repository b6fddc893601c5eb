"""What commands print: JSON for programs, tables for people, nothing that a terminal obeys."""

import json

import pytest

from mailflow.cli.output import cell, print_json, print_list

EVIL = "a\x1b[2J\x07\x9b\u202e\u2028\udc80ż"


def test_json_is_one_harmless_line_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"subject": EVIL})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert not set(EVIL) & {"\x1b", "\x07", "\x9b", "\u202e", "\u2028", "\udc80"} & set(out)
    assert json.loads(out) == {"subject": EVIL}
    assert "ż" in out


def test_a_list_is_a_line_each_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([{"id": 1}, {"id": 2}], ["id"], as_json=True, nothing="no mail")
    assert capsys.readouterr().out == '{"id": 1}\n{"id": 2}\n'


def test_a_table_shows_the_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([{"id": 1, "subject": f"[red]x[/red] {EVIL}"}], ["id", "subject"], as_json=False, nothing="no mail")
    out = capsys.readouterr().out
    assert "[red]x[/red]" in out  # not markup
    assert "\\x1b[2J" in out
    assert "\x1b" not in out


def test_an_empty_list_says_so_beside_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    print_list([], ["id"], as_json=False, nothing="no mail")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "no mail\n")
    print_list([], ["id"], as_json=True, nothing="no mail")
    assert capsys.readouterr() == ("", "")


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
