"""What tells of a person who is erased in what is not theirs (`mailflow contact erase`): every column of words and
every raw mail of every table is looked at, and where it tells of them, written anew without. Which words are theirs
says `mail.traces`, how a mail is written anew `mail.redaction`.

Looking takes no lock. What is found is changed in pieces of one transaction each, and is looked at again in it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Connection, LargeBinary, Row, String, Table, delete, func, select, tuple_, update

from mailflow.mail import redaction
from mailflow.mail.traces import Traces
from mailflow.store.columns import Text
from mailflow.store.database import Database
from mailflow.store.forgetting.person import Person
from mailflow.store.tables import CONTACT, CONTACT_ADDRESS, ENTRY, MESSAGE, OCTETS, PIN
from mailflow.store.tables.row import Row as Tables

ROWS = 200
"""Looked at together; a few of raw mail."""
MAILS = 20
AGENTS = frozenset(
    {"agent", "assignee", "claimed_by", "ended_by", "node", "opened_by", "released_by", "settled_by", "taken_by"}
)
"""Columns of names of ours: an agent may be called as a customer is."""
KEYS = frozenset({"source_key", "digest"})
"""By these it is known what was here before; a part of an address means nothing there."""
OF_A_CONVERSATION = frozenset({"text", "reply", "html", "subject", "octets"})
"""Columns in which people quote one another."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Of one person. `looked` is told how many rows were looked at."""

    database: Database
    person: Person
    looked: Callable[[int], None] = lambda rows: None

    def found(self) -> Counter[str]:
        """How many rows of each table tell of them."""
        tables = ((table, rows) for table in _tables() for rows in self._telling(table))
        counts: Counter[str] = Counter()
        for table, rows in tables:
            counts[table.name] += len(rows)
        return counts

    def carry_out(self) -> Counter[str]:
        """How many rows of each table were written anew."""
        counts: Counter[str] = Counter()
        for table in _tables():
            for rows in self._telling(table):
                with self.database.begin() as connection:
                    counts[table.name] += self._rewrite(connection, table, rows)
        return counts

    def rows(self) -> int:
        """How many there are to look at, about."""
        with self.database.connect() as connection:
            return sum(_count(connection, table) for table in _tables())

    def _telling(self, table: Table) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Keys of rows that tell of them, in pieces."""
        after: tuple[Any, ...] | None = None
        while True:
            with self.database.connect() as connection:
                rows = connection.execute(_after(table, after)).all()
            if not rows:
                return
            after = _key(table, rows[-1])
            self.looked(len(rows))
            if found := [_key(table, row) for row in rows if self._anew(table, row)]:
                yield found

    def _rewrite(self, connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]) -> int:
        columns = tuple(table.primary_key.columns)
        rows = connection.execute(_with_ticket(table).where(tuple_(*columns).in_(keys))).all()
        changed = 0
        for row in rows:
            if values := self._anew(table, row):
                this = [column == value for column, value in zip(columns, _key(table, row), strict=True)]
                is_key = bool(values.keys() & {column.name for column in columns})
                connection.execute((delete(table) if is_key else update(table).values(values)).where(*this))
                changed += 1
                if table is OCTETS:
                    self._rewrite_message(connection, row.entry)
        return changed

    def _rewrite_message(self, connection: Connection, entry: int) -> None:
        """Of a mail that tells of them, maybe in its header only: what it quotes may be theirs, in fewer words."""
        for row in connection.execute(_with_ticket(MESSAGE).where(MESSAGE.c.entry == entry)).all():
            if values := self._anew(MESSAGE, row, tells=True):
                connection.execute(update(MESSAGE).values(values).where(MESSAGE.c.id == row.id))

    def _anew(self, table: Table, row: Row[Any], *, tells: bool = False) -> dict[str, Any]:
        """The columns that tell of them, as they should be. `tells`: it is known that the mail does."""
        visited = tells or getattr(row, "its_ticket", None) in self.person.visited
        traces, values = self.person.traces, {}
        for column in _of_words(table):
            value, tied = getattr(row, column.name), visited and column.name in OF_A_CONVERSATION
            if value and (anew := _anew(value, column, traces, tied)) != value:
                values[column.name] = _unique(anew, column, row)
        return values


def _anew(value: Any, column: Column[Any], traces: Traces, tied: bool) -> Any:
    if isinstance(column.type, LargeBinary):
        anew = redaction.redacted(value, traces, tied=tied)
        return value if anew is None else anew
    return _without(value, traces, tied)


def _without(value: Any, traces: Traces, tied: bool) -> Any:
    """JSON is looked at as deep as it goes; keys are ours."""
    if isinstance(value, str):
        if value in traces.ids:
            return ""
        return traces.redacted(value, tied=tied)
    if isinstance(value, dict):
        return {key: _without(item, traces, tied) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, traces, tied) for item in value]
    return value


def _unique(value: Any, column: Column[Any], row: Row[Any]) -> Any:
    """Two that told of the person are not the same afterwards."""
    is_unique = column.unique or (column.table.name, column.name) == ("outbox", "key")
    return f"erased:{row.id}" if is_unique else value


def _tables() -> Sequence[Table]:
    """But for those that are erased by their keys, the last of all: until then they say who the person is."""
    return [table for table in Tables.metadata.sorted_tables if table not in (CONTACT, CONTACT_ADDRESS, PIN)]


def _of_words(table: Table) -> Iterator[Column[Any]]:
    for column in table.columns:
        if isinstance(column.type, (JSON, LargeBinary, String, Text)) and column.name not in AGENTS | KEYS:
            yield column


def _with_ticket(table: Table) -> Any:
    """The rows, each with the ticket it belongs to as `its_ticket`."""
    if table is OCTETS:
        return select(OCTETS, ENTRY.c.ticket.label("its_ticket")).join(ENTRY, ENTRY.c.id == OCTETS.c.entry)
    if "ticket" in table.c:
        return select(table, table.c.ticket.label("its_ticket"))
    return select(table, table.c.id.label("its_ticket")) if table.name == "ticket" else select(table)


def _after(table: Table, key: tuple[Any, ...] | None) -> Any:
    columns = tuple(table.primary_key.columns)
    rows = _with_ticket(table).order_by(*columns)
    rows = rows.limit(MAILS if any(isinstance(column.type, LargeBinary) for column in table.c) else ROWS)
    return rows if key is None else rows.where(tuple_(*columns) > key)


def _key(table: Table, row: Row[Any]) -> tuple[Any, ...]:
    return tuple(getattr(row, column.name) for column in table.primary_key.columns)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
