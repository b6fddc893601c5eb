"""Every key of a TOML text has its line."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailflow.tomllines import Path, line_of, lines_of

TEXT = '''# a comment with [brackets] and a = sign
title = "one # no comment"  # a comment
long = """
looks = "like a key"
[and.like.a.table] \\""" "quoted\"""""
plain = \'\'\'
x = 1\'\'\'
list = [ # first
  "a",  # ]
  { b = 1, "c d" = [2, 3] },

  [4,
   5],
]
a.b . "c" = 3

[store]
url = 'C:\\path#'  # not an escape

[[imap]]
name = "one"
[imap.login]
user = "x"
[[imap.rule]]
a = 1
[[imap.rule]]
a = 2
[[imap]]

name = "two"
when = 1979-05-27T07:32:00Z
'''

LINES: list[tuple[Path, int]] = [
    (("title",), 2),
    (("long",), 3),
    (("plain",), 6),
    (("list",), 8),
    (("list", 0), 9),
    (("list", 1), 10),
    (("list", 1, "b"), 10),
    (("list", 1, "c d", 1), 10),
    (("list", 2), 12),
    (("list", 2, 1), 13),
    (("a", "b", "c"), 15),
    (("store",), 17),
    (("store", "url"), 18),
    (("imap",), 20),
    (("imap", 0, "name"), 21),
    (("imap", 0, "login", "user"), 23),
    (("imap", 0, "rule", 1, "a"), 27),
    (("imap", 1), 28),
    (("imap", 1, "name"), 30),
    (("imap", 1, "when"), 31),
]


@pytest.mark.parametrize(("path", "line"), LINES)
def test_a_key_stands_on_its_line(path: Path, line: int) -> None:
    assert lines_of(TEXT)[path] == line


@pytest.mark.parametrize(
    ("path", "line"), [(("imap", 1, "host"), 28), (("imap", 0, "login", "port"), 22), (("nothing",), 0)]
)
def test_a_missing_key_has_the_line_of_its_table(path: Path, line: int) -> None:
    assert line_of(lines_of(TEXT), path) == line


def paths_of(value: Any, path: Path = ()) -> list[Path]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, inner in pairs for each in ((*path, key), *paths_of(inner, (*path, key)))]


def test_every_key_that_tomllib_sees_is_found() -> None:
    assert set(paths_of(tomllib.loads(TEXT))) == set(lines_of(TEXT))


@given(
    some.lists(
        some.sampled_from(["[[a]]\n", "[b.c]\n", "k = 1\n", "'q k' = [1, [2]]\n", 't = """\n[x]\n"""\n', "\n", "#\n"])
    )
)
def test_any_order_of_tables_is_understood(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = lines_of(text)
    assert set(paths_of(parsed)) <= set(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
