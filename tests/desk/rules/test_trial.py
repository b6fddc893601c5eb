"""Examples in a file of rules: tried with the facts they state, and told with what decided when they are wrong."""

from dataclasses import replace

import pytest

from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.policy import Policy
from mailflow.desk.rules.examplefile import BY_RCPT_TO, GIVEN, IN_THE_MAIL, KEYS
from mailflow.desk.rules.facts import FACTS
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.desk.rules.trial import failures
from mailflow.standing import names_in

PARTNERS = EntryList.of("kunde.example expires=2020-01-01\n", "filters/partners.txt")
MAIL = """
From: Anna <anna@kunde.example>
To: shop@elsewhere.example, billing+may@firma.example
Cc: sales@firma.example
Subject: Faktura 12

W załączniku."""


def wrong(policy: Policy, condition: str, *stated: str, matches: bool = True) -> list[str]:
    """What is said of a rule with this condition and the mail above, with what is stated besides."""
    example = "\n".join((f"matches = {str(matches).lower()}", *stated, f'mail = """{MAIL}"""'))
    text = f'[[rule]]\nname = "one"\n{condition}\nthen.drop = true\n[[rule.example]]\n{example}\n'
    names = names_in(policy.config, policy.templates, {"partners": PARTNERS})
    rules = Rulebook(rules_in(text, "filters/10.toml", names))
    return [str(problem) for problem in failures(replace(policy, rules=rules))]


@pytest.mark.parametrize(
    ("condition", "stated"),
    [
        ('if.subject = "faktura 12"', ()),
        ('if.mail_from = "anna@kunde.example"', ()),
        ('if.mail_from.is = "b@x.example"', ('mail_from = "b@x.example"',)),
        ("if.mail_from.exists = false", ('mail_from = ""',)),
        ('if.mailbox = ["billing@firma.example"]', ()),
        ('if.plus = "may"', ()),
        ('if.department = "sales"', ()),
        ('if.not.department = "sales"', ('rcpt_to = ["support@firma.example"]',)),
        ('if.verdict = "asserted"', ()),
        ('if.verdict = "failed"', ('verdict = "failed"',)),
        ('if.contact = "unknown"', ()),
        ('if.contact = "registered"', ('contact = "registered"',)),
        ('if.role = "billing"', ('role = ["technical", "billing"]',)),
        ("if.account.exists = false", ()),
        ('if.account = "4711"', ('account = "4711"',)),
        ("if.follow_up = false", ()),
        ("if.follow_up = true", ("follow_up = true",)),
        ('if.peer = "10.0.0.0/8"', ('peer = "10.1.2.3"',)),
        ('if.source.matches = "imap:*"', ('source = "imap:office"',)),
        ('if.time.between = "22:00-06:00"', ('time = "23:30"',)),
        ('if.size.over = "20M"', ('size = "21M"',)),
        ("if.size.over = 100", ("size = 101",)),
        ('if.weekday = "sunday"', ('weekday = "sunday"',)),
        ('if.from.in_list = "partners"', ()),  # an entry that has expired shows what the rule does as well
        ("", ()),
    ],
)
def test_an_example_has_what_its_mail_has_and_what_it_states(
    policy: Policy, condition: str, stated: tuple[str, ...]
) -> None:
    assert wrong(policy, condition, *stated) == []
    assert wrong(policy, condition, *stated, matches=False) != []


@pytest.mark.parametrize(
    ("condition", "matches", "why"),
    [
        ('if.subject.contains = "invoice"', True, 'subject contains "invoice": "Faktura 12"'),
        ('if.subject.contains = "faktura"', False, 'subject contains "faktura": "Faktura 12" (faktura)'),
        ('if = { subject = "faktura 12", size.over = "5M" }', True, 'size over 5242880: "151"'),
        (
            'if.any = [{ subject = "a" }, { from_name = "b" }]',
            True,
            'subject is "a": "Faktura 12"; from_name is "b": "Anna"',
        ),
        ('if.not.from_name = "anna"', True, 'not from_name is "anna": "Anna"'),
        ("if.reply_to.exists = true", True, "reply_to exists: there is none"),
        ("", False, "it has no conditions"),
    ],
)
def test_what_is_wrong_names_the_example_and_the_condition_that_decided(
    policy: Policy, condition: str, matches: bool, why: str
) -> None:
    judged = "does not match" if matches else "matches"
    assert wrong(policy, condition, matches=matches) == [f"filters/10.toml:5: rule.example: 'one' {judged} it: {why}"]


def test_an_example_states_each_fact_that_no_mail_has() -> None:
    assert set(KEYS) - {"matches", "mail"} == set(GIVEN)
    assert set(FACTS) == {*GIVEN, *IN_THE_MAIL, *BY_RCPT_TO}
