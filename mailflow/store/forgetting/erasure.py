"""What is a person's own is erased (`mailflow contact erase`): the words of their tickets and mails, raw mail, outgoing
mail, timers, addresses and names. What stays says nothing of them: numbers, times, states, the digests by which a copy
of a mail is known, the keys by which a mailbox is not fetched twice. So the sums of the journal stay what they were.

Mail goes in pieces, each in a transaction, then the rest of its ticket in one, and the contact last: what is
interrupted is begun again and finds the rest. `store.forgetting.redaction` then looks through everything that is
not theirs.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, case, cast, delete, func, or_, select, update
from sqlalchemy.sql.sqltypes import String

from mailflow.desk.decision import Disposition
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.paging.oncall import UNTAKEN, PageState
from mailflow.desk.ticket import Status
from mailflow.mail.traces import ERASED
from mailflow.store.forgetting.person import Person, is_of, their_entries
from mailflow.store.forgetting.pieces import ROWS, in_pieces
from mailflow.store.instants import aware
from mailflow.store.outbox import State
from mailflow.store.tables import (
    CONSENT,
    CONTACT,
    CONTACT_EVENT,
    CONTACT_QUESTION,
    CORRECTION,
    ENTRY,
    EVENT,
    GIVEN,
    MESSAGE,
    OCTETS,
    OUTBOX,
    PAGE,
    PARTICIPANT,
    PIN,
    REACH_LETTER,
    TICKET,
    TICKET_TAG,
    TIMER,
    UNDELIVERABLE,
)
from mailflow.store.tables.row import Row

NEEDS_OCTETS = [Disposition.RECEIVED.value, Disposition.HELD.value, Disposition.FAILED.value]

Begin = Callable[[], AbstractContextManager[Connection]]
_UNCLAIMED: dict[str, Any] = {"claimed_by": "", "claimed_until": None}
_NO_WORDS: dict[str, Any] = {
    "subject": "", "text": ERASED, "reply": ERASED, "html": None, "author_name": "", "message_id": "", "warning": "",
    "attachments": [],
}  # fmt: skip
_NOBODY: dict[str, Any] = {
    "mail_from": "", "peer": "", "helo": "", "message_id": "", "author": "", "subject": ERASED, "trouble": "",
    "verdict_reason": "", "evidence": None, "rules": None,
}  # fmt: skip


def erase(begin: Begin, person: Person, now: datetime) -> Counter[str]:
    """How many rows of each table were theirs. Done twice it finds nothing the second time."""
    done: Counter[str] = Counter()
    for number in sorted(person.tickets):
        with begin() as connection:
            pieces = in_pieces(raw_mail(connection, ENTRY.c.ticket == number))
        for numbers in pieces:
            with begin() as connection:
                done += erase_entries(connection, numbers, aware(now))
        with begin() as connection:
            done += erase_ticket(connection, number, aware(now))
    while True:
        with begin() as connection:
            piece = _mail(connection, person, aware(now))
        done += piece
        if not piece:
            break
    with begin() as connection:
        done += _visits(connection, person)
        done += _letters(connection, is_of(OUTBOX.c.rcpt_to, person.addresses), aware(now))
    return done


def erase_contact(connection: Connection, person: Person) -> Counter[str]:
    """The last step: until then the contact says what else is to be looked for."""
    done: Counter[str] = Counter()
    connection.execute(update(TICKET).where(TICKET.c.contact.in_(person.contacts)).values(contact=None))
    for table in _of_a_contact():
        done += _deleted(connection, table, table.c.contact.in_(person.contacts))
    done += _deleted(connection, CONTACT, CONTACT.c.id.in_(person.contacts))
    for table in (PIN, UNDELIVERABLE):
        done += _deleted(connection, table, table.c.address.in_(person.addresses))
    return done


def _of_a_contact() -> Sequence[Table]:
    """Whose rows are about one contact, and go with it; a ticket stays."""
    return [
        table
        for table in Row.metadata.sorted_tables
        if table is not TICKET and any(key.column is CONTACT.c.id for key in table.foreign_keys)
    ]


def erase_ticket(connection: Connection, number: int, now: datetime) -> Counter[str]:
    """It is closed, and a number without words. What it has of raw mail goes in the same transaction: where that may be
    much, `erase_entries` comes first."""
    done: Counter[str] = Counter()
    for table in (TIMER, PARTICIPANT, TICKET_TAG, GIVEN, CORRECTION, CONSENT):
        done += _deleted(connection, table, table.c.ticket == number)
    done += _changed(connection, EVENT, EVENT.c.ticket == number, {"text": ERASED})
    said_in = MESSAGE.c.direction == "in"
    author = case((said_in, ""), else_=MESSAGE.c.author)
    done += _changed(connection, MESSAGE, MESSAGE.c.ticket == number, {**_NO_WORDS, "author": author})
    done += _letters(connection, OUTBOX.c.ticket == number, now)
    left = (ENTRY.c.ticket == number, or_(ENTRY.c.subject != ERASED, ENTRY.c.emptied.is_(None)))
    done += erase_entries(connection, connection.execute(select(ENTRY.c.id).where(*left)).scalars().all(), now)
    state = case((PAGE.c.state.in_(sorted(UNTAKEN)), PageState.TAKEN.value), else_=PAGE.c.state)
    settled = func.coalesce(PAGE.c.settled, now)
    words = {"cause": ERASED, "last_reply": "", "state": state, "settled": settled, **_UNCLAIMED}
    done += _changed(connection, PAGE, PAGE.c.ticket == number, words)
    nobodys: dict[str, Any] = {
        "subject": ERASED, "status": Status.CLOSED.value, "requester": "", "requester_name": "", "contact": None,
        "incident": None, "incident_state": 0, "seeks": "", "reach_case": None,
        **dict.fromkeys(("waiting_since", "question_at", "away_until", "response_due", "resolution_due", "due")),
    }  # fmt: skip
    return done + _changed(connection, TICKET, TICKET.c.id == number, nobodys)


def _mail(connection: Connection, person: Person, now: datetime) -> Counter[str]:
    """Some of what they wrote outside of their tickets; nothing when none is left."""
    some = select(ENTRY.c.id, ENTRY.c.size).where(their_entries(person), ENTRY.c.subject != ERASED).limit(ROWS)
    pieces = in_pieces({row.id: row.size for row in connection.execute(some)})
    said = is_of(MESSAGE.c.author, person.addresses)
    messages = list(connection.execute(select(MESSAGE.c.id).where(said).limit(ROWS)).scalars())
    done = erase_entries(connection, pieces[0] if pieces else (), now)
    return done + _changed(connection, MESSAGE, MESSAGE.c.id.in_(messages), {**_NO_WORDS, "author": ""})


def raw_mail(connection: Connection, *where: ColumnElement[bool]) -> dict[int, int]:
    """Entries that have their octets still, by their numbers, with how many."""
    rows = select(ENTRY.c.id, ENTRY.c.size).join(OCTETS, OCTETS.c.entry == ENTRY.c.id).where(*where)
    return {row.id: row.size for row in connection.execute(rows.order_by(ENTRY.c.id))}


def erase_entries(connection: Connection, numbers: Sequence[int], now: datetime) -> Counter[str]:
    """What has still to be filed, or waits for a decision, is dropped: there is nothing left to decide about."""
    if not numbers:
        return Counter()
    these = ENTRY.c.id.in_(numbers)
    waits = ENTRY.c.disposition.in_(NEEDS_OCTETS)
    dropped = {
        "disposition": Disposition.DROPPED.value, "rule": OwnRule.ERASED.value, "ticket": None, "settled": now,
        **_UNCLAIMED,
    }  # fmt: skip
    connection.execute(update(ENTRY).where(these, waits).values(dropped))
    done = _changed(connection, ENTRY, these, {**_NOBODY, "reason": ERASED, "emptied": now})
    return done + _deleted(connection, OCTETS, OCTETS.c.entry.in_(numbers))


def _visits(connection: Connection, person: Person) -> Counter[str]:
    done: Counter[str] = Counter()
    for table in (CONTACT_EVENT, CONTACT_QUESTION, CORRECTION, REACH_LETTER):
        done += _deleted(connection, table, table.c.contact.in_(person.contacts))
    answered = {"words": "", "by": None}  # a letter to another of their account
    done += _changed(connection, REACH_LETTER, REACH_LETTER.c.by.in_(person.contacts), answered)
    done += _deleted(connection, GIVEN, GIVEN.c.by.in_(person.addresses))
    done += _deleted(connection, CONSENT, CONSENT.c.address.in_(person.addresses))
    return done + _deleted(connection, PARTICIPANT, PARTICIPANT.c.address.in_(person.addresses))


def _letters(connection: Connection, where: ColumnElement[bool], now: datetime) -> Counter[str]:
    """What waits is not sent; of what is just being sent nobody can say."""
    where &= OUTBOX.c.rcpt_to != ""
    state = case(
        (OUTBOX.c.state.in_([State.WAITING.value, State.CLAIMED.value]), State.CANCELLED.value),
        (OUTBOX.c.state == State.SENDING.value, State.UNKNOWN.value),
        else_=OUTBOX.c.state,
    )
    values = {
        "key": "erased:" + cast(OUTBOX.c.id, String), "mail_from": "", "rcpt_to": "", "subject": ERASED,
        "message_id": "", "last_reply": "", "octets": b"", "state": state,
        "settled": func.coalesce(OUTBOX.c.settled, now),
        "emptied": now, **_UNCLAIMED,
    }  # fmt: skip
    return _changed(connection, OUTBOX, where, values)


def _changed(connection: Connection, table: Table, where: ColumnElement[bool], values: dict[str, Any]) -> Counter[str]:
    return Counter({table.name: connection.execute(update(table).where(where).values(values)).rowcount})


def _deleted(connection: Connection, table: Table, where: ColumnElement[bool]) -> Counter[str]:
    return Counter({table.name: connection.execute(delete(table).where(where)).rowcount})


def numbers_of_visits(connection: Connection, person: Person) -> set[int]:
    """Of the mail about tickets of others in which they took part: it may quote them in few words."""
    where = OUTBOX.c.ticket.in_(sorted(person.visited))
    return set(connection.execute(select(OUTBOX.c.id).where(where)).scalars())


def numbers_of_letters(connection: Connection, person: Person) -> set[int]:
    """Of the mail to them or about their tickets: its files may lie in a folder. Asked before it is erased."""
    where = or_(is_of(OUTBOX.c.rcpt_to, person.addresses), OUTBOX.c.ticket.in_(sorted(person.tickets)))
    return set(connection.execute(select(OUTBOX.c.id).where(where)).scalars())
