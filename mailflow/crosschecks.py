"""What no single key of config.toml can know: names that must exist, names that must differ, pairs that go together.

Works on the plain table as `tomllib` gave it, so that these mistakes are shown together with those of single keys. A
value of the wrong type is somebody else's problem and is passed over here.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from mailflow.config.escalation import ASSIGNEE, TEAM
from mailflow.tomllines import Path
from mailflow.tomlshape import Finding

_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ZERO = re.compile("0+[smhdwKMG]")
_LOCAL = ("localhost", "127.", "::1", "[::1]")
PROMISES = {"first_response", "next_response", "resolution"}
_COUNTED_BY = {"response": ("first_response", "next_response"), "resolution": ("resolution",)}
EVERYBODY = ("0.0.0.0/0", "::/0")
MAY_BE_NOTHING = ("banner_delay", "free_space")

Table = Mapping[str, Any]


def check(table: Table) -> tuple[list[Finding], list[Finding]]:
    """What makes the configuration unusable, and what is probably not meant."""
    errors = [
        *_names(table),
        *_ways_out(table),
        *_agents(table),
        *_logins(table),
        *_imap(table),
        *_channels(table),
        *_calendars(table),
        *_due(table),
        *_paging(table),
        *_levels(table),
        *_database(table),
        *_nothing(table),
        *_text(table),
    ]
    return errors, [*_doubtful_identity(table), *_doubtful_doors(table), *_doubtful_readers(table)]


# Errors


def _names(table: Table) -> Iterator[Finding]:
    """Departments and mailboxes: each once, and those that are named exist."""
    yield from _twice(table, "department", "name")
    yield from _twice(table, "mailbox", "address")
    yield from _twice(table, "imap", "name")
    yield from _twice(table, "listen", "address")
    departments = [_word(each, "name") for _, each in _each(table, "department")]
    for path, mailbox in _each(table, "mailbox"):
        name = _word(mailbox, "department")
        if name and name not in departments:
            yield Finding((*path, "department"), f"there is no [[department]] named '{name}'{_near(name, departments)}")
    addresses = _addresses(table)
    for path, imap in _each(table, "imap"):
        address = _word(imap, "mailbox").lower()
        if address and address not in addresses:
            yield Finding((*path, "mailbox"), f"there is no [[mailbox]] {address}{_near(address, addresses)}")


def _ways_out(table: Table) -> Iterator[Finding]:
    """Escalation and smarthost."""
    ours = _addresses(table)
    for path, department in _each(table, "department"):
        to = department.get("escalate_to", [])
        if department.get("escalate_after", "never") != "never" and to == []:
            yield Finding((*path, "escalate_after"), "nobody is told: set escalate_to as well")
        for position, address in enumerate(to if isinstance(to, list) else []):
            if str(address).strip().lower() in ours:
                why = f"{address} is a [[mailbox]] of ours: its escalations would come back as tickets"
                yield Finding((*path, "escalate_to", position), why)
        yield from _of_a_digest((*path, "digest_to"), department.get("digest_to", []), ours)
    smarthost = table.get("smarthost")
    if isinstance(smarthost, dict) and bool(smarthost.get("user")) != bool(smarthost.get("password_file")):
        given = "user" if smarthost.get("user") else "password_file"
        yield Finding(("smarthost", given), "set both user and password_file, or neither")


def _of_a_digest(path: Path, to: object, ours: Collection[str]) -> Iterator[Finding]:
    for position, address in enumerate(to if isinstance(to, list) else []):
        if str(address).strip().lower() in ours:
            yield Finding((*path, position), f"{address} is a [[mailbox]] of ours: an agent's own address is wanted")


def _agents(table: Table) -> Iterator[Finding]:
    """Each once, each address one agent's and none of ours, in departments that there are."""
    yield from _twice(table, "agent", "name")
    ours, taken = _addresses(table), dict[str, str]()
    departments = [_word(each, "name") for _, each in _each(table, "department")]
    for path, agent in _each(table, "agent"):
        name = _word(agent, "name")
        for position, written in _words(agent, "addresses"):
            address = written.lower()
            if address in ours:
                why = f"{written} is a [[mailbox]] of ours: an agent's own address is wanted"
                yield Finding((*path, "addresses", position), why)
            elif taken.setdefault(address, name) != name:
                yield Finding((*path, "addresses", position), f"{written} is the agent {taken[address]}'s already")
        for position, department in _words(agent, "departments"):
            if department not in departments:
                why = f"there is no [[department]] named '{department}'{_near(department, departments)}"
                yield Finding((*path, "departments", position), why)


