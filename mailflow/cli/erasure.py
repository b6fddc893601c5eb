"""`mailflow contact erase`: a person asks to be forgotten. `store.forgetting.erasure` knows what is theirs,
`store.forgetting.redaction` what tells of them elsewhere; here it is asked first, done, looked through once more and
certified.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.certificate import Certificate, positive, say_counts, say_places, tell
from mailflow.cli.opening import Office, now, office
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, named
from mailflow.cli.output import print_json, say
from mailflow.cli.progress import progress
from mailflow.desk.copied import staff_of
from mailflow.edge import sent
from mailflow.errors import Refused, Trouble
from mailflow.logline import escape
from mailflow.mail.address import canonical
from mailflow.mail.redaction import redacted
from mailflow.store.database import Database
from mailflow.store.forgetting import erasure
from mailflow.store.forgetting.person import Person, person_of
from mailflow.store.forgetting.redaction import Redaction

ROUNDS = 3
"""Mail of theirs that comes in meanwhile is erased in the next one."""
MANY = 5_000
"""Rows to look at from which on a progress bar is worth the line."""


def erase(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="One of the person's addresses.")],
    name: Annotated[
        list[str] | None, typer.Option("--name", help="Another name of theirs to take out; may be repeated.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Erase a person: their mails, tickets, addresses and names, and what mails of others tell of them. For good."""
    with office(config) as here:
        _not_of_ours(address, here)
        with here.database.connect() as connection:
            person = person_of(connection, [address], name or ())
        if not dry_run and not yes:
            _ask(person)
        certificate = Certificate(
            at=now().isoformat(timespec="seconds"),
            by=named(agent),
            addresses=tuple(sha256(each.encode()).hexdigest() for each in sorted(person.addresses)),
            named_in=tuple(_places(person, here, config)),
        )
        if dry_run:
            certificate.found, certificate.looked_at = _look(here.database, person)
            if not (person.contacts or person.tickets or person.visited or positive(certificate.found)):
                raise Refused(f"nobody here has {address}, and nothing tells of it")
            _tell_what_would_be(person, certificate, as_json=as_json)
            return
        _erase(here, person, certificate)
    tell(certificate, as_json=as_json)
    if certificate.left:
        raise Trouble("something that tells of them is still there: run it again")


def _not_of_ours(address: str, here: Office) -> None:
    ours = {canonical(each.address) for each in here.config.mailbox} | staff_of(here.config)
    if "@" not in address:
        raise Refused(f"{address} is no address")
    if canonical(address) in ours:
        raise Refused(f"{address} is an address of ours or of an agent in config.toml: customers can be erased")


def _ask(person: Person) -> None:
    if not sys.stdin.isatty():
        raise Refused("what is erased is gone for good; look with --dry-run, then add --yes")
    for line in _plan(person):
        print(escape(line), file=sys.stderr)
    print("Erase all of it for good? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nothing was erased")


def _plan(person: Person) -> Iterator[str]:
    yield f"addresses    {', '.join(sorted(person.addresses))}"
    yield f"names        {', '.join(sorted(person.names)) or '-'}"
    if person.shared:
        yield f"not taken    {', '.join(sorted(person.shared))}: others are called so, too; --name takes it out"
    yield f"tickets      {_numbers(person.tickets, ', with all that anybody wrote there')}"
    yield f"took part in {_numbers(person.visited, ', of others: only what is theirs')}"


def _numbers(tickets: frozenset[int], what: str) -> str:
    return ", ".join(f"#{number}" for number in sorted(tickets)) + what if tickets else "none"


def _erase(here: Office, person: Person, certificate: Certificate) -> None:
    """The contact goes when nothing else is left: an interrupted run begins again with all that is known of them."""
    database = here.database
    certificate.found, _ = _look(database, person)
    with database.connect() as connection:
        letters = erasure.numbers_of_letters(connection, person)
        tied = erasure.numbers_of_visits(connection, person)
    for remaining in reversed(range(ROUNDS)):
        certificate.erased += erasure.erase(database.begin, person, now())
        with _watched(database, person, "erasing") as redaction:
            certificate.rewritten += redaction.carry_out()
        if not remaining or not (more := _more(database, person)):
            break
        person = more
    removed, rewritten = sent.erase(
        here.config.state / "sent",
        letters,
        lambda number, octets: redacted(octets, person.traces, tied=number in tied),
    )
    certificate.erased["files of sent"] += removed
    certificate.rewritten["files of sent"] += rewritten
    with database.begin() as connection:
        certificate.erased += erasure.erase_contact(connection, person)
    database.rebuild()
    certificate.left, certificate.looked_at = _look(database, person)


def _more(database: Database, person: Person) -> Person | None:
    """They wrote again meanwhile: as they are now."""
    with database.connect() as connection:
        again = person_of(connection, person.addresses, person.names)
    return again if again.tickets or again.traces.ids - person.traces.ids else None


def _look(database: Database, person: Person) -> tuple[Counter[str], int]:
    """How many rows of each table tell of them, of how many that were looked through."""
    with _watched(database, person, "looking") as redaction:
        return redaction.found(), redaction.rows()


@contextmanager
def _watched(database: Database, person: Person, what: str) -> Iterator[Redaction]:
    """A look through all rows, with its progress."""
    rows = Redaction(database, person).rows()
    with progress(what, rows, is_long=rows >= MANY) as advance:
        yield Redaction(database, person, advance)


def _places(person: Person, here: Office, config: Path) -> Iterator[str]:
    """Lines of files that an admin keeps, which are not ours to change."""
    folders = (here.config.filters, *here.config.templates)
    files = [config, *(file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file())]
    for file in files:
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), start=1):
            if person.traces.found_in(line):
                yield f"{file}:{number}"
    if database := here.database.file:
        for kept in sorted(database.parent.glob(f"{database.name}.before-*")):
            yield f"{kept}: put aside by db restore; remove it when it is not needed"


def _tell_what_would_be(person: Person, certificate: Certificate, *, as_json: bool) -> None:
    if as_json:
        print_json({
            "addresses": sorted(person.addresses), "names": sorted(person.names), "shared_names": sorted(person.shared),
            "tickets": sorted(person.tickets), "visited": sorted(person.visited), "found": positive(certificate.found),
            "looked_at": certificate.looked_at, "named_in": certificate.named_in,
        })  # fmt: skip
        return
    for line in _plan(person):
        say(escape(line))
    say_counts("tells of them", certificate.found)
    say_places("yours to change", certificate.named_in)
    say("nothing is erased yet: --yes does it")
