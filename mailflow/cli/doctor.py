"""`mailflow doctor`: why does mail not flow? Tries everything once, the way the daemon does, and says what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from mailflow import configfile, logline
from mailflow.cli import machineprobes, probes
from mailflow.cli.barred import each_of
from mailflow.cli.domainprobes import domains
from mailflow.cli.finding import Finding
from mailflow.cli.opening import now
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import print_json, say
from mailflow.cli.pagerprobes import pagers
from mailflow.cli.status import FOR_A_PERSON
from mailflow.concealed import concealed
from mailflow.config import Config
from mailflow.errors import MailflowError, Refused
from mailflow.logline import escape
from mailflow.standing import read_policy
from mailflow.store.database import Database
from mailflow.store.health.checkup import Checkup, checkup
from mailflow.store.shown import overview

SendTo = Annotated[str, typer.Option("--send-to", metavar="ADDRESS", help="Send one mail there by the smarthost.")]


def doctor(config: ConfigFile = DEFAULT_CONFIG, send_to: SendTo = "", as_json: AsJson = False) -> None:
    """Look for reasons why mail does not flow, and say what to do. Sends nothing without --send-to."""
    logline.configure("error")
    ill = 0
    for told in _findings(config, send_to):
        finding = replace(told, found=concealed(told.found))
        ill += not finding.is_well
        if as_json:
            advice = finding.advice or None
            print_json({"about": finding.about, "well": finding.is_well, "found": finding.found, "advice": advice})
        else:
            say(f"{'ok  ' if finding.is_well else 'ILL '} {finding.about}: {escape(finding.found)}")
            if finding.advice:
                say(f"     -> {finding.advice}")
    if ill:
        raise Refused(f"{ill} of these need{'s' if ill == 1 else ''} a person")


def _findings(file: Path, send_to: str) -> Iterator[Finding]:
    read = configfile.read(file)  # nothing can be tried without it: its problems are the answer
    yield from (Finding("configuration", str(each)) for each in read.warnings)
    config, at = read.config, file.absolute()
    ours = (config.state, *(each for each in (config.filters, *config.templates) if each.is_relative_to(at.parent)))
    yield from each_of("filters and templates", lambda: [_policy(config, at.parent)], ours)
    yield from each_of("files", lambda: machineprobes.files(config, at), ours)
    yield from each_of("disk", lambda: [machineprobes.room(config)], ours)
    yield from each_of("database", lambda: _database(config), ours)
    yield from each_of("network", lambda: probes.network(config, send_to), ours)
    yield from each_of("dns", lambda: domains(config), ours)
    yield from each_of("on_call", lambda: pagers(config), ours)
    if config.monitor.address:
        yield machineprobes.health(config.monitor.address)
    yield machineprobes.unit()


def _policy(config: Config, folder: Path) -> Finding:
    try:
        read_policy(config, folder)
    except MailflowError as error:
        return Finding("filters and templates", str(error), "mailflow check names every mistake")
    return Finding("configuration", "no mistakes")


def _database(config: Config) -> Iterator[Finding]:
    database = Database(config.database.url)
    try:
        differences = database.check()
        yield Finding("database", "; ".join(differences) or "as expected", "mailflow db upgrade" if differences else "")
        if not differences:
            found = checkup(database, now())
            yield _fitness(database, found)
            yield machineprobes.clock(found)
            with database.connect() as connection:
                yield from backlog(overview.status(connection, now()), now())
    except MailflowError as error:
        yield Finding("database", str(error), "is the server running, is the file there? else: mailflow db upgrade")
    finally:
        database.close()


def _fitness(database: Database, found: Checkup) -> Finding:
    about = f"{database.dialect} {found.version}"
    if found.faults:
        return Finding(about, f"is damaged: {'; '.join(found.faults)}", "stop mailflow, restore a backup")
    read = ", read through without a fault" if found.faults is not None else ", not read through"
    return Finding(about, f"may be written, and what is committed survives a power cut{read}")


ADVICE: Mapping[str, str] = {
    "failed": "after an upgrade: mailflow journal retry N",
    "refused": "what the server said is in last_reply",
    "given_up": "nobody came: look at its ticket, then mailflow page take N",
    "withheld": "nobody was paged: does a rule fit too much? look at its ticket, then mailflow page take N",
    "unknown": "it may or may not have left: retry N sends it (again)",
}
"""Of what only a person can bring to an end. Held mail is no illness: whoever reads it may leave it there."""

PATIENCE = timedelta(minutes=15)


def backlog(status: Mapping[str, Any], at: datetime) -> Iterator[Finding]:
    """What waits for a person, or waits too long."""
    for (where, what), command in FOR_A_PERSON.items():
        count = status[where][what]
        ill = count and what in ADVICE
        found = f"{count} — {command}" if count and not ill else str(count)
        yield Finding(f"{where} {what}", found, f"{command}; {ADVICE[what]}" if ill else "")
    for where in ("journal", "outbox"):
        oldest = status[where]["oldest_waiting"]
        waits = at - datetime.fromisoformat(oldest) if oldest else timedelta(0)
        advice = "is the daemon running? its log says why it waits" if waits > PATIENCE else ""
        since = f", the oldest for {_whole(waits)}" if oldest else ""
        yield Finding(f"{where} waiting", f"{status[where]['waiting']}{since}", advice)


def _whole(time: timedelta) -> timedelta:
    return timedelta(seconds=int(time.total_seconds()))
