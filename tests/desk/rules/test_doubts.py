"""What is probably not meant: rules that are never asked, lists of nothing, departments without mail."""

from datetime import UTC, datetime

import pytest

from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.rules.doubts import doubts, unled
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.errors import Problem

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LISTS = {
    name: EntryList.of(text, f"filters/{name}.txt")
    for name, text in {
        "partners": "kunde.example\nold.example expires=2026-01-01\n",
        "friends": "x.example\n",
        "empty": "# nobody yet\n",
        "over": "old.example expires=2026-01-01\n",
    }.items()
}
NAMES = Names(departments=frozenset({"support", "billing", "sales"}), lists=LISTS)


def book(*rules: str) -> Rulebook:
    text = "".join(f'[[rule]]\nname = "{name}"\n{rule}\n' for name, rule in zip("abcd", rules, strict=False))
    return Rulebook(rules_in(text, "filters/10.toml", NAMES))


def behind(first: str, second: str) -> list[Problem]:
    """The doubts about two rules, the first of which ends what it matches."""
    return list(doubts(book(f"{first}\nthen.stop = true", f'{second}\nthen.tag = "x"'), NOW))


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("", 'if.subject = "x"'),
        ('if.subject = ["x", "y"]', 'if.subject = "y"'),
        ('if.subject.contains = "invoice"', 'if.subject.contains = ["my invoice", "Invoice 12"]'),
        ('if.subject.contains = "invoice"', 'if.subject = "Invoice 12"'),
        ("if.subject.exists = true", 'if.subject.regex = "x"'),
        ('if.subject = "x"', 'if = { subject = "x", language = "pl" }'),
        ('if = { subject = "x", language = "pl" }', 'if = { language = "pl", subject = "x", size.over = 5 }'),
        ('if.any = [{ subject = "x" }, { subject = "y" }]', 'if.subject = "y"'),
        ('if.not.subject.contains = "my invoice"', 'if.not.subject.contains = "invoice"'),
        ('if.size.over = "1M"', 'if.size.over = "5M"'),
        ("if.attachments.under = 5", "if.attachments.is = 0"),
        ('if.peer = "10.0.0.0/8"', 'if.peer = ["10.1.2.3", "10.9.0.0/16"]'),
        ('if.from.in_list = ["partners", "friends"]', 'if.from.in_list = "friends"'),
        ('if.subject.matches = ["a*", "b*"]', 'if.subject.matches = "b*"'),
        ('if.time.between = ["08:00-09:00", "10:00-11:00"]', 'if.time.between = "10:00-11:00"'),
    ],
)
def test_a_rule_behind_one_that_ends_all_its_mail_is_never_asked(wide: str, narrow: str) -> None:
    why = "'b' is never asked: 'a' (filters/10.toml:1) ends every mail that it is for"
    (doubt,) = behind(wide, narrow)
    assert (doubt.file, doubt.key, doubt.why) == ("filters/10.toml", "rule", why)
    assert behind(narrow, wide) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ('if.subject = "X  y"', 'if.subject = "x Y"'),
        ('if.any = [{ subject = "x" }, { language = "pl" }]', 'if.any = [{ language = "pl" }, { subject = "x" }]'),
        ('if.header."X-A" = "1"', 'if.header."X-A" = "1"'),
    ],
)
def test_of_two_rules_for_the_same_mail_the_second_is_never_asked(one: str, other: str) -> None:
    assert len(behind(one, other)) == len(behind(other, one)) == 1


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ('if.subject = "x"', 'if.from_name = "x"'),
        ('if.header."X-A" = "1"', 'if.header."X-B" = "1"'),
        ('if.subject.contains = "invoices"', 'if.subject.contains = "invoice"'),
        ("if.subject.exists = true", "if.subject.exists = false"),
        ("if.subject.exists = true", 'if.not.subject = "x"'),
        ('if.subject.regex = "a"', 'if.subject.matches = "a"'),
        ('if.not.subject = "x"', 'if.not.subject = "y"'),
        ('if.peer = "10.0.0.0/8"', 'if.peer = ["10.1.2.3", "::1"]'),
        ("if.size.over = 5", "if.size.under = 9"),
    ],
)
def test_a_rule_that_other_mail_reaches_is_not_doubted(wide: str, narrow: str) -> None:
    assert behind(wide, narrow) == []


@pytest.mark.parametrize(
    ("first", "second", "doubted"),
    [
        ('tag = "x"', "drop = true", False),
        ("drop = true", 'tag = "x"', True),
        ('reject = "no"', "hold = true", True),
        ("hold = true", 'tag = "x"', False),  # which a person released
        ("hold = true", 'hold = "again"', True),
    ],
)
def test_only_what_ends_keeps_mail_from_later_rules(first: str, second: str, doubted: bool) -> None:
    assert bool(list(doubts(book(f"then.{first}", f"then.{second}"), NOW))) is doubted


def test_a_list_with_nothing_in_it_is_told() -> None:
    asked = 'if.any = [{{ subject = "x" }}, {{ not.from.in_list = ["partners", "{}"] }}]\nthen.tag = "x"'
    assert [doubt.why for doubt in doubts(book(*map(asked.format, ("empty", "over", "friends"))), NOW)] == [
        "'a' asks for the list 'empty', in which there is nothing",
        "'b' asks for the list 'over', in which all entries have expired",
    ]


def test_a_department_that_nothing_leads_to_is_found() -> None:
    departments = ("support", "billing", "sales")
    assert list(unled(book(), departments, frozenset({"support"}))) == [1, 2]
    assert list(unled(book('then.department = "sales"'), departments, frozenset({"support"}))) == [1]
    anywhere = """if.subject.regex = '^to (\\w+)'\nthen.department = "${1}" """
    assert list(unled(book(anywhere), departments, frozenset())) == []
