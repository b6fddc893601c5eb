"""Opens the database: SQLite by default, PostgreSQL when one machine is not enough. Sync engines only.

What is committed here survives a power cut, or mailflow does not start: SQLite in WAL mode with `synchronous=FULL`,
PostgreSQL with `synchronous_commit=on`, asserted on each new connection (a role or a database can have it overridden).
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from math import inf
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from mailflow.errors import ConfigurationError, Problem, Refused, StoreAway
from mailflow.ownership import no_access, user
from mailflow.store.columns import storable_json
from mailflow.store.durability import assert_durable
from mailflow.store.trouble import in_our_words

__all__ = ["HEAD", "Connection", "Database"]

HEAD = "0039"
"""The newest revision in migrations/versions: what this code is written for."""

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",  # the log grows to the largest transaction and would stay so
)
WAIT = 5  # seconds, for a lock
TRIES, PAUSE = 30, 0.2  # of what needs the file for itself; seconds
UPGRADE_LOCK = 0x6D61696C  # 'mail': two daemons on one PostgreSQL upgrade one after the other


class Database:
    """The only state. `begin()` writes, `connect()` reads; the daemon writes through `store.writer`.

    `patience` is for who must not wait for ever: seconds that PostgreSQL may be silent while it owes us an answer
    (store.postgresql). What changes tables has all the time it needs.
    """

    def __init__(self, url: str, *, patience: float = inf) -> None:
        self._url = _understood(url)
        self.dialect = self._url.get_backend_name()
        self.file = Path(self._url.database or "") if self.dialect == "sqlite" else None
        self._inode: tuple[int, int] | None = None  # of the file since it was first opened
        if self.file:
            self.engine = _sqlite(self.file, "BEGIN IMMEDIATE")
            self._reading = _sqlite(self.file, "BEGIN", query_only=True)
        else:
            self.engine = self._reading = _postgresql(self._url, patience)

    @property
    def lock_file(self) -> Path | None:
        """What `claim_sole_use` locks; None where many daemons may share the database."""
        return _beside(self.file, ".lock") if self.file else None

    @property
    def was_made(self) -> bool:
        """False: there is no file and never was one. What a server has is not asked."""
        return self.file is None or self.file.exists() or _beside(self.file, ".known").exists()

    def free_space(self) -> float:
        """Octets on the disk of the file; infinite on a server."""
        if self.file is None:
            return inf
        disk = os.statvfs(self.file.parent)
        return float(disk.f_bavail * disk.f_frsize)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction that may write. Another writer of the same file is waited for."""
        with in_our_words(self.file), self._opened(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """One snapshot, to read only."""
        with in_our_words(self.file), self._opened(), self._reading.connect() as connection:
            yield connection if self.file else connection.execution_options(postgresql_readonly=True)

    def upgrade(self, told: Callable[[int], None] = lambda done: None) -> None:
        """Bring the tables to what this code expects; creates the file of a new SQLite database. `told` hears before
        each step how many are done."""
        if self.file:
            _create(self.file)
        with self._altering() as connection:
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            if (found := revision(connection) or "") > HEAD:
                newer = f"the tables are of a newer mailflow: {found}, and this one knows {HEAD}"
                raise Refused(f"{newer}. Install that version again, or restore a backup of before")
            if found != HEAD:
                from mailflow.store import migrations  # alembic costs 0.2 s, only when there is something to do

                migrations.upgrade(connection, told=told)
        if self.file:
            _beside(self.file, ".known").touch()

    def check(self) -> list[str]:
        """How the tables differ from what this code expects; empty when they do not."""
        from mailflow.store import migrations

        with self.connect() as connection:
            found = revision(connection)
            wrong = (
                [f"the tables are of revision {found or 'none'}, this mailflow needs {HEAD}"] if found != HEAD else []
            )
            return wrong + migrations.differences(connection)

    def backup(self, target: Path) -> None:
        """A whole copy while others write (measured: the backup API never ends under load, VACUUM INTO does)."""
        if not self.file:
            raise Refused("PostgreSQL has its own tools for this: pg_dump")
        folder = target.absolute().parent
        if not os.access(folder, os.W_OK | os.X_OK):
            why = f"is not writable for {user()}" if os.access(folder, os.F_OK) else "is not there"
            raise Refused(f"the folder of the copy, {folder}, {why}")
        if target.exists():
            raise Refused(f"{target} exists already")
        self._outside_transactions("VACUUM INTO ?", (str(target),))

    def note_backup(self) -> None:
        """A whole copy lies where it should: now."""
        if self.file:
            marker, ours = _beside(self.file, ".backup"), self.file.stat()
            marker.touch()
            os.chown(marker, ours.st_uid, ours.st_gid)  # or root's would keep the daemon from starting

    @property
    def last_backup(self) -> float | None:
        """When `note_backup` was called last, in seconds since 1970; 0: never. None on a server, where others do it."""
        if self.file is None:
            return None
        marker = _beside(self.file, ".backup")
        return marker.stat().st_mtime if marker.exists() else 0.0

    def tidy(self) -> None:
        """Nightly: give back what deleted mail took, and let the planner look again. PostgreSQL does it by itself."""
        if self.file:
            while self._outside_transactions("PRAGMA freelist_count") != [(0,)]:
                self._outside_transactions("PRAGMA incremental_vacuum(1000)")  # writers get their turn in between
            for pragma in ("wal_checkpoint(TRUNCATE)", "optimize"):
                self._outside_transactions(f"PRAGMA {pragma}")

    def rebuild(self) -> None:
        """Write all tables anew, so that nothing of what was deleted is left between the rows, in free pages, in the
        log or among the values that the planner keeps. Others wait meanwhile, as long as it takes."""
        if self.file:
            os.environ["SQLITE_TMPDIR"] = str(self.file.absolute().parent)  # /tmp may be smaller, or memory
            has_samples = "SELECT name FROM sqlite_master WHERE name = 'sqlite_stat4'"
            for statement in (
                "PRAGMA temp_store=FILE",
                *(["ANALYZE"] if self._outside_transactions(has_samples) else []),
            ):
                self._outside_transactions(statement)
            self._patiently("VACUUM")
            self._patiently("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        with in_our_words(), self._at_length() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in sorted(inspect(connection).get_table_names()):
                connection.execute(text(f"VACUUM (FULL, ANALYZE) {table}"))

    def _patiently(self, statement: str) -> None:
        """Until nobody is in the way; StoreAway when somebody always is. (0, …) is a checkpoint that was all done."""
        for remaining in reversed(range(TRIES)):
            try:
                if all(busy == 0 for busy, *_ in self._outside_transactions(statement)):
                    return
            except StoreAway:
                if not remaining:
                    raise
            sleep(PAUSE)
        raise StoreAway(f"{self.file} is in use all the time: {statement} was not done; stop mailflow, and try again")

    def close(self) -> None:
        self.engine.dispose()
        self._reading.dispose()

    @contextmanager
    def _altering(self) -> Iterator[Connection]:
        """A transaction in which a table may be replaced by its copy, as SQLite changes it: no row is asked for its
        parent meanwhile. What may be said outside of transactions only is said to the driver."""
        with in_our_words(self.file), self._opened(), self._at_length() as connection:
            driver: Any = connection.connection.driver_connection
            if self.file:
                driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
            finally:
                if self.file:
                    driver.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def _at_length(self) -> Iterator[Connection]:
        """For what takes as long as it takes."""
        engine = self.engine if self.file else _postgresql(self._url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            if engine is not self.engine:
                engine.dispose()

    def _outside_transactions(self, statement: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        with in_our_words(self.file), self._opened(), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                rows: list[tuple[Any, ...]] = driver.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise StoreAway(str(error)) from error
            return rows

    @contextmanager
    def _opened(self) -> Iterator[None]:
        if self.file is None:
            yield
            return
        self._inode = _same_file(self.file, self._inode)
        with _writable(self.file):
            yield


def revision(connection: Connection) -> str | None:
    """What alembic says the tables are, without importing it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _understood(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _mistake("this is no database URL; write sqlite:///FILE or postgresql://user@host/name") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise _mistake(f"{parsed.drivername} is not supported; write sqlite:///FILE or postgresql://user@host/name")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise _mistake("mail is kept in a file; write sqlite:///FILE")
    return parsed


def _mistake(why: str) -> ConfigurationError:
    return ConfigurationError([Problem("config.toml", 0, "database.url", why)])


def _sqlite(file: Path, begin: str, *, query_only: bool = False) -> Engine:
    def connect() -> sqlite3.Connection:
        # mode=rw: a file that is gone is an error, never an empty database. isolation_level None: we say BEGIN
        # ourselves, so that DDL and SAVEPOINT roll back, and no read turns into a write that finds the file locked.
        return sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, json_serializer=storable_json)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, record: object) -> None:
        for pragma in (*PRAGMAS, f"query_only={query_only}"):
            connection.execute(f"PRAGMA {pragma}")
        assert_durable(connection, "sqlite")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: URL, patience: float = inf) -> Engine:
    try:
        from mailflow.store import postgresql  # and with it the driver

        return postgresql.opened(url, patience)
    except NoSuchModuleError:
        raise _mistake(f"{url.drivername} is not supported; write postgresql://user@host/name") from None
    except ModuleNotFoundError:
        raise _mistake("PostgreSQL needs one more package: pip install 'mailflowd[postgres]'") from None


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _create(file: Path) -> None:
    if file.exists() and file.stat().st_size:
        return
    if (marker := _beside(file, ".known")).exists():
        raise StoreAway(
            f"{file} is gone, but {marker} says that there was a database. Bring it back from a backup; "
            f"to begin anew without it, delete {marker}"
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # customers' mail
    except OSError as error:
        raise StoreAway(no_access(file, error)) from None
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # possible only before anything is written
        connection.execute("PRAGMA journal_mode=WAL")


def _same_file(file: Path, before: tuple[int, int] | None) -> tuple[int, int]:
    """Its inode. StoreAway when there is no file, or another than `before`: what is open is the old one, and what is
    written to that is lost with the last who has it open."""
    try:
        found = file.stat()
    except FileNotFoundError:
        raise StoreAway(f"there is no database {file}; create it with: mailflow db upgrade") from None
    except OSError as error:  # of its folder
        raise StoreAway(no_access(file, error)) from None
    if before not in (None, (found.st_dev, found.st_ino)):
        raise StoreAway(f"{file} is another file than before: restart mailflow, or put the old one back")
    return found.st_dev, found.st_ino


@contextmanager
def _writable(file: Path) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if "unable to open" in str(error.orig) or "readonly" in str(error.orig):
            raise StoreAway(f"{file}: {error.orig}; the file and its folder must be writable for {user()}") from error
        raise
