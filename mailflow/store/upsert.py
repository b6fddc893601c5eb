"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells twice. Statements by name of the dialect."""

from collections.abc import Mapping

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

PerDialect = Mapping[str, Insert]


def insert_new(table: Table, *key: str) -> PerDialect:
    """A row whose `key` exists is left as it is; without `key`, one that any unique index has already."""
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(index_elements=key or None),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(index_elements=key or None),
    }


def insert_or_change(table: Table, key: tuple[str, ...], columns: tuple[str, ...]) -> PerDialect:
    """A row whose `key` exists gets the new values of `columns`."""
    lite, postgres = sqlite.insert(table), postgresql.insert(table)
    return {
        "sqlite": lite.on_conflict_do_update(key, set_={name: lite.excluded[name] for name in columns}),
        "postgresql": postgres.on_conflict_do_update(
            index_elements=key, set_={name: postgres.excluded[name] for name in columns}
        ),
    }