def _logins(table: Table) -> Iterator[Finding]:
    trust = table.get("trust")
    known = isinstance(trust, dict) and trust.get("users_file")
    for path, listen in _each(table, "listen"):
        if listen.get("login", "never") != "never" and not known:
            yield Finding((*path, "login"), "nobody can log in: set users_file in [trust]")


def _imap(table: Table) -> Iterator[Finding]:
    fetched: dict[tuple[str, str, str], int] = {}
    for position, (path, imap) in enumerate(_each(table, "imap")):
        folder = _word(imap, "folder") or "INBOX"
        if imap.get("when_done") == "move" and folder == imap.get("done_folder", "mailflow-done"):
            yield Finding((*path, "done_folder"), f"is the folder that is fetched, '{folder}'")
        if "done_folder" in imap and imap.get("when_done", "flag") == "flag":
            yield Finding((*path, "done_folder"), 'has a meaning only with when_done = "move"')
        where = (_word(imap, "host").lower(), _word(imap, "user"), folder)
        if fetched.setdefault(where, position) != position:
            yield Finding(path, f"fetches the same folder as [[imap]] number {fetched[where] + 1}")


def _channels(table: Table) -> Iterator[Finding]:
    """Ways in and contracts: each once, and there is such a way in."""
    yield from _twice(table, "channel", "source")
    yield from _twice(table, "contract", "name")
    names = [_word(imap, "name") for _, imap in _each(table, "imap")]
    trust = table.get("trust")
    can_log_in = isinstance(trust, dict) and trust.get("users_file")
    for path, channel in _each(table, "channel"):
        family, _, name = _word(channel, "source").partition(":")
        if family == "imap" and name and name not in names:
            yield Finding((*path, "source"), f"there is no [[imap]] named '{name}'{_near(name, names)}")
        if family == "submission" and not can_log_in:
            yield Finding((*path, "source"), "nobody can log in: set users_file in [trust]")


def _calendars(table: Table) -> Iterator[Finding]:
    """Each once, and those that are named exist."""
    yield from _twice(table, "calendar", "name")
    yield from _twice(table, "region", "name")
    calendars = [_word(each, "name") for _, each in _each(table, "calendar")]
    for path, each in (*_each(table, "department"), *_each(table, "contract"), *_each(table, "region")):
        name = _word(each, "calendar")
        if name and name not in calendars:
            yield Finding((*path, "calendar"), f"there is no [[calendar]] named '{name}'{_near(name, calendars)}")


def _due(table: Table) -> Iterator[Finding]:
    """Departments and contracts that are named exist, and something is due."""
    departments, contracts = (
        [_word(each, "name") for _, each in _each(table, of)] for of in ("department", "contract")
    )
    plain = {" ".join(name.casefold().split()) for name in contracts}
    for path, due in _each(table, "due"):
        department, contract = _word(due, "department"), _word(due, "contract")
        if department and department not in departments:
            why = f"there is no [[department]] named '{department}'{_near(department, departments)}"
            yield Finding((*path, "department"), why)
        if contract and " ".join(contract.casefold().split()) not in plain:
            yield Finding(
                (*path, "contract"), f"there is no [[contract]] named '{contract}'{_near(contract, contracts)}"
            )
        if not PROMISES & due.keys():
            yield Finding(path, "says nothing: set first_response, next_response or resolution")


