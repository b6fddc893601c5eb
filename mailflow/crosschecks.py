"""What no single key of config.toml can know: names that must exist, names that must differ, pairs that go together.

Works on the plain table as `tomllib` gave it, so that these mistakes are shown together with those of single keys. A
value of the wrong type is somebody else's problem and is passed over here.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from mailflow.config.escalation import ASSIGNEE, TEAM
from mailflow.tomlentries import Table, entries, strings_in, word_in, words_in
from mailflow.tomllines import Path
from mailflow.tomlshape import Finding

_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ZERO = re.compile("0+[smhdwKMG]")
PROMISES = {"first_response", "next_response", "resolution"}
_COUNTED_BY = {"response": ("first_response", "next_response"), "resolution": ("resolution",)}
MAY_BE_NOTHING = ("banner_delay", "free_space")


def mistakes(table: Table) -> list[Finding]:
    """What makes the configuration unusable."""
    return [
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


def _names(table: Table) -> Iterator[Finding]:
    """Departments and mailboxes: each once, and those that are named exist."""
    yield from _twice(table, "department", "name")
    yield from _twice(table, "mailbox", "address")
    yield from _twice(table, "imap", "name")
    yield from _twice(table, "listen", "address")
    for path, mailbox in entries(table, "mailbox"):
        yield from _named(path, mailbox, "department", "department", table)
    addresses = _addresses(table)
    for path, imap in entries(table, "imap"):
        address = word_in(imap, "mailbox").lower()
        if address and address not in addresses:
            yield Finding((*path, "mailbox"), f"there is no [[mailbox]] {address}{_near(address, addresses)}")


def _ways_out(table: Table) -> Iterator[Finding]:
    """Escalation and smarthost."""
    ours = _addresses(table)
    for path, department in entries(table, "department"):
        to = department.get("escalate_to", [])
        if department.get("escalate_after", "never") != "never" and to == []:
            yield Finding((*path, "escalate_after"), "nobody is told: set escalate_to as well")
        yield from _ours(path, department, "escalate_to", ours, "its escalations would come back as tickets")
        yield from _ours(path, department, "digest_to", ours, "an agent's own address is wanted")
    smarthost = table.get("smarthost")
    if isinstance(smarthost, dict) and bool(smarthost.get("user")) != bool(smarthost.get("password_file")):
        given = "user" if smarthost.get("user") else "password_file"
        yield Finding(("smarthost", given), "set both user and password_file, or neither")


def _agents(table: Table) -> Iterator[Finding]:
    """Each once, each address one agent's and none of ours, in departments that there are."""
    yield from _twice(table, "agent", "name")
    ours, taken = _addresses(table), dict[str, str]()
    for path, agent in entries(table, "agent"):
        name = word_in(agent, "name")
        yield from _ours(path, agent, "addresses", ours, "an agent's own address is wanted")
        for position, written in words_in(agent, "addresses"):
            address = written.lower()
            if address not in ours and taken.setdefault(address, name) != name:
                yield Finding((*path, "addresses", position), f"{written} is the agent {taken[address]}'s already")
        for position, department in words_in(agent, "departments"):
            yield from _absent((*path, "departments", position), department, "department", table)


def _logins(table: Table) -> Iterator[Finding]:
    trust = table.get("trust")
    known = isinstance(trust, dict) and trust.get("users_file")
    for path, listen in entries(table, "listen"):
        if listen.get("login", "never") != "never" and not known:
            yield Finding((*path, "login"), "nobody can log in: set users_file in [trust]")


def _imap(table: Table) -> Iterator[Finding]:
    fetched: dict[tuple[str, str, str], int] = {}
    for position, (path, imap) in enumerate(entries(table, "imap")):
        folder = word_in(imap, "folder") or "INBOX"
        if imap.get("when_done") == "move" and folder == imap.get("done_folder", "mailflow-done"):
            yield Finding((*path, "done_folder"), f"is the folder that is fetched, '{folder}'")
        if "done_folder" in imap and imap.get("when_done", "flag") == "flag":
            yield Finding((*path, "done_folder"), 'has a meaning only with when_done = "move"')
        where = (word_in(imap, "host").lower(), word_in(imap, "user"), folder)
        if fetched.setdefault(where, position) != position:
            yield Finding(path, f"fetches the same folder as [[imap]] number {fetched[where] + 1}")


def _channels(table: Table) -> Iterator[Finding]:
    """Ways in and contracts: each once, and there is such a way in."""
    yield from _twice(table, "channel", "source")
    yield from _twice(table, "contract", "name")
    trust = table.get("trust")
    can_log_in = isinstance(trust, dict) and trust.get("users_file")
    for path, channel in entries(table, "channel"):
        family, _, name = word_in(channel, "source").partition(":")
        if family == "imap" and name:
            yield from _absent((*path, "source"), name, "imap", table)
        if family == "submission" and not can_log_in:
            yield Finding((*path, "source"), "nobody can log in: set users_file in [trust]")


