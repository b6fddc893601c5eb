"""docs/filters.md, run from its own text: what stands there as a rule is one, and does to its examples what it says."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from mailflow.config import Config
from mailflow.desk.entrylist import EntryList
from mailflow.desk.policy import Policy
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rule, Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.desk.rules.trial import failures, ruling_of
from mailflow.standing import names_in

TEXT = (Path(__file__).parent.parent / "docs/filters.md").read_text(encoding="utf-8")
COOKBOOK = TEXT.partition("\n## Cookbook\n")[2].partition("\n## ")[0]
RECIPES = re.findall(r"\*\*\d+\. (.+?)\*\*.*?```toml\n(.*?)```", COOKBOOK, re.DOTALL)
LISTS = {
    name: EntryList.of(text, f"filters/{name}.txt")
    for name, text in re.findall(r"```\n# filters/([a-z-]+)\.txt\n(.*?)```", TEXT, re.DOTALL)
}
ORGANISATION = {
    "hostname": "mail.example.org",
    "mailbox": [{"address": f"{name}@example.org", "department": name} for name in ("support", "billing", "sales")],
    "department": [{"name": name, "title": name} for name in ("support", "billing", "sales")],
}
DOES = {
    "invoices": "department billing, type invoice",
    "newsletters": "drop",
    "macros": "hold",
    "alarms": "priority urgent, tag alarm, no acknowledgement",
    "orders": "department sales, tag order, order-48213",
    "gold": "priority high, tag gold",
    "outages at night": "priority urgent, assign oncall",
    "partners": "department sales, tag partner, assign ewa",
    "the boss from elsewhere": "hold",
    "applications": "type application, assign personnel, no acknowledgement",
    "from the shop": "department sales, tag shop",
    "spam": "drop",
    "perhaps spam": "hold",
    "too large": "reject",
    "Poland": "language pl",
    "chasers": "priority high, tag chased",
}


@pytest.fixture
def example_org(policy: Policy) -> Policy:
    return replace(policy, config=Config.model_validate(ORGANISATION))


def rules(text: str, policy: Policy) -> tuple[Rule, ...]:
    names: Names = names_in(policy.config, policy.templates, LISTS)
    return rules_in(text, "docs/filters.md", names)


def test_it_has_fifteen_tasks_and_every_rule_does_something_that_is_said_here(example_org: Policy) -> None:
    assert len(RECIPES) == 15
    assert [rule.name for _, text in RECIPES for rule in rules(text, example_org)] == list(DOES)


@pytest.mark.parametrize("text", [text for _, text in RECIPES], ids=[title for title, _ in RECIPES])
def test_a_task_does_to_its_examples_what_it_says(example_org: Policy, text: str) -> None:
    policy = replace(example_org, rules=Rulebook(rules(text, example_org)))
    assert [str(problem) for problem in failures(policy)] == []
    for rule in policy.rules.rules:
        assert {example.matches for example in rule.examples} == {True, False}
        (first, *_) = (example for example in rule.examples if example.matches)
        ruling = ruling_of(first, policy)
        assert [match.rule.name for match in ruling.matches] == [rule.name]
        assert ruling.effects.told() == DOES[rule.name]


def test_all_of_them_stand_together_as_one_file(example_org: Policy) -> None:
    assert len(rules("\n".join(text for _, text in RECIPES), example_org)) == len(DOES)


def test_the_other_rules_of_the_page_are_rules_too(example_org: Policy) -> None:
    for text in re.findall(r"```toml\n(# filters/.*?)```", TEXT, re.DOTALL):
        policy = replace(example_org, rules=Rulebook(rules(text, example_org)))
        assert [str(problem) for problem in failures(policy)] == []
        assert policy.rules.rules
