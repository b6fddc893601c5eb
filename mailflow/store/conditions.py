"""Which rows of a table an index has: statements that say it in the same words can use it."""

from typing import Any

from sqlalchemy import ColumnElement, Index, Select, TextClause, text

SILENCE = text("kind = 'silence'")
MERGED = text("merged_into IS NOT NULL")
CONTINUES = text("continues IS NOT NULL")
WAITS = text("waiting_since IS NOT NULL")
DUE = text("due IS NOT NULL")
LASTS = text("until IS NULL")
IN_WORK = text("state IN ('waiting', 'claimed')")
"""Of pages; its words make the index usable."""
UNTAKEN = text("state IN ('given_up', 'withheld')")
"""Of pages, by anybody, for good; as IN_WORK."""
PENDING = text("state = 'pending'")
"""Of corrections; as IN_WORK."""
OPEN = text("state IN ('pending', 'waits')")
SOUGHT = text("state IN ('asked', 'paused', 'wider')")
"""Of reach cases that are open; as IN_WORK."""
NEWS = text("news")
SEEKS = text("seeks <> ''")
IN_REACH = text("reach_case IS NOT NULL")
SPLIT = text("split_from IS NOT NULL")
ATTACHED = text("incident IS NOT NULL")
GOES_ON = text("ended IS NULL")
ENDED = text("disposition IN ('dropped', 'held')")
"""Of entries, by a rule or for a reason."""
LEFT = text("state IN ('sent', 'refused', 'unknown', 'cancelled')")
"""Of outgoing mail that is over; both as IN_WORK."""


def index(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    """Of these rows only."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def is_any(found: Select[Any]) -> ColumnElement[bool]:
    """Of rows that never have NULL there. A value and no EXISTS, for which PostgreSQL may read all of a table first."""
    return found.limit(1).scalar_subquery().is_not(None)
