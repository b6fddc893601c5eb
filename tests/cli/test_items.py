"""`mailflow ticket set`, and what `ticket show` says of what a request needs (R1.3)."""

from typing import Any

import pytest

TRANSFER = """
title.en = "Change of reseller"
words.en = "change of reseller"

[[item]]
name = "subscription"
kind = "pattern"
pattern = "SUB-[0-9]{5}"
label.en = "Subscription ID"

[[item]]
name = "date"
kind = "date"
label.en = "Preferred date"
"""
FIRST = b"""\
From: Anna Nowak <anna@kunde.example>
To: support@firma.example
Subject: Change of reseller
Message-ID: <transfer@kunde.example>

It is SUB-12345.
"""


@pytest.fixture
def transfer(company: Any) -> Any:
    """#1 has one of two items."""
    (company.folder / "filters/types").mkdir()
    (company.folder / "filters/types/transfer.toml").write_text(TRANSFER)
    company.deliver(FIRST)
    return company


def shown(company: Any) -> Any:
    return company.run("ticket", "show", 1, "--json").json


def test_what_is_given_and_what_is_missing_is_shown(transfer: Any) -> None:
    ticket = shown(transfer)
    assert (ticket["type"], ticket["status"]) == ("transfer", "awaiting_customer")
    assert [(each["item"], each["value"], each["entry"]) for each in ticket["items"]] == [
        ("subscription", "SUB-12345", 1),
        ("date", None, None),
    ]
    page = transfer.run("ticket", "show", 1).out
    assert "  subscription  SUB-12345  (entry 1, line 1: «SUB-12345»)\n  date          missing\n" in page


def test_an_agent_says_the_last_and_it_is_open(transfer: Any) -> None:
    ran = transfer.run("ticket", "set", 1, "date", "3", "December", "2099", "--agent", "ewa")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("#1 date is 2099-12-03, #1 open, was awaiting_customer")
    ticket = shown(transfer)
    assert ticket["items"][1] | {"at": ""} == {
        "item": "date", "value": "2099-12-03", "words": "3 December 2099", "by": "ewa", "at": "", "entry": None,
        "evidence": "by ewa: «3 December 2099»",
    }  # fmt: skip
    assert [each["text"] for each in ticket["events"] if each["kind"] == "complete"] == ["all that it needs was given"]


def test_what_is_taken_back_is_missing(transfer: Any) -> None:
    assert (
        transfer.run("ticket", "set", 1, "subscription", "-", "--agent", "ewa").out == "#1 subscription is taken back\n"
    )
    assert [each["value"] for each in shown(transfer)["items"]] == [None, None]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("dat", "tomorrow"), "'transfer' has no item 'dat'; did you mean 'date'?"),
        (("date", "soon"), "'soon' cannot be date: it is no day of the calendar"),
        (("subscription", "12345"), "'12345' cannot be subscription: it has not the form that is wanted"),
    ],
)
def test_what_cannot_be_set_says_why(transfer: Any, command: tuple[str, ...], why: str) -> None:
    ran = transfer.run("ticket", "set", 1, *command, "--agent", "ewa")
    assert (ran.code, ran.out, ran.err) == (1, "", f"mailflow: {why}\n")


def test_a_ticket_without_a_type_has_no_items(company: Any) -> None:
    company.deliver()
    ran = company.run("ticket", "set", 1, "date", "3 May", "--agent", "ewa")
    assert (ran.code, ran.err) == (1, "mailflow: #1 has no type\n")


def test_a_mistake_in_a_type_keeps_nobody_from_looking(transfer: Any) -> None:
    (transfer.folder / "filters/types/transfer.toml").write_text("title = 3")
    assert [each["value"] for each in shown(transfer)["items"]] == ["SUB-12345"]
    ran = transfer.run("check")
    assert ran.code == 78
    assert "filters/types/transfer.toml:1: title: write it by language: title.en = …" in ran.err


def test_of_which_kind_it_is_an_agent_says(transfer: Any) -> None:
    """Its mail is read as if that had been known; `-` ends it."""
    transfer.deliver(FIRST.replace(b"Change of reseller", b"Hello").replace(b"<transfer@", b"<other@"))
    ran = transfer.run("ticket", "type", 2, "transfer", "--agent", "ewa")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        "#2 type transfer, #2 subscription is SUB-12345, #2 awaiting_customer, was open, told anna"
    )
    ticket = transfer.run("ticket", "show", 2, "--json").json
    assert [(each["item"], each["value"], each["entry"]) for each in ticket["items"]] == [
        ("subscription", "SUB-12345", 2),
        ("date", None, None),
    ]
    assert transfer.run("ticket", "type", 2, "transfer", "--agent", "ewa").err.endswith("of type 'transfer' already\n")
    ran = transfer.run("ticket", "type", 2, "-", "--agent", "ewa")
    assert ran.out == "#2 type none, #2 open, was awaiting_customer\n"
    assert [
        each["text"] for each in transfer.run("ticket", "show", 2, "--json").json["events"] if each["kind"] == "type"
    ] == ["none -> transfer", "transfer -> none"]
