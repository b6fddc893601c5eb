"""Who answers customers ([[agent]]): whose name is known, and who works for a department.

Where none is listed, any name is an agent's, and nobody is one by mail.
"""

from mailflow.config import Agent, Config
from mailflow.errors import Refused
from mailflow.nearest import hint


def known(name: str, config: Config) -> str:
    """`name`, if it is an agent's; else Refused, with the one that was probably meant."""
    names = [agent.name for agent in config.agent]
    if names and name not in names:
        raise Refused(f"there is no [[agent]] named '{name}'; {hint(name, names)}")
    return name


def named(name: str, config: Config) -> Agent | None:
    return next((agent for agent in config.agent if agent.name == name), None)


def works_for(agent: Agent, department: str) -> bool:
    return not agent.departments or department in agent.departments


def team(department: str, config: Config) -> tuple[Agent, ...]:
    """Those who work for it."""
    return tuple(agent for agent in config.agent if works_for(agent, department))
