"""Corrections of contacts (desk.contacts.correction) as rows: begun by a mail, stopped by another, done or rejected
once.

Whoever settles one holds its row: two nodes, or an agent and the clock, never both. Its tickets are taken before it, as
who files mail does. A contact has one at a time that is open; a later one takes the place of the one before.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from mailflow.desk.actions import CorrectDetails
from mailflow.desk.contacts.contact import Role
from mailflow.desk.contacts.correction import Reader
from mailflow.desk.contacts.details import OPEN as OPEN_STATES
from mailflow.desk.contacts.details import Correction, Detail, OnFile, State, became
from mailflow.desk.newcomers.admitted import Recover
from mailflow.desk.ticket import Status
from mailflow.errors import Refused
from mailflow.store.conditions import OPEN, PENDING
from mailflow.store.contacts.contact_history import Happened, record
from mailflow.store.contacts.details import on_file
from mailflow.store.instants import aware
from mailflow.store.tables import ACCOUNT, CONTACT, CONTACT_ADDRESS, CORRECTION, EVENT, TICKET

_ACCOUNT = select(CONTACT.c.account).where(CONTACT.c.id == CORRECTION.c.contact).scalar_subquery().label("account")
_LIVE = (TICKET.c.status != Status.CLOSED.value, TICKET.c.merged_into.is_(None))
_DUE = select(CORRECTION, _ACCOUNT).where(PENDING).order_by(CORRECTION.c.due, CORRECTION.c.id)


def begin(connection: Connection, change: CorrectDetails | Recover, *, by: str, at: datetime) -> bool:
    """It waits from now on; False where the contact is gone. `by`: the address that said it."""
    before = on_file(connection, [change.contact]).get(change.contact)
    if before is None:
        return False
    replaced = {"state": State.REJECTED.value, "why": "a later one took its place", "settled": aware(at)}
    connection.execute(update(CORRECTION).where(CORRECTION.c.contact == change.contact, OPEN).values(replaced))
    row = {
        "contact": change.contact, "ticket": change.ticket, "entry": change.entry, "by": by, "at": aware(at),
        "wanted": {detail.value: value for detail, value in change.wanted.items()}, "state": State.PENDING.value,
        "due": aware(change.due), "why": "", "settled_by": "",
    }  # fmt: skip
    connection.execute(insert(CORRECTION), row)
    text = f"{', '.join(became(before, change.wanted))}; in force from {change.due:%Y-%m-%d %H:%M} UTC on"
    record(connection, change.contact, Happened.CORRECTED, text, agent=by, at=at)
    return True


def stop(connection: Connection, entry: int, why: str, *, by: str, at: datetime) -> bool:
    """The one that mail `entry` began waits for an agent; False where it is not pending any more."""
    found = of_entry(connection, entry, lock=True)
    if found is None or found.state is not State.PENDING:
        return False
    put_off(connection, found, why)
    record(connection, found.contact, Happened.OBJECTED, why, agent=by, at=at)
    return True


def put_off(connection: Connection, correction: Correction, why: str) -> None:
    """Until an agent decides."""
    _change(connection, correction, state=State.WAITS.value, why=why)


def put_off_all(connection: Connection, why: str) -> int:
    """Each that would take effect by itself waits until an agent decides; how many."""
    values = {"state": State.WAITS.value, "why": why}
    return connection.execute(update(CORRECTION).where(PENDING).values(values)).rowcount


def due(connection: Connection, now: datetime) -> Correction | None:
    """One whose time has come, locked with its tickets; not pending any more where somebody else settled it while we
    waited. None also where it was erased meanwhile."""
    row = connection.execute(_DUE.where(CORRECTION.c.due <= aware(now)).limit(1)).one_or_none()
    return _locked(connection, _correction(row)) if row else None


def of_entry(connection: Connection, entry: int, *, lock: bool = False) -> Correction | None:
    """`lock`: it stays so until this transaction ends, which has its ticket locked."""
    return _one(connection, CORRECTION.c.entry == entry, lock=lock)


def to_decide(connection: Connection, number: int) -> Correction:
    """For an agent, locked with its tickets; Refused where nothing is to be decided."""
    known = _one(connection, CORRECTION.c.id == number)
    found = _locked(connection, known) if known else None
    if found is None:
        raise Refused(f"there is no correction {number}; see: mailflow contact changes list")
    if found.state not in OPEN_STATES:
        raise Refused(f"correction {number} is {found.state} already")
    return found


def taken(connection: Connection, correction: Correction) -> list[str]:
    """Those of its addresses that another contact has."""
    where = (CONTACT_ADDRESS.c.address.in_(correction.addresses), CONTACT_ADDRESS.c.contact != correction.contact)
    return sorted(connection.execute(select(CONTACT_ADDRESS.c.address).where(*where)).scalars())


def take_effect(connection: Connection, correction: Correction, before: OnFile, *, by: str, at: datetime) -> None:
    """What is on file is what the contact said, which so has verified it. `by`: an agent; '' by itself."""
    columns = {detail.value: value for detail, value in correction.wanted.items() if detail is not Detail.ADDRESSES}
    if columns:
        connection.execute(update(CONTACT).where(CONTACT.c.id == correction.contact).values(columns))
    if correction.addresses:
        _write_addresses(connection, correction)
        _move_tickets(connection, correction, before, at)
    _settle(connection, correction, State.DONE, by=by, at=at)
    told: dict[str, Any] = {"agent": by or correction.by, "at": at}
    changed = ", ".join(became(before, correction.wanted))
    record(connection, correction.contact, Happened.CHANGED, f"{changed}; as {correction.by} said", **told)
    said = f"what is on file, by correction {correction.number}"
    record(connection, correction.contact, Happened.VERIFIED, said, **told)


def reject(connection: Connection, correction: Correction, why: str, *, by: str, at: datetime) -> None:
    _settle(connection, correction, State.REJECTED, by=by, at=at, why=why)
    record(connection, correction.contact, Happened.REJECTED, f"correction {correction.number}: {why}", agent=by, at=at)


def primaries(connection: Connection, account: int) -> list[Reader]:
    """The account's primary contacts, each where its mail goes."""
    rows = connection.execute(
        select(CONTACT.c.name, CONTACT.c.language, CONTACT.c.roles, CONTACT_ADDRESS.c.address)
        .join_from(CONTACT, CONTACT_ADDRESS, CONTACT_ADDRESS.c.contact == CONTACT.c.id)
        .where(CONTACT.c.account == account, CONTACT_ADDRESS.c.position == 0)
        .order_by(CONTACT.c.id)
    )
    theirs = (row for row in rows if Role.PRIMARY in row.roles)
    return [Reader(address=row.address, name=row.name, language=row.language) for row in theirs]


