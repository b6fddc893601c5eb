"""What rules refuse before a message is taken in, and that they are asked there by the very facts of later."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest

from mailflow.desk.case import Case
from mailflow.desk.context import NOTHING_KNOWN
from mailflow.desk.entry import Entry
from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.policy import Policy
from mailflow.desk.rules.facts import FACTS, FactsOf
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rejected import Rejection, rejected
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.mail.envelope import Envelope
from mailflow.mail.heading import SHORT, heading
from mailflow.mail.message import Message
from mailflow.mail.parse import parse
from tests.edge.bombs import HEADERS

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
MESSAGES = Path(__file__).parent.parent / "messages"
ENVELOPE = Envelope(
    source="smtp", mail_from="bounce@shop.example", rcpt_tos=("support+x@firma.example",), peer="192.0.2.7"
)
MAIL = b"From: Anna <anna@shop.example>\r\nTo: support@firma.example\r\nSubject: Buy printers 17\r\n\r\nNow.\r\n"
REJECT = 'then.reject = "No printers"'
REJECTED = Rejection("No printers", "r1 (filters/10.toml:1)")


def with_rules(policy: Policy, *rules: str) -> Policy:
    text = "\n".join(f'[[rule]]\nname = "r{number}"\n{rule}\n' for number, rule in enumerate(rules, 1))
    names = Names(
        mailboxes=frozenset({"support@firma.example"}),
        departments=frozenset({"support"}),
        lists={"shops": EntryList.of("shop.example\n", "shops.txt")},
    )
    return replace(policy, rules=Rulebook(rules_in(text, "filters/10.toml", names)))


@pytest.mark.parametrize(
    "condition",
    [
        "",
        'if.mail_from.matches = "*@shop.example"',
        'if.rcpt_to = "support+x@firma.example"',
        'if.peer = "192.0.2.0/24"',
        'if.source = "smtp"',
        'if.from.in_list = "shops"',
        'if.from_name = "anna"',
        'if.to = "support@firma.example"',
        "if.cc.exists = false",
        "if.reply_to.exists = false",
        "if.subject.regex = 'printers \\d+'",
        'if.header."subject".contains = "printers"',
        "if.size.over = 90",
        'if.mailbox = "support@firma.example"',
        'if.plus = "x"',
        'if.department = "support"',
        'if.time.between = "08:00-10:00"',
        'if.weekday = "monday"',
        'if.any = [{ subject = "x" }, { all = [{ from_name = "Anna" }, { not.size.over = "5M" }] }]',
    ],
)
def test_a_rule_that_asks_what_is_known_at_the_door_refuses_there(policy: Policy, condition: str) -> None:
    assert rejected(ENVELOPE, MAIL, with_rules(policy, f"{condition}\n{REJECT}"), NOW) == REJECTED


@pytest.mark.parametrize(
    "condition",
    [
        'if.subject = "something else"',
        'if.text.contains = "now"',
        'if.contact = "unknown"',
        'if.verdict = "unverified"',
        'if.automatic = "none"',
        'if.follow_up = "no"',
        "if.attachments.under = 1",
        'if.subject.contains = "printers"\nif.not.new_words.contains = "x"',
    ],
)
def test_what_does_not_match_or_asks_for_more_comes_in(policy: Policy, condition: str) -> None:
    assert rejected(ENVELOPE, MAIL, with_rules(policy, f"{condition}\n{REJECT}"), NOW) is None


SUBJECT, BODY = 'if.subject.contains = "printers"\n', 'if.text.contains = "nothing of this"\n'


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        (SUBJECT + "then.stop = true", None),
        (SUBJECT + "then.hold = true", None),
        (SUBJECT + "then.drop = true", None),
        (SUBJECT + 'then.tag = "x"', "r2"),
        ('if.subject = "x"\nthen.stop = true', "r2"),
        (BODY + 'then.tag = "x"', "r2"),
        (BODY + "then.stop = true", None),  # it may end the message, which is not known yet
        ('if.subject = "x"\nthen.reject = "x"', "r2"),
    ],
)
def test_an_earlier_rule_wins(policy: Policy, before: str, outcome: str | None) -> None:
    refused = rejected(ENVELOPE, MAIL, with_rules(policy, before, SUBJECT + REJECT), NOW)
    assert (refused.because.split()[0] if refused else None) == outcome


def test_captures_are_in_the_words(policy: Policy) -> None:
    rule = "if.subject.regex = 'printers (\\d+)'\nthen.reject = \"Not even ${1}\""
    assert rejected(ENVELOPE, MAIL, with_rules(policy, rule), NOW) == Rejection("Not even 17", "r1 (filters/10.toml:1)")


def test_nothing_is_read_where_no_rule_rejects(policy: Policy) -> None:
    assert with_rules(policy, 'then.tag = "x"', "then.drop = true").rules.at_the_door.rules == ()
    assert with_rules(policy, REJECT, "then.stop = true").rules.at_the_door.rules[-1].name == "r1"


@pytest.mark.parametrize("file", sorted(MESSAGES.glob("*.eml")), ids=lambda file: file.stem)
def test_every_fact_of_the_door_is_that_of_later(policy: Policy, file: Path) -> None:
    octets = file.read_bytes()
    early, late = heading(octets), parse(octets)
    assert early
    here, there = (_facts(message, octets, policy) for message in (early, late))
    names = [name for name, fact in FACTS.items() if fact.at_the_door]
    assert {name: here.values(name) for name in names} == {name: there.values(name) for name in names}
    assert here.values("header", "Date") == there.values("header", "Date")


def _facts(message: Message, octets: bytes, policy: Policy) -> FactsOf:
    entry = Entry(number=1, envelope=ENVELOPE, received=NOW, size=len(octets), octets=octets)
    return FactsOf(Case.of(message, entry, NOTHING_KNOWN, policy, NOW))


@pytest.mark.parametrize("bomb", HEADERS)
def test_a_header_is_read_at_once_or_not_at_the_door(bomb: str) -> None:
    octets, start = HEADERS[bomb](), process_time()
    heading(octets)
    assert process_time() - start < 0.2  # a hundredth as a rule; everybody on the line waits for it


@pytest.mark.parametrize(
    "more",
    [
        b"X: y\r\n" * 301,
        b"X: %s\r\n" % (b"y" * SHORT.header_field),
        b"To: %s a@b.example\r\n" % (b"a@b.example, " * 101),
        b"Subject: %s\r\n" % (b"=?utf-8?q?a?= " * 101),
        (b"X: %s\r\n" % (b"y" * 1000)) * 40,
    ],
    ids=["fields", "a long field", "addresses", "encoded-words", "a long header"],
)
def test_a_header_that_is_not_read_wholly_is_judged_later(policy: Policy, more: bytes) -> None:
    absent = with_rules(policy, 'if.header."X-Customer".exists = false\n' + REJECT)
    assert rejected(ENVELOPE, MAIL, absent, NOW)
    assert rejected(ENVELOPE, more + MAIL, absent, NOW) is None
