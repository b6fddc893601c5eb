"""`mailflow backtest`: what changed rules would have made of past mail, and nothing is written."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailflow import configfile
from mailflow.store.database import Database
from mailflow.store.tables import ENTRY, OCTETS

BILLING = """
[[rule]]
name = "invoices"
if.subject.contains = "invoice"
then.department = "billing"
then.tag = "invoice"
"""
Rules = Callable[[str], Path]


def mail(number: int, subject: str, more: str = "", sender: str = "anna@kunde.example") -> bytes:
    header = f"From: {sender}\nTo: support@firma.example\nSubject: {subject}\nMessage-ID: <{number}@kunde.example>\n"
    return f"{header}Date: Mon, 2 Nov 2026 10:00:00 +0100\n{more}\nHello {number}.\n".encode()


@pytest.fixture
def rules(company: Any) -> Rules:
    """Writes filters/20.toml."""

    def write(text: str) -> Path:
        file: Path = company.folder / "filters/20.toml"
        file.write_text(text)
        return file

    return write


def tried(company: Any, *arguments: object) -> Any:
    ran = company.run("backtest", "--json", *arguments)
    assert ran.code == 0, ran.err
    return ran.json


def changed(company: Any, statement: Any) -> None:
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        connection.execute(statement)
    database.close()


def differing(told: Any) -> dict[int, list[tuple[str, str | None, str | None]]]:
    """What changed, by entry."""
    return {
        each["entry"]: [(one["what"], one["before"], one["after"]) for one in each["changes"]] for each in told["mails"]
    }


def test_the_same_rules_make_the_same_of_it(company: Any, rules: Rules) -> None:
    rules(BILLING + '[[rule]]\nname = "spam"\nif.text.contains = "hello 3"\nthen.drop = "it is spam"\n')
    company.deliver(mail(1, "Printer"))
    company.deliver(mail(2, "Invoice 12"))
    company.deliver(mail(3, "Invoice 13"))
    company.deliver(mail(3, "Invoice 13").replace(b"Hello 3", b"Hello 4"))
    company.deliver(mail(2, "Invoice 12"))  # a copy
    company.deliver(mail(5, "Re: Printer", "In-Reply-To: <1@kunde.example>\n"))
    company.deliver(mail(6, "buy", sender="x@mail.qq.com"))
    company.deliver(mail(7, "Hello", sender="x@strangers.example"), rcpt_to="billing@firma.example")  # is held
    told = tried(company)
    assert (told["judged"], told["differ"], told["against"]) == (8, 0, "journal")
    counts = {each["rule"]: (each["before"], each["after"]) for each in told["rules"]}
    assert counts == {"invoices": (3, 3), "spam": (1, 1)}


def test_each_thing_that_would_differ_is_named_with_its_rule(company: Any, rules: Rules) -> None:
    file = rules(BILLING)
    for number, subject in enumerate(("Invoice 12", "Printer", "Newsletter", "Offer"), 1):
        company.deliver(mail(number, subject))
    rules(
        BILLING.replace('"invoice"', '["invoice", "offer"]', 1).replace("then.tag", "then.priority = 'high'\nthen.tag")
        + '[[rule]]\nname = "news"\nif.subject = "newsletter"\nthen.hold = "nobody reads it"\n'
    )
    told = tried(company)
    assert differing(told) == {
        4: [("department", None, "billing"), ("priority", None, "high"), ("tag", None, "invoice")],
        3: [("became", "filed", "held"), ("because", None, "nobody reads it")],
        1: [("priority", None, "high")],
    }
    assert told["mails"][0]["changes"][0]["rule"] == "invoices (filters/20.toml:2)"
    assert told["mails"][1]["changes"][0]["rule"] == "news (filters/20.toml:8)"
    assert told["rules"] == [
        {"rule": "invoices", "place": "filters/20.toml:2", "before": 1, "after": 2, "gained": [4], "lost": []},
        {"rule": "news", "place": "filters/20.toml:8", "before": 0, "after": 1, "gained": [3], "lost": []},
    ]
    file.unlink()
    told = tried(company)
    assert differing(told) == {1: [("department", "billing", None), ("tag", "invoice", None)]}
    assert told["mails"][0]["changes"][0]["rule"] == "invoices (filters/20.toml:2)"
    assert told["rules"] == [
        {"rule": "invoices", "place": "filters/20.toml:2", "before": 1, "after": 0, "gained": [], "lost": [1]}
    ]


def test_people_see_both_tables(company: Any, rules: Rules) -> None:
    company.deliver(mail(1, "Invoice \u202e21"))
    company.deliver(mail(2, "Invoice 13"))
    rules(BILLING)
    lines = company.run("backtest", "--limit", 1).out.splitlines()
    assert lines[0].startswith("2 mails of ")
    assert "compared with what happened" in lines[0]
    assert any(line.split() == ["invoices", "filters/20.toml:2", "0", "2", "2,", "1", "-"] for line in lines)
    assert "        department  unset -> billing  invoices (filters/20.toml:2)" in lines
    assert "        tag         unset -> invoice  invoices (filters/20.toml:2)" in lines
    assert lines[-1] == "2 would differ, 1 of them not shown (--limit)"
    everything = company.run("backtest").out
    assert "\u202e" not in everything
    assert "Invoice \\u202e21" in everything


def test_two_folders_are_compared_with_each_other(company: Any, rules: Rules) -> None:
    company.deliver(mail(1, "Invoice 12"))
    rules(BILLING)  # since then
    other = company.folder / "filters.new"
    shutil.copytree(company.folder / "filters", other)
    assert tried(company)["differ"] == 1
    assert tried(company, "--filters", other)["differ"] == 0
    (other / "20.toml").write_text(BILLING.replace('tag = "invoice"', 'tag = "bill"'))
    told = tried(company, "--filters", other)
    assert differing(told) == {1: [("tag", "invoice", "bill")]}
    assert told["mails"][0]["changes"][0]["rule"] == "invoices (filters.new/20.toml:2)"
    assert told["filters"] == str(other)
    assert told["against"] == str(company.folder / "filters")


def test_what_a_rule_has_ended_is_judged_as_if_it_came_today(company: Any, rules: Rules) -> None:
    file = rules('[[rule]]\nname = "no"\nthen.drop = true\n')
    company.deliver(mail(1, "Printer"))
    company.deliver(mail(2, "Printer"), rcpt_to="billing@firma.example")  # registered contacts only
    file.write_text("")
    told = tried(company)
    assert differing(told) == {
        2: [("became", "dropped", "held")],
        1: [("became", "dropped", "filed")],
    }
    assert told["mails"][1]["changes"][0]["rule"] == "no (filters/20.toml:1)"


def test_the_list_of_the_blocked_is_tried_too(company: Any) -> None:
    company.deliver(mail(1, "buy", sender="x@mail.qq.com"))
    company.deliver(mail(2, "Printer"))
    (company.folder / "filters/blocked-domains.txt").write_text("kunde.example\n")
    told = tried(company)
    assert differing(told) == {2: [("became", "filed", "dropped")], 1: [("became", "dropped", "filed")]}
    because = "blocked-domain (kunde.example is blocked, blocked-domains.txt:1)"
    assert told["mails"][0]["changes"][0]["rule"] == because


def test_what_continued_a_ticket_continued_it(company: Any, rules: Rules) -> None:
    company.deliver(mail(1, "Printer"))
    company.deliver(mail(2, "Re: Printer", "In-Reply-To: <1@kunde.example>\n"))
    company.run("ticket", "resolve", 1)
    company.run("ticket", "close", 1)  # today an answer would open another
    rules(
        '[[rule]]\nname = "all"\nthen = { department = "billing", tag = "x" }\n'
        '[[rule]]\nname = "again"\nif.follow_up = true\nthen.priority = "high"\n'
    )
    assert differing(tried(company)) == {
        2: [("priority", None, "high"), ("tag", None, "x")],
        1: [("department", None, "billing"), ("tag", None, "x")],
    }


def test_who_wrote_it_is_who_it_was(company: Any, rules: Rules) -> None:
    company.deliver(mail(1, "Printer"), trusted=False)
    company.deliver(mail(2, "Printer"))
    changed(company, ENTRY.update().where(ENTRY.c.id == 1).values(verdict="verified", evidence=None))  # keys go
    rules('[[rule]]\nname = "proved"\nif.verdict = "verified"\nthen.tag = "x"\n')
    assert list(differing(tried(company))) == [1]


def test_what_a_person_let_through_is_held_no_more(company: Any, rules: Rules) -> None:
    rules('[[rule]]\nname = "look"\nthen.hold = true\n')
    company.deliver(mail(1, "Printer"))
    company.deliver(mail(2, "Printer"))
    company.run("journal", "reject", 2)
    assert tried(company)["differ"] == 0


def test_a_time_can_be_chosen(company: Any, rules: Rules) -> None:
    company.deliver(mail(1, "Invoice"))
    rules(BILLING)
    assert tried(company, "--since", "1h")["judged"] == 1
    assert tried(company, "--since", "2026-01-01", "--until", "1h")["judged"] == 0
    ran = company.run("backtest", "--since", "yesterday")
    assert ran.code == 2
    assert "'yesterday' is neither an age such as 30d nor a date" in ran.err


def test_what_was_not_judged_is_counted(company: Any, rules: Rules) -> None:
    for number in (1, 2, 3):
        company.deliver(mail(number, "Invoice"))
    changed(company, ENTRY.update().where(ENTRY.c.id == 1).values(disposition="failed"))
    changed(company, ENTRY.update().where(ENTRY.c.id == 2).values(disposition="held", rule="limits.message_size"))
    rules(BILLING)
    told = tried(company)
    assert (told["judged"], told["not_judged"], list(differing(told))) == (1, 2, [3])
    assert "2 not judged" in company.run("backtest").out


def test_of_what_was_erased_it_is_said_that_its_raw_mail_is_gone(company: Any, rules: Rules) -> None:
    rules(BILLING)
    for number, sender in enumerate(("anna@kunde.example", "ola@kunde.example")):
        company.deliver(mail(number, "The invoice is wrong", sender=sender))
    assert company.run("contact", "erase", "ola@kunde.example", "--yes", "--agent", "ewa").code == 0
    said = company.run("backtest").out
    assert "1 not judged: their raw mail is gone ([retention], or erased)" in said
    assert "they wait, failed" not in said


def test_what_cannot_be_read_is_named_and_the_others_go_on(company: Any, rules: Rules) -> None:
    company.deliver(mail(1, "Invoice"))
    company.deliver(mail(2, "Invoice"))
    changed(company, OCTETS.update().where(OCTETS.c.entry == 2).values(octets=b"y" * (64 << 20)))
    rules(BILLING)
    company.config.write_text(company.config.read_text() + '\n[limits]\nparse_memory = "64M"\n')
    told = tried(company)
    assert [each["entry"] for each in told["unreadable"]] == [2]
    assert list(differing(told)) == [1]
    assert "1 cannot be read: 2; the first: " in company.run("backtest").out


def test_mistakes_are_all_told_and_nothing_is_tried(company: Any, rules: Rules) -> None:
    other = company.folder / "other"
    other.mkdir()
    (other / "1.toml").write_text('[[rule]]\nname = "a"\nif.subjekt = "x"\nthen.tag = "x"\n')
    (other / "2.toml").write_text('[[rule]]\nname = "b"\nthen.departement = "x"\n')
    ran = company.run("backtest", "--filters", other)
    assert ran.code == 78
    assert "1.toml:3: rule.if.subjekt: " in ran.err
    assert "2.toml:3: rule.then.departement: " in ran.err
    assert company.run("backtest", "--filters", company.folder / "none").code == 2


def test_it_writes_nothing(company: Any, rules: Rules) -> None:
    company.deliver(mail(1, "Invoice"))
    rules(BILLING)
    file = company.folder / "var/mailflow.db"
    before, files = file.read_bytes(), sorted(company.folder.rglob("*"))
    assert tried(company)["differ"] == 1
    assert file.read_bytes() == before
    assert [each for each in sorted(company.folder.rglob("*")) if not each.name.startswith("mailflow.db-")] == [
        each for each in files if not each.name.startswith("mailflow.db-")
    ]
