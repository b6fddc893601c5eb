"""Whether a commit is on the disk when it returns: asked of each new connection, whose settings others can override."""

from typing import Any

from mailflow.errors import StoreAway

_WANTED: dict[str, dict[str, set[object]]] = {
    "sqlite": {"PRAGMA journal_mode": {"wal"}, "PRAGMA synchronous": {2, 3}},  # FULL, EXTRA
    "postgresql": {"SHOW synchronous_commit": {"on", "remote_apply"}},
}


def assert_durable(connection: Any, dialect: str) -> None:
    """`connection` is the driver's. StoreAway unless a commit survives a power cut."""
    for question, wanted in _WANTED[dialect].items():
        (found,) = connection.execute(question).fetchone()
        if found not in wanted:
            raise StoreAway(f"a commit would not survive a power cut: {question} says {found!r}")
