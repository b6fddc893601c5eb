"""Numbers for rows that are not written yet: with them many rows are one statement, on SQLite too, where INSERT …
RETURNING says no order and is done row by row (measured: a third dearer).
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table, TextClause, select, text

LARGEST = (1 << 31) - 1
"""PostgreSQL's INTEGER. What a mail names may be any number: a subject is typed, and keys of tokens can be stolen."""
_NEXT: Mapping[str, TextClause] = {
    # AUTOINCREMENT: no number is used twice. Nobody else writes before our transaction ends; the rows then move it on.
    "sqlite": text(
        "WITH RECURSIVE next (number) AS (SELECT 1 + coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name "
        "UNION ALL SELECT number + 1 FROM next LIMIT :count) SELECT number FROM next"
    ),
    "postgresql": text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
}


def reserve(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """The next `count` ids of `table`, ascending, for rows of this transaction."""
    return connection.execute(_NEXT[connection.dialect.name], {"name": table.name, "count": count}).scalars().all()


def reserve_or_keep(connection: Connection, table: Table, wanted: Sequence[int | None]) -> Sequence[int]:
    """As `reserve`, one for each of `wanted`: a number that is wanted, by what had it before a restore, is given again
    if it is free. None and 0 want none."""
    named = {number for number in wanted if number}
    taken = set(connection.execute(select(table.c.id).where(table.c.id.in_(named))).scalars()) if named else set()
    following, numbers = iter(reserve(connection, table, len(wanted))), []
    for number in wanted:
        free = number if number and number not in taken else next(each for each in following if each not in taken)
        numbers.append(free)
        taken.add(numbers[-1])
    return numbers
