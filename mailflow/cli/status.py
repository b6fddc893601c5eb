"""`mailflow status`: what needs a person and where to look, then what is under way."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mailflow.cli.finding import RENEW
from mailflow.cli.opening import daemon_room, now
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import age, print_json, say_page, short_moment, size
from mailflow.cli.underway import Found, alive, under_way, unheard
from mailflow.config import Limits
from mailflow.errors import Problem
from mailflow.logline import escape
from mailflow.store.database import Database
from mailflow.store.health.sole_use import is_running
from mailflow.store.shown import overview

FOR_A_PERSON: Mapping[tuple[str, str], str] = {
    ("journal", "held"): "mailflow journal list --held",
    ("journal", "failed"): "mailflow journal list --disposition failed",
    ("outbox", "refused"): "mailflow outbox list --state refused",
    ("outbox", "unknown"): "mailflow outbox list --state unknown",
    ("pages", "open"): "mailflow page list",
    ("pages", "given_up"): "mailflow page list --state given_up",
    ("pages", "withheld"): "mailflow page list --state withheld",
    ("details", "corrections"): "mailflow contact changes list",
}
"""What nobody else brings to an end, and the command that lists it."""

WAITING = "mailflow outbox list --state waiting"
TOO_LATE: Mapping[tuple[str, str], str] = {
    ("journal", "unfiled"): "mailflow journal list --disposition received",
    ("outbox", "unsent"): WAITING,
}
PATIENCE = timedelta(minutes=15)
"""What waits for longer, or a mailbox that was not looked through for longer, needs a person."""
NOT_RUNNING = "no daemon runs on this database — systemctl start mailflow; by hand: mailflow run, in a clone make run"


def status(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """What needs a person, and what is waiting."""
    with daemon_room(config) as (database, home):
        with database.connect() as connection:
            found = overview.status(connection, now())
        found |= {"node": home.node, "running": is_running(database, home.node), "disk": _disk(database, home.limits)}
    if as_json:
        print_json(found)
        return
    for line in (*(list(_for_a_person(found)) or ["nothing needs a person"]), "", *under_way(found)):
        say_page(line)


def _disk(database: Database, limits: Limits) -> Found | None:
    """Of the file; None where a server has its own. Asked here: on a full disk the daemon can write nothing of it."""
    if database.file is None:
        return None
    return {
        "folder": str(database.file.parent),
        "free": int(database.free_space()),
        "refused_below": limits.free_space,
        "ample": limits.ample_space,
    }


def _for_a_person(found: Found) -> Iterator[str]:
    if not found["running"]:
        yield NOT_RUNNING
    yield from _no_room(found)
    for (where, what), command in FOR_A_PERSON.items():
        if count := found[where][what]:
            yield _need(f"{what} {count}", command)
    if unread := found["unread"]:
        yield _need(f"unread {len(unread)}", _where(unread))
    if count := found["due"]["overdue"]:
        yield _need(f"overdue {count}", "mailflow ticket list --due")
    yield from _too_late(found)
    for daemon in alive(found):
        yield from _alarms(daemon)
    for daemon in unheard(found):
        yield _need(
            "unheard", f"{daemon['node']} runs, but has said nothing for {age(daemon['at'])}: see its log, doctor"
        )
    if count := found["silence"]:
        yield _need(f"silence {count}", "automatic mails not written in 24 hours, perhaps a loop: `silence` in the log")


def _no_room(found: Found) -> Iterator[str]:
    """With what it keeps waiting: who sends is told 452, what was taken in may not fit into a ticket any more."""
    disk, journal = found["disk"], found["journal"]
    if disk is None or disk["free"] >= disk["ample"]:
        return
    until = "" if disk["free"] < disk["refused_below"] else f"below {size(disk['refused_below'])} "
    waits = f", {journal['waiting']} to be filed for {age(journal['oldest_waiting'])}" if journal["waiting"] else ""
    free = f"{size(disk['free'])} free at {disk['folder']}"
    yield _need("disk", f"{free}, {until}mail is refused for the time being{waits}: make room")


def _where(unread: Sequence[Mapping[str, int]]) -> str:
    """The first of the mails whose words could not be read."""
    first = unread[0]
    return f"only its header could be read, of #{first['ticket']} first: mailflow journal show --raw {first['entry']}"


def _too_late(found: Found) -> Iterator[str]:
    """What waits for longer than it would if all were well; each has its own trouble, that `doctor` looks for."""
    for (where, what), command in TOO_LATE.items():
        if _is_old(oldest := found[where]["oldest_waiting"]):
            yield _need(f"{what} {found[where]['waiting']}", f"the oldest for {age(oldest)}: {command}")


def _alarms(daemon: Found) -> Iterator[str]:
    if daemon["outdated"]:
        since = short_moment(daemon["outdated"])
        yield _need("reload", f"since {since} {daemon['node']} works by the files of before, because of mistakes:")
        yield from (f"  {problem_of(each)}" for each in daemon["problems"])
    for each in daemon["missing"]:
        yield _need("missing", problem_of(each))
    if daemon["doubted"]:
        yield _need("clock", f"{escape(daemon['doubted'])} ({daemon['node']})")
    if daemon["slowed"]:
        since = short_moment(daemon["slowed"])
        yield _need("ceiling", f"automatic mail waits since {since}, perhaps a loop: {WAITING}")
    for each in daemon["certificates"]:
        if each["fault"]:
            yield _need("certificate", f"{each['file']} of {each['listen']} {escape(each['fault'])}: {RENEW}")
    for mailbox in daemon["imap"]:
        if _is_old(seen := mailbox["last_seen"] or daemon["started"]):
            why = f": {escape(mailbox['error'])}" if mailbox["error"] else ""
            yield _need("mailbox", f"{mailbox['name']} is not fetched for {age(seen)}{why}; mailflow doctor tries it")


def _is_old(at: str | None) -> bool:
    return at is not None and now() - datetime.fromisoformat(at) > PATIENCE


def _need(what: str, then: str) -> str:
    return f"{what:<14}— {then}"


def problem_of(written: Mapping[str, Any]) -> str:
    return escape(str(Problem(**written)))
