"""Outgoing mail, from the change that caused it to the answer of the server that took it.

waiting ─► claimed ─► sending ─► sent | refused | waiting again (backoff); any time before: cancelled. `sending` is
committed right before the content goes out: the point of doubt. Who finds it after a crash calls an automatic mail
`unknown` (at most once), and sends a person's words again under the same Message-ID (at least once).

A claim is a lease and counts one more attempt; that count is the fencing token, as in store.journal: who lost the claim
can neither begin to send nor record anything, however much the clocks disagree about the lease.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from mailflow.desk.writing.ceiling import PERIOD, Written
from mailflow.desk.writing.kind import APART, TO_AGENTS, Kind
from mailflow.desk.writing.letter import Outgoing
from mailflow.errors import Refused
from mailflow.store.instants import AT_ONCE, aware
from mailflow.store.tables import OUTBOX
from mailflow.store.upsert import insert_new


class State(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


ENDS = frozenset({State.SENT, State.REFUSED, State.UNKNOWN, State.CANCELLED})
ON_ITS_WAY = frozenset({State.CLAIMED, State.SENDING})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is ours to send for as long as the lease lasts."""

    number: int
    outgoing: Outgoing
    attempts: int  # this one included
    created: datetime


_INSERT = insert_new(OUTBOX, "key")
_OF_KEYS = select(OUTBOX.c.key).where(OUTBOX.c.key.in_(bindparam("keys", expanding=True)))
_UNCLAIMED: dict[str, Any] = {"claimed_by": "", "claimed_until": None}
_WAITING = (
    select(OUTBOX)
    .where(OUTBOX.c.state == State.WAITING.value, OUTBOX.c.due <= bindparam("now"))
    .order_by(OUTBOX.c.due, OUTBOX.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)  # PostgreSQL only
)
_WAITING_PEOPLE = _WAITING.where(OUTBOX.c.automatic.is_(False))
_CLAIM = (
    update(OUTBOX)
    .where(OUTBOX.c.id.in_(bindparam("numbers", expanding=True)))
    .values(
        state=State.CLAIMED.value,
        attempts=OUTBOX.c.attempts + 1,
        claimed_by=bindparam("node"),
        claimed_until=bindparam("until"),
    )
)

_AUTOMATIC = (
    select(func.count())
    .select_from(OUTBOX)
    .where(OUTBOX.c.automatic, OUTBOX.c.created > bindparam("since"), OUTBOX.c.state != State.CANCELLED.value)
)
_WRITTEN = select(
    _AUTOMATIC.where(OUTBOX.c.rcpt_to == bindparam("rcpt_to")).scalar_subquery().label("to_address"),
    _AUTOMATIC.where(OUTBOX.c.ticket == bindparam("ticket"), OUTBOX.c.kind.not_in(sorted(APART)))
    .scalar_subquery()
    .label("in_ticket"),
)
_TOLD = select(func.count()).where(
    OUTBOX.c.rcpt_to == bindparam("rcpt_to"), OUTBOX.c.created > bindparam("since"),
    OUTBOX.c.ticket == bindparam("ticket"), OUTBOX.c.kind.in_(sorted(TO_AGENTS)),
    OUTBOX.c.state != State.CANCELLED.value,
)  # fmt: skip
_ARRIVED = (  # the three steps of every mail, compiled once
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("number"), OUTBOX.c.attempts == bindparam("attempt"))
    .where(OUTBOX.c.state.in_(sorted(ON_ITS_WAY)))
    .values(state=bindparam("new_state"), last_reply=bindparam("reply"), **_UNCLAIMED)
)
_SENDING = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("number"), OUTBOX.c.attempts == bindparam("attempt"))
    .where(OUTBOX.c.state == State.CLAIMED.value)
    .values(state=State.SENDING.value)
)
_SETTLE = _ARRIVED.values(settled=bindparam("now"))
_POSTPONE = _ARRIVED.values(due=bindparam("new_due"))
_NO_LONGER_TRUE = (
    update(OUTBOX)
    .where(OUTBOX.c.ticket.in_(bindparam("tickets", expanding=True)), OUTBOX.c.state == State.WAITING.value)
    .values(state=State.CANCELLED.value, settled=bindparam("now"), last_reply="no longer true")
    .returning(OUTBOX.c.ticket)
)
_REMINDERS = _NO_LONGER_TRUE.where(OUTBOX.c.kind == Kind.REMINDER.value)
_AUTOMATIC_MAIL = _NO_LONGER_TRUE.where(OUTBOX.c.automatic)
_TO = (
    update(OUTBOX)
    .where(OUTBOX.c.ticket == bindparam("number"), OUTBOX.c.rcpt_to.in_(bindparam("addresses", expanding=True)))
    .where(OUTBOX.c.state == State.WAITING.value)
    .values(state=State.CANCELLED.value, settled=bindparam("now"), last_reply="takes no part any more")
    .returning(OUTBOX.c.rcpt_to)
)


