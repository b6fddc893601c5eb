"""Who was registered after they wrote: their tickets become their account's.

Those that are not closed, and whose author was more than a From line: what a forger wrote does not become a customer's
because somebody registers that customer. What is due of them by a contract is worked out by `store.timing.due`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from mailflow.desk.ticket import Status
from mailflow.store.instants import aware
from mailflow.store.tables import ACCOUNT, CONTACT, CONTACT_ADDRESS, EVENT, TICKET
from mailflow.store.tickets.tickets import load_all

_THEIRS = (
    select(TICKET.c.id, CONTACT.c.id.label("contact"), CONTACT.c.name, CONTACT.c.account, ACCOUNT.c.code)
    .join(CONTACT_ADDRESS, CONTACT_ADDRESS.c.address == TICKET.c.requester)
    .join(CONTACT, CONTACT.c.id == CONTACT_ADDRESS.c.contact)
    .join(ACCOUNT, ACCOUNT.c.id == CONTACT.c.account)
    .where(TICKET.c.contact.is_(None), TICKET.c.believed, TICKET.c.status != Status.CLOSED.value)
    .order_by(TICKET.c.id)
)
_TIE = (
    update(TICKET)
    .where(TICKET.c.id == bindparam("number"))
    .values(contact=bindparam("whose"), account=bindparam("whose_account"))
)


@dataclass(frozen=True, slots=True)
class Tied:
    ticket: int
    account: str  # its code


def tie(connection: Connection, *, agent: str, at: datetime) -> list[Tied]:
    """The tickets of all who are registered by now; `agent` has registered somebody."""
    load_all(connection, connection.execute(_THEIRS).scalars().all(), lock=True)
    rows = connection.execute(_THEIRS).all()  # as they are behind the lock
    if not rows:
        return []
    connection.execute(_TIE, [{"number": row.id, "whose": row.contact, "whose_account": row.account} for row in rows])
    told = [(row.id, f"{agent} registered {row.name} for account {row.code}") for row in rows]
    events = [{"ticket": number, "at": aware(at), "kind": "contact", "text": text} for number, text in told]
    connection.execute(insert(EVENT), events)
    return [Tied(row.id, row.code) for row in rows]
