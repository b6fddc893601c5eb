"""`mailflow agent`, and that only agents are named where some are listed."""

from typing import Any

import pytest

from tests.cli.conftest import CONFIG

AGENTS = """
[[agent]]
name = "ewa"
addresses = ["ewa@staff.example"]
departments = ["support"]

[[agent]]
name = "piotr"
addresses = ["piotr@staff.example", "piotr@home.example"]
"""


@pytest.fixture
def staffed(company: Any) -> Any:
    (company.folder / "config.toml").write_text(CONFIG + AGENTS)
    return company


def test_agents_are_listed_with_what_waits_for_each(staffed: Any) -> None:
    staffed.deliver()
    staffed.run("ticket", "assign", 1, "ewa")
    assert staffed.run("agent", "list", "--json").lines == [
        {"agent": "ewa", "departments": ["support"], "addresses": ["ewa@staff.example"], "waiting": 1},
        {
            "agent": "piotr",
            "departments": ["support", "billing"],
            "addresses": ["piotr@staff.example", "piotr@home.example"],
            "waiting": 0,
        },
    ]
    assert staffed.run("agent", "list").out.splitlines()[2].split()[:2] == ["ewa", "support"]


def test_where_none_is_listed_it_says_so(company: Any) -> None:
    assert company.run("agent", "list").err == "no [[agent]] is listed: any name may be one's\n"


@pytest.mark.parametrize(
    "command",
    [
        ("assign", 1, "eva"),
        ("note", 1, "--text", "x", "--agent", "eva"),
        ("reply", 1, "--text", "x", "--agent", "eva"),
        ("resolve", 1, "--agent", "eva"),
    ],
    ids=lambda each: each[0],
)
def test_who_is_not_listed_is_no_agent(command: tuple[Any, ...], staffed: Any) -> None:
    staffed.deliver()
    ran = staffed.run("ticket", *command)
    assert (ran.code, ran.out) == (1, "")
    assert "there is no [[agent]] named 'eva'; did you mean 'ewa'?" in ran.err


def test_a_rule_assigns_to_agents_only(staffed: Any) -> None:
    (staffed.folder / "filters/mine.toml").write_text(
        '[[rule]]\nname = "ours"\nwhen.subject.contains = "x"\nthen.assign = "eva"\n'
    )
    ran = staffed.run("check")
    assert ran.code == 78
    assert "mine.toml:4: rule.then.assign: there is no [[agent]] 'eva'; did you mean 'ewa'?" in ran.err
