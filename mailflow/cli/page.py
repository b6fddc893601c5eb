"""`mailflow page`: who is paged about which ticket, and who took it."""

from typing import Annotated

import typer

from mailflow.cli.opening import now, office, reading
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, Limit, named, number_in
from mailflow.cli.output import Shown, print_json, print_values, say, short_moment
from mailflow.cli.table import Column, print_list
from mailflow.desk.actions import TakePages
from mailflow.desk.paging.oncall import UNTAKEN, PageState
from mailflow.errors import Refused
from mailflow.logline import escape
from mailflow.store import apply, pages
from mailflow.store.database import Connection
from mailflow.store.tickets import tickets

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

Number = Annotated[int, typer.Argument(parser=number_in, metavar="NUMBER", help="The page's number.")]


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
def take(
    numbers: Annotated[list[int], typer.Argument(parser=number_in, metavar="NUMBER...", help="The pages' numbers.")],
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Say that you look at their tickets: nobody is paged about these any more."""
    with office(config) as here:
        policy = here.signing_policy
        by = named(agent, policy.config)
        with here.database.begin() as connection:
            tickets.load_all(connection, {_page(connection, number)["ticket"] for number in numbers}, lock=True)
            found = [_page(connection, number) for number in numbers]
            for page in found:
                if page["state"] not in UNTAKEN:
                    raise Refused(escape(f"page {page['id']} was taken by {page['taken_by']}"))
            takes = [TakePages(ticket=ticket, by=by) for ticket in sorted({page["ticket"] for page in found})]
            apply.carry_out(connection, None, takes, policy, now())
    for page in found:
        say(escape(f"page {page['id']} about #{page['ticket']} is taken by {by}; nobody is paged about it any more"))


def _page(connection: Connection, number: int) -> Shown:
    found = pages.page(connection, number)
    if found is None:
        raise Refused(f"there is no page {number}")
    return found
