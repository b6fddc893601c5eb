"""One daemon per SQLite file, one per node name on PostgreSQL. Commands may write beside it, a second daemon may not:
it would take what the first has in hand for left behind by a crash, and send it again.
"""

import fcntl
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from mailflow.errors import Refused
from mailflow.store.database import Database
from mailflow.store.tables import PULSE
from mailflow.store.trouble import in_our_words

PATIENCE = timedelta(seconds=5)
"""The server needs a moment to see that the daemon which had the name before is dead."""
_LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE: lock_timeout is over
_SETTINGS = text(
    "SELECT set_config('lock_timeout', :patience, true),"
    " set_config('tcp_keepalives_idle', '30', false),"  # a machine that lost its power does not say goodbye
    " set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)"
)
_LOCK = text("SELECT pg_advisory_lock(:key)")
_IS_HELD = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"  # one key of 64
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32) | objid::bigint = :key)"
)
_ALIVE = text("SELECT 1")


def claim_sole_use(path: Path) -> IO[bytes]:
    """Lock `path` (`Database.lock_file`) until the returned file is closed or the program dies, even by kill -9."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Refused(f"another mailflow runs on this database: {path} is locked") from None
    return file


def running_nodes(database: Database) -> tuple[str, ...]:
    """Those that said something of themselves (store.health.pulse) and work on this database."""
    with database.connect() as connection:
        known = connection.execute(select(PULSE.c.node).order_by(PULSE.c.at.desc())).scalars().all()
    if database.lock_file:  # one at most, and it was the last to say something
        return tuple(known[:1]) if _is_locked(database.lock_file) else ()
    return tuple(sorted(node for node in known if is_running(database, node)))


def is_running(database: Database, node: str) -> bool:
    """Whether a daemon works on this database, on PostgreSQL as `node`. Only looks: a file is locked for an instant
    beside others who look, and a daemon that starts in it is refused as by a second one."""
    if database.lock_file:
        return _is_locked(database.lock_file)
    with database.connect() as connection:
        return bool(connection.execute(_IS_HELD, {"key": _key(node)}).scalar())


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:  # no daemon ever ran
        return False
    except BlockingIOError:
        return True
    return False


class NodeName:
    """The name of this daemon among several on one PostgreSQL: an advisory lock, which lives as long as its connection.
    Not through a pooler that changes connections between transactions."""

    def __init__(self, database: Database, node: str, patience: timedelta = PATIENCE) -> None:
        self._engine = database.engine
        self._node = node
        self._patience = f"{patience // timedelta(milliseconds=1)}ms"
        self._connection: Connection | None = None
        self._driver: Any = None  # what the connection is made of: SQLAlchemy drops one that died without closing it

    def hold(self) -> None:
        """Take it, or make sure that we have it still: a connection that was lost took it along. Refused when another
        has it."""
        if self._connection and not _is_alive(self._connection):
            self.close()
        if self._connection is None:
            with in_our_words():
                self._take()

    def close(self) -> None:
        if self._connection:
            self._driver.close()
            self._connection.invalidate()
            self._connection = self._driver = None

    def _take(self) -> None:
        self._connection = connection = self._engine.connect()
        self._driver = connection.connection.driver_connection
        connection.detach()  # back in the pool it would keep the lock
        try:
            connection.execute(_SETTINGS, {"patience": self._patience})
            connection.execute(_LOCK, {"key": _key(self._node)})
            connection.commit()
        except DBAPIError as error:
            self.close()
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            why = f"another mailflow runs on this database as {self._node!r}: give each its own `node` in config.toml"
            raise Refused(why) from None


def _is_alive(connection: Connection) -> bool:
    try:
        connection.execute(_ALIVE)
        connection.commit()
    except DBAPIError:
        return False
    return True


def _key(node: str) -> int:
    """64 bits, as pg_advisory_lock takes them."""
    return int.from_bytes(sha256(b"mailflow node " + node.encode()).digest()[:8], signed=True)
