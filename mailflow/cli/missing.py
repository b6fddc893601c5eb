"""`mailflow db missing`: after a restore, which mails are in the former database only, and the mails themselves."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.opening import office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import age, say
from mailflow.cli.table import Column, print_list
from mailflow.errors import Refused
from mailflow.store import journal
from mailflow.store.backups.missing import missing as missing_in
from mailflow.store.database import Database

COLUMNS = (
    Column(key="id", right=True),
    Column(key="received", title="age", shown=age),
    Column(key="source", spare=3),
    Column(key="from", text=True, spare=1),
    Column(key="subject", text=True, spare=2),
)


def missing(
    former: Annotated[Path, typer.Argument(metavar="FILE", help="The database that `mailflow db restore` put aside.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Write them there, each as NUMBER.eml.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List what came in after the backup and is only in the database that was put aside."""
    if not former.is_file():
        raise Refused(f"there is no {former}")
    with (
        office(config) as here,
        closing(Database(f"sqlite:///{former.absolute()}")) as other,
        here.database.connect() as connection,
        other.connect() as before,
    ):
        rows = [
            {
                "id": row.id, "received": row.received.isoformat(), "source": row.source,
                "mail_from": row.mail_from, "rcpt_tos": row.rcpt_tos, "from": row.author, "subject": row.subject,
            }
            for row in missing_in(connection, before)
        ]  # fmt: skip
        for row in rows if to else ():
            _write(to, row["id"], journal.octets_of(before, row["id"]))
    print_list(rows, COLUMNS, as_json=as_json, nothing="nothing is missing")
    if rows and not as_json:
        say(
            f"{len(rows)} {'is' if len(rows) == 1 else 'are'} missing; "
            + (f"next: mailflow inject {to}" if to else "--to FOLDER writes them there")
        )


def _write(folder: Path | None, number: int, octets: bytes | None) -> None:
    """Not over what is there: somebody may have begun to work with it."""
    if folder and octets is not None:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{number}.eml").open("xb") as file:
            file.write(octets)
