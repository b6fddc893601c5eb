"""What a command needs before it can begin: the configuration, the standing policy, the database.

`mailflow.store` is imported here and in the commands, when they run: loading it takes longer than most of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mailflow import configfile, logline, typefiles
from mailflow.config import Config
from mailflow.configfile import Home
from mailflow.desk.intake.catalogue import NO_KINDS, Catalogue
from mailflow.desk.policy import Policy
from mailflow.errors import or_else
from mailflow.standing import read_policy
from mailflow.store.database import Connection, Database


@dataclass(frozen=True)
class Office:
    """The database, and what is decided by."""

    config: Config
    folder: Path  # of config.toml
    database: Database

    @property
    def policy(self) -> Policy:
        """Read when a command needs it: a broken template does not keep anybody from listing tickets."""
        return read_policy(self.config, self.folder)

    @property
    def kinds(self) -> Catalogue:
        """Of request; none while there is a mistake in filters/types/, which keeps nobody from looking at a ticket."""
        departments = frozenset(each.name for each in self.config.department)
        return or_else(NO_KINDS, [], lambda: typefiles.read(self.folder / self.config.filters, departments))

    @property
    def signing_policy(self) -> Policy:
        """For who writes mail that is answered later: with the key that lasts, which is made if there is none yet. It
        judges no mail, and so a mistake in filters/ does not keep an agent from answering."""
        return read_policy(self.config, self.folder, make_key=True, with_filters=False)


@contextmanager
def office(config_file: Path) -> Iterator[Office]:
    logline.configure("error")
    config = configfile.load(config_file)
    database = Database(config.database.url)
    try:
        with configfile.told_where_named(config_file):
            yield Office(config, config_file.absolute().parent, database)
    finally:
        database.close()


@contextmanager
def daemon_room(config_file: Path) -> Iterator[tuple[Database, Home]]:
    """The database, and what is known of the daemon on it, also while its files have mistakes."""
    logline.configure("error")
    home = configfile.home(config_file)
    database = Database(home.url)
    try:
        yield database, home
    finally:
        database.close()


@contextmanager
def reading(config_file: Path) -> Iterator[Connection]:
    """One look at the database."""
    with office(config_file) as here, here.database.connect() as connection:
        yield connection


@contextmanager
def writing(config_file: Path) -> Iterator[Connection]:
    """One change, all of it or nothing."""
    with office(config_file) as here, here.database.begin() as connection:
        yield connection


def now() -> datetime:
    return datetime.now(UTC)
