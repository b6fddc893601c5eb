"""The proof that no mail is unaccounted for: accepted = filed + dropped + held + duplicate + failed + waiting, and what
the rest of the database has to say to it.

One sum and a list of questions, each a query that finds nothing in a sound database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from mailflow.desk.actions import TimerKind
from mailflow.desk.decision import Disposition
from mailflow.desk.paging.oncall import PageState
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import Kind
from mailflow.store.outbox import ON_ITS_WAY
from mailflow.store.tables import ENTRY, MESSAGE, OCTETS, OUTBOX, PAGE, TICKET, TIMER

GRACE = timedelta(minutes=1)
"""How long after its lease a claim may stand: the next tick takes it."""
SHOWN = 20
"""Problems of one kind that are named; the rest is counted."""

_original = ENTRY.alias("original")
_into = TICKET.alias("into")
_message = MESSAGE.outerjoin(ENTRY, ENTRY.c.id == MESSAGE.c.entry)


@dataclass(frozen=True, slots=True)
class Audit:
    counts: Mapping[str, int]  # by disposition; `received` is called waiting
    accepted: int
    problems: tuple[str, ...]


def audit(connection: Connection, now: datetime) -> Audit:
    accepted = connection.execute(select(func.count()).select_from(ENTRY)).scalar_one()
    counts = _by_disposition(connection)
    problems: list[str] = []
    if accepted != sum(counts.values()):
        problems.append(f"accepted {accepted}, but {' + '.join(counts)} make {sum(counts.values())}")
    for words, question in _questions(now).items():
        problems.extend(_answers(connection, words, question))
    return Audit(counts, accepted, tuple(problems))


def _by_disposition(connection: Connection) -> dict[str, int]:
    """Only words that are an end, and the one that is not yet: any other is missing from the sum."""
    found: dict[str, int] = dict(
        connection.execute(select(ENTRY.c.disposition, func.count()).group_by(ENTRY.c.disposition)).all()
    )
    names = {Disposition.RECEIVED: "waiting"}
    return {names.get(each, each.value): found.get(each.value, 0) for each in Disposition}


def _questions(now: datetime) -> dict[str, Select[Any]]:
    filed = ENTRY.c.disposition == Disposition.FILED.value
    duplicate = ENTRY.c.disposition == Disposition.DUPLICATE.value
    kept = ENTRY.c.disposition.in_([Disposition.RECEIVED.value, Disposition.HELD.value, Disposition.FAILED.value])
    of_entry = and_(MESSAGE.c.entry == ENTRY.c.id, MESSAGE.c.ticket == ENTRY.c.ticket)
    waiting_claim = and_(ENTRY.c.disposition == Disposition.RECEIVED.value, ENTRY.c.claimed_until < now - GRACE)
    mail_claim = and_(OUTBOX.c.state.in_([state.value for state in ON_ITS_WAY]), OUTBOX.c.claimed_until < now - GRACE)
    page_claim = and_(PAGE.c.state == PageState.CLAIMED.value, PAGE.c.claimed_until < now - GRACE)
    waits_for_us = and_(  # as desk.timing.sla has it; which departments escalate only the configuration knows
        TICKET.c.waiting_since.is_not(None),
        TICKET.c.status.in_([Status.OPEN.value, Status.AWAITING_CUSTOMER.value]),
    )
    return {
        "entry {} is filed, but no message of its ticket comes from it": (
            select(ENTRY.c.id).where(filed, ENTRY.c.rule == "", ~select(MESSAGE.c.id).where(of_entry).exists())
        ),
        "message {} came in, but no filed entry brought it to its ticket": (
            select(MESSAGE.c.id)
            .select_from(_message)
            .where(MESSAGE.c.direction == "in")
            .where(or_(ENTRY.c.id.is_(None), ~filed, ENTRY.c.ticket != MESSAGE.c.ticket, ENTRY.c.ticket.is_(None)))
        ),
        "entry {} is more than one message": (
            select(MESSAGE.c.entry).where(MESSAGE.c.entry.is_not(None)).group_by(MESSAGE.c.entry)
            .having(func.count() > 1)
        ),
        "entry {} is a duplicate of nothing, or of another duplicate": (
            select(ENTRY.c.id)
            .outerjoin(_original, _original.c.id == ENTRY.c.duplicate_of)
            .where(duplicate)
            .where(or_(_original.c.id.is_(None), _original.c.disposition == Disposition.DUPLICATE.value))
        ),
        "entry {} names a ticket that does not exist": (
            select(ENTRY.c.id).outerjoin(TICKET, TICKET.c.id == ENTRY.c.ticket)
            .where(ENTRY.c.ticket.is_not(None), TICKET.c.id.is_(None))
        ),
        "the octets of entry {} are gone, and it still needs them": (
            select(ENTRY.c.id).outerjoin(OCTETS, OCTETS.c.entry == ENTRY.c.id).where(kept, OCTETS.c.entry.is_(None))
        ),
        "entry {} is claimed by nobody alive": select(ENTRY.c.id).where(waiting_claim),
        "outgoing mail {} is claimed by nobody alive": select(OUTBOX.c.id).where(mail_claim),
        "page {} is claimed by nobody alive": select(PAGE.c.id).where(page_claim),
        "outgoing mail {} was written twice for one cause": (
            select(func.max(OUTBOX.c.id)).group_by(OUTBOX.c.key).having(func.count() > 1)
        ),
        "ticket {} was acknowledged twice": (
            select(OUTBOX.c.ticket)
            .where(OUTBOX.c.kind == Kind.ACKNOWLEDGEMENT.value, OUTBOX.c.ticket.is_not(None))
            .group_by(OUTBOX.c.ticket)
            .having(func.count() > 1)
        ),
        "ticket {} was merged, but is not closed, or not into a ticket that stands": (
            select(TICKET.c.id).outerjoin(_into, _into.c.id == TICKET.c.merged_into)
            .where(TICKET.c.merged_into.is_not(None))
            .where(or_(_into.c.id.is_(None), _into.c.merged_into.is_not(None), TICKET.c.status != Status.CLOSED.value))
        ),
        "ticket {} is about to be escalated, and nobody waits for us": (
            select(TIMER.c.ticket).join(TICKET, TICKET.c.id == TIMER.c.ticket)
            .where(TIMER.c.kind == TimerKind.ESCALATE.value, ~waits_for_us)
        ),
        "ticket {} is about to be escalated for its resolution, and its clock stands still": (
            select(TIMER.c.ticket).join(TICKET, TICKET.c.id == TIMER.c.ticket)
            .where(TIMER.c.kind == TimerKind.ESCALATE_RESOLUTION.value, TICKET.c.status != Status.OPEN.value)
        ),
    }  # fmt: skip


def _answers(connection: Connection, words: str, question: Select[Any]) -> list[str]:
    found = sorted(connection.execute(question).scalars())
    more = [f"… and {len(found) - SHOWN:,} more like it"] if len(found) > SHOWN else []
    return [words.format(number) for number in found[:SHOWN]] + more
