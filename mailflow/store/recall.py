"""What the store knows of the clues of one message, and nothing more: `Clues` in, `Context` out.

Two statements for a first mail of a registered contact; the rest only where a message points at something.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, case, func, literal, select, true, union_all

from mailflow.desk.actions import Disposition, Kind
from mailflow.desk.clues import Clues, Context, Earlier
from mailflow.desk.contact import Account, Contact, Role
from mailflow.mail.address import domain_of
from mailflow.store.tables import ACCOUNT, ACCOUNT_DOMAIN, CONTACT, CONTACT_ADDRESS, ENTRY, MESSAGE, OUTBOX
from mailflow.store.tickets import load_all

KEPT = (Disposition.FILED.value, Disposition.HELD.value)
"""What a copy can be a duplicate of. A dropped or failed one is not: the copy may fare better."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)

_EARLIER = (
    select(ENTRY.c.id, ENTRY.c.ticket)
    .where(ENTRY.c.digest == bindparam("digest"), ENTRY.c.disposition.in_(KEPT))
    .order_by(ENTRY.c.id)
    .limit(1)
    .subquery()
)
_COUNTS = and_(OUTBOX.c.automatic, OUTBOX.c.created > bindparam("yesterday"), OUTBOX.c.state != "cancelled")
_TOLD = and_(OUTBOX.c.kind == Kind.REGISTRATION.value, OUTBOX.c.state != "cancelled")
_MAILED = (
    select(
        func.count(case((_COUNTS, 1))).label("automatic_today"),
        func.max(case((_TOLD, OUTBOX.c.created))).label("registration_at"),
    )
    .where(OUTBOX.c.rcpt_to == bindparam("author"), OUTBOX.c.created > bindparam("last_week"))
    .subquery()
)
_AT_A_GLANCE = select(_EARLIER, _MAILED).select_from(_MAILED.outerjoin(_EARLIER, true()))
_OTHER = CONTACT_ADDRESS.alias("other")
_CONTACT = (
    select(
        CONTACT.c.id, CONTACT.c.name, CONTACT.c.language, CONTACT.c.roles,
        ACCOUNT.c.id.label("account"), ACCOUNT.c.code, ACCOUNT.c.name.label("account_name"), _OTHER.c.address,
    )
    .join_from(CONTACT_ADDRESS, CONTACT, CONTACT.c.id == CONTACT_ADDRESS.c.contact)
    .join(ACCOUNT, ACCOUNT.c.id == CONTACT.c.account)
    .join(_OTHER, _OTHER.c.contact == CONTACT.c.id)
    .where(CONTACT_ADDRESS.c.address == bindparam("author"))
)  # fmt: skip
_ACCOUNT = (
    select(ACCOUNT.c.id, ACCOUNT.c.code, ACCOUNT.c.name)
    .join_from(ACCOUNT_DOMAIN, ACCOUNT, ACCOUNT.c.id == ACCOUNT_DOMAIN.c.account)
    .where(ACCOUNT_DOMAIN.c.domain == bindparam("domain"))
)
_IDS: BindParameter[list[Any]] = bindparam("ids", expanding=True)
_BY_MESSAGE_ID = union_all(
    select(literal(0).label("place"), MESSAGE.c.id, MESSAGE.c.message_id, MESSAGE.c.ticket).where(
        MESSAGE.c.message_id.in_(_IDS)
    ),
    select(literal(1), OUTBOX.c.id, OUTBOX.c.message_id, OUTBOX.c.ticket).where(
        OUTBOX.c.message_id.in_(_IDS), OUTBOX.c.ticket.is_not(None)
    ),
).order_by("place", "id")


def recall(connection: Connection, clues: Clues, now: datetime) -> Context:
    known = _at_a_glance(connection, clues, now)
    known.update(_author(connection, clues.author))
    by_message_id = _tickets_of(connection, clues)
    numbers = {*(token.ticket for token in clues.tokens), *by_message_id.values(), *([clues.tag] if clues.tag else [])}
    return Context(tickets=load_all(connection, numbers), by_message_id=by_message_id, **known)


def _at_a_glance(connection: Connection, clues: Clues, now: datetime) -> dict[str, Any]:
    asked = {"digest": clues.digest, "author": clues.author or "", "yesterday": now - DAY, "last_week": now - WEEK}
    row = connection.execute(_AT_A_GLANCE, asked).one()
    return {
        "earlier": None if row.id is None else Earlier(number=row.id, ticket=row.ticket),
        "automatic_today": row.automatic_today,
        "registration_at": row.registration_at,
    }


def _author(connection: Connection, author: str | None) -> dict[str, Any]:
    if author is None:
        return {}
    rows = connection.execute(_CONTACT, {"author": author}).all()
    if not rows:
        return {"account": _account_of_domain(connection, domain_of(author))}
    row = rows[0]
    roles = frozenset(Role(role) for role in row.roles)
    return {
        "contact": Contact(id=row.id, name=row.name, language=row.language, roles=roles),
        "account": Account(id=row.account, code=row.code, name=row.account_name),
        "addresses": frozenset(each.address for each in rows),
    }


def _account_of_domain(connection: Connection, domain: str) -> Account | None:
    row = connection.execute(_ACCOUNT, {"domain": domain}).one_or_none()
    return Account(id=row.id, code=row.code, name=row.name) if row else None


def _tickets_of(connection: Connection, clues: Clues) -> dict[str, int]:
    """Who first used an id owns it: a later mail with a borrowed Message-ID leads nobody elsewhere."""
    ids = [*clues.message_ids, *([clues.reported] if clues.reported else [])]
    found: dict[str, int] = {}
    if ids:
        for row in connection.execute(_BY_MESSAGE_ID, {"ids": ids}):
            found.setdefault(row.message_id, row.ticket)
    return found