def insert(connection: Connection, outgoing: Outgoing, now: datetime) -> None:
    insert_all(connection, [outgoing], now)


def insert_all(connection: Connection, letters: Sequence[Outgoing], now: datetime) -> None:
    """A cause that was written before is ignored: that is the `at most once` of writing."""
    if letters:
        connection.execute(_INSERT[connection.dialect.name], [_row(letter, aware(now)) for letter in letters])


def claim(
    connection: Connection, node: str, now: datetime, lease: timedelta, limit: int, *, people_only: bool = False
) -> list[Claimed]:
    waiting = _WAITING_PEOPLE if people_only else _WAITING
    rows = connection.execute(waiting, {"now": aware(now), "limit": limit}).all()
    numbers = [row.id for row in rows]
    if numbers:
        connection.execute(_CLAIM, {"numbers": numbers, "node": node, "until": now + lease})
    return [Claimed(row.id, outgoing_of(row), row.attempts + 1, row.created) for row in rows]


def mark_sending(connection: Connection, claimed: Claimed) -> None:
    """The next thing on the wire is the content. Refused when the mail is not ours (any more)."""
    if connection.execute(_SENDING, _ours(claimed)).rowcount != 1:
        raise _refusal(connection, claimed.number, {State.CLAIMED}, "send")


def settle(connection: Connection, claimed: Claimed, state: str, reply: str, now: datetime) -> None:
    """How it ended, and what the other side said."""
    if (end := State(state)) not in ENDS:
        raise ValueError(f"{end} is no end")
    values = {**_ours(claimed), "new_state": end.value, "reply": reply, "now": aware(now)}
    if connection.execute(_SETTLE, values).rowcount != 1:
        raise _refusal(connection, claimed.number, ON_ITS_WAY, "settle")


def postpone(connection: Connection, claimed: Claimed, due: datetime, reply: str) -> None:
    """Nobody took it: again at `due`."""
    values = {**_ours(claimed), "new_state": State.WAITING.value, "reply": reply, "new_due": aware(due)}
    if connection.execute(_POSTPONE, values).rowcount != 1:
        raise _refusal(connection, claimed.number, ON_ITS_WAY, "postpone")


def recover(connection: Connection, node: str, now: datetime, under_way: Collection[int] = ()) -> None:
    """After a crash: rows of `node`, which has just started ('' while it runs), and rows whose lease is over, but for
    those `under_way` here: a machine that slept through its leases, or whose clock was put, still has them in hand."""
    stale = or_(OUTBOX.c.claimed_by == node, OUTBOX.c.claimed_until < aware(now)) & (OUTBOX.c.claimed_by != "")
    stale &= OUTBOX.c.id.not_in(under_way)
    unknown = {"state": State.UNKNOWN.value, "last_reply": "stopped while it was being sent", "settled": now}
    again = {"state": State.WAITING.value, "due": AT_ONCE}
    _recover(connection, stale & (OUTBOX.c.state == State.SENDING.value) & OUTBOX.c.automatic, unknown)
    _recover(connection, stale & OUTBOX.c.state.in_([state.value for state in ON_ITS_WAY]), again)


def retry(connection: Connection, number: int) -> None:
    """A person wants it sent (again), whatever was in doubt. Refused when its words are not kept any more."""
    asked = select(OUTBOX.c.id).where(OUTBOX.c.id == number, or_(OUTBOX.c.octets == b"", OUTBOX.c.rcpt_to == ""))
    if connection.execute(asked).first():
        raise Refused(f"cannot retry outgoing mail {number}: its words are not kept any more ([retention], or erased)")
    values = {"state": State.WAITING.value, "due": AT_ONCE, "settled": None, **_UNCLAIMED}
    _move(connection, number, {State.REFUSED, State.UNKNOWN, State.CANCELLED, State.WAITING}, values, "retry")


def cancel(connection: Connection, number: int, now: datetime) -> None:
    values = {"state": State.CANCELLED.value, "settled": aware(now), **_UNCLAIMED}
    _move(connection, number, {State.WAITING, State.UNKNOWN}, values, "cancel")


def cancel_reminders(connection: Connection, tickets: Sequence[int], now: datetime) -> set[int]:
    """Those that did not go out yet are no longer true. Of which of the tickets there were any."""
    return _no_longer_true(connection, _REMINDERS, tickets, now)


