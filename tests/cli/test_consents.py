"""`mailflow ticket consent` and `gate`, and what `ticket show` says of who must agree."""

from typing import Any

import pytest

TRANSFER = """
title.en = "Change of reseller"

[[item]]
name = "owner"
kind = "address"
label.en = "Owner"

[[party]]
name = "owner"
title.en = "the owner"
address = "owner"

[[gate]]
name = "paid"
department = "billing"
question.en = "Is all paid?"
"""
FIRST = b"""\
From: Anna Nowak <anna@kunde.example>
To: support@firma.example
Subject: Change of reseller
Message-ID: <transfer@kunde.example>

Owner: olga@inhaber.example
"""


@pytest.fixture
def transfer(company: Any) -> Any:
    """#1 waits for its owner."""
    (company.folder / "filters/types").mkdir()
    (company.folder / "filters/types/transfer.toml").write_text(TRANSFER)
    company.deliver(FIRST)
    return company


def shown(company: Any) -> Any:
    return company.run("ticket", "show", 1, "--json").json


def test_who_must_agree_is_shown(transfer: Any) -> None:
    ticket = shown(transfer)
    assert (ticket["type"], ticket["status"]) == ("transfer", "on_hold")
    assert [(each["name"], each["is_gate"], each["address"], each["state"]) for each in ticket["consents"]] == [
        ("owner", False, "olga@inhaber.example", "asked"),
        ("paid", True, "", None),
    ]
    page = transfer.run("ticket", "show", 1).out
    assert "  consent of owner olga@inhaber.example: asked\n  gate paid: not asked yet\n" in page


def test_an_agent_says_who_agrees_and_the_clock_starts(transfer: Any) -> None:
    ran = transfer.run("ticket", "consent", 1, "owner", "yes", "--why", "by telephone", "--agent", "ewa")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("#1 owner: given, #1 open, was on_hold")  # here nobody works for billing
    assert "paid is not asked: no [[agent]] works for billing" in transfer.run("ticket", "show", 1).out
    ran = transfer.run("ticket", "gate", 1, "paid", "yes", "--agent", "ewa")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("#1 paid: given, told anna@kunde.example")
    ticket = shown(transfer)
    assert [each["evidence"] for each in ticket["consents"]] == ["by ewa: «by telephone»", "by ewa"]
    assert [each["text"] for each in ticket["events"] if each["kind"] == "complete"] == ["all that it needs was given"]


def test_an_agent_has_somebody_asked_anew(transfer: Any) -> None:
    ran = transfer.run("ticket", "consent", 1, "owner", "ask", "--agent", "ewa")
    assert (ran.code, ran.err) == (0, "")
    sent = [each["kind"] for each in transfer.run("outbox", "list", "--json").lines]
    assert sent.count("consent") == 2
    assert [each["state"] for each in shown(transfer)["consents"]] == ["asked", None]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("consent", 1, "ownr", "yes"), "'transfer' has no party 'ownr'; did you mean 'owner'?"),
        (("gate", 1, "owner", "yes"), "'transfer' has no gate 'owner'; "),
        (("consent", 1, "owner", "maybe"), "'maybe' is no answer; "),
        (("gate", 1, "paid", "yes"), "paid cannot say so yet: the request has not come so far"),
    ],
)
def test_what_cannot_be_said_says_why(transfer: Any, command: tuple[Any, ...], why: str) -> None:
    ran = transfer.run("ticket", *command, "--agent", "ewa")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"mailflow: {why}")


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (
            'address = "owner"',
            'address = "ownr"',
            "8: party.address: there is no [[item]] 'ownr', and it is not 'requester'",
        ),
        ('kind = "address"', 'kind = "text"', "12: party.address: item 'owner' is of kind 'text', not 'address'"),
        ('kind = "address"', 'kind = "address"\noptional = true', "party.address: item 'owner' is optional"),
        ('department = "billing"', 'department = "bill"', "gate.department: there is no [[department]] 'bill'"),
        ('name = "paid"', 'name = "owner"', "two parties or gates are called 'owner'"),
        ('label.en = "Owner"', 'label.en = "Owner"\nparty = "x"', "item.party: there is no [[party]] 'x'"),
        ("question.en", 'sees = ["x"]\nquestion.en', "gate.sees: there is no [[item]] 'x'"),
    ],
)
def test_a_name_that_does_not_exist_is_a_mistake(company: Any, before: str, after: str, why: str) -> None:
    (company.folder / "filters/types").mkdir()
    (company.folder / "filters/types/transfer.toml").write_text(TRANSFER.replace(before, after, 1))
    ran = company.run("check")
    assert ran.code == 78
    assert why.removeprefix("8: ").removeprefix("12: ") in ran.err
