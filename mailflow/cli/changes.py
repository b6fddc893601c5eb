"""`mailflow contact changes`: what contacts have corrected by mail, and what agents decide about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from mailflow.cli.opening import now, office, reading
from mailflow.cli.options import DEFAULT_CONFIG, LARGEST, Agent, AsJson, ConfigFile, named
from mailflow.cli.output import say, short_moment
from mailflow.cli.table import Column, print_list
from mailflow.desk.contacts.details import Correction
from mailflow.desk.policy import Policy
from mailflow.flow import corrections as flow
from mailflow.logline import escape
from mailflow.store.contacts import corrections
from mailflow.store.database import Connection

app = typer.Typer()


def said(wanted: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value or 'none'}" for name, value in wanted.items())


COLUMNS = (
    Column(key="id", right=True),
    Column(key="account", most=12, spare=3),
    Column(key="name", most=24),
    Column(key="by", most=32, spare=4),
    Column(key="ticket", title="#", right=True),
    Column(key="state"),
    Column(key="due", title="in force from", shown=lambda due: short_moment(due) if due else ""),
    Column(key="wanted", shown=said),
    Column(key="why", text=True),
)

Number = Annotated[int, typer.Argument(min=1, max=LARGEST, metavar="NUMBER", help="The correction's number.")]
Settle = Callable[[Connection, str, Policy, datetime], Correction]


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those, too, that are done or rejected.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List corrections that have not taken effect, the oldest first."""
    with reading(config) as connection:
        rows = corrections.list_(connection, settled=every)
    print_list(rows, COLUMNS, as_json=as_json, nothing="no corrections")


@app.command()
def approve(number: Number, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Let a correction take effect now, also one that somebody objected to. The contact and the primary contacts of
    its account are told."""
    _settled(agent, config, lambda connection, by, policy, at: flow.approve(connection, number, by, policy, at))
    say(f"correction {number} is in force; the contact is told")


@app.command()
def reject(
    number: Number,
    why: Annotated[str, typer.Option("--why", help="For the history.")] = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Leave what is on file as it is; the contact is told."""
    _settled(agent, config, lambda connection, by, policy, at: flow.reject(connection, number, by, why, policy, at))
    say(escape(f"correction {number} is rejected; the contact is told"))


def _settled(agent: str, config: Any, settle: Settle) -> None:
    with office(config) as here:
        policy = here.signing_policy
        by = named(agent, policy.config)
        with here.database.begin() as connection:
            settle(connection, by, policy, now())
