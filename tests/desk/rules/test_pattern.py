"""Patterns of admins on texts of strangers: what they match, and what is looked for before RE2 is asked."""

import pytest

from mailflow.desk.rules.fact import Value
from mailflow.desk.rules.pattern import Pattern


@pytest.mark.parametrize(
    ("pattern", "text", "captures"),
    [
        (Pattern.regex("nr (.)"), "NR ż", ("NR ż", "ż")),
        (Pattern.regex("a|(b)"), "a", ("a", "")),
        (Pattern.regex("x"), "\udc80x", ("x",)),  # half of a character, as broken mail has it
        (Pattern.regex(r"^\C"), "ż", ("�",)),
        (Pattern.wildcards("straße*"), "STRAẞE 1", ("STRAẞE 1", " 1")),
        (Pattern.wildcards("*a\\*b?"), "xA*Bc", ("xA*Bc", "x", "c")),
        (Pattern.wildcards("*a\\*b?"), "xAABc", None),
        (Pattern.wildcards("a  b*"), "a \n b", ("a \n b", "")),  # a run of blanks is one
        (Pattern.wildcards("*"), "", ("", "")),
        (Pattern.wildcards("\\"), "\\", ("\\",)),
    ],
)
def test_what_a_pattern_captures(pattern: Pattern, text: str, captures: tuple[str, ...] | None) -> None:
    assert pattern.captures(Value.of(text)) == captures


@pytest.mark.parametrize(
    ("written", "needed"),
    [("*@Sub1.Example", "@sub1.example"), ("a?bcd*ef  ghij", "ghij"), ("*", ""), ("STRASSE\\*", "strasse*")],
)
def test_the_longest_word_is_looked_for_first(written: str, needed: str) -> None:
    assert Pattern.wildcards(written).needed == needed


@pytest.mark.parametrize(
    "written", [r"\bécriture", r"\b(?:écriture|compte)", r"clé\b", r"(zapłatą)\b", r"słowo\b x|ó+\b"]
)
def test_an_edge_of_a_word_beside_a_letter_that_it_does_not_know_is_refused(written: str) -> None:
    """RE2 knows words of a to z: nothing was ever found, and nobody was told."""
    with pytest.raises(ValueError, match=r"knows a to z only"):
        Pattern.regex(written)


@pytest.mark.parametrize("written", [r"\bclés?\b", r"«\bmot\b»", r"\\bé", r"\bmot clé", r"\b1é"])
def test_other_edges_are_not(written: str) -> None:
    assert Pattern.regex(written)
