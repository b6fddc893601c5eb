"""`mailflow ticket`: read, answer and change tickets. What an agent may do is judged in `desk.answer`."""

import mimetypes
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.cc import cc
from mailflow.cli.conversation import attachments_of, conversation
from mailflow.cli.deed import change
from mailflow.cli.merge import merge
from mailflow.cli.opening import Office, office, reading
from mailflow.cli.options import DEFAULT_CONFIG, LARGEST, Agent, AsJson, ConfigFile, Limit, every, named, one_of
from mailflow.cli.output import Shown, print_json, say, short_moment, write_octets
from mailflow.cli.promises import promises
from mailflow.cli.split import split
from mailflow.cli.table import Column, print_list
from mailflow.desk import answer
from mailflow.desk.actions import Action, SetPriority
from mailflow.desk.errand import waiting
from mailflow.desk.schedule import Schedule
from mailflow.desk.ticket import Move, Priority, Status, Ticket
from mailflow.errors import Refused
from mailflow.mail.enclosure import OCTETS, Enclosure, enclosure
from mailflow.mail.mime.parts import part_at, parts_of
from mailflow.maillog import escape
from mailflow.nearest import hint
from mailflow.store import incidents, journal, outbox, views
from mailflow.store.database import Connection
from mailflow.store.queue import due as soonest
from mailflow.store.queue import queue as in_order

app = typer.Typer()

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

Number = Annotated[int, typer.Argument(min=1, max=LARGEST, metavar="NUMBER", help="The ticket's number.")]
Text = Annotated[str | None, typer.Option("--text", help="The words; else --file or standard input.")]
TextFile = Annotated[Path | None, typer.Option("--file", metavar="FILE", help="The words are in this file.")]


