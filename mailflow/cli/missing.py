"""`mailflow db missing`: after a restore, what only the former database has: the mails that it took in, what it wrote,
and what agents did; and how the restored one gets it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from mailflow.cli.opening import Office, now, office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import age, say
from mailflow.cli.table import Column, print_list
from mailflow.errors import Refused
from mailflow.logline import escape
from mailflow.store import journal
from mailflow.store.backups.deeds import Deed, deeds
from mailflow.store.backups.erased import erased_there
from mailflow.store.backups.missing import missing as missing_in
from mailflow.store.backups.missing import missing_outgoing
from mailflow.store.backups.takeover import Takeover, take_over
from mailflow.store.database import HEAD, Connection, Database, revision
from mailflow.store.health.sole_use import claim_sole_use, running_nodes

TOOK_IN = (
    Column(key="id", right=True),
    Column(key="received", title="age", shown=age),
    Column(key="disposition", spare=2),
    Column(key="source", spare=3),
    Column(key="from", text=True, spare=1),
    Column(key="subject", text=True, spare=2),
)
WROTE = (
    Column(key="id", right=True),
    Column(key="created", title="age", shown=age),
    Column(key="kind"),
    Column(key="to", text=True),
    Column(key="subject", text=True, spare=1),
    Column(key="ticket", right=True),
    Column(key="state"),
)
DONE = (
    Column(key="at"),
    Column(key="ticket", right=True),
    Column(key="by"),
    Column(key="what"),
    Column(key="text", text=True),
)
NOTHING = "nothing is missing"
NOT_WRITTEN = ("dropped", "duplicate")
"""What `--to` leaves out: `inject` would trust it."""


def missing(
    former: Annotated[Path, typer.Argument(metavar="FILE", help="The database that `mailflow db restore` put aside.")],
    take: Annotated[
        bool, typer.Option("--take", help="Take over mail in and out, in silence. Stop the daemon first.")
    ] = False,
    sent: Annotated[bool, typer.Option("--sent", help="List what it wrote after the backup.")] = False,
    done: Annotated[bool, typer.Option("--deeds", help="List what agents did by command after the backup.")] = False,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Write the mails there, each as NUMBER.eml.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List what came in after the backup and is only in the database that was put aside, or take it over."""
    if sum((take, sent, done, to is not None)) > 1:
        raise typer.BadParameter("one of --take, --sent, --deeds and --to")
    with _both(former, config) as (here, before):
        if take:
            _take(here, before)
        elif done:
            print_list(_deeds(here, before), DONE, as_json=as_json, nothing=NOTHING)
        elif sent:
            print_list(_written(here, before), WROTE, as_json=as_json, nothing=NOTHING)
        else:
            _list(here, before, former, to, as_json=as_json)
        if not (sent or done or as_json):
            for line in _erased(here, before):
                say(line)


@contextmanager
def _both(former: Path, config: Path) -> Iterator[tuple[Office, Connection]]:
    """The database that is in use, and what the one before it says. Refused if that is none of this version."""
    if not former.is_file():
        raise Refused(f"there is no {former}")
    with office(config) as here, closing(Database(f"sqlite:///{former.absolute()}")) as other:
        if here.database.file and here.database.file.exists() and here.database.file.samefile(former):
            raise Refused(f"{former} is the database in use: name the one that was put aside, {former}.before-…")
        with other.connect() as before:
            if (found := revision(before)) != HEAD:
                upgrade = "with a config.toml whose database.url is that of a copy of it: mailflow db upgrade"
                raise Refused(
                    f"the tables of {former} are {found or 'none of ours'}, this mailflow has {HEAD}; {upgrade}"
                )
            yield here, before


