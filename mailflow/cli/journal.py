"""`mailflow journal`: every message ever accepted, and what became of it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mailflow import listfile
from mailflow.cli.block import taken_up
from mailflow.cli.opening import now, office, reading, writing
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, Limit, every, named, number_in, one_of
from mailflow.cli.output import age, print_json, print_values, say, short_moment
from mailflow.cli.table import Column, print_list
from mailflow.config import Config
from mailflow.desk.decision import Disposition
from mailflow.desk.digests.commands import Command, Verb
from mailflow.desk.lists.sender_block import blocked_value, why_not_blocked
from mailflow.errors import Refused
from mailflow.logline import escape
from mailflow.mail.compose import one_line
from mailflow.mail.identity.evidence import Evidence, in_words
from mailflow.standing import blocked_file
from mailflow.store import journal
from mailflow.store.database import Connection
from mailflow.store.entries import held
from mailflow.store.shown import mail_views

app = typer.Typer()

_ENTRY = Column(key="id", right=True)
_FROM = Column(key="from", most=22, spare=1)
_SUBJECT, _WHY = Column(key="subject", text=True), Column(key="reason", title="why", text=True, spare=4)

COLUMNS = (
    _ENTRY,
    Column(key="received", shown=short_moment),
    Column(key="source", spare=5),
    _FROM,
    Column(key="disposition", title="became"),
    Column(key="ticket", right=True, spare=3),
    _SUBJECT,
    _WHY,
)
OF_ONE_DISPOSITION = (
    _ENTRY,
    Column(key="received", title="age", shown=age, right=True),
    Column(key="source", spare=5),
    _FROM,
    Column(key="ticket", right=True),
    _SUBJECT,
    replace(_WHY, spare=0),
)
"""For whoever works through what is held or failed: all rows have become the same, and why is the question."""

SESSIONS: Mapping[str, str] = {"smtp": "SMTP", "submission": "SMTP", "lmtp": "LMTP"}
"""What spoke to us, by what stands before the colon of the source."""

Number = Annotated[int, typer.Argument(parser=number_in, metavar="NUMBER", help="The entry's number.")]
Numbers = Annotated[list[int], typer.Argument(parser=number_in, metavar="NUMBER...", help="The entries' numbers.")]

Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept with it.")]
Held = Annotated[bool, typer.Option("--held", help="Only what is held: who, why, and for how long.")]


@app.command("list")
def list_(
    disposition: Annotated[
        list[Disposition] | None,
        typer.Option(
            "--disposition",
            "-d",
            parser=one_of(Disposition),
            metavar="DISPOSITION",
            help=f"Only these: {every(Disposition)}; may be repeated.",
        ),
    ] = None,
    ticket: Annotated[int | None, typer.Option("--ticket", help="Only what is in this ticket.")] = None,
    held: Held = False,
    limit: Limit = 50,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List messages with their disposition and its reason, the newest first."""
    if held and set(disposition or ()) - {Disposition.HELD}:
        raise Refused("--held is --disposition held; ask for one or the other")
    if held:
        disposition = [Disposition.HELD]
    with reading(config) as connection:
        rows = mail_views.entries(connection, disposition=disposition, ticket=ticket, limit=limit)
        columns = OF_ONE_DISPOSITION if len(disposition or ()) == 1 else COLUMNS
        if columns is OF_ONE_DISPOSITION and not as_json:
            rows = [{**row, "reason": _beside_its_author(row["from"], row["reason"])} for row in rows]
        print_list(rows, columns, as_json=as_json, nothing="no messages")


