"""`mailflow ticket merge`: two tickets become one. Which may, is judged in `desk.agents.merge`."""

import sys
from typing import Annotated

import typer

from mailflow.cli.deed import carry_out, locked
from mailflow.cli.opening import now, office, reading
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, named, number_in
from mailflow.cli.output import cell
from mailflow.desk.agents import merge as desk
from mailflow.errors import Refused
from mailflow.store.database import Connection
from mailflow.store.shown import ticket_views
from mailflow.store.tickets import merging, tickets


def merge(
    number: Annotated[int, typer.Argument(parser=number_in, metavar="NUMBER", help="The ticket that ends.")],
    into: Annotated[int, typer.Option("--into", parser=number_in, metavar="NUMBER", help="The one that stands.")],
    other_requester: Annotated[
        bool, typer.Option("--other-requester", help="Also if they are of two people; that of NUMBER is not answered.")
    ] = False,
    tell: Annotated[bool, typer.Option("--tell", help="Mail the requester that they are one.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put a ticket into another about the same matter: the conversation, and what is answered later. For good."""
    if not yes:
        with reading(config) as connection:
            _ask(connection, number, into)
    with office(config) as here:
        policy, at = here.signing_policy, now()
        with here.database.begin() as connection:
            _lock(connection, number, into)
            ticket, other = locked(connection, number), locked(connection, into)
            by = named(agent, policy.config)
            actions = desk.merge(ticket, other, by, policy, at, other_requester=other_requester, tell=tell)
            done = carry_out(connection, other, actions, policy, at, by)
    done.tell(as_json=as_json)


def _lock(connection: Connection, number: int, into: int) -> None:
    """At once and in the order that everybody keeps, with those that go along."""
    tickets.load_all(connection, {number, into, *merging.merged_into(connection, number)}, lock=True)


def _ask(connection: Connection, number: int, into: int) -> None:
    if not sys.stdin.isatty():
        raise Refused("a merge is for good; add --yes")
    for place, words in ((number, ""), (into, "into ")):
        print(words + _line(connection, place), file=sys.stderr)
    print("Merge them for good? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nothing was merged")


def _line(connection: Connection, number: int) -> str:
    ticket = ticket_views.ticket(connection, number)
    return f"#{number} {cell(ticket['subject'])} · {ticket['status']} · from {cell(ticket['requester'])}"
