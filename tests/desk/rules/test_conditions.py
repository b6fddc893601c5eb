"""What a rule asks of a message: every fact, every comparison, `all`, `any`, `not` (RFC 5228 in TOML)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Account
from mailflow.desk.context import Context
from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.rules.condition import Finding
from mailflow.desk.rules.facts import FACTS, FactsOf
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulefile import rules_in
from mailflow.mail.identity.authentication import Identity, Verdict
from mailflow.mail.message import Address, Attachment

HEADER = b"X-Spam-Flag: YES\r\nX-Note: =?utf-8?q?=C5=BB=C3=B3=C5=82w?=\r\nX-Note: second\r\n\r\nX-Spam-Flag: NO\r\n"


def attachment(name: str, kind: str = "application/pdf") -> Attachment:
    return Attachment(filename=name, content_type=kind, size=10, inline=False, content_id="", sha256=None, part="2")


MAIL: dict[str, Any] = {
    "subject": "Faktura  NR 12/2026 – pilne",
    "text": "Dzień dobry,\nzamówienie  AB-1234.\n\n> Fax 99",
    "reply": "Dzień dobry,\nzamówienie  AB-1234.",
    "language": "pl",
    "to": (Address("Support", "Support@Firma.Example"), Address("", "b@b.example")),
    "cc": (Address("", "boss@kunde.example"),),
    "reply_to": (Address("", "other@else.example"),),
    "attachments": (attachment("Faktura 12.PDF"), attachment("zdjęcie.png", "image/png")),
}

PARTNERS = """# who may write to us
kunde.example
boss@partner.example
192.0.2.0/28
old.example expires=2026-11-01
"""
HOLDS = [
    'from.in_list = "partners"',
    'peer.in_list = "partners"',
    'subject.contains = "faktura nr 12"',  # blanks are one, case is none
    'subject.contains = ["invoice", "FAKTURA"]',
    'subject.matches = "faktura*pilne"',
    'subject.matches = "?aktura *"',
    'subject.regex = "nr ([0-9]+)/([0-9]{4})"',
    'subject.is = "faktura nr 12/2026 – PILNE"',
    "subject.exists = true",
    'text.contains = "fax 99"',
    'not.new_words.contains = "fax 99"',
    'new_words.regex = "[A-Z]{2}-\\\\d+"',
    'mail_from = "anna@kunde.example"',
    'rcpt_to.matches = "support+*@firma.example"',
    'plus = "urgent"',
    'from = "ANNA@kunde.EXAMPLE"',
    'from.matches = "*@kunde.example"',
    'from_name.contains = "nowak"',
    'to = "support@firma.example"',
    'to.contains = "@b."',
    'cc = "boss@kunde.example"',
    'reply_to.matches = "*@else.example"',
    'header."X-Spam-Flag" = "yes"',
    'header.x-note.contains = "żółw"',
    'header.X-Note.is = "second"',
    "header.X-Other.exists = false",
    'size.over = "900"',
    "size.under = 1001",
    'size.under = "1K"',
    "attachments.is = 2",
    'attachment_name.matches = "*.pdf"',
    'attachment_type = ["application/zip", "image/png"]',
    'language = "pl"',
    'verdict = ["verified", "asserted"]',
    'contact = "registered"',
    'role = "technical"',
    'account = "k-12"',
    'contract = "gold"',
    'region.matches = "eu-*"',
    'mailbox = "support@firma.example"',
    'department = "support"',
    'automatic = "none"',
    "follow_up = false",
    'peer = "192.0.2.0/24"',
    'peer = "192.0.2.1"',
    'peer = "::ffff:192.0.2.0/120"',
    'source = "smtp"',
    'time.between = "09:30-10:30"',  # 09:00 UTC in Warsaw
    'time.between = ["22:00-06:00", "10:00-10:01"]',
    'weekday = ["monday", "friday"]',
    'all = [{ subject.contains = "faktura" }, { language = "pl" }]',
    'any = [{ subject.contains = "invoice" }, { language = "pl" }]',
    'not.any = [{ subject.contains = "invoice" }, { language = "en" }]',
    'subject = { contains = "faktura", matches = "*pilne" }',
]
FAILS = [
    'to.in_list = "partners"',
    'subject.contains = "rachunek"',
    'subject.is = "faktura"',
    'subject.matches = "faktura"',  # the whole text
    'subject.regex = "^nr"',
    "subject.exists = false",
    'from.matches = "*@unde.example"',
    'header."X-Spam-Flag" = "NO"',  # that one is in the body
    'size.over = "1K"',
    "attachments.over = 2",
    'language = "en"',
    'verdict = "failed"',
    'contact = "unknown"',
    'contract = "silver"',
    "region.exists = false",
    "follow_up = true",
    'peer = "198.51.100.0/24"',
    'time.between = "22:00-10:00"',
    'time.between = "10:01-12:00"',
    'weekday = "tuesday"',
    'all = [{ subject.contains = "faktura" }, { language = "en" }]',
    'not.subject.contains = "faktura"',
    'subject = { contains = "faktura", matches = "pilne*" }',
    'subject.contains = "faktura"\nif.language = "en"',
]


@pytest.fixture
def case(desk: Any) -> Case:
    config = desk.policy.config.model_copy(update={"time_zone": "Europe/Warsaw"})
    policy = replace(desk.policy, config=config)
    context: Context = replace(
        desk.contact(), account=Account(id=1, code="K-12", name="Kunde", contract="Gold", region="eu-west")
    )
    entry = desk.entry("support+urgent@firma.example", octets=HEADER)
    return Case.of(desk.message(**MAIL), entry, context, policy, desk.now)


def found(condition: str, case: Case) -> Finding:
    names = Names(
        departments=frozenset({"support", "billing"}),
        mailboxes=frozenset({"support@firma.example"}),
        lists={"partners": EntryList.of(PARTNERS, "filters/partners.txt")},
    )
    (rule,) = rules_in(f'[[rule]]\nname = "one"\nif.{condition}\nthen.tag = "x"\n', "filters/a.toml", names)
    finding = rule.condition.judge(FactsOf(case))
    assert rule.condition.holds(FactsOf(case)) is finding.holds
    return finding


@pytest.mark.parametrize("condition", HOLDS)
def test_a_condition_holds(condition: str, case: Case) -> None:
    assert found(condition, case).holds


@pytest.mark.parametrize("condition", FAILS)
def test_a_condition_does_not_hold(condition: str, case: Case) -> None:
    assert not found(condition, case).holds


@pytest.mark.parametrize("fact", ["account", "contract", "region"])
def test_an_account_counts_only_where_its_author_is_believed(fact: str, case: Case) -> None:  # R2.1
    pretender = replace(case, identity=Identity(case.identity.author, Verdict.UNVERIFIED, "by the test"))
    assert found(f"{fact}.exists = true", case).holds
    assert not found(f"{fact}.exists = true", pretender).holds


def test_an_account_without_a_contract_has_none(case: Case) -> None:
    account = Account(id=1, code="K-12", name="Kunde")
    assert found("contract.exists = false", replace(case, context=replace(case.context, account=account))).holds


def test_every_fact_is_asked_in_these_tables() -> None:
    asked = {line.removeprefix("not.").split(".")[0].split(" ")[0] for line in HOLDS}
    assert asked >= set(FACTS)


def test_a_finding_says_what_was_asked_and_what_was_there(case: Case) -> None:
    finding = found('subject.regex = "nr ([0-9]+)/([0-9]{4})"', case)
    assert finding.said == 'subject regex "nr ([0-9]+)/([0-9]{4})"'
    assert finding.found == '"Faktura NR 12/2026 – pilne" (nr ([0-9]+)/([0-9]{4}))'
    assert finding.captures == ("NR 12/2026", "12", "2026")
    assert (
        found('from.in_list = "partners"', case).found == '"anna@kunde.example" (kunde.example, filters/partners.txt:2)'
    )
    assert found('cc.contains = "x@"', case).found == '"boss@kunde.example"'
    assert found('header.X-Other = "x"', case).found == "there is none"


def test_wildcards_capture_what_they_stand_for(case: Case) -> None:
    assert found('subject.matches = "faktura * – *"', case).captures[1:] == ("NR 12/2026", "pilne")


UNSEEN = {
    "two blanks": "free  money \t now",
    "a folded subject": "free money\n now",
    "no-break space": "free\u00a0money now",
    "zero width space": "fr\u200bee money now",
    "soft hyphen": "fr\u00adee money now",
    "direction": "\u202dfree money now",
    "nul": "fr\x00ee money now",
    "what was a nul": "free money now\ufffd",
    "full-width": "ｆｒｅｅ money now",
    "variation": "free\ufe0f money now",
}


PHRASES = (
    'subject.contains = "free money now"',
    'subject.matches = "*free money now*"',
    r"subject.regex = 'free\s+money\s+now'",
)


@pytest.mark.parametrize("way", UNSEEN)
@pytest.mark.parametrize("condition", PHRASES)
def test_what_no_reader_sees_escapes_no_rule(way: str, condition: str, case: Case) -> None:
    assert found(condition, replace(case, message=replace(case.message, subject=UNSEEN[way]))).holds


def test_letters_are_the_same_however_they_are_put_together(case: Case) -> None:
    decomposed = replace(case, message=replace(case.message, subject="Z\u0307o\u0301łc\u0301"))
    for condition in (
        'subject.is = "żółć"',
        'subject.contains = "ÓŁ"',
        'subject.regex = "^żó"',
        'subject.matches = "ż*"',
    ):
        assert found(condition, decomposed).holds


def test_a_pattern_reads_the_beginning_of_a_long_text_and_sees_no_end_there(case: Case) -> None:
    long = replace(case, message=replace(case.message, text="a" * 70_000 + " invoice"))
    assert found('text.contains = "invoice"', long).holds
    assert found('text.regex = "^a"', long).holds
    assert not found('text.regex = "invoice"', long).holds
    assert not found('text.regex = "^a*$"', long).holds


def test_a_test_that_no_longer_matters_is_not_asked(case: Case) -> None:
    said = [each.said for each in found('all = [{ language = "en" }, { size.over = 1 }]', case).tests()]
    assert said == ['language is "en"']


def test_a_stranger_s_pattern_of_doom_is_over_at_once(case: Case) -> None:
    doom = replace(case, message=replace(case.message, text="a" * 200_000 + "!"))
    assert not found('text.regex = "^(a+)+$"', doom).holds
    assert not found('text.matches = "*a*a*a*a*a*a*a*a*b"', doom).holds


@pytest.mark.parametrize(("hours", "holds"), [(0, False), (12, True), (13, True), (20, True), (21, False)])
def test_a_night_is_one_span(case: Case, hours: int, holds: bool) -> None:
    arrived = datetime(2026, 11, 2, 9, 0, tzinfo=UTC) + timedelta(hours=hours)  # 10:00 in Warsaw
    at_night = replace(case, entry=replace(case.entry, received=arrived))
    assert found('time.between = "22:00-07:00"', at_night).holds is holds
