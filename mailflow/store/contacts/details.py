"""What is on file of contacts (desk.contacts.details), and the question whether it is true."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select, update

from mailflow.desk.contacts.details import OnFile, Question
from mailflow.store.conditions import OPEN
from mailflow.store.contacts.contact_history import Happened, record
from mailflow.store.instants import aware
from mailflow.store.tables import ACCOUNT, CONTACT, CONTACT_ADDRESS, CONTACT_EVENT, CONTACT_QUESTION, CORRECTION, OUTBOX
from mailflow.store.upsert import insert_or_change

_CONTACTS: BindParameter[list[Any]] = bindparam("contacts", expanding=True)
_VERIFIED = (
    select(func.max(CONTACT_EVENT.c.at))
    .where(CONTACT_EVENT.c.contact == CONTACT.c.id, CONTACT_EVENT.c.kind == Happened.VERIFIED.value)
    .scalar_subquery()
)
_IN_WORK = select(CORRECTION.c.contact).where(OPEN, CORRECTION.c.contact == CONTACT.c.id).scalar_subquery()
_DETAILS = (
    select(
        CONTACT.c.id, CONTACT.c.account, CONTACT.c.name, CONTACT.c.phone, CONTACT.c.language, ACCOUNT.c.region,
        _VERIFIED.label("verified"), CONTACT_QUESTION.c.at.label("asked_at"), CONTACT_QUESTION.c.address,
        CONTACT_QUESTION.c.message_id, CONTACT_QUESTION.c.answered, _IN_WORK.label("in_work"),
    )
    .join_from(CONTACT, ACCOUNT, ACCOUNT.c.id == CONTACT.c.account)
    .outerjoin(CONTACT_QUESTION, CONTACT_QUESTION.c.contact == CONTACT.c.id)
    .where(CONTACT.c.id.in_(_CONTACTS))
)  # fmt: skip
_ADDRESSES = (
    select(CONTACT_ADDRESS.c.contact, CONTACT_ADDRESS.c.address)
    .where(CONTACT_ADDRESS.c.contact.in_(_CONTACTS))
    .order_by(CONTACT_ADDRESS.c.contact, CONTACT_ADDRESS.c.position)
)
_ASK = insert_or_change(CONTACT_QUESTION, ("contact",), ("at", "address", "message_id", "answered"))
_ANSWER = (
    update(CONTACT_QUESTION)
    .where(CONTACT_QUESTION.c.contact == bindparam("number"), CONTACT_QUESTION.c.answered.is_(False))
    .values(answered=True)
)


def on_file(connection: Connection, contacts: Collection[int]) -> dict[int, OnFile]:
    """Of each of `contacts` that there is."""
    if not contacts:
        return {}
    addresses: dict[int, list[str]] = {}
    for row in connection.execute(_ADDRESSES, {"contacts": list(contacts)}):
        addresses.setdefault(row.contact, []).append(row.address)
    rows = connection.execute(_DETAILS, {"contacts": list(contacts)})
    return {
        row.id: OnFile(
            contact=row.id,
            account=row.account,
            name=row.name,
            phone=row.phone,
            addresses=tuple(addresses.get(row.id, ())),
            language=row.language,
            region=row.region,
            verified=row.verified,
            question=_question(row),
            is_being_corrected=row.in_work is not None,
        )
        for row in rows
    }


def ask(connection: Connection, contact: int, address: str, key: str, at: datetime) -> None:
    """The mail of the outbox that has `key` asks; nothing where that was not written."""
    message_id = connection.execute(select(OUTBOX.c.message_id).where(OUTBOX.c.key == key)).scalar()
    if message_id:
        row = {"contact": contact, "at": aware(at), "address": address, "message_id": message_id, "answered": False}
        connection.execute(_ASK[connection.dialect.name], row)
        record(connection, contact, Happened.ASKED, f"at {address}, in an acknowledgement", agent="", at=at)


def answer(connection: Connection, contact: int) -> bool:
    """False: an answer counted before, and no second one does."""
    return connection.execute(_ANSWER, {"number": contact}).rowcount == 1


def _question(row: Any) -> Question | None:
    if row.asked_at is None:
        return None
    return Question(at=row.asked_at, address=row.address, message_id=row.message_id, answered=row.answered)
