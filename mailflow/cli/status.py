"""`mailflow status`: what needs a person and where to look, then what is under way."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mailflow.cli.opening import daemon_room, now
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import age, print_json, say, short_moment
from mailflow.errors import Problem
from mailflow.maillog import escape
from mailflow.store import views
from mailflow.store.sole_use import is_running

FOR_A_PERSON: Mapping[tuple[str, str], str] = {
    ("journal", "held"): "mailflow journal list --held",
    ("journal", "failed"): "mailflow journal list --disposition failed",
    ("outbox", "refused"): "mailflow outbox list --state refused",
    ("outbox", "unknown"): "mailflow outbox list --state unknown",
    ("pages", "open"): "mailflow page list",
    ("pages", "given_up"): "mailflow page list --state given_up",
    ("pages", "withheld"): "mailflow page list --state withheld",
}
"""What nobody else brings to an end, and the command that lists it."""

LAST_BEAT = timedelta(minutes=5)
"""Nodes say every minute what keeps them: one that was silent for longer has ended, and its alarms with it."""
WAITING = "mailflow outbox list --state waiting"
NOT_RUNNING = "no daemon runs on this database — systemctl start mailflow; by hand: mailflow run, in a clone make run"


def status(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """What needs a person, and what is waiting."""
    with daemon_room(config) as (database, node):
        with database.connect() as connection:
            found = views.status(connection, now())
        found["running"] = is_running(database, node)
    if as_json:
        print_json(found)
        return
    for line in (*(list(_for_a_person(found)) or ["nothing needs a person"]), "", *_under_way(found)):
        say(line)


def _for_a_person(found: Mapping[str, Any]) -> Iterator[str]:
    if not found["running"]:
        yield NOT_RUNNING
    for (where, what), command in FOR_A_PERSON.items():
        if count := found[where][what]:
            yield f"{f'{what} {count}':<14}— {command}"
    if count := found["due"]["overdue"]:
        yield f"{f'overdue {count}':<14}— mailflow ticket list --due"
    for daemon in _alive(found):
        if daemon["outdated"]:
            since = short_moment(daemon["outdated"])
            yield f"{'reload':<14}— since {since} {daemon['node']} works by the files of before, because of mistakes:"
            yield from (f"  {problem_of(each)}" for each in daemon["problems"])
        if daemon["slowed"]:
            since = short_moment(daemon["slowed"])
            yield f"{'ceiling':<14}— automatic mail waits since {since}, perhaps a loop: {WAITING}"
    if count := found["silence"]:
        yield f"{f'silence {count}':<14}— automatic mails not written in 24 hours, perhaps a loop: `silence` in the log"


def problem_of(written: Mapping[str, Any]) -> str:
    return escape(str(Problem(**written)))


def _under_way(found: Mapping[str, Any]) -> Iterator[str]:
    journal, outbox, tickets, timers = (found[name] for name in ("journal", "outbox", "tickets", "timers"))
    yield _row("journal", f"{journal['waiting']} to be filed", _since(journal["oldest_waiting"]))
    yield _row("outbox", f"{outbox['waiting']} to be sent", _since(outbox["oldest_waiting"]), _sending(outbox))
    yield _row("tickets", *(f"{count} {name}" for name, count in tickets.items() if count))
    for each in found["incidents"]:
        since = f"since {short_moment(each['opened'])}"
        yield _row("incident", f"{each['name']}: {escape(each['title'])}", since, f"{each['waiting']} wait for its end")
    for each in found["disrupted"]:
        why = f": {each['why']}" if each["why"] else ""
        yield _row("region", escape(f"{each['region']} is disrupted since {short_moment(each['since'])}{why}"))
    overdue = f"{timers['overdue']} due now" if timers["overdue"] else ""
    for cursor in found["imap"]:
        yield _row("imap", f"{cursor['account']}: {cursor['folder']} is read as far as UID {cursor['last_uid']}")
    for daemon in _alive(found):
        yield from _edge(daemon)
    yield _row("timers", overdue, f"next at {short_moment(timers['next'])}" if timers["next"] else "")


def _alive(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    at = now()
    return [each for each in found["daemons"] if at - datetime.fromisoformat(each["at"]) <= LAST_BEAT]


def _edge(daemon: Mapping[str, Any]) -> Iterator[str]:
    """What its listeners turned away since it started."""
    since = f"since {short_moment(daemon['started'])}"
    for name, counted in (("refused", daemon["refused"]), ("limits", daemon["limits"])):
        if counted:
            often = sorted(counted.items(), key=lambda each: -each[1])
            yield _row(name, *(f"{count} {what}" for what, count in often), since)


def _row(name: str, *said: str) -> str:
    return f"{name:<14}{', '.join(filter(None, said)) or 'none'}"


def _since(oldest: str | None) -> str:
    return f"the oldest for {age(oldest)}" if oldest else ""


def _sending(outbox: Mapping[str, int]) -> str:
    return f"{outbox['sending']} on the way" if outbox["sending"] else ""
