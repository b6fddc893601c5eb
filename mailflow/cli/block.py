"""`mailflow block`: whose mail is neither received nor processed (filters/blocked-domains.txt)."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from shlex import quote
from typing import Annotated, Any

import typer

from mailflow import configfile, listfile
from mailflow.cli.opening import now
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, named
from mailflow.cli.output import say
from mailflow.cli.table import Column, print_list
from mailflow.config import Config, duration
from mailflow.desk.lists.blocking import danger_of
from mailflow.desk.lists.listed import Entry, key_of
from mailflow.errors import Refused, Trouble
from mailflow.logline import escape
from mailflow.rulefiles import list_in
from mailflow.standing import blocked_file
from mailflow.store.database import Database
from mailflow.store.entries import held
from mailflow.store.health.sole_use import is_running

app = typer.Typer()

NOT_RUNNING = "no daemon runs on this database; the next one that starts takes it up"
DAY = timedelta(days=1)
COLUMNS = (
    Column(key="entry"),
    Column(key="expires"),
    Column(key="expired"),
    Column(key="line", right=True, spare=1),
    Column(key="why", text=True),
)

Value = Annotated[str, typer.Argument(metavar="DOMAIN|ADDRESS|NETWORK", help="spam.example, a@b.example, 192.0.2.0/24")]
For = Annotated[str | None, typer.Option("--for", metavar="DURATION", help="How long it counts: 30d, 4w.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason; explain and the journal tell it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Also what keeps many away: a public suffix, ourselves, a customer.")]


@app.command()
def add(
    value: Value,
    for_: For = None,
    why: Why = "",
    yes: Yes = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Take no more mail of a domain (with its subdomains), an address or a network."""
    at = now()
    note = f"{named(agent)} {at.astimezone().date()}"
    for line in block(configfile.load(config), value, at, last=_last_day(for_, at), why=why, note=note, yes=yes):
        say(escape(line))


def block(
    config: Config,
    value: str,
    at: datetime,
    *,
    last: date | None = None,
    why: str = "",
    note: str = "",
    yes: bool = False,
) -> Iterator[str]:
    """Add an entry, and say what was done and how it is undone. Refused when it is dangerous and not `yes`."""
    value = value.strip()
    if not yes and (danger := _danger_of(value, config)):
        raise Refused(f"{danger}; if you mean it: --yes")
    added = listfile.add(blocked_file(config), value, at, expires=last, why=why, note=note)
    if isinstance(added, listfile.Listed):
        raise Refused(f"{value} is listed already, nothing is changed: {added.entry.place}: {added.entry.written}")
    yield f"{_told(added.entry)} is blocked: {added.entry.place}"
    if added.instead_of:
        yield f"it stands instead of: {added.instead_of.written}"
    yield taken_up(config)
    yield f"to undo it: mailflow block remove {quote(value)}"


@app.command()
def remove(value: Value, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Take mail again; the entry is named as `mailflow block list` shows it."""
    settings, value = configfile.load(config), value.strip()
    file = blocked_file(settings)
    gone = listfile.remove(file, value)
    left = list_in(file).find(value, now())
    if not gone:
        hint = f"; what blocks it: {left.place}: {left.written}" if left else "; see: mailflow block list"
        raise Refused(f"there is no entry {value} in {file}{hint}")
    say(escape(f"{_told(gone[0])} is no entry any more: {', '.join(entry.place for entry in gone)}"))
    if left:
        say(escape(f"{value} is still blocked by {left.written}: {left.place}"))
    say(taken_up(settings))
    yes = " --yes" if _danger_of(gone[0].value, settings) else ""
    say(escape(f"to undo it: {_command(gone[0])}{yes}"))


@app.command("list")
def list_(
    expired: Annotated[bool, typer.Option("--expired", help="Only what no longer counts.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Whose mail is blocked, until when and why."""
    at = now()
    listed = list_in(blocked_file(configfile.load(config)))
    rows = (_row(entry, at) for entry in listed.entries() if not (expired and entry.counts(at)))
    print_list(rows, COLUMNS, as_json=as_json, nothing="nothing has expired" if expired else "nobody is blocked")


def _danger_of(value: str, config: Config) -> str:
    """What else an entry would keep away, in words; where no database can tell who is registered, nobody is."""
    return danger_of(value, config) or _customers(value, config)


def _customers(value: str, config: Config) -> str:
    key, wrong = key_of(value)
    database = Database(config.database.url)
    try:
        if wrong or "/" in key or not database.was_made:
            return ""
        with database.connect() as connection:
            return f"{value} is of a registered contact" if held.is_registered(connection, key) else ""
    except Trouble:
        return ""
    finally:
        database.close()


def _row(entry: Entry, at: datetime) -> dict[str, Any]:
    return {
        "entry": entry.value,
        "expires": entry.expires.isoformat() if entry.expires else None,
        "expired": not entry.counts(at),
        "why": entry.why or None,
        "file": entry.file,
        "line": entry.line,
    }


def _last_day(for_: str | None, at: datetime) -> date | None:
    if for_ is None:
        return None
    try:
        wanted = duration(for_)
        last = at.astimezone(UTC).date() + timedelta(days=math.ceil(wanted / DAY))
    except ValueError as error:
        raise Refused(str(error)) from None
    except OverflowError:
        raise Refused(f"{for_} is too long; leave --for out") from None
    if wanted < DAY:
        raise Refused(f"{for_} is too short: an entry counts for whole days, write --for 1d")
    return last


def _told(entry: Entry) -> str:
    return f"{entry.value} (through {entry.expires})" if entry.expires else entry.value


def _command(entry: Entry) -> str:
    """Which writes the entry again."""
    days = f" --for {max(1, (entry.expires - now().astimezone(UTC).date()).days)}d" if entry.expires else ""
    return f"mailflow block add {quote(entry.value)}{days}" + (f" --why {quote(entry.why)}" if entry.why else "")


def taken_up(config: Config) -> str:
    """When it counts, as far as it can be told from here."""
    database = Database(config.database.url)
    try:
        running = is_running(database, config.node)
    except Trouble:
        return (
            "a running daemon takes it up within seconds; the database does not answer, so whether one runs is unknown"
        )
    finally:
        database.close()
    return "the daemon takes it up within seconds; its log says `reloaded`" if running else NOT_RUNNING
