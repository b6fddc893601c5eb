"""`mailflow db restore` and `mailflow db restored`: a backup becomes the database, and what that means is said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.opening import now, office
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.cli.output import say
from mailflow.errors import Refused
from mailflow.standing import KEY_FILE
from mailflow.store.backups.aftercare import Aftercare, take_care
from mailflow.store.backups.restoring import restore as put_in_place
from mailflow.store.database import HEAD
from mailflow.store.health.sole_use import running_nodes

Skip = Annotated[
    int,
    typer.Option(
        "--skip", min=0, max=1_000_000, metavar="N", help="Numbers to leave out that may have been given since."
    ),
]


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `mailflow db backup` wrote.")],
    skip: Skip = 1_000,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Put a backup in the place of the SQLite database, which is kept aside. Stop the daemon first."""
    with office(config) as here:
        if here.database.file is None:
            raise Refused(
                f"PostgreSQL has its own tool for this: pg_restore, then mailflow db restored --config {config}"
            )
        key = here.config.state / KEY_FILE
        done = put_in_place(file, here.database.file, skip=skip, now=now())
        say(
            f"{file} is the database now"
            + (f", its tables brought from {done.was} to {HEAD}" if done.was != HEAD else "")
        )
        if done.aside:
            read = "" if done.former_was_readable else ", which cannot be read any more"
            say(f"the one before is kept as {done.aside}{read}")
        for line in _told(done.aftercare, guessed=not done.former_was_readable):
            say(line)
        if done.aside and done.former_was_readable:
            since = "to take over what it took in and wrote since, before mailflow starts"
            say(f"{since}: mailflow db missing {done.aside} --take")
        if not key.exists():
            say(f"{key} is missing: put that of the backup there, or older mail proves no ticket")


def restored(skip: Skip = 1_000, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """After pg_restore, before the daemon starts: do what `restore` does for SQLite besides copying. Once."""
    with office(config) as here:
        if here.database.file is not None:
            raise Refused("this is for PostgreSQL; here it is: mailflow db restore FILE")
        if nodes := running_nodes(here.database):
            raise Refused(f"a daemon works on this database: {', '.join(nodes)}; stop it first")
        here.database.upgrade()
        with here.database.begin() as connection:
            done = take_care(connection, None, skip=skip, now=now())
        for line in _told(done, guessed=True):
            say(line)


def _told(done: Aftercare, *, guessed: bool) -> Iterator[str]:
    why = "numbers that may have been given since are left out" if guessed else "those given since are left out"
    yield f"the next ticket is #{done.next_ticket}: {why}"
    if done.known:
        yield f"{done.known} outgoing mails that waited in the backup had ended since: as the former database says"
    if done.doubtful:
        waited = f"{done.doubtful} outgoing mails that waited may have been sent since"
        yield f"{waited}, and are not sent until somebody decides: mailflow outbox list --state unknown"
    if done.put_off:
        yield f"{done.put_off} reminders that fell due since may have been sent, and wait for a day"
    if done.corrections:
        waits = f"{done.corrections} corrections of contacts may have been objected to since"
        yield f"{waits}, and wait for an agent: mailflow contact changes list"
    yield "what came by SMTP or LMTP after the backup is not here; IMAP folders that keep their mail are read again"