def _calendars(table: Table) -> Iterator[Finding]:
    """Each once, and those that are named exist."""
    yield from _twice(table, "calendar", "name")
    yield from _twice(table, "region", "name")
    for path, each in (*entries(table, "department"), *entries(table, "contract"), *entries(table, "region")):
        yield from _named(path, each, "calendar", "calendar", table)


def _due(table: Table) -> Iterator[Finding]:
    """Departments and contracts that are named exist, and something is due."""
    contracts = _names_of(table, "contract")
    plain = {" ".join(name.casefold().split()) for name in contracts}
    for path, due in entries(table, "due"):
        contract = word_in(due, "contract")
        yield from _named(path, due, "department", "department", table)
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
    for path, on_call in entries(table, "on_call"):
        for place, step in entries(on_call, "step"):
            yield from _ours((*path, *place), step, "mail", ours, "its pages would come back as tickets")


def _levels(table: Table) -> Iterator[Finding]:
    """Whom they name there is, and they have a time to count by."""
    for path, department in entries(table, "department"):
        levels = [((*path, *place), level) for place, level in entries(department, "escalation")]
        name = word_in(department, "name")
        for place, level in levels:
            yield from _of_a_level(place, level, name, table)
        for of, promises in _COUNTED_BY.items():
            if any(level.get("of", "response") == of for _, level in levels) and not _promises(table, name, promises):
                why = f"there is no [[due]] with {' or '.join(promises)} for it: nothing to count by"
                yield Finding((*path, "escalation"), why)


def _of_a_level(path: Path, level: Table, department: str, table: Table) -> Iterator[Finding]:
    for key, section in (("assign", "agent"), ("page", "on_call")):
        if _names_of(table, section) or key == "page":
            yield from _named(path, level, key, section, table)
    for position, written in words_in(level, "tell"):
        if written in (ASSIGNEE, TEAM) and not _works_for(department, table):
            who = f"of the department '{department}'" if entries(table, "agent") else ""
            yield Finding((*path, "tell", position), f"'{written}' is nobody: there is no [[agent]] {who}".rstrip())
    yield from _ours(path, level, "tell", _addresses(table), "its escalations would come back as tickets")


def _works_for(department: str, table: Table) -> bool:
    """Does any agent? Who names no departments works for all."""
    named = (agent.get("departments") for _, agent in entries(table, "agent"))
    return any(not each or (isinstance(each, list) and department in each) for each in named)


def _promises(table: Table, department: str, what: Collection[str]) -> bool:
    """Is any of it promised that levels of the department count by?"""
    return any(
        due.get(key, "never") != "never"
        for _, due in entries(table, "due")
        if word_in(due, "department") in ("", department)
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
    places = [*entries(table, "imap"), (("limits",), limits if isinstance(limits, dict) else {})]
    for path, settings in places:
        for key, value in settings.items():
            if key in MAY_BE_NOTHING:
                continue
            is_less = isinstance(value, int) and not isinstance(value, bool) and value < 1
            if is_less or (isinstance(value, str) and _ZERO.fullmatch(value)):
                yield Finding((*path, key), f"{value!r} is too small")


def _text(table: Table) -> Iterator[Finding]:
    """What ends up in headers and on the wire must not end a line there."""
    for path, text in strings_in(table, ()):
        if _CONTROL.search(text):
            yield Finding(path, "contains a control character or a line break")
    hostname = table.get("hostname", "localhost")
    if isinstance(hostname, str) and not (len(hostname) <= 253 and _HOSTNAME.fullmatch(hostname)):
        yield Finding(("hostname",), f"{hostname!r} is no host name; write 'mail.example.org'")


def _named(path: Path, entry: Table, key: str, section: str, table: Table) -> Iterator[Finding]:
    if name := word_in(entry, key):
        yield from _absent((*path, key), name, section, table)


def _absent(path: Path, name: str, section: str, table: Table) -> Iterator[Finding]:
    """A name that nothing has."""
    known = _names_of(table, section)
    if name not in known:
        yield Finding(path, f"there is no [[{section}]] named '{name}'{_near(name, known)}")


def _ours(path: Path, entry: Table, key: str, ours: Collection[str], why: str) -> Iterator[Finding]:
    """Mailboxes of ours in a list of others' addresses."""
    for position, address in words_in(entry, key):
        if address.lower() in ours:
            yield Finding((*path, key, position), f"{address} is a [[mailbox]] of ours: {why}")


def _names_of(table: Table, section: str) -> list[str]:
    return [word_in(each, "name") for _, each in entries(table, section)]


def _addresses(table: Table) -> list[str]:
    return [word_in(mailbox, "address").lower() for _, mailbox in entries(table, "mailbox")]


def _twice(table: Table, name: str, key: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, entry in entries(table, name):
        word = word_in(entry, key).lower()
        if word and word in seen:
            yield Finding((*path, key), f"'{word}' is there twice")
        seen.add(word)


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.8)
    return f"; did you mean '{near[0]}'?" if near else ""