def cancel_automatic(connection: Connection, tickets: Sequence[int], now: datetime) -> set[int]:
    """The same for all that a machine wrote; a person's words go out."""
    return _no_longer_true(connection, _AUTOMATIC_MAIL, tickets, now)


def cancel_to(connection: Connection, ticket: int, addresses: Sequence[str], now: datetime) -> list[str]:
    """What of a ticket is not yet on its way to these, a person's words too. To whom there was any."""
    if not addresses:
        return []
    asked = {"number": ticket, "addresses": list(addresses), "now": aware(now)}
    return sorted(set(connection.execute(_TO, asked).scalars()))


def _no_longer_true(
    connection: Connection, statement: ReturningUpdate[Any], tickets: Sequence[int], now: datetime
) -> set[int]:
    if not tickets:
        return set()
    return set(connection.execute(statement, {"tickets": tickets, "now": aware(now)}).scalars())


def written(connection: Connection, rcpt_to: str, ticket: int, now: datetime) -> Written:
    """For the ceilings of automatic mail."""
    asked = {"rcpt_to": rcpt_to, "ticket": ticket, "since": aware(now) - PERIOD}
    row = connection.execute(_WRITTEN, asked).one()
    return Written(to_address=row.to_address, in_ticket=row.in_ticket)


def told(connection: Connection, rcpt_to: str, ticket: int, now: datetime) -> int:
    """How many mails an agent got about a ticket, within PERIOD."""
    asked = {"rcpt_to": rcpt_to, "ticket": ticket, "since": aware(now) - PERIOD}
    return connection.execute(_TOLD, asked).scalar() or 0


def is_written(connection: Connection, key: str) -> bool:
    return connection.execute(select(OUTBOX.c.id).where(OUTBOX.c.key == key)).first() is not None


def written_of(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of `keys` that are."""
    return set(connection.execute(_OF_KEYS, {"keys": list(keys)}).scalars()) if keys else set()


def octets_of(connection: Connection, number: int) -> bytes | None:
    """As they go out."""
    octets: bytes | None = connection.execute(select(OUTBOX.c.octets).where(OUTBOX.c.id == number)).scalar()
    return octets


def octets_named(connection: Connection, message_id: str) -> bytes | None:
    """Those of the first mail with this Message-ID."""
    named = select(OUTBOX.c.octets).where(OUTBOX.c.message_id == message_id).order_by(OUTBOX.c.id).limit(1)
    octets: bytes | None = connection.execute(named).scalar()
    return octets


def outgoing_of(row: Any) -> Outgoing:
    return Outgoing(
        key=row.key,
        kind=Kind(row.kind),
        automatic=row.automatic,
        ticket=row.ticket,
        mail_from=row.mail_from,
        rcpt_to=row.rcpt_to,
        subject=row.subject,
        message_id=row.message_id,
        octets=row.octets,
    )


def _row(letter: Outgoing, now: datetime) -> dict[str, Any]:
    return {
        "key": letter.key, "kind": letter.kind.value, "automatic": letter.automatic, "ticket": letter.ticket,
        "mail_from": letter.mail_from, "rcpt_to": letter.rcpt_to, "subject": letter.subject,
        "message_id": letter.message_id, "octets": letter.octets, "created": now, "state": State.WAITING.value,
        "attempts": 0, "due": AT_ONCE, "last_reply": "", "claimed_by": "",
    }  # fmt: skip


def _ours(claimed: Claimed) -> dict[str, int]:
    """The fence: whoever claimed it later counts one more attempt."""
    return {"number": claimed.number, "attempt": claimed.attempts}


def _recover(connection: Connection, where: ColumnElement[bool], values: dict[str, Any]) -> None:
    connection.execute(update(OUTBOX).where(where).values({**values, **_UNCLAIMED}))


def _move(connection: Connection, number: int, from_: Collection[State], values: dict[str, Any], verb: str) -> None:
    where = (OUTBOX.c.id == number, OUTBOX.c.state.in_([state.value for state in from_]))
    if connection.execute(update(OUTBOX).where(*where).values(values)).rowcount != 1:
        raise _refusal(connection, number, from_, verb)


def _refusal(connection: Connection, number: int, from_: Collection[State], verb: str) -> Refused:
    found = connection.execute(select(OUTBOX.c.state).where(OUTBOX.c.id == number)).scalar()
    if found is None:
        return Refused(f"there is no outgoing mail {number}")
    if found in from_:
        return Refused(f"cannot {verb} outgoing mail {number}: it was claimed again since")
    return Refused(f"cannot {verb} outgoing mail {number}: it is {found}, not {' or '.join(sorted(from_))}")
