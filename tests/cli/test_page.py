"""`mailflow page`: who is paged, and who took it; whatever an agent does to a ticket takes its pages."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from mailflow import configfile
from mailflow.desk.actions import PageOnCall
from mailflow.standing import read_policy
from mailflow.store import apply
from mailflow.store.database import Database

ON_CALL = """
[[on_call]]
name = "night"
[[on_call.step]]
command = ["/usr/local/bin/page", "S3CR3T"]
"""
RULE = """
[[rule]]
name = "fires"
if.subject.contains = "burns"
then.page = "night"
"""
AGAIN = b"From: Anna <anna@kunde.example>\nTo: support@firma.example\nSubject: More\nMessage-ID: <2@kunde.example>\n\nx"


@pytest.fixture
def paged(company: Any) -> Any:
    """#1, whose subject has a rule page somebody."""
    company.config.write_text(company.config.read_text() + ON_CALL)
    (company.folder / "filters/10.toml").write_text(RULE)
    company.deliver()
    return company


def state(company: Any, number: int = 1) -> tuple[str, str | None]:
    page = company.run("page", "show", number, "--json").json
    return page["state"], page["taken_by"]


def test_a_rule_pages_and_an_agent_takes_it(paged: Any) -> None:
    (page,) = paged.run("page", "list", "--json").lines
    assert (page["id"], page["ticket"], page["on_call"], page["state"]) == (1, 1, "night", "waiting")
    assert page["cause"].startswith("rule fires (")
    assert "open 1        — mailflow page list" in paged.run("status").out
    took = paged.run("page", "take", 1, "--agent", "ewa")
    assert took.out == "page 1 about #1 is taken by ewa; nobody is paged about it any more\n"
    assert state(paged) == ("taken", "ewa")
    assert paged.run("page", "list").err == "no pages\n"
    assert [each["taken_by"] for each in paged.run("page", "list", "--state", "taken", "--json").lines] == ["ewa"]
    assert "taken by ewa after" in paged.run("ticket", "show", 1).out
    again = paged.run("page", "take", 1, "--agent", "jan")
    assert (again.code, again.err) == (1, "mailflow: page 1 was taken by ewa\n")


@pytest.mark.parametrize(
    "deed",
    [
        ("reply", 1, "--text", "We come.", "--agent", "ewa"),
        ("note", 1, "--text", "I look at it.", "--agent", "ewa"),
        ("resolve", 1, "--agent", "ewa"),
        ("hold", 1, "--agent", "ewa"),
        ("assign", 1, "jan", "--agent", "ewa"),
    ],
    ids=lambda deed: deed[0],
)
def test_what_an_agent_does_takes_it(paged: Any, deed: tuple[object, ...]) -> None:
    assert paged.run("ticket", *deed).code == 0
    assert state(paged) == ("taken", "ewa")


@pytest.mark.parametrize("deed", [("assign", 1, "jan"), ("priority", 1, "urgent")], ids=lambda deed: deed[0])
def test_what_has_no_name_to_it_is_done_by_whoever_is_logged_in(
    paged: Any, deed: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "ewa")
    assert paged.run("ticket", *deed).code == 0
    assert state(paged) == ("taken", "ewa")


def test_who_merges_two_tickets_takes_the_pages_of_both(paged: Any) -> None:
    paged.deliver(AGAIN)
    config = configfile.load(paged.config)
    policy = read_policy(config, paged.folder)
    database = Database(config.database.url)
    with database.begin() as connection:
        wish = PageOnCall(ticket=2, on_call="night", cause="nobody answered")
        apply.carry_out(connection, 2, [wish], policy, datetime.now(UTC))
    database.close()
    assert paged.run("ticket", "merge", 2, "--into", 1, "--yes", "--agent", "ewa").code == 0
    assert [state(paged, number) for number in (1, 2)] == [("taken", "ewa")] * 2


def test_what_only_looks_takes_nothing(paged: Any) -> None:
    paged.run("ticket", "show", 1)
    paged.run("ticket", "list")
    assert state(paged) == ("waiting", None)


def test_explain_says_who_would_be_paged_and_no_secret(paged: Any, tmp_path: Any, anna: bytes) -> None:
    (tmp_path / "mail.eml").write_bytes(anna.replace(b"first@", b"other@").replace(b"it burns.", b"it still burns."))
    told = paged.run("explain", tmp_path / "mail.eml", "--rcpt-to", "support@firma.example").out
    assert re.search("^page +night +command /usr/local/bin/page; every 5 minutes until somebody takes it$", told, re.M)
    assert "S3CR3T" not in told
    assert len(paged.run("page", "list", "--json").lines) == 1


def test_a_backtest_shows_what_would_be_paged(paged: Any) -> None:
    (paged.folder / "filters/10.toml").write_text(
        RULE.replace('"night"\n', '"night"\nthen.stop = true\n').replace("burns", "x")
    )
    told = paged.run("backtest", "--since", "30d").out
    assert "page  night -> unset" in told


def test_several_are_taken_at_once_or_none(paged: Any, anna: bytes) -> None:
    paged.deliver(anna.replace(b"first@", b"second@").replace(b"it burns.", b"it burns, too."))
    assert paged.run("page", "take", 1, 2, 7, "--agent", "ewa").err == "mailflow: there is no page 7\n"
    assert [each["state"] for each in paged.run("page", "list", "--json").lines] == ["waiting", "waiting"]
    assert paged.run("page", "take", 1, 2, "--agent", "ewa").out.count("is taken by ewa") == 2
    assert paged.run("page", "list", "--json").lines == []


def test_a_page_that_is_not_there(paged: Any) -> None:
    for command in ("show", "take"):
        ran = paged.run("page", command, 7)
        assert (ran.code, ran.err) == (1, "mailflow: there is no page 7\n")
