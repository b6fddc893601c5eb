"""Databases of one PostgreSQL server for one test after the other: emptied and lent again, since emptying one takes a
fifth of the time of a copy. What a test did to tables, indexes or settings ends a database.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

_LENT_AT_MOST = 200
"""What was deleted stays in the files for a while."""
_HANG_UP = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SHAPE = """
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT concat_ws(' ', relname, relkind, attname, atttypid, attnotnull, atthasdef) AS line
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0
        UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT extname FROM pg_extension
        UNION ALL SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database ON oid = setdatabase
        WHERE datname = current_database()
        UNION ALL SELECT version_num FROM alembic_version
    ) AS lines
"""
_EMPTY = """
    SET session_replication_role = replica;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT quote_ident(tablename) FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
        FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
            WHERE schemaname = 'public' AND last_value IS NOT NULL
        LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
    END $$
"""


class Databases:
    """Copies of the database `template` of `server`."""

    def __init__(self, server: Any, template: str) -> None:
        self._server, self._template = server, template
        self._shape = self._ask(template, _SHAPE)
        self._numbers = count(1)
        self._free: list[tuple[str, int]] = []

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of one without rows, which nobody else has."""
        name, times = self._free.pop() if self._free else (self._copy(), 1)
        yield self._server.get_uri(name)
        if times < _LENT_AT_MOST and self._emptied(name):
            self._free.append((name, times + 1))
        else:
            drop(self._server, name)

    def _copy(self) -> str:
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        create(self._server, name, f"TEMPLATE {self._template} STRATEGY file_copy")
        return name

    def _emptied(self, name: str) -> bool:
        try:
            self._ask(name, _HANG_UP)
            if self._ask(name, _SHAPE) != self._shape:
                return False
            with psycopg.connect(self._server.get_uri(name), autocommit=True) as connection:
                connection.execute("SET lock_timeout = '5s'")
                connection.execute(_EMPTY)
        except psycopg.Error:  # it is gone, or lets nobody in: there are others
            return False
        return True

    def _ask(self, name: str, question: str) -> Any:
        with psycopg.connect(self._server.get_uri(name), autocommit=True) as connection:
            return connection.execute(question).fetchall()


def create(server: Any, name: str, how: str = "") -> None:
    run(server.get_uri(), f"CREATE DATABASE {name} {how}")


def drop(server: Any, name: str) -> None:
    run(server.get_uri(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