def waiting(connection: Connection) -> int:
    """How many an agent is to decide about."""
    waits = select(func.count()).where(CORRECTION.c.state == State.WAITS.value, OPEN)
    return connection.execute(waits).scalar() or 0


def list_(connection: Connection, *, settled: bool = False, contact: int | None = None) -> list[dict[str, Any]]:
    """Those that are open, the oldest first, or all: id, account, name, by, ticket, at, state, due, wanted, why,
    settled, settled_by."""
    where: list[ColumnElement[bool]] = [] if settled else [CORRECTION.c.state.in_([each.value for each in OPEN_STATES])]
    if contact is not None:
        where.append(CORRECTION.c.contact == contact)
    rows = connection.execute(
        select(CORRECTION, CONTACT.c.name, ACCOUNT.c.code)
        .join(CONTACT, CONTACT.c.id == CORRECTION.c.contact)
        .join(ACCOUNT, ACCOUNT.c.id == CONTACT.c.account)
        .where(*where)
        .order_by(CORRECTION.c.id)
    )
    return [_shown(row) for row in rows]


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id, "account": row.code, "name": row.name, "by": row.by, "ticket": row.ticket,
        "at": row.at.isoformat(), "state": row.state,
        "due": row.due.isoformat() if row.state == State.PENDING.value else None, "wanted": row.wanted, "why": row.why,
        "settled": row.settled.isoformat() if row.settled else None, "settled_by": row.settled_by,
    }  # fmt: skip


def _one(connection: Connection, where: ColumnElement[bool], *, lock: bool = False) -> Correction | None:
    found = select(CORRECTION, _ACCOUNT).where(where)
    row = connection.execute(found.with_for_update(of=CORRECTION) if lock else found).one_or_none()
    return _correction(row) if row else None


def _locked(connection: Connection, found: Correction) -> Correction | None:
    """As it is once nobody else can change it."""
    _lock_tickets(connection, found)
    return _one(connection, CORRECTION.c.id == found.number, lock=True)


def _lock_tickets(connection: Connection, correction: Correction) -> None:
    """Before its row, and in the order of their numbers, as who files mail has them: a mail of one of them may bring a
    correction that takes the place of this one."""
    theirs = (TICKET.c.id == correction.ticket) | and_(TICKET.c.contact == correction.contact, *_LIVE)
    connection.execute(select(TICKET.c.id).where(theirs).order_by(TICKET.c.id).with_for_update())


def _correction(row: Row[Any]) -> Correction:
    return Correction(
        number=row.id,
        contact=row.contact,
        ticket=row.ticket,
        entry=row.entry,
        by=row.by,
        wanted={Detail(name): value for name, value in row.wanted.items()},
        state=State(row.state),
        due=row.due,
        why=row.why,
        account=row.account,
    )


def _write_addresses(connection: Connection, correction: Correction) -> None:
    connection.execute(delete(CONTACT_ADDRESS).where(CONTACT_ADDRESS.c.contact == correction.contact))
    rows = [
        {"address": each, "contact": correction.contact, "position": place}
        for place, each in enumerate(correction.addresses)
    ]
    connection.execute(insert(CONTACT_ADDRESS), rows)


def _move_tickets(connection: Connection, correction: Correction, before: OnFile, at: datetime) -> None:
    """What is answered in theirs goes to where they are now."""
    gone = set(before.addresses) - set(correction.addresses)
    theirs = (TICKET.c.contact == correction.contact, TICKET.c.requester.in_(gone), *_LIVE)
    new = correction.addresses[0]
    moved = update(TICKET).where(*theirs).values(requester=new).returning(TICKET.c.id)
    numbers = sorted(connection.execute(moved).scalars()) if gone else ()
    text = f"its requester is written to at {new}: correction {correction.number}"
    rows = [{"ticket": number, "at": aware(at), "kind": "details", "text": text} for number in numbers]
    if rows:
        connection.execute(insert(EVENT), rows)


def _settle(
    connection: Connection, correction: Correction, state: State, *, by: str, at: datetime, why: str = ""
) -> None:
    _change(connection, correction, state=state.value, settled=aware(at), settled_by=by, why=why or correction.why)


def _change(connection: Connection, correction: Correction, **values: Any) -> None:
    connection.execute(update(CORRECTION).where(CORRECTION.c.id == correction.number).values(values))