@app.command("list")
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
        rows = views.tickets(
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


@app.command()
def show(number: Number, config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Show a ticket as the conversation that it is."""
    with office(config) as here, here.database.connect() as connection:
        ticket = views.ticket(connection, number)
        if ticket is None:
            raise Refused(f"there is no ticket #{number}")
        ticket = {**ticket, "promises": promises(connection, number, Schedule(here.config))}
    if as_json:
        print_json(ticket)
    else:
        say(conversation(ticket))


@app.command()
def attachment(
    number: Number,
    which: Annotated[str, typer.Argument(metavar="NAME|POSITION", help="As `ticket show` has it: fire.jpg, or 1.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it there, to a new file; else standard output.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Take an attachment out of the message that it came with, as it was sent."""
    with reading(config) as connection:
        ticket = views.ticket(connection, number)
        if ticket is None:
            raise Refused(f"there is no ticket #{number}")
        message, wanted = _attachment(ticket, which)
        raw = _raw(connection, message)
    part = part_at(parts_of(raw), wanted["part"]) if raw is not None else None
    if part is None:
        where = f"entry {message['entry']}" if message["entry"] else message["message_id"]
        raise Refused(f"the message with it ({where}) is not kept any more")
    write_octets(part.octets(), to)


def _raw(connection: Connection, message: Shown) -> bytes | None:
    """The mail that it came with, else the one that it went out with."""
    if message["entry"]:
        return journal.octets_of(connection, message["entry"])
    return outbox.octets_named(connection, message["message_id"]) if message["message_id"] else None


def _attachment(ticket: Shown, which: str) -> tuple[Shown, Shown]:
    """The message and the attachment of it that has this position or name."""
    every = dict(enumerate(attachments_of(ticket), start=1))
    named = [position for position, (_, each) in every.items() if each["filename"] == which]
    if len(named) > 1:
        raise Refused(f"several are called {which}; name one by its position: {', '.join(map(str, named))}")
    position = named[0] if named else int(which) if which.isdecimal() else 0
    if position not in every:
        known = ", ".join(f"{place}: {each['filename']}" for place, (_, each) in every.items())
        raise Refused(escape(f"#{ticket['number']} has no attachment {which}; it has {known or 'none'}"))
    return every[position]


@app.command()
def reply(
    number: Number,
    text: Text = None,
    file: TextFile = None,
    ask: Annotated[bool, typer.Option("--ask", help="It is a question: the ticket awaits the customer.")] = False,
    resolve: Annotated[bool, typer.Option("--resolve", help="That settles it: the ticket is resolved.")] = False,
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", metavar="FILE", help="Goes along; may be repeated.")
    ] = None,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Answer the customer, and all who take part."""
    if ask and resolve:
        raise typer.BadParameter("a question does not settle it: write --ask or --resolve")
    then = Move.QUESTION_MAILED if ask else Move.RESOLVE if resolve else None
    words, files = _words(text, file), tuple(map(_enclosed, attach or ()))
    change(
        config,
        number,
        as_json,
        lambda ticket, policy, at: answer.reply(
            ticket, words, named(agent, policy.config), policy, at, then=then, enclosures=files
        ),
        agent,
    )


def _enclosed(file: Path) -> Enclosure:
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    return enclosure(file.name, mimetypes.guess_type(file.name)[0] or OCTETS, octets)


@app.command()
def note(
    number: Number,
    text: Text = None,
    file: TextFile = None,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Add words that customers never see."""
    words = _words(text, file)
    change(
        config,
        number,
        as_json,
        lambda ticket, policy, at: answer.note(ticket, words, named(agent, policy.config)),
        agent,
    )


@app.command()
def assign(
    number: Number,
    assignee: Annotated[str, typer.Argument(metavar="AGENT", help="Who takes it; '' for nobody.")],
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Give a ticket to an agent."""
    change(
        config,
        number,
        as_json,
        lambda ticket, policy, at: answer.assign(ticket, assignee, policy, named(agent, policy.config), at),
    )


@app.command()
def resolve(number: Number, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Settle a ticket without another word; the customer is told."""
    change(
        config,
        number,
        as_json,
        lambda ticket, policy, at: answer.resolve(ticket, named(agent, policy.config), policy, at),
        agent,
    )


@app.command()
def reopen(number: Number, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Take up a ticket again."""
    change(
        config,
        number,
        as_json,
        lambda ticket, policy, at: answer.reopen(ticket, named(agent, policy.config), policy, at),
        agent,
    )


@app.command()
def hold(
    number: Number,
    for_: Annotated[
        str,
        typer.Option("--for", metavar="SPAN", help="So long, then it is open again: 4h, 3d; else until somebody says."),
    ] = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put a ticket aside until something else happened; for the customer it stays open."""
    span = waiting(for_) if for_ else None
    change(
        config,
        number,
        as_json,
        lambda ticket, policy, at: answer.hold(ticket, named(agent, policy.config), until=at + span if span else None),
        agent,
    )


@app.command()
def close(number: Number, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Close a resolved ticket for good: what the customer writes from now on is a new one."""
    change(config, number, as_json, lambda ticket, policy, at: answer.close(ticket, named(agent, policy.config)), agent)


app.command()(cc)
app.command()(merge)
app.command()(split)


@app.command()
def priority(
    number: Number,
    level: Annotated[Priority, typer.Argument(parser=one_of(Priority), metavar="LEVEL", help=f"{every(Priority)}.")],
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say how much a ticket matters."""
    change(config, number, as_json, lambda ticket, policy, at: _priority(ticket, level))


def _priority(ticket: Ticket, level: Priority) -> tuple[Action, ...]:
    if ticket.priority is level:
        raise Refused(f"#{ticket.number} has priority {level} already")
    return (SetPriority(ticket=ticket.number, priority=level),)


def _words(text: str | None, file: Path | None) -> str:
    if text is not None and file is not None:
        raise typer.BadParameter("write either --text or --file")
    if text is not None:
        return text
    if file is not None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{file}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    if sys.stdin.isatty():
        print("Write the text, then Ctrl-D on an empty line:", file=sys.stderr)
    return sys.stdin.read()
