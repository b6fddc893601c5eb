"""`mailflow ticket list`: the latest first, or as they are to be taken up."""

from collections.abc import Sequence
from typing import Annotated

import typer

from mailflow.cli.opening import Office, office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile, Limit, every, one_of
from mailflow.cli.output import Shown, short_moment
from mailflow.cli.table import Column, print_list
from mailflow.desk.ticket import Priority, Status
from mailflow.errors import Refused
from mailflow.nearest import hint
from mailflow.store.incidents import incidents
from mailflow.store.shown import ticket_views
from mailflow.store.shown.queue import due as soonest
from mailflow.store.shown.queue import queue as in_order

COLUMNS = (
    Column(key="number", title="#", right=True),
    Column(key="status"),
    Column(key="priority", title="prio", shown=lambda level: "-" if level == Priority.NORMAL else level),
    Column(key="department", most=12, spare=1),
    Column(key="assignee", most=10),
    Column(key="requester", title="from", most=20, spare=2),
    Column(key="last_activity", title="active", shown=short_moment, spare=3),
    Column(key="subject", text=True),
)

QUEUE = (
    Column(key="number", title="#", right=True),
    Column(key="priority", title="prio"),
    Column(key="waiting_since", title="waits since", shown=short_moment),
    Column(key="due", shown=lambda due: short_moment(due["first_response"] or due["next_response"]), spare=2),
    Column(key="assignee", most=10, spare=1),
    Column(key="requester", title="from", most=20, spare=3),
    Column(key="subject", text=True),
)

DUE = (
    Column(key="number", title="#", right=True),
    Column(key="next_due", title="due", shown=short_moment),
    Column(key="priority", title="prio"),
    Column(key="department", most=12, spare=3),
    Column(key="assignee", most=10, spare=1),
    Column(key="requester", title="from", most=20, spare=2),
    Column(key="subject", text=True),
)


def list_(
    status: Annotated[
        list[Status] | None,
        typer.Option("--status", parser=one_of(Status), metavar="STATUS", help=f"{every(Status)}; may be repeated."),
    ] = None,
    department: Annotated[str | None, typer.Option("--department", help="Only what this department sees.")] = None,
    assignee: Annotated[str | None, typer.Option("--assignee", help="Only this agent's.")] = None,
    requester: Annotated[str | None, typer.Option("--requester", help="Only from this address.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only with this tag.")] = None,
    incident: Annotated[
        str | None,
        typer.Option("--incident", metavar="NAME", help="Only those of this incident, the last of its name."),
    ] = None,
    queue: Annotated[
        bool, typer.Option("--queue", help="What waits for us: by priority, then who waits longest.")
    ] = False,
    due: Annotated[bool, typer.Option("--due", help="What [[due]] promises, the soonest first.")] = False,
    limit: Limit = 50,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List tickets, the latest first, or as they are to be taken up."""
    if (queue or due) and (status or {requester, tag, incident} != {None} or (queue and due)):
        raise typer.BadParameter("--queue and --due are narrowed down by --department and --assignee only")
    if queue or due:
        asked, columns, nothing = (
            (in_order, QUEUE, "nothing waits for us") if queue else (soonest, DUE, "nothing is due")
        )
        with office(config) as here, here.database.connect() as connection:
            rows = asked(connection, department=department, assignee=assignee, limit=limit)
            _print_tickets(rows, columns, here, department, as_json=as_json, nothing=nothing)
        return
    with office(config) as here, here.database.connect() as connection:
        rows = ticket_views.tickets(
            connection,
            status=status,
            department=department,
            assignee=assignee,
            requester=requester,
            tag=tag,
            incident=incidents.latest(connection, incident).id if incident is not None else None,
            limit=limit,
        )
        _print_tickets(rows, COLUMNS, here, department, as_json=as_json, nothing="no tickets")


def _print_tickets(
    rows: Sequence[Shown],
    columns: Sequence[Column],
    here: Office,
    department: str | None,
    *,
    as_json: bool,
    nothing: str,
) -> None:
    """One that config.toml no longer names may have tickets still."""
    names = [each.name for each in here.config.department]
    if department and not rows and department not in names:
        raise Refused(f"there is no [[department]] named '{department}'; {hint(department, names)}")
    print_list(rows, columns, as_json=as_json, nothing=nothing)