def _list(here: Office, before: Connection, former: Path, to: Path | None, *, as_json: bool) -> None:
    with here.database.connect() as connection:
        rows = [_shown(row) for row in missing_in(connection, before)]
    wanted = [row for row in rows if row["disposition"] not in NOT_WRITTEN] if to else []
    for row in wanted:
        _write(to, row["id"], journal.octets_of(before, row["id"]))
    print_list(rows, TOOK_IN, as_json=as_json, nothing=NOTHING)
    if as_json:
        return
    if to and wanted:
        left = f", {len(rows) - len(wanted)} dropped there left out" if len(wanted) < len(rows) else ""
        say(f"{_are(len(wanted))} missing{left}; next: mailflow inject {to}")
        say("files do not say who was believed, and who was answered: inject believes and answers all; --take does not")
        return
    also = _besides(here, before)
    if rows or also:
        say(f"{_are(len(rows))} missing{also}; next, with mailflow stopped: mailflow db missing {former} --take")


def _are(number: int) -> str:
    return f"{number} {'is' if number == 1 else 'are'}"


def _besides(here: Office, before: Connection) -> str:
    sent, done = len(_written(here, before)), len(_deeds(here, before))
    return (f", {sent} outgoing mails (--sent)" if sent else "") + (
        f", {done} changes by command (--deeds)" if done else ""
    )


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "received": row.received.isoformat(), "source": row.source, "disposition": row.disposition,
        "mail_from": row.mail_from, "rcpt_tos": row.rcpt_tos, "from": row.author, "subject": row.subject,
    }  # fmt: skip


def _written(here: Office, before: Connection) -> list[dict[str, Any]]:
    with here.database.connect() as connection:
        return [
            {
                "id": row.id, "created": row.created.isoformat(), "kind": row.kind, "to": row.rcpt_to,
                "subject": row.subject, "ticket": row.ticket, "state": row.state,
            }
            for row in missing_outgoing(connection, before)
        ]  # fmt: skip


def _deeds(here: Office, before: Connection) -> list[dict[str, Any]]:
    with here.database.connect() as connection:
        return [_deed(each) for each in deeds(connection, before)]


def _deed(deed: Deed) -> dict[str, Any]:
    return {"at": deed.at.isoformat(), "ticket": deed.ticket, "by": deed.by, "what": deed.what, "text": deed.text}


def _take(here: Office, before: Connection) -> None:
    if here.database.lock_file is None:
        if nodes := running_nodes(here.database):
            raise Refused(f"a daemon works on this database: {', '.join(nodes)}; stop it first")
        _taken(here, before)
        return
    with claim_sole_use(here.database.lock_file):
        _taken(here, before)


def _taken(here: Office, before: Connection) -> None:
    done = _deeds(here, before)
    with here.database.begin() as connection:
        taken = take_over(connection, before, now())
    for line in _told(taken):
        say(line)
    if done:
        say("what agents did by command is not taken over, but what they wrote was sent; do again what is to be so:")
        print_list(done, DONE, as_json=False, nothing="")


def _told(taken: Takeover) -> Iterator[str]:
    yield f"{taken.again} that it had filed are filed once more when mailflow runs; nobody is written to for them"
    for disposition, number in taken.as_there.items():
        yield f"{number} that it had {disposition} {'is' if number == 1 else 'are'} {disposition} here, too"
    if taken.waiting:
        yield f"{taken.waiting} that it had not filed come in as new"
    if taken.emptied:
        yield f"{taken.emptied} {'is' if taken.emptied == 1 else 'are'} not filed: the raw mail was not kept there"
    if taken.mail:
        counts = ", ".join(f"{number} {state}" for state, number in taken.mail.items())
        yield f"{sum(taken.mail.values())} outgoing mails of it are in the outbox now: {counts}"


def _erased(here: Office, before: Connection) -> Iterator[str]:
    kept = here.config.retention.closed_tickets
    with here.database.connect() as connection:
        found = erased_there(connection, before, now() - kept if kept else None)
    if found:
        who = "1 person was" if len(found) == 1 else f"{len(found)} people were"
        yield f"{who} erased there after the backup; what the backup has of them is here again, so do it again:"
    for address in found:
        yield f"mailflow contact erase {escape(quote(address))}"


def _write(folder: Path | None, number: int, octets: bytes | None) -> None:
    """Not over what is there: somebody may have begun to work with it."""
    if folder and octets is not None:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{number}.eml").open("xb") as file:
            file.write(octets)
