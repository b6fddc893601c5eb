"""`mailflow region`: where customers cannot be expected to answer, and no clock runs against anybody (R0.7)."""

from typing import Annotated

import typer

from mailflow.cli.opening import now, office, reading, writing
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, named
from mailflow.cli.output import say, short_moment
from mailflow.cli.table import Column, print_list
from mailflow.logline import escape
from mailflow.store.incidents import disruptions

app = typer.Typer()

COLUMNS = (
    Column(key="region"),
    Column(key="accounts", right=True),
    Column(key="disrupted", title="disrupted since", shown=short_moment),
    Column(key="why", text=True),
    Column(key="agent", title="by", spare=1),
)
Region = Annotated[str, typer.Argument(metavar="NAME", help="As accounts have it; letters are compared without case.")]


@app.command()
def disrupt(
    name: Region,
    why: Annotated[str, typer.Option("--why", help="What happened there.")] = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Stop the clocks of all tickets of a region: nobody is reminded, nothing is escalated, nothing is due."""
    with writing(config) as connection:
        accounts = disruptions.disrupt(connection, name, why.strip(), named(agent), now())
    say(f"{escape(name)} is disrupted, {accounts} account{'' if accounts == 1 else 's'}; until: mailflow region lift")


@app.command()
def lift(name: Region, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Let the clocks of a region go on, each with what was left when they stopped."""
    with office(config) as here:
        policy = here.signing_policy
        with here.database.begin() as connection:
            tickets = disruptions.lift(connection, name, policy, now())
    say(f"{escape(name)} is disrupted no more; the clocks of {tickets} ticket{'' if tickets == 1 else 's'} go on")


@app.command("list")
def list_(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List the regions of accounts, and which of them are disrupted."""
    with reading(config) as connection:
        rows = disruptions.regions(connection)
    print_list(rows, COLUMNS, as_json=as_json, nothing="no account has a region")
