"""`mailflow ticket attachment`: a file that came with a message, or went along with an answer."""

from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.conversation import attachments_of
from mailflow.cli.opening import reading
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile, TicketNumber
from mailflow.cli.output import Shown, write_octets
from mailflow.errors import Refused
from mailflow.logline import escape
from mailflow.mail.mime.parts import part_at, parts_of
from mailflow.store import journal, outbox
from mailflow.store.database import Connection
from mailflow.store.shown import ticket_views


def attachment(
    number: TicketNumber,
    which: Annotated[str, typer.Argument(metavar="NAME|POSITION", help="As `ticket show` has it: fire.jpg, or 1.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it there, to a new file; else standard output.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Take an attachment out of the message that it came with, as it was sent."""
    with reading(config) as connection:
        ticket = ticket_views.ticket(connection, number)
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
