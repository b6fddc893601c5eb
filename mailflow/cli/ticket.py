"""`mailflow ticket`: read, answer and change tickets. What an agent may do is judged in `desk.agents.answer`."""

import mimetypes
import sys
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.admission import named_accounts, recover, refuse, register
from mailflow.cli.attachment import attachment
from mailflow.cli.cc import cc
from mailflow.cli.consents import consent, consents, gate
from mailflow.cli.conversation import conversation
from mailflow.cli.deed import change
from mailflow.cli.items import items, set_, type_
from mailflow.cli.merge import merge
from mailflow.cli.opening import office
from mailflow.cli.options import (
    DEFAULT_CONFIG,
    Agent,
    AsJson,
    ConfigFile,
    TicketNumber,
    every,
    one_of,
)
from mailflow.cli.output import print_json, say_page
from mailflow.cli.promises import escalation, promises
from mailflow.cli.reach import reach, task
from mailflow.cli.split import split
from mailflow.cli.ticketlist import list_
from mailflow.desk.actions import Action, SetPriority
from mailflow.desk.agents import answer
from mailflow.desk.agents.steps import waiting
from mailflow.desk.ticket import Move, Priority, Ticket
from mailflow.desk.timing.schedule import Schedule
from mailflow.errors import Refused
from mailflow.mail.enclosure import OCTETS, Enclosure, enclosure
from mailflow.store.shown import ticket_views
from mailflow.store.tickets import tickets

app = typer.Typer()

Text = Annotated[str | None, typer.Option("--text", help="The words; else --file or standard input.")]
TextFile = Annotated[Path | None, typer.Option("--file", metavar="FILE", help="The words are in this file.")]


@app.command()
def show(
    number: TicketNumber,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show a ticket as the conversation that it is."""
    with office(config) as here, here.database.connect() as connection:
        ticket = ticket_views.ticket(connection, number)
        schedule = Schedule(here.config)
        promised, coming = (found(connection, number, schedule) for found in (promises, escalation))
        request = tickets.load(connection, number)
        kinds = here.kinds
        given, asked = items(request, kinds), consents(request, kinds)
        ticket = {**ticket, "promises": promised, "escalation": coming, "items": given, "consents": asked}
        ticket["reach"] = reach(request)
        ticket["named_accounts"] = named_accounts(connection, request, here.config, kinds)
    if as_json:
        print_json(ticket)
    else:
        say_page(conversation(ticket))


@app.command()
def reply(
    number: TicketNumber,
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
    then = _then(ask=ask, resolve=resolve)
    words, files = _words(text, file), tuple(map(_enclosed, attach or ()))
    change(
        config,
        number,
        agent,
        as_json,
        lambda deed: answer.reply(deed.ticket, words, deed.by, deed.policy, deed.at, then=then, enclosures=files),
    )


@app.command()
def call(
    number: TicketNumber,
    text: Text = None,
    file: TextFile = None,
    whom: Annotated[str, typer.Option("--with", metavar="NAME", help="Who was spoken with; else the requester.")] = "",
    ask: Annotated[bool, typer.Option("--ask", help="We asked something: the ticket awaits the customer.")] = False,
    resolve: Annotated[bool, typer.Option("--resolve", help="That settles it: the ticket is resolved.")] = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Log a telephone call, and mail what was said to all who take part."""
    then, words = _then(ask=ask, resolve=resolve), _words(text, file)
    change(
        config,
        number,
        agent,
        as_json,
        lambda deed: answer.call(deed.ticket, words, deed.by, deed.policy, deed.at, whom=whom, then=then),
    )


def _then(*, ask: bool, resolve: bool) -> Move | None:
    if ask and resolve:
        raise typer.BadParameter("a question does not settle it: write --ask or --resolve")
    return Move.QUESTION_MAILED if ask else Move.RESOLVE if resolve else None


def _enclosed(file: Path) -> Enclosure:
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    return enclosure(file.name, mimetypes.guess_type(file.name)[0] or OCTETS, octets)


@app.command()
def note(
    number: TicketNumber,
    text: Text = None,
    file: TextFile = None,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Add words that customers never see."""
    words = _words(text, file)
    change(config, number, agent, as_json, lambda deed: answer.note(deed.ticket, words, deed.by))


@app.command()
def assign(
    number: TicketNumber,
    assignee: Annotated[str, typer.Argument(metavar="AGENT", help="Who takes it; '' for nobody.")],
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Give a ticket to an agent."""
    change(
        config, number, agent, as_json, lambda deed: answer.assign(deed.ticket, assignee, deed.policy, deed.by, deed.at)
    )


@app.command()
def resolve(
    number: TicketNumber, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """Settle a ticket without another word; the customer is told."""
    change(config, number, agent, as_json, lambda deed: answer.resolve(deed.ticket, deed.by, deed.policy, deed.at))


@app.command()
def reopen(
    number: TicketNumber, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """Take up a ticket again."""
    change(config, number, agent, as_json, lambda deed: answer.reopen(deed.ticket, deed.by, deed.policy, deed.at))


@app.command()
def hold(
    number: TicketNumber,
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
        agent,
        as_json,
        lambda deed: answer.hold(deed.ticket, deed.by, until=deed.at + span if span else None),
    )


@app.command()
def close(
    number: TicketNumber, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False
) -> None:
    """Close a resolved ticket for good: what the customer writes from now on is a new one."""
    change(config, number, agent, as_json, lambda deed: answer.close(deed.ticket, deed.by))


app.command("list")(list_)
app.command()(attachment)
app.command()(cc)
app.command()(merge)
app.command()(split)
app.command("set")(set_)
app.command("type")(type_)
app.command()(consent)
app.command()(gate)
app.command()(task)
app.command()(register)
app.command()(recover)
app.command()(refuse)


@app.command()
def priority(
    number: TicketNumber,
    level: Annotated[Priority, typer.Argument(parser=one_of(Priority), metavar="LEVEL", help=f"{every(Priority)}.")],
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say how much a ticket matters."""
    change(config, number, "", as_json, lambda deed: _priority(deed.ticket, level))


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
            return file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{file}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    if sys.stdin.isatty():
        print("Write the text, then Ctrl-D on an empty line:", file=sys.stderr)
    return sys.stdin.read()
