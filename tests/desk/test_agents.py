"""Who is an agent: those that config.toml lists, or anybody where it lists none."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.desk.actions import Assign
from mailflow.desk.agents import answer
from mailflow.desk.roster import known, named, team
from mailflow.errors import Refused
from tests.conftest import ORGANISATION

AGENTS = [
    {"name": "ewa", "addresses": ["Ewa@staff.example", "ewa@home.example"], "departments": ["support"]},
    {"name": "piotr", "addresses": ["piotr@staff.example"]},
]


@pytest.fixture
def config() -> Config:
    return Config.model_validate({**ORGANISATION, "agent": AGENTS})


def test_who_is_listed_is_known_and_others_are_told_who_was_meant(config: Config) -> None:
    assert known("piotr", config) == "piotr"
    with pytest.raises(Refused, match=r"no \[\[agent\]\] named 'pjotr'; did you mean 'piotr'"):
        known("pjotr", config)
    assert named("eve", config) is None


def test_where_none_is_listed_any_name_is_an_agents(policy: Any) -> None:
    assert known("anybody", policy.config) == "anybody"
    assert team("support", policy.config) == ()


@pytest.mark.parametrize(("department", "names"), [("support", ["ewa", "piotr"]), ("billing", ["piotr"])])
def test_a_team_is_who_works_for_it_or_for_all(department: str, names: list[str], config: Config) -> None:
    assert [agent.name for agent in team(department, config)] == names


def test_an_address_is_one_agents_however_it_is_written(policy: Any, config: Config) -> None:
    agents = replace(policy, config=config).agents
    assert {address: agent.name for address, agent in agents.items()} == {
        "ewa@staff.example": "ewa",
        "ewa@home.example": "ewa",
        "piotr@staff.example": "piotr",
    }


def test_a_ticket_is_given_to_agents_only(desk: Any, config: Config) -> None:
    policy = replace(desk.policy, config=config)
    assert answer.assign(desk.ticket(), "ewa", policy, "ewa", desk.now) == (Assign(ticket=42, assignee="ewa"),)
    assert answer.assign(desk.ticket(assignee="ewa"), "", policy, "ewa", desk.now) == (Assign(ticket=42, assignee=""),)
    with pytest.raises(Refused, match="did you mean 'ewa'"):
        answer.assign(desk.ticket(), "eva", policy, "ewa", desk.now)