@app.command()
def show(
    number: Number,
    raw: Annotated[bool, typer.Option("--raw", help="The octets as they came, and nothing else.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show one message: its envelope and what became of it."""
    with reading(config) as connection:
        entry = mail_views.entry(connection, number)
        octets = journal.octets_of(connection, number) if raw else None
    if entry is None:
        raise Refused(f"there is no entry {number}")
    if raw:
        if octets is None:
            raise Refused(f"the octets of entry {number} are not kept any more")
        sys.stdout.flush()
        sys.stdout.buffer.write(octets)
    elif as_json:
        print_json(entry)
    else:
        evidence = entry["evidence"]
        told = evidence and "\n".join(in_words(Evidence.of_json(evidence)))
        print_values({"id": entry["id"], "came": _came(entry), **entry, "evidence": told})


@app.command()
def retry(numbers: Numbers, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """File failed or dropped messages again, after what was in their way has changed."""
    with writing(config) as connection:
        for number in numbers:
            journal.retry(connection, number)
    say(f"{_entries(numbers)} will be filed again")


@app.command()
def release(numbers: Numbers, agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Let held messages through: the hold does not apply to them again."""
    with writing(config) as connection:
        for number in numbers:
            journal.release(connection, number, named(agent))
    say(f"{_entries(numbers)} will be filed")


@app.command()
def reject(numbers: Numbers, why: Why = "", agent: Agent = "", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Drop held or failed messages for good; nobody is told, and what came is kept."""
    with writing(config) as connection:
        for number in numbers:
            held.reject(connection, number, named(agent), one_line(why), now())
    say(f"{_entries(numbers)} rejected, for good")


def _beside_its_author(author: str, reason: str) -> str:
    """A column is short, and who wrote stands in another: `not registered: …`."""
    subject = f"{author} is "
    return reason[len(subject) :] if reason.casefold().startswith(subject.casefold()) else reason


def _came(entry: Mapping[str, Any]) -> str:
    """How, in a sentence: `by SMTP over TLS 1.3 (TLS_AES_256_GCM_SHA384) from 192.0.2.7, authenticated as noc`."""
    source: str = entry["source"]
    kind, _, name = source.partition(":")
    if kind not in SESSIONS:
        return {"imap": f"fetched from the mailbox {name}", "inject": "by mailflow inject"}.get(kind, source)
    peer = "a local socket" if entry["peer"] == "unix" else entry["peer"] or "a peer that was gone"
    login = f", authenticated as {name}" if name else ", not authenticated"
    return f"by {SESSIONS[kind]} {_protected(entry, logged_in=bool(name))} from {peer}{login}"


def _protected(entry: Mapping[str, Any], *, logged_in: bool) -> str:
    """Nobody logs in in clear: of an entry without a version none was recorded."""
    if entry["tls"]:
        return f"over {entry['tls'].replace('v', ' ')} ({entry['cipher']})"
    return "over TLS of an unknown version" if logged_in else "in clear"


@app.command()
def block(
    numbers: Numbers,
    domain: Annotated[
        bool, typer.Option("--domain", help="All of the sender's domain, not the address alone.")
    ] = False,
    why: Why = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Drop held messages for good, and take no more mail of their senders."""
    by, why, at = named(agent), one_line(why), now()
    with office(config) as here:
        file = blocked_file(here.config, here.folder)
        with here.database.begin() as connection:
            values = _to_be_blocked(connection, numbers, domain, here.config)
            for number in numbers:
                held.reject(connection, number, by, why, at)
            wishes = [listfile.Wish(value, why=why, note=f"{by} {at:%Y-%m-%d}") for value in values]
            told = list(_blocked(file, wishes, at))
    say(f"{_entries(numbers)} rejected, for good")
    for line in told:
        say(escape(line))
    say(taken_up(here.config))


def _to_be_blocked(connection: Connection, numbers: list[int], domain: bool, config: Config) -> list[str]:
    """Each sender once. Refused when one of them should not be."""
    commands = [Command(Verb.BLOCK, number, domain=domain) for number in numbers]
    found = held.named_entries(connection, commands)
    values: dict[str, None] = {}
    for number in numbers:
        entry = found.get(number)
        if entry is None:
            raise Refused(f"there is no entry {number}")
        value = blocked_value(entry.author, domain=domain)
        of_a_contact = entry.account if domain else entry.contact
        if refused := why_not_blocked(value, config, of_a_contact=of_a_contact):
            raise Refused(f"entry {number} is not blocked: {refused}")
        values[value] = None
    return list(values)


def _blocked(file: Path, wishes: Sequence[listfile.Wish], at: datetime) -> Iterator[str]:
    """The daemon's transactions wait for ours: not for long."""
    for wish, outcome in zip(wishes, listfile.add_all(file, wishes, at, patience=listfile.A_MOMENT), strict=True):
        match outcome:
            case Refused():
                raise outcome
            case listfile.Listed(entry):
                yield f"{wish.value} was blocked before: {entry.place}"
            case listfile.Added(entry):
                yield f"{wish.value} is blocked: {entry.place}; to undo it: mailflow block remove {wish.value}"


def _entries(numbers: list[int]) -> str:
    return f"entr{'y' if len(numbers) == 1 else 'ies'} {', '.join(map(str, numbers))}"
