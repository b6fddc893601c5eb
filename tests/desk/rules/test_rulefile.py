"""Files of rules: every mistake at once, with its line, what is wrong and what is allowed (tests/bad_filters)."""

import re
from pathlib import Path

import pytest

from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulefile import rules_in
from mailflow.errors import ConfigurationError

BAD = sorted((Path(__file__).parents[2] / "bad_filters").glob("*.toml"))


NAMES = Names(
    departments=frozenset({"support", "billing"}),
    mailboxes=frozenset({"support@firma.example"}),
    staff=frozenset({"lead@staff.example"}),
    lists={"partners": EntryList()},
    languages=frozenset({"en", "pl"}),
    answers=frozenset({"password", "domain"}),
    on_call=frozenset({"night"}),
)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_explained_with_line_key_and_reason(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wanted = [line.removeprefix("# error: ") for line in text.splitlines() if line.startswith("# error: ")]
    with pytest.raises(ConfigurationError) as caught:
        rules_in(text, "filters/bad.toml", NAMES)
    assert [str(problem).removeprefix("filters/bad.toml:") for problem in caught.value.problems] == wanted


def test_every_key_is_read_and_the_place_of_a_rule_is_its_line() -> None:
    text = """
# Invoices go to the people who know them.
[[rule]]
name = "invoices"
if.any = [{ subject.contains = ["invoice"] }, { mailbox = "support@firma.example", from.in_list = "partners" }]
then = { department = "billing", priority = "high", tag = "x", type = "invoice", language = "pl", assign = "anna" }

[[rule]]
name = "the rest"
then = { acknowledge = false, stop = true }

[[rule.example]]
mail = '''
From: anna@kunde.example

Hello'''
matches = false
"""
    first, second = rules_in(text, "filters/10-billing.toml", NAMES)
    assert (first.name, first.place, first.examples) == ("invoices", "filters/10-billing.toml:3", ())
    assert first.effects.told() == "department billing, priority high, tag x, type invoice, language pl, assign anna"
    assert second.place == "filters/10-billing.toml:8"
    assert second.effects.told() == "no acknowledgement, stop"
    (example,) = second.examples
    assert (example.mail, example.matches, example.line) == ("From: anna@kunde.example\n\nHello", False, 12)


@pytest.mark.parametrize("name", OwnRule)
def test_a_rule_does_not_take_the_name_of_one_of_ours(name: OwnRule) -> None:
    """What is dropped or held by no rule of an admin has a name in the journal, too."""
    with pytest.raises(ConfigurationError, match=re.escape(name)):
        rules_in(f'[[rule]]\nname = "{name}"\nthen.tag = "x"\n', "filters/10.toml", NAMES)
