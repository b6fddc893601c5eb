"""`mailflow outbox`: every mail of ours, and how far it got."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.opening import now, reading, writing
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile, Limit, every, number_in, one_of
from mailflow.cli.output import cell, print_json, print_values, say, short_moment
from mailflow.cli.table import Column, print_list
from mailflow.errors import Refused
from mailflow.store import outbox
from mailflow.store.database import Connection
from mailflow.store.outbox import State
from mailflow.store.shown import mail_views

app = typer.Typer()


def _unless_taken(reply: str | None) -> str:
    """What is sent says so in its state; the words of a server are for what went wrong."""
    return "-" if reply and reply.startswith("250 ") else cell(reply)


COLUMNS = (
    Column(key="id", right=True),
    Column(key="kind"),
    Column(key="to", most=24, spare=1),
    Column(key="ticket", right=True, spare=3),
    Column(key="state"),
    Column(key="attempts", right=True, spare=5),
    Column(key="due", shown=short_moment, spare=4),
    Column(key="subject", text=True, spare=2),
    Column(key="last_reply", text=True, shown=_unless_taken),
)

Number = Annotated[int, typer.Argument(parser=number_in, metavar="NUMBER", help="The mail's number.")]
Numbers = Annotated[list[int], typer.Argument(parser=number_in, metavar="NUMBER...", help="The mails' numbers.")]


@app.command("list")
def list_(
    state: Annotated[
        list[State] | None,
        typer.Option("--state", parser=one_of(State), metavar="STATE", help=f"{every(State)}; may be repeated."),
    ] = None,
    ticket: Annotated[int | None, typer.Option("--ticket", help="Only what is about this ticket.")] = None,
    limit: Limit = 50,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List mail of ours with its state and the last reply of a server, the newest first."""
    with reading(config) as connection:
        rows = mail_views.outgoing(connection, state=state, ticket=ticket, limit=limit)
        print_list(rows, COLUMNS, as_json=as_json, nothing="no mail")


@app.command()
def show(
    number: Number,
    raw: Annotated[bool, typer.Option("--raw", help="The octets as they go out, and nothing else.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show one mail of ours."""
    with reading(config) as connection:
        outgoing = mail_views.outgoing_mail(connection, number)
        octets = outbox.octets_of(connection, number) if raw else None
    if outgoing is None:
        raise Refused(f"there is no outgoing mail {number}")
    if octets is not None:
        sys.stdout.flush()
        sys.stdout.buffer.write(octets)
    elif as_json:
        print_json(outgoing)
    else:
        print_values(outgoing)


@app.command()
def retry(numbers: Numbers, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Send again what was refused or cancelled, or may not have left (unknown); what waits is tried now."""
    _change_all(config, numbers, outbox.retry)
    say(f"{_mails(numbers)} will be sent")


@app.command()
def cancel(numbers: Numbers, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Keep waiting mail from being sent."""
    _change_all(config, numbers, lambda connection, number: outbox.cancel(connection, number, now()))
    say(f"{_mails(numbers)} will not be sent")


def _change_all(config: Path, numbers: list[int], change: Callable[[Connection, int], None]) -> None:
    """All of them or none, and who named several is told which."""
    with writing(config) as connection:
        for number in numbers:
            try:
                change(connection, number)
            except Refused as error:
                rest = "; nothing is changed, nor of the others" if len(numbers) > 1 else ""
                raise Refused(f"{error}{rest}") from None


def _mails(numbers: list[int]) -> str:
    return f"mail {', '.join(map(str, numbers))}"
