"""`mailflow agent`: who answers customers, as config.toml lists them."""

from dataclasses import asdict, dataclass

import typer

from mailflow.cli.opening import office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.table import Column, print_list
from mailflow.config import Config
from mailflow.desk.roster import works_for
from mailflow.store.shown.queue import counts

app = typer.Typer()

COLUMNS = (
    Column(key="agent"),
    Column(key="departments", text=True),
    Column(key="addresses", spare=1),
    Column(key="waiting", right=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    agent: str
    departments: tuple[str, ...]
    addresses: tuple[str, ...]
    waiting: int  # tickets of theirs that wait for us


@app.callback()
def _agents() -> None:
    """Who answers customers."""


@app.command("list")
def list_(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List the agents, for what they work, and how much waits for each."""
    with office(config) as here, here.database.connect() as connection:
        rows = _rows(here.config, counts(connection))
    print_list(
        [asdict(row) for row in rows], COLUMNS, as_json=as_json, nothing="no [[agent]] is listed: any name may be one's"
    )


def _rows(config: Config, waiting: dict[str, int]) -> list[Shown]:
    departments = [department.name for department in config.department]
    return [
        Shown(
            agent=agent.name,
            departments=tuple(name for name in departments if works_for(agent, name)),
            addresses=agent.addresses,
            waiting=waiting.get(agent.name, 0),
        )
        for agent in config.agent
    ]
