"""Which tickets are in a disrupted region: a condition for statements about what is due."""

from typing import Any

from sqlalchemy import ColumnElement, select

from mailflow.store.conditions import is_any
from mailflow.store.tables import ACCOUNT, DISRUPTION, TICKET

LASTS: ColumnElement[bool] = DISRUPTION.c.until.is_(None)


def is_disrupted(account: ColumnElement[Any]) -> ColumnElement[bool]:
    """Of the number of an account: three searches in indexes, for rows that are due only."""
    found = select(DISRUPTION.c.id).where(ACCOUNT.c.id == account, DISRUPTION.c.region == ACCOUNT.c.region, LASTS)
    return is_any(found.correlate_except(ACCOUNT, DISRUPTION))


def rests(ticket: ColumnElement[Any]) -> ColumnElement[bool]:
    """The same of the number of a ticket."""
    disrupted = (DISRUPTION.c.region == ACCOUNT.c.region, LASTS)
    found = select(TICKET.c.id).where(TICKET.c.id == ticket, ACCOUNT.c.id == TICKET.c.account, *disrupted)
    return is_any(found.correlate_except(TICKET, ACCOUNT, DISRUPTION))
