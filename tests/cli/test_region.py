"""`mailflow region`: clocks that stand still, as people see it (R0.7)."""

from typing import Any

import pytest


@pytest.fixture
def storm(company: Any) -> Any:
    """#1 is of an account in Tamil Nadu, which is disrupted."""
    add = ("contact", "add", "--account", "4711", "--name", "Anna", "--address", "anna@kunde.example")
    company.run(*add, "--role", "primary", "--region", "Tamil Nadu")
    company.config.write_text(company.config.read_text() + '[[due]]\nfirst_response = "4h"\n')
    company.deliver()
    ran = company.run("region", "disrupt", "tamil nadu", "--why", "cyclone", "--agent", "ewa")
    assert ran.out == "tamil nadu is disrupted, 1 account; until: mailflow region lift\n"
    return company


def test_it_is_listed_and_shown(storm: Any) -> None:
    (row,) = storm.run("region", "list", "--json").lines
    assert {**row, "disrupted": bool(row["disrupted"])} == {
        "region": "Tamil Nadu",
        "accounts": 1,
        "disrupted": True,
        "why": "cyclone",
        "agent": "ewa",
    }
    assert "cyclone" in storm.run("region", "list").out
    out = storm.run("ticket", "show", 1).out
    assert "its region is disrupted since " in out
    assert ", in a disrupted region: 4 h left, because of [[due]]: 4 hours from " in out.replace("3 h 59 min", "4 h")
    assert storm.run("ticket", "list", "--due").err == "nothing is due\n"
    assert "Tamil Nadu is disrupted since " in storm.run("status").out


def test_it_is_lifted_once(storm: Any) -> None:
    lifted = storm.run("region", "lift", "Tamil Nadu")
    assert lifted.out == "Tamil Nadu is disrupted no more; the clocks of 1 ticket go on\n"
    assert storm.run("region", "lift", "Tamil Nadu").err == (
        "mailflow: Tamil Nadu is not disrupted; there is none at all\n"
    )
    (row,) = storm.run("ticket", "list", "--due", "--json").lines
    assert row["disrupted"] is None
    assert "its region" not in storm.run("ticket", "show", 1).out


def test_where_no_account_has_a_region_there_is_none(company: Any) -> None:
    company.deliver()
    assert company.run("region", "list").err == "no account has a region\n"
    assert "no account is in region 'Kerala'" in company.run("region", "disrupt", "Kerala").err
