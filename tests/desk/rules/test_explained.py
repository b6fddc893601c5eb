"""What the rules were asked, as people and programs read it."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.desk.context import Earlier
from mailflow.desk.explain import as_json, explain
from mailflow.desk.rules import explained
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.standing import names_in

RULES = """
[[rule]]
name = "urgent"
if = { subject.contains = "pilne", language = "pl" }
then.priority = "urgent"

[[rule]]
name = "printers"
if.subject.regex = '(dru\\w+)'
if.any = [{ subject = "skaner" }, { not.attachments.over = 2 }]
then = { tag = ["printer", "${1}"], acknowledge = false, type = "repair", drop = "nobody repairs them" }

[[rule]]
name = "never asked"
then.tag = "x"
"""


@pytest.fixture
def ruled(desk: Any) -> Any:
    names = names_in(desk.policy.config, desk.policy.templates, {})
    desk.policy = replace(desk.policy, rules=Rulebook(rules_in(RULES, "filters/10.toml", names)))
    return desk


def test_those_that_match_come_first_and_of_the_others_what_decided(ruled: Any) -> None:
    assert explained.as_text(ruled.decide().ruling) == (
        "rules     2 asked, 1 matches\n"
        "\n"
        "yes  printers  filters/10.toml:7\n"
        "     drop, tag printer, Drukarka, type repair, no acknowledgement\n"
        '     yes  subject regex "(dru\\w+)": "Drukarka" ((dru\\w+))\n'
        '     yes  not attachments over 2: "0"\n'
        "\n"
        "no   urgent  filters/10.toml:2\n"
        '     no   subject contains "pilne": "Drukarka"\n'
        "\n"
        "No rule after 'printers' was asked: it ends them.\n"
    )


def test_programs_get_every_test_and_what_the_rule_sets(ruled: Any) -> None:
    urgent, printers = explained.as_json(ruled.decide().ruling) or []
    assert (urgent["name"], urgent["line"], urgent["matched"], urgent["effects"]) == ("urgent", 2, False, None)
    assert urgent["tests"] == [{"said": 'subject contains "pilne"', "found": '"Drukarka"', "holds": False}]
    assert [test["holds"] for test in printers["tests"]] == [True, True]
    assert printers["effects"] == {
        "drop": "nobody repairs them",
        "tag": ("printer", "Drukarka"),
        "type": "repair",
        "acknowledge": False,
    }


def test_no_line_is_longer_than_a_terminal(ruled: Any) -> None:
    message = ruled.message(subject="druk " + "a" * 2000, text="x")
    assert max(map(len, explained.as_text(ruled.decide(message).ruling).splitlines())) <= 80


@pytest.mark.parametrize("known", [{"earlier": Earlier(number=5, ticket=3)}, {}], ids=["a copy", "blocked"])
def test_what_ends_before_them_says_that_they_were_not_asked(ruled: Any, known: dict[str, Any]) -> None:
    entry = ruled.entry(mail_from="x@kunde.example" if known else "x@qq.com")
    decision = ruled.decide(None, entry, **known)
    assert decision.ruling is None
    assert not [reason for reason in decision.reasons if "printers" in reason.answer]
    said = explain(ruled.message(), entry, decision, [])
    assert said.endswith("\n\nrules     not asked: what decides stands before them\n")
    assert as_json(ruled.message(), entry, decision, [])["rules"] is None


def test_without_rules_nothing_is_said(desk: Any) -> None:
    for decision in (desk.decide(), desk.decide(None, desk.entry(mail_from="x@qq.com"))):
        assert explained.as_text(decision.ruling) == ""
        assert explained.as_json(decision.ruling) == []


def test_a_rule_for_every_mail_says_so(ruled: Any) -> None:
    names = names_in(ruled.policy.config, ruled.policy.templates, {})
    rules = rules_in('[[rule]]\nname = "all"\nthen.tag = "x"\n', "filters/10.toml", names)
    ruled.policy = replace(ruled.policy, rules=Rulebook(rules))
    assert explained.as_text(ruled.decide().ruling).endswith("     tag x\n     for every mail\n")