def _paging(table: Table) -> Iterator[Finding]:
    """Each name once, and no page to ourselves."""
    yield from _twice(table, "on_call", "name")
    ours = _addresses(table)
    for path, on_call in _each(table, "on_call"):
        for place, step in _each(on_call, "step"):
            to = step.get("mail", [])
            for position, address in enumerate(to if isinstance(to, list) else []):
                if str(address).strip().lower() in ours:
                    why = f"{address} is a [[mailbox]] of ours: its pages would come back as tickets"
                    yield Finding((*path, *place, "mail", position), why)


def _levels(table: Table) -> Iterator[Finding]:
    """Whom they name there is, and they have a time to count by."""
    for path, department in _each(table, "department"):
        levels = [((*path, *place), level) for place, level in _each(department, "escalation")]
        name = _word(department, "name")
        for place, level in levels:
            yield from _of_a_level(place, level, name, table)
        for of, promises in _COUNTED_BY.items():
            if any(level.get("of", "response") == of for _, level in levels) and not _promises(table, name, promises):
                why = f"there is no [[due]] with {' or '.join(promises)} for it: nothing to count by"
                yield Finding((*path, "escalation"), why)


def _of_a_level(path: Path, level: Table, department: str, table: Table) -> Iterator[Finding]:
    for key, section in (("assign", "agent"), ("page", "on_call")):
        name, known = _word(level, key), [_word(each, "name") for _, each in _each(table, section)]
        if name and name not in known and (known or key == "page"):
            yield Finding((*path, key), f"there is no [[{section}]] named '{name}'{_near(name, known)}")
    for position, written in _words(level, "tell"):
        if written in (ASSIGNEE, TEAM) and not _works_for(department, table):
            who = f"of the department '{department}'" if _each(table, "agent") else ""
            yield Finding((*path, "tell", position), f"'{written}' is nobody: there is no [[agent]] {who}".rstrip())
        if written.lower() in _addresses(table):
            why = f"{written} is a [[mailbox]] of ours: its escalations would come back as tickets"
            yield Finding((*path, "tell", position), why)


def _works_for(department: str, table: Table) -> bool:
    """Does any agent? Who names no departments works for all."""
    named = (agent.get("departments") for _, agent in _each(table, "agent"))
    return any(not each or (isinstance(each, list) and department in each) for each in named)


def _promises(table: Table, department: str, what: Collection[str]) -> bool:
    """Is any of it promised that levels of the department count by?"""
    return any(
        due.get(key, "never") != "never"
        for _, due in _each(table, "due")
        if _word(due, "department") in ("", department)
        for key in what
    )


def _database(table: Table) -> Iterator[Finding]:
    database = table.get("database")
    if not isinstance(database, dict):
        return
    if "url" in database and "url_file" in database:
        yield Finding(("database", "url_file"), "set either url or url_file")
    url = database.get("url")
    if isinstance(url, str) and not re.match(r"sqlite:///.|postgresql://.", url):
        yield Finding(("database", "url"), "write sqlite:///FILE or postgresql://user@host/name")


def _nothing(table: Table) -> Iterator[Finding]:
    """A limit or an interval of nothing would let no mail in, or never rest."""
    limits = table.get("limits")
    places = [*_each(table, "imap"), (("limits",), limits if isinstance(limits, dict) else {})]
    for path, settings in places:
        for key, value in settings.items():
            if key in MAY_BE_NOTHING:
                continue
            is_less = isinstance(value, int) and not isinstance(value, bool) and value < 1
            if is_less or (isinstance(value, str) and _ZERO.fullmatch(value)):
                yield Finding((*path, key), f"{value!r} is too small")


