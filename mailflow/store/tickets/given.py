"""What was given of requests, item by item, with the evidence. Nothing is changed: what is said later comes below."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, insert, select

from mailflow.desk.intake.given import Given
from mailflow.store.tables import GIVEN

_NUMBERS: BindParameter[list[Any]] = bindparam("numbers", expanding=True)
_OF = select(GIVEN).where(GIVEN.c.ticket.in_(_NUMBERS)).order_by(GIVEN.c.id)


def dossiers(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[Given, ...]]:
    """By ticket, the oldest first."""
    found: dict[int, tuple[Given, ...]] = {}
    for row in connection.execute(_OF, {"numbers": numbers}) if numbers else ():
        given = Given(
            item=row.item, value=row.value, words=row.words, by=row.by, at=row.at, entry=row.entry, line=row.line
        )
        found[row.ticket] = (*found.get(row.ticket, ()), given)
    return found


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(GIVEN), rows)
