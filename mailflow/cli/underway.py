"""The second half of `mailflow status`: what is under way, what the last day brought, and how each daemon is."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mailflow.cli.opening import now
from mailflow.cli.output import age, short_moment
from mailflow.logline import escape

Found = Mapping[str, Any]
LAST_BEAT = timedelta(minutes=5)
"""Nodes say every minute what keeps them: one that was silent for longer has ended, and its alarms with it."""
FRESH = timedelta(seconds=10)
"""What a daemon said longer ago is shown with its age: a mailbox may have come or gone since."""
LATE = 1.0
"""Seconds by which a loop was late that are worth a word."""
CAME = ("filed", "dropped", "held", "duplicate", "failed")
LEFT = ("sent", "refused", "unknown")


def under_way(found: Found) -> Iterator[str]:
    yield from _flow(found)
    yield from _clocks(found)
    daemons = alive(found)
    for daemon in daemons:
        yield from _daemon(daemon, found)
    yield from _folders(found["imap"], {each["name"] for daemon in daemons for each in daemon["imap"]})
    timers = found["timers"]
    overdue = f"{timers['overdue']} due now" if timers["overdue"] else ""
    yield row("timers", overdue, f"next at {short_moment(timers['next'])}" if timers["next"] else "")


def alive(found: Found) -> list[Found]:
    """The daemons that said something of late."""
    at = now()
    return [each for each in found["daemons"] if at - datetime.fromisoformat(each["at"]) <= LAST_BEAT]


def unheard(found: Found) -> list[Found]:
    """The daemon of this machine, if it runs and can write no more, as when PostgreSQL has no room left."""
    told = {each["node"] for each in alive(found)} | (set() if found["running"] else {found["node"]})
    return [each for each in found["daemons"] if each["node"] == found["node"] and each["node"] not in told]


def row(name: str, *said: str) -> str:
    return f"{name:<14}{', '.join(filter(None, said)) or 'none'}"


def _flow(found: Found) -> Iterator[str]:
    journal, outbox, day = (found[name] for name in ("journal", "outbox", "day"))
    yield row("journal", f"{journal['waiting']} to be filed", _since(journal["oldest_waiting"]))
    sending = f"{outbox['sending']} on the way" if outbox["sending"] else ""
    yield row("outbox", f"{outbox['waiting']} to be sent", _since(outbox["oldest_waiting"]), sending)
    came = f"{day['came']} came" if day["came"] else ""
    yield row("24 hours", came, *_counted(day["journal"], CAME), *_counted(day["outbox"], LEFT))
    yield row("tickets", *_counted(found["tickets"], tuple(found["tickets"])))


def _counted(counts: Mapping[str, int], names: tuple[str, ...]) -> Iterator[str]:
    return (f"{counts[name]} {name}" for name in names if counts.get(name))


def _clocks(found: Found) -> Iterator[str]:
    for each in found["incidents"]:
        since = f"since {short_moment(each['opened'])}"
        yield row("incident", f"{each['name']}: {escape(each['title'])}", since, f"{each['waiting']} wait for its end")
    for each in found["disrupted"]:
        why = f": {each['why']}" if each["why"] else ""
        yield row("region", escape(f"{each['region']} is disrupted since {short_moment(each['since'])}{why}"))


def _daemon(daemon: Found, found: Found) -> Iterator[str]:
    """How it is, its mailboxes, and what its listeners turned away since it started."""
    since = f"since {short_moment(daemon['started'])}"
    where = f"on {', '.join(daemon['listens'])}" if daemon["listens"] else ""
    late = f"late by {daemon['worst_lag']:.1f} s within a minute" if daemon["worst_lag"] > LATE else ""
    ended = daemon["node"] == found["node"] and not found["running"]
    runs = f"ended; last heard of at {short_moment(daemon['at'])}" if ended else f"runs {since}"
    heard = "" if ended or _is_fresh(daemon["at"]) else f"as of {age(daemon['at'])} ago"
    yield row(daemon["node"], runs, where, late, heard)
    for mailbox in daemon["imap"]:
        yield row(f"imap {mailbox['name']}", *_mailbox(mailbox))
    for name, counted in (("refused", daemon["refused"]), ("limits", daemon["limits"])):
        if counted:
            often = sorted(counted.items(), key=lambda each: -each[1])
            yield row(name, *(f"{count} {what}" for what, count in often), since)


def _is_fresh(at: str) -> bool:
    return now() - datetime.fromisoformat(at) < FRESH


def _mailbox(mailbox: Found) -> Iterator[str]:
    seen = f"looked through {age(mailbox['last_seen'])} ago" if mailbox["last_seen"] else "not looked through yet"
    yield seen
    if mailbox["left"]:
        yield f"{mailbox['left']} to be fetched"
    if not mailbox["connected"]:
        yield "not connected" + (f": {escape(mailbox['error'])}" if mailbox["error"] else "")


def _folders(cursors: list[Found], told: set[str]) -> Iterator[str]:
    """Of mailboxes that nobody fetches now."""
    for each in cursors:
        if each["account"] not in told:
            yield row(f"imap {each['account']}", f"{each['folder']} is read as far as UID {each['last_uid']}")


def _since(oldest: str | None) -> str:
    return f"the oldest for {age(oldest)}" if oldest else ""
