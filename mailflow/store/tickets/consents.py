"""Who was asked whether they agree to a request, and what they said (desk.intake.consent)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, insert, select, update

from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.store.numbers import LARGEST, reserve
from mailflow.store.tables import CONSENT, CONTACT, CONTACT_ADDRESS

_NUMBERS: BindParameter[list[Any]] = bindparam("numbers", expanding=True)
_OF = select(CONSENT).where(CONSENT.c.ticket.in_(_NUMBERS)).order_by(CONSENT.c.id)
_TICKETS = select(CONSENT.c.id, CONSENT.c.ticket).where(CONSENT.c.id.in_(_NUMBERS))
_LANGUAGE = (
    select(CONTACT.c.language)
    .join_from(CONTACT_ADDRESS, CONTACT, CONTACT.c.id == CONTACT_ADDRESS.c.contact)
    .where(CONTACT_ADDRESS.c.address == bindparam("address"))
)
_INSERT = insert(CONSENT)


def of_tickets(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[Consent, ...]]:
    """By ticket, the oldest first."""
    found: dict[int, tuple[Consent, ...]] = {}
    for row in connection.execute(_OF, {"numbers": numbers}) if numbers else ():
        found[row.ticket] = (*found.get(row.ticket, ()), _consent(row))
    return found


def tickets_of(connection: Connection, numbers: Collection[int]) -> Mapping[int, int]:
    """Of those of these questions that there are."""
    wanted = [each for each in numbers if each <= LARGEST]
    rows = connection.execute(_TICKETS, {"numbers": wanted}) if wanted else ()
    return {row.id: row.ticket for row in rows}


def language_of(connection: Connection, address: str) -> str:
    """Of the registered contact; '' where there is none, or it says none."""
    return connection.execute(_LANGUAGE, {"address": address}).scalar_one_or_none() or ""


def begin(connection: Connection, ticket: int, consent: Consent) -> Consent:
    """The same, with its number."""
    (number,) = reserve(connection, CONSENT, 1)
    connection.execute(_INSERT, {**_row(consent), "id": number, "ticket": ticket})
    return replace(consent, number=number)


def change(connection: Connection, consent: Consent) -> None:
    connection.execute(update(CONSENT).where(CONSENT.c.id == consent.number).values(_row(consent)))


def _row(consent: Consent) -> dict[str, Any]:
    row = {**asdict(consent), "state": consent.state.value, "seen": dict(consent.seen)}
    del row["number"]
    return row


def _consent(row: Any) -> Consent:
    columns = {name: value for name, value in row._asdict().items() if name not in ("id", "ticket", "state")}
    return Consent(number=row.id, state=ConsentState(row.state), **columns)
