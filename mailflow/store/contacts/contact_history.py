"""What became of a contact's details: who added, changed, verified or corrected them, and when (R0.1, R0.3). Rows are
only added. Who did it is an agent, or the address of a contact that did it by mail.

`verified` says that what is on file is true, and what that was. It stands until the next one, also if something is
changed later: the history shows both. For how long it is good is for whoever asks.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select

from mailflow.store.instants import aware
from mailflow.store.tables import CONTACT_EVENT


class Happened(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    VERIFIED = "verified"
    ASKED = "asked"  # whether it is true
    CORRECTED = "corrected"  # what it should be; it takes effect later
    OBJECTED = "objected"
    REJECTED = "rejected"
    PROVED = "proved"  # who it is, in a request to be registered


_OF_ONE = select(CONTACT_EVENT).order_by(CONTACT_EVENT.c.at, CONTACT_EVENT.c.id)
_LAST = (
    select(func.max(CONTACT_EVENT.c.id))
    .where(CONTACT_EVENT.c.kind == Happened.VERIFIED.value)
    .group_by(CONTACT_EVENT.c.contact)
)
VERIFICATIONS = select(CONTACT_EVENT).where(CONTACT_EVENT.c.id.in_(_LAST)).subquery("verification")
"""The last one of each contact that has any."""


def record(connection: Connection, contact: int, kind: Happened, text: str, *, agent: str, at: datetime) -> None:
    values = {"contact": contact, "kind": kind.value, "text": text, "agent": agent, "at": aware(at)}
    connection.execute(insert(CONTACT_EVENT), values)


def history(connection: Connection, contact: int) -> list[dict[str, Any]]:
    """Oldest first: at, kind, agent, text."""
    rows = connection.execute(_OF_ONE.where(CONTACT_EVENT.c.contact == contact))
    return [{"at": row.at.isoformat(), "kind": row.kind, "agent": row.agent, "text": row.text} for row in rows]
