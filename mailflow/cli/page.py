"""`mailflow page`: who is paged about which ticket, and who took it."""

from typing import Annotated

import typer

from mailflow.cli.deed import locked
from mailflow.cli.opening import now, office, reading
from mailflow.cli.options import DEFAULT_CONFIG, LARGEST, Agent, AsJson, ConfigFile, Limit, named
from mailflow.cli.output import Shown, print_json, print_values, say, short_moment
from mailflow.cli.table import Column, print_list
from mailflow.desk.actions import TakePages
from mailflow.desk.oncall import UNTAKEN, PageState
from mailflow.errors import Refused
from mailflow.maillog import escape
from mailflow.store import apply, pages
from mailflow.store.database import Connection

app = typer.Typer()

COLUMNS = (
    Column(key="id", right=True),
    Column(key="ticket", right=True),
    Column(key="on_call"),
    Column(key="state", shown=lambda state: state.replace("_", " ")),
    Column(key="created", title="since", shown=short_moment),
    Column(key="attempts", right=True, spare=4),
    Column(key="taken_by", most=16, spare=1),
    Column(key="last_way", text=True, spare=3),
    Column(key="last_reply", text=True, spare=2),
    Column(key="cause", text=True, spare=5),
)

Number = Annotated[int, typer.Argument(min=1, max=LARGEST, metavar="NUMBER", help="The page's number.")]


@app.command("list")
def list_(
    state: Annotated[
        list[PageState] | None, typer.Option("--state", help="Only these; may be repeated. Else what nobody has taken.")
    ] = None,
    ticket: Annotated[int | None, typer.Option("--ticket", help="Only about this ticket.")] = None,
    limit: Limit = 50,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List pages, the newest first."""
    with reading(config) as connection:
        rows = pages.pages(connection, state=state, ticket=ticket, limit=limit)
        print_list(rows, COLUMNS, as_json=as_json, nothing="no pages")


@app.command()
def show(number: Number, config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Show one page; each attempt is in the history of its ticket."""
    with reading(config) as connection:
        found = _page(connection, number)
    if as_json:
        print_json(found)
    else:
        print_values(found)


@app.command()
def take(number: Number, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Say that you look at its ticket: nobody is paged about that any more."""
    with office(config) as here:
        policy = here.signing_policy
        by = named(agent, policy.config)
        with here.database.begin() as connection:
            found = _locked(connection, number)
            if found["state"] not in UNTAKEN:
                raise Refused(escape(f"page {number} was taken by {found['taken_by']}"))
            apply.carry_out(connection, found["ticket"], [TakePages(ticket=found["ticket"], by=by)], policy, now())
    say(escape(f"page {number} about #{found['ticket']} is taken by {by}; nobody is paged about it any more"))


def _locked(connection: Connection, number: int) -> Shown:
    """As it is, and stays: its ticket is locked."""
    locked(connection, _page(connection, number)["ticket"])
    return _page(connection, number)


def _page(connection: Connection, number: int) -> Shown:
    found = pages.page(connection, number)
    if found is None:
        raise Refused(f"there is no page {number}")
    return found
