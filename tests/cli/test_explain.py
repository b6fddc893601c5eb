"""`mailflow explain`: the decision and its reasons, and nothing is written."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.dns_server import serving, txt


@pytest.fixture
def mail(company: Any, anna: bytes) -> Path:
    path: Path = company.folder / "mail.eml"
    path.write_bytes(anna)
    return path


def rows(company: Any) -> int:
    connection = sqlite3.connect(company.folder / "var/mailflow.db")
    try:
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("entry", "ticket")]
        return sum(counts)
    finally:
        connection.close()


def test_the_decision_comes_with_its_reasons_and_its_mail(company: Any, mail: Path) -> None:
    ran = company.run("explain", mail)
    assert ran.code == 0, ran.err
    questions = [line.split()[0] for line in ran.out.splitlines() if line and not line.startswith(" ")]
    assert {"author", "ticket", "journal"} <= set(questions)
    assert "    To: anna@kunde.example\n" in ran.out
    assert "The printer burns" in ran.out


def test_it_writes_nothing(company: Any, mail: Path) -> None:
    assert company.run("explain", mail).code == 0
    assert rows(company) == 0


@pytest.mark.parametrize("command", ["explain", "check", "doctor"])
def test_who_only_looks_leaves_nothing_behind(company: Any, mail: Path, command: str) -> None:  # DESIGN 5
    shutil.rmtree(company.folder / "var")
    before = sorted(company.folder.rglob("*"))
    company.run(command, *([mail] if command == "explain" else []))
    assert sorted(company.folder.rglob("*")) == before


def test_without_a_database_nothing_is_known_and_none_is_made(company: Any, mail: Path) -> None:
    for file in (company.folder / "var").glob("mailflow.db*"):
        file.unlink()
    ran = company.run("explain", "--json", mail)
    assert ran.code == 0, ran.err
    assert ran.json["disposition"] == "filed"
    assert not (company.folder / "var/mailflow.db").exists()


def test_what_the_database_knows_counts(company: Any, mail: Path) -> None:
    company.deliver()
    explained = company.run("explain", "--json", mail).json
    assert explained["disposition"] == "duplicate"
    assert explained["ticket"] == 1


def test_of_several_mails_each_is_named(company: Any, anna: bytes) -> None:
    several = company.folder / "several"
    several.mkdir()
    (several / "a.eml").write_bytes(anna)
    (several / "b.mbox").write_bytes(
        b"From - Mon Nov  2 10:00:00 2026\n" + anna + b"\nFrom - Mon Nov  2 10:00:00 2026\n" + anna
    )
    lines = company.run("explain", several).out.splitlines()
    assert [line for line in lines if line.startswith("──")] == [
        f"── {several}/a.eml",
        f"── {several}/b.mbox",
        f"── {several}/b.mbox (2)",
    ]
    assert "──" not in company.run("explain", several / "a.eml").out


def test_the_envelope_can_be_given(company: Any, mail: Path) -> None:
    explained = company.run(
        "explain", "--json", mail, "--mail-from", "x@qq.com", "--rcpt-to", "billing@firma.example"
    ).json
    assert explained["mail_from"] == "x@qq.com"
    assert explained["rcpt_tos"] == ["billing@firma.example"]
    assert explained["disposition"] == "dropped"
    assert explained["rule"] == "blocked-domain"


def test_a_peer_from_elsewhere_is_not_believed(company: Any, mail: Path) -> None:
    billing = ("--rcpt-to", "billing@firma.example")
    known = company.run("explain", "--json", mail, *billing).json
    unknown = company.run("explain", "--json", mail, *billing, "--peer", "192.0.2.7").json
    assert (known["disposition"], len(known["mail"])) == ("held", 1)  # told how to register
    assert (unknown["disposition"], len(unknown["mail"])) == ("held", 0)  # it may be a forged sender: silence


def test_a_peer_must_be_an_address(company: Any, mail: Path) -> None:
    ran = company.run("explain", mail, "--peer", "somewhere")
    assert ran.code == 2
    assert "'somewhere' is no IP address" in ran.err


def test_what_the_session_would_refuse_is_said_first(company: Any, mail: Path) -> None:  # R3.10
    blocked = ("explain", mail, "--mail-from", "x@qq.com")
    first, *decision = company.run(*blocked).out.splitlines()
    assert first.split(None, 2)[:2] == ["smtp", "refused"]
    assert "  550 5.7.1 Mail from this sender is not accepted, to a direct client; behind a relay" in first
    assert any(line.startswith("journal ") and "dropped" in line for line in decision)
    company.config.write_text(company.config.read_text().replace("[trust]", '[trust]\nrelays = ["192.0.2.7"]'))
    assert company.run(*blocked, "--json", "--peer", "192.0.2.7").json["smtp"] is None
    assert company.run(*blocked, "--json", "--peer", "192.0.2.8").json["smtp"].startswith("550 5.7.1 ")


def test_a_blocked_author_is_refused_in_the_session_too(company: Any, mail: Path, anna: bytes) -> None:
    mail.write_bytes(anna.replace(b"anna@kunde.example>", b"x@mail.qq.com>"))
    assert company.run("explain", mail, "--mail-from", "anna@kunde.example", "--json").json["smtp"].startswith("550")


def test_what_a_rule_would_refuse_is_said_in_its_words(company: Any, mail: Path) -> None:
    rules = company.config.parent / "filters" / "10-rules.toml"
    rules.write_text('[[rule]]\nname = "no"\nif.from.exists = true\nthen.reject = "Not today"\n')
    company.config.write_text(company.config.read_text().replace("[trust]", '[trust]\nrelays = ["192.0.2.7"]'))
    first, *decision = company.run("explain", mail, "--peer", "192.0.2.8").out.splitlines()
    assert first.startswith("smtp      refused                   550 5.7.1 Not today, to a direct client;")
    assert any(line.startswith("journal ") and "dropped" in line for line in decision)
    assert company.run("explain", mail, "--peer", "192.0.2.7", "--json").json["smtp"] is None


def test_mail_that_is_too_large_is_refused_to_everybody(company: Any, mail: Path, anna: bytes) -> None:
    company.config.write_text(company.config.read_text() + '\n[limits]\nmessage_size = "10K"\n')
    mail.write_bytes(anna + b"x" * 70 * 200)
    assert company.run("explain", mail).out.startswith("smtp      refused")
    assert company.run("explain", mail, "--json").json["smtp"].startswith("552 5.3.4 ")
    mail.write_bytes(anna)
    assert company.run("explain", mail, "--json").json["smtp"] is None


def test_the_dns_is_asked_when_it_is_told_to_and_else_it_says_so(company: Any, mail: Path) -> None:
    ran = company.run("explain", mail, "--peer", "192.0.2.7")
    assert "not checked: SPF, DKIM, DMARC (--dns asks)" in ran.err
    with serving({"TXT kunde.example": [txt("v=spf1 ip4:192.0.2.7 -all")]}) as server:
        config = company.folder / "config.toml"
        config.write_text(config.read_text("utf-8") + f'\n[dns]\nservers = ["{server.address}"]\n', "utf-8")
        ran = company.run("explain", mail, "--peer", "192.0.2.7", "--mail-from", "anna@kunde.example", "--dns")
    assert "verified: sent by 192.0.2.7, a server of kunde.example (SPF)" in ran.out
    assert "SPF pass for kunde.example from 192.0.2.7" in ran.err


def test_every_rule_is_shown_with_its_place(company: Any, mail: Path) -> None:
    (company.folder / "filters/10.toml").write_text(
        '[[rule]]\nname = "fire"\nif.subject.contains = "burns"\nthen.tag = "fire"\n\n'
        '[[rule]]\nname = "ice"\nif.subject.contains = "ice"\nthen.tag = "ice"\n'
    )
    shown = company.run("explain", mail).out
    assert "yes  fire  filters/10.toml:1\n" in shown
    assert 'no   ice  filters/10.toml:6\n     no   subject contains "ice": "The printer burns"\n' in shown
    rules = company.run("explain", "--json", mail).json["rules"]
    assert [(rule["name"], rule["matched"], rule["effects"]) for rule in rules] == [
        ("fire", True, {"tag": ["fire"]}),
        ("ice", False, None),
    ]
