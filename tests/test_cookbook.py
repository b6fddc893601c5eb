"""docs/filters.md, run from its own text: what stands there as a rule is one, and does to its examples what it says."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailflow.config import Config
from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.policy import Policy
from mailflow.desk.rules.effects import End
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Example, Rule, Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.desk.rules.trial import failures, ruling_of
from mailflow.standing import names_in
from mailflow.store.database import Database
from tests.test_scenarios import Story

TEXT = (Path(__file__).parent.parent / "docs/filters.md").read_text(encoding="utf-8")
COOKBOOK = TEXT.partition("\n## Cookbook\n")[2].partition("\n## ")[0]
RECIPES = re.findall(r"\*\*\d+\. (.+?)\*\*.*?```toml\n(.*?)```", COOKBOOK, re.DOTALL)
LIST_TEXTS = dict(re.findall(r"```\n# filters/([a-z-]+)\.txt\n(.*?)```", TEXT, re.DOTALL))
LISTS = {name: EntryList.of(text, f"filters/{name}.txt") for name, text in LIST_TEXTS.items()}
ANSWERS = dict(re.findall(r"```\n# templates/en/answers/([a-z]+)\.txt\n(.*?)```", TEXT, re.DOTALL))
ORGANISATION = {
    "hostname": "mail.example.org",
    "mailbox": [
        {"address": f"{name}@example.org", "department": name, "registered_only": False}
        for name in ("support", "billing", "sales")
    ],
    "department": [{"name": name, "title": name} for name in ("support", "billing", "sales")],
    "on_call": [{"name": "night", "step": [{"mail": ["anna@staff.example"]}]}],
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
    "shops are down": "incident shops",
}

BEFORE = {
    "gold": """
[[contact]]
account = "4711"
contract = "gold"
name = "Someone"
addresses = ["someone@kunde.example"]
""",
    "outages at night": """
[[step]]
wait = "14h"
""",
    "chasers": """
[[step]]
mail = "before.eml"
rcpt_to = ["support@example.org"]
""",
    "shops are down": """
[[step]]
agent = "ewa"
incident = "shops"
does = "open"
title = "Web shops do not open"
state = ["A switch has failed."]
""",
}
"""What the world must have where an example states what no mail tells: who is known, the night, a mail before
it, trouble."""


@pytest.fixture
def example_org(policy: Policy) -> Policy:
    return replace(policy, config=Config.model_validate(ORGANISATION))


def rules(text: str, policy: Policy) -> tuple[Rule, ...]:
    names: Names = replace(names_in(policy.config, policy.templates, LISTS), answers=frozenset(ANSWERS))
    return rules_in(text, "docs/filters.md", names)


def test_it_has_sixteen_tasks_and_every_rule_does_something_that_is_said_here(example_org: Policy) -> None:
    assert len(RECIPES) == 16
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


@pytest.mark.parametrize("name", DOES)
def test_a_task_is_done_to_mail_that_comes(name: str, tmp_path: Path, example_org: Policy, sqlite_url: str) -> None:
    text = next(text for _, text in RECIPES if f'name = "{name}"' in text)
    (rule,) = (rule for rule in rules(text, example_org) if rule.name == name)
    told = "".join(
        _told(tmp_path, next(each for each in rule.examples if each.matches), rule, text, sqlite_url, example_org)
    )
    if rule.effects.end:
        became = "held" if rule.effects.end is End.HOLD else "dropped"
        assert re.search(f"\njournal +{became}, rule {name} ", told)
        assert "\n-> " not in told
    else:
        assert f"  rule: {name} (filters/10.toml:{rule.line}): {DOES[name]}\n" in told
        status = "on_hold" if rule.effects.incident else "open"
        assert re.search(f"\n#1 {status}, {rule.effects.department or 'support'}: ", told)


def _told(folder: Path, example: Example, rule: Rule, text: str, url: str, policy: Policy) -> Iterator[str]:
    """The story of one mail, from the envelope to the ticket."""
    (folder / "filters").mkdir()
    (folder / "filters/10.toml").write_text(text, "utf-8")
    for name, listed in LIST_TEXTS.items():
        (folder / f"filters/{name}.txt").write_text(listed, "utf-8")
    head, _, body = example.mail.partition("\n\n")
    head += "\nReferences: <0@kunde.example>" + ("" if "From: " in head else "\nFrom: someone@kunde.example")
    body += "\n" + "film\n" * (int(example.given.get("size", ("0",))[0]) // 5)
    (folder / "mail.eml").write_text(f"{head}\n\n{body}", "utf-8")
    (folder / "before.eml").write_text(
        "From: someone@kunde.example\nMessage-ID: <0@kunde.example>\nSubject: x\n\nx", "utf-8"
    )
    to = re.search("^To: (.+)$", head, re.MULTILINE)
    step = f'[[step]]\nmail = "mail.eml"\nrcpt_to = ["{to[1] if to else "support@example.org"}"]\n'
    config = "".join(
        f'[[config.mailbox]]\naddress = "{name}@example.org"\ndepartment = "{name}"\nregistered_only = false\n'
        f'[[config.department]]\nname = "{name}"\ntitle = "{name}"\n'
        for name in ("support", "billing", "sales")
    )
    (folder / "world.toml").write_text(f"{config}{BEFORE.get(rule.name, '')}{step}", "utf-8")
    database = Database(url)
    try:
        with database.begin() as connection:
            yield from Story(folder, connection, policy).tell()
    finally:
        database.close()


def test_all_of_them_stand_together_as_one_file(example_org: Policy) -> None:
    assert len(rules("\n".join(text for _, text in RECIPES), example_org)) == len(DOES)


def test_the_other_rules_of_the_page_are_rules_too(example_org: Policy) -> None:
    for text in re.findall(r"```toml\n(# filters/.*?)```", TEXT, re.DOTALL):
        policy = replace(example_org, rules=Rulebook(rules(text, example_org)))
        assert [str(problem) for problem in failures(policy)] == []
        assert policy.rules.rules
