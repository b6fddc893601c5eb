"""`mailflow ticket task`, and what `ticket show` says of an account that somebody cannot reach."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailflow import configfile
from mailflow.flow.reach import advance
from mailflow.standing import read_policy
from mailflow.store.database import Database
from tests.cli.test_consents import shown

UNREACHABLE = """
title.en = "Cannot be reached"

[[item]]
name = "member"
kind = "text"
label.en = "Member"

[reach]
account = "member"
tasks.en = ["Call", "Ask"]
"""
FIRST = b"""\
From: Anna Nowak <anna@kunde.example>
To: support@firma.example
Subject: Cannot be reached
Message-ID: <reach@kunde.example>

Member: 77
"""


@pytest.fixture
def sought(company: Any) -> Any:
    """#1 is Anna's, who cannot reach Olga."""
    (company.folder / "filters/types").mkdir()
    (company.folder / "filters/types/unreachable.toml").write_text(UNREACHABLE)
    for account, name, address in (("1", "Anna", "anna@kunde.example"), ("77", "Olga", "olga@ziel.example")):
        company.run("contact", "add", "--account", account, "--name", name, "--address", address)
    company.deliver(FIRST)
    return company


def goes_on(company: Any, after: timedelta = timedelta(0)) -> None:
    config = configfile.load(company.config)
    policy, database = read_policy(config, company.folder), Database(config.database.url)
    with database.begin() as connection:
        while moved := advance(connection, policy, datetime.now(UTC) + after):
            assert moved.error is None, moved
    database.close()


def test_who_was_asked_is_shown(sought: Any) -> None:
    goes_on(sought)
    about = shown(sought)["reach"]
    assert (about["account"], about["state"], about["tickets"]) == ("77", "asked", [1])
    assert [(each["address"], each["came"]) for each in about["letters"]] == [("olga@ziel.example", "nothing")]
    told = sought.run("ticket", "show", 1).out
    assert "reach case 1, account 77 77: asked, the wider investigation begins" in told
    assert "  olga@ziel.example: asked" in told


def test_tasks_are_done(sought: Any) -> None:
    assert "no wider investigation has begun" in sought.run("ticket", "task", 1, 1).err
    goes_on(sought)
    goes_on(sought, timedelta(days=2))
    ran = sought.run("ticket", "task", 1, 2, "--agent", "ewa")
    assert (ran.code, ran.out) == (0, "#1 task 2 done\n")
    assert "done already, by ewa" in sought.run("ticket", "task", 1, 1, 2).err
    tasks = shown(sought)["reach"]["tasks"]
    assert [(each["text"], each["by"]) for each in tasks] == [("Call", None), ("Ask", "ewa")]
    assert "  task 2: Ask  (done " in sought.run("ticket", "show", 1).out


def about(company: Any, number: int) -> Any:
    return company.run("ticket", "show", number, "--json").json["reach"]


def test_which_account_it_is_an_agent_says(sought: Any) -> None:
    """By the item, or by the kind of request, where a machine knew neither."""
    sought.deliver(FIRST.replace(b"reach@", b"reach2@").replace(b"Member: 77", b"Member: Olga's"))
    goes_on(sought)
    assert about(sought, 1)["case"] == 1
    assert about(sought, 2) is None
    ran = sought.run("ticket", "set", 2, "member", 77)
    assert (ran.code, ran.out) == (0, "#2 member is 77, #2 on_hold, was open\n")
    goes_on(sought)
    assert about(sought, 2)["case"] == 1
    sought.run("ticket", "type", 1, "-")
    assert about(sought, 1) is None
    sought.run("ticket", "type", 1, "unreachable")
    goes_on(sought)
    assert about(sought, 1)["case"] == 1


MISTAKES = {
    'account = "member"': ('account = "nobody"', "reach.account: there is no item 'nobody'"),
    'kind = "text"': ('kind = "date"', "is of kind 'date', not one of text"),
    'label.en = "Member"': ('label.en = "Member"\noptional = true', "may be missing: without it nobody is asked"),
    'tasks.en = ["Call", "Ask"]': ('tasks.en = ["A"]\ntasks.de = ["A", "B"]', "not the same number in all languages"),
    "[reach]": ('[reach]\ndepartment = "nowhere"', "there is no [[department]] 'nowhere'"),
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_in_the_table_is_named(line: str, company: Any) -> None:
    wrong, why = MISTAKES[line]
    (company.folder / "filters/types").mkdir()
    (company.folder / "filters/types/unreachable.toml").write_text(UNREACHABLE.replace(line, wrong))
    ran = company.run("check")
    assert ran.code == 78
    assert why in ran.err + ran.out
