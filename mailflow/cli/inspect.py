"""`mailflow inspect`: what a message says, as mailflow understands it. No database; `--config` is taken as by every
command, and the file not read.

One object or page a message, in order, however bad the message is: what kills the parsing child in three attempts,
each with less effort, is shown with its error.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape as escape_markup

from mailflow.cli.mailfiles import MailFile, files, mails_in
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.cli.output import paragraph, print_json
from mailflow.edge.parser import Parser
from mailflow.edge.parser_child import Allowance
from mailflow.errors import ParserDied
from mailflow.logline import escape
from mailflow.mail.inspection import as_json, unread
from mailflow.mail.message import Message

ATTEMPTS = (2, 3)  # after the first
BATCH = 8  # messages a round trip: answers are shown soon, and the pipe costs little
BATCH_OCTETS = 4 << 20

Inspected = tuple[MailFile, dict[str, Any]]


def inspect(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Message files, mboxes, or directories of them.", exists=True, metavar="PATH..."),
    ],
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each message.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Show what messages say: sender, text, new words, attachments, and whether a machine wrote them."""
    raise typer.Exit(asyncio.run(_inspect(paths, json)))


async def _inspect(paths: Sequence[Path], json: bool) -> int:
    unreadable: list[str] = []
    console = Console(highlight=False, soft_wrap=True, emoji=False)
    parser = Parser(Allowance(contents=True))
    try:
        async for mail, seen in _inspected(parser, _readable(paths, unreadable)):
            if json:
                print_json({"file": str(mail.path), "index": mail.index, **seen})
                sys.stdout.flush()  # the next message may take its ten seconds
            else:
                console.print(_page(mail, seen))
    finally:
        await parser.close()
    for why in unreadable:
        print(escape(why), file=sys.stderr)
    return 1 if unreadable else 0


def _readable(paths: Sequence[Path], unreadable: list[str]) -> Iterator[MailFile]:
    """A file that cannot be read does not keep the others from being read."""
    for path in files(paths):
        try:
            yield from mails_in(path)
        except OSError as error:
            unreadable.append(f"{path}: {error.strerror}")


async def _inspected(parser: Parser, mails: Iterator[MailFile]) -> AsyncIterator[Inspected]:
    for batch in _batches(mails):
        answers = await parser.parse_many([(mail.octets, 1) for mail in batch])
        for mail, answer in zip(batch, answers, strict=True):
            yield mail, await _seen(parser, mail, answer)


async def _seen(parser: Parser, mail: MailFile, answer: Message | ParserDied) -> dict[str, Any]:
    died: ParserDied | None = None
    for attempt in ATTEMPTS:
        if isinstance(answer, Message):
            break
        died = answer
        (answer,) = await parser.parse_many([(mail.octets, attempt)])
    if isinstance(answer, ParserDied):
        return unread(f"not readable: {answer}")
    seen = as_json(answer)
    if died:
        seen["defects"].append(f"read with less effort: {died}")
    return seen


def _batches(mails: Iterator[MailFile]) -> Iterator[list[MailFile]]:
    """At most BATCH messages; a large one travels alone, so that an archive does not stand in memory."""
    batch: list[MailFile] = []
    for mail in mails:
        if batch and sum(len(one.octets) for one in batch) + len(mail.octets) > BATCH_OCTETS:
            yield batch
            batch = []
        batch.append(mail)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _page(mail: MailFile, seen: dict[str, Any]) -> str:
    """For people: the header as a table, then the new words."""
    rows = [*_rows(seen)]
    head = f"[bold]{_harmless(str(mail.path))}[/bold]" + (f" [dim]message {mail.index}[/dim]" if mail.index else "")
    lines = [head, *(f"[cyan]{name:<12}[/cyan] {_harmless(value)}" for name, value in rows if value)]
    words = paragraph(seen["reply"]).splitlines()
    return "\n".join([*lines, "", *(escape_markup(f"    {line}") for line in words), ""])


def _harmless(text: str) -> str:
    """For a terminal, and for rich, to which brackets are orders."""
    return escape_markup(escape(text))


def _rows(seen: dict[str, Any]) -> Iterator[tuple[str, str]]:
    automatic = seen["automatic"]
    yield "error", seen["error"] or ""
    yield "from", _person(seen["from"]) if seen["from"] else ""
    for name in ("to", "cc", "reply_to"):
        yield name.replace("_", "-"), ", ".join(_person(one) for one in islice(seen[name], 10))
    yield "subject", seen["subject"]
    yield "date", seen["date"] or ""
    yield "message-id", seen["message_id"]
    yield "answers", ", ".join(seen["in_reply_to"])
    yield "language", seen["language"]
    yield "automatic", f"{automatic['kind']}: {automatic['why']}" if automatic["is"] else ""
    for recipient in (seen["report"] or {"recipients": []})["recipients"]:
        yield "report", f"{recipient['address']} {recipient['action']} {recipient['status']} {recipient['diagnostic']}"
    for one in seen["attachments"]:
        yield "attachment", f"{one['filename']} ({one['content_type']}, {one['size']} octets)"
    yield "defects", "; ".join(seen["defects"])


def _person(address: dict[str, str]) -> str:
    return f"{address['name']} <{address['address']}>" if address["name"] else address["address"]