def _text(table: Table) -> Iterator[Finding]:
    """What ends up in headers and on the wire must not end a line there."""
    for path, text in _strings(table, ()):
        if _CONTROL.search(text):
            yield Finding(path, "contains a control character or a line break")
    hostname = table.get("hostname", "localhost")
    if isinstance(hostname, str) and not (len(hostname) <= 253 and _HOSTNAME.fullmatch(hostname)):
        yield Finding(("hostname",), f"{hostname!r} is no host name; write 'mail.example.org'")


# Warnings


def _doubtful_identity(table: Table) -> Iterator[Finding]:
    """Settings under which nobody, or everybody, is believed."""
    closed = {
        _word(mailbox, "address").lower()
        for _, mailbox in _each(table, "mailbox")
        if mailbox.get("registered_only", True) is True
    }
    for path, imap in _each(table, "imap"):
        believed = imap.get("trusted", False) is not False or _word(imap, "authserv_id")
        if _word(imap, "mailbox").lower() in closed and not believed:
            yield Finding(
                (*path, "trusted"),
                "this mailbox is registered_only, and of its mail only what is signed by its author's domain is "
                "believed, the rest will be held; set authserv_id to the name under which the provider writes "
                'Authentication-Results ("mx.google.com"), trusted = true if it refuses forged senders, '
                "or registered_only = false",
            )
    trust = table.get("trust")
    networks = trust.get("networks") if isinstance(trust, dict) else None
    for position, network in enumerate(networks if isinstance(networks, list) else []):
        if network in EVERYBODY:
            yield Finding(("trust", "networks", position), "believes every From line of everybody")


def _doubtful_doors(table: Table) -> Iterator[Finding]:
    """No way in, or a password in clear."""
    if not table.get("listen") and not table.get("imap"):
        yield Finding((), "there is neither a [[listen]] nor an [[imap]]: no mail can come in")
    servers: list[tuple[Path, Table]] = _each(table, "imap")
    if isinstance(smarthost := table.get("smarthost"), dict):
        servers.append((("smarthost",), smarthost))
    for path, server in servers:
        away = not _word(server, "host").startswith(_LOCAL)
        if away and server.get("tls") == "none" and server.get("user"):
            yield Finding((*path, "tls"), "sends the password in clear text over the network")
    if smarthost and table.get("hostname", "localhost") == "localhost":
        yield Finding(("smarthost",), "our mail says it comes from 'localhost': set hostname at the top of the file")


def _doubtful_readers(table: Table) -> Iterator[Finding]:
    """Levels of escalation in the place of `escalate_to`, which others rely on."""
    for path, department in _each(table, "department"):
        if department.get("escalation") and not department.get("escalate_to") and "digest_to" not in department:
            why = "nobody is told in the morning what is due and held for it: set digest_to, or [] if that is meant"
            yield Finding((*path, "escalation"), why)


# Reading a table that may be wrong


def _each(table: Table, name: str) -> list[tuple[Path, Table]]:
    entries = table.get(name)
    return [
        ((name, position), entry)
        for position, entry in enumerate(entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]


def _word(table: Table, key: str) -> str:
    value = table.get(key)
    return value.strip() if isinstance(value, str) else ""


def _words(table: Table, key: str) -> list[tuple[int, str]]:
    """Those of a list, and where they stand in it."""
    values = table.get(key)
    words = enumerate(values if isinstance(values, list) else [])
    return [(position, each.strip()) for position, each in words if isinstance(each, str)]


def _addresses(table: Table) -> list[str]:
    return [_word(mailbox, "address").lower() for _, mailbox in _each(table, "mailbox")]


def _twice(table: Table, name: str, key: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, entry in _each(table, name):
        word = _word(entry, key).lower()
        if word and word in seen:
            yield Finding((*path, key), f"'{word}' is there twice")
        seen.add(word)


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.8)
    return f"; did you mean '{near[0]}'?" if near else ""


def _strings(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _strings(inner, (*path, key))
