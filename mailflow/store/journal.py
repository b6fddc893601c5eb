"""The journal: every message we answered for is one row, which ends in exactly one disposition. The ledger of `audit`.

A claim is a lease: the row says whose it is and until when, and counts one more of `claims`, which never gets smaller.
That count is the fencing token: an entry is settled or put off only by who claimed it last, and settled only once, so
that a message is filed exactly once however late a filer comes back, whatever an agent released meanwhile, and however
much the clocks of two nodes disagree about a lease. How thoroughly a message is
read follows what is known to have gone wrong with it, `failures`: a claim that just ended was mostly a daemon that did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from mailflow.desk.decision import Disposition
from mailflow.desk.entry import Entry
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.rules.applied import Applied
from mailflow.errors import Refused
from mailflow.mail.envelope import Arrival
from mailflow.store.entries.rows import COLUMNS, entry_in, row_of, within
from mailflow.store.instants import AT_ONCE, aware
from mailflow.store.numbers import reserve
from mailflow.store.tables import ENTRY, OCTETS

RECEIVED = Disposition.RECEIVED.value
FINAL = (OwnRule.REJECTED.value, OwnRule.EXPIRED.value, OwnRule.ERASED.value, OwnRule.RETENTION.value)
"""What is dropped by one of these stays so."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An entry that is ours to file for as long as the lease lasts."""

    entry: Entry
    failures: int = 0

    @property
    def octets(self) -> bytes:
        return self.entry.octets

    @property
    def look(self) -> int:
        """The how manieth at it, as far as effort is concerned: from the second on the message is suspected.

        Claims that ended without a word do not count: messages are read by a child, and what kills us is not one.
        """
        return 1 + self.failures


_INSERT = insert(ENTRY)
_INSERT_OCTETS = insert(OCTETS)
_KNOWN = select(ENTRY.c.source_key).where(ENTRY.c.source_key.in_(bindparam("keys", expanding=True)))
_WAITING = (
    select(*(ENTRY.c[name] for name in COLUMNS))
    .where(ENTRY.c.disposition == RECEIVED, ENTRY.c.due <= bindparam("now"))
    .where((ENTRY.c.claimed_until.is_(None)) | (ENTRY.c.claimed_until < bindparam("now")))
    .order_by(ENTRY.c.due, ENTRY.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)  # PostgreSQL only
)
_CLAIM = (
    update(ENTRY)
    .where(ENTRY.c.id.in_(bindparam("numbers", expanding=True)))
    .values(
        attempts=ENTRY.c.attempts + 1,
        claims=ENTRY.c.claims + 1,
        claimed_by=bindparam("node"),
        claimed_until=bindparam("until"),
    )
)
_OCTETS = select(OCTETS.c.entry, OCTETS.c.octets).where(OCTETS.c.entry.in_(bindparam("numbers", expanding=True)))
_SETTLE = (
    update(ENTRY)
    .where(ENTRY.c.id == bindparam("number"), ENTRY.c.disposition == RECEIVED)
    .where(ENTRY.c.claims == bindparam("claim"))
    .values(
        disposition=bindparam("new_disposition"), reason=bindparam("new_reason"), rule=bindparam("new_rule"),
        ticket=bindparam("new_ticket"), duplicate_of=bindparam("new_duplicate_of"), digest=bindparam("new_digest"),
        message_id=bindparam("new_message_id"), author=bindparam("new_author"), subject=bindparam("new_subject"),
        verdict=bindparam("new_verdict"), verdict_reason=bindparam("new_verdict_reason"),
        evidence=bindparam("new_evidence"), rules=bindparam("new_rules"), settled=bindparam("now"), trouble="",
        claimed_by="", claimed_until=None,
    )
)  # fmt: skip
_FOLLOW = (
    update(ENTRY)
    .where(ENTRY.c.digest == bindparam("same"), ENTRY.c.duplicate_of == bindparam("number"))
    .values(duplicate_of=bindparam("new_duplicate_of"), ticket=bindparam("new_ticket"))
)
_COUNT_FAILURE = (
    update(ENTRY)
    .where(ENTRY.c.id == bindparam("number"), ENTRY.c.disposition == RECEIVED, ENTRY.c.claims == bindparam("claim"))
    .values(failures=ENTRY.c.failures + 1)
    .returning(ENTRY.c.failures)
)
_UNCLAIMED: dict[str, Any] = {"claimed_by": "", "claimed_until": None}


def receive(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> list[int]:
    """Keep them all; their numbers, in order."""
    return receive_each(connection, [(arrival, now) for arrival in arrivals])


def receive_each(connection: Connection, arrivals: Sequence[tuple[Arrival, datetime]]) -> list[int]:
    """As `receive`, each with its own time."""
    if not arrivals:
        return []
    numbers = reserve(connection, ENTRY, len(arrivals))
    numbered = list(zip(numbers, arrivals, strict=True))
    connection.execute(_INSERT, [{"id": number, **row_of(arrival, now)} for number, (arrival, now) in numbered])
    connection.execute(
        _INSERT_OCTETS, [{"entry": number, "octets": arrival.octets} for number, (arrival, _) in numbered]
    )
    return list(numbers)


def receive_new(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> list[int | None]:
    """As `receive`, but what was fetched before (the same key) is no row: None."""
    keys = [arrival.key for arrival in arrivals if arrival.key]
    seen = set(connection.execute(_KNOWN, {"keys": keys}).scalars()) if keys else set()
    new: list[Arrival] = []
    for arrival in arrivals:
        if arrival.key is None or arrival.key not in seen:
            new.append(arrival)
            seen.add(arrival.key)
    numbers = dict(zip(map(id, new), receive(connection, new, now), strict=True))
    return [numbers.get(id(arrival)) for arrival in arrivals]


def claim(
    connection: Connection, node: str, now: datetime, lease: timedelta, limit: int, octets_limit: int
) -> list[Claimed]:
    """The oldest that are due and nobody's, at least one however large, in order of their numbers."""
    rows = list(within(connection.execute(_WAITING, {"now": aware(now), "limit": limit}), octets_limit))
    if not rows:
        return []
    numbers = [row.id for row in rows]
    connection.execute(_CLAIM, {"numbers": numbers, "node": node, "until": now + lease})
    octets: dict[int, bytes] = {row.entry: row.octets for row in connection.execute(_OCTETS, {"numbers": numbers})}
    for gone in [row for row in rows if row.id not in octets]:  # one such row would keep all others from being read
        fail(connection, entry_in(gone, b""), "its raw mail is not there any more", now)
    claimed = [Claimed(entry_in(row, octets[row.id]), row.failures) for row in rows if row.id in octets]
    return sorted(claimed, key=lambda each: each.entry.number)


def release_claims(connection: Connection, node: str) -> None:
    """What `node` claimed and did not finish is anybody's again; called when it starts."""
    connection.execute(
        update(ENTRY).where(ENTRY.c.disposition == RECEIVED, ENTRY.c.claimed_by == node).values(_UNCLAIMED)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How an entry ends, and what is remembered of the message that it was."""

    entry: Entry
    disposition: Disposition
    reason: str
    rule: str = ""
    ticket: int | None = None
    duplicate_of: int | None = None
    digest: str | None = None
    message_id: str = ""
    author: str = ""
    subject: str = ""
    verdict: str = ""  # of who wrote it
    verdict_reason: str = ""
    applied: tuple[Applied, ...] = ()  # by rules of filters/


def settle(connection: Connection, settlements: Sequence[Settlement], now: datetime) -> None:
    """The end of their entries. Refused when one has ended before, or was claimed again since it was read."""
    if not settlements:
        return
    done = connection.execute(_SETTLE, [_settled(each, aware(now)) for each in settlements])
    if done.rowcount != len(settlements):
        raise _lost(each.entry for each in settlements)
    for each in settlements:
        if each.duplicate_of and (each.entry.released or each.entry.confirmed_by):
            _follow(connection, each)


def _follow(connection: Connection, each: Settlement) -> None:
    """It was held, and had duplicates of its own: now they are of the one that it is a duplicate of."""
    values = {"same": each.digest, "number": each.entry.number}
    connection.execute(_FOLLOW, {**values, "new_duplicate_of": each.duplicate_of, "new_ticket": each.ticket})


def count_failure(connection: Connection, entry: Entry) -> int:
    """One more attempt that ended in trouble of the message's own; how many there were. Refused when it is not ours."""
    counted = connection.execute(_COUNT_FAILURE, {"number": entry.number, "claim": entry.claims}).scalar()
    if counted is None:
        raise _lost([entry])
    return int(counted)


def postpone(connection: Connection, entry: Entry, due: datetime, trouble: str) -> None:
    """It could not be filed now; nobody looks at it before `due`. Refused when it is not ours."""
    _put_off(connection, entry, {"due": aware(due), "trouble": trouble})


def put_back(connection: Connection, entry: Entry, due: datetime, trouble: str) -> None:
    """As `postpone`, and it counts as no attempt."""
    _put_off(connection, entry, {"due": aware(due), "trouble": trouble, "attempts": entry.attempts - 1})


def fail(connection: Connection, entry: Entry, trouble: str, now: datetime) -> None:
    """No more attempts. The raw mail is kept, a person looks at it, `retry` brings it back."""
    reason = trouble.strip().rpartition("\n")[2] or "it could not be read"
    values = {"disposition": Disposition.FAILED.value, "reason": reason, "trouble": trouble, "settled": aware(now)}
    _put_off(connection, entry, values)


def retry(connection: Connection, number: int) -> None:
    """File a failed or dropped entry again, as if it had come now. Refused when a person rejected it: that is final."""
    asked = select(ENTRY.c.reason).where(ENTRY.c.id == number, ENTRY.c.rule.in_(FINAL))
    if reason := connection.execute(asked).scalar():
        raise Refused(f"entry {number} is dropped for good: {reason}")
    _receive_again(connection, number, {Disposition.FAILED, Disposition.DROPPED}, "retry")


def release(connection: Connection, number: int, by: str = "") -> None:
    """An agent lets a held entry through: the hold does not apply again. Refused when there is only a header."""
    asked = select(ENTRY.c.reason).where(ENTRY.c.id == number, ENTRY.c.rule == OwnRule.HEADER_ONLY.value)
    if reason := connection.execute(asked).scalar():
        raise Refused(
            f"entry {number} is only the header of its message: {reason}. Read it there; or raise the limit, restart "
            "mailflow and copy the message within its folder"
        )
    _receive_again(connection, number, {Disposition.HELD}, "release", released=True, released_by=by)


def confirm(connection: Connection, number: int, answer: int) -> None:
    """The author of a held entry has answered our challenge with entry `answer`: it is judged again, once."""
    _receive_again(connection, number, {Disposition.HELD}, "confirm", confirmed_by=answer)


def judge_again(connection: Connection, number: int) -> None:
    """What is known of the author of a held entry has changed. The hold applies again if it still would."""
    _receive_again(connection, number, {Disposition.HELD}, "judge again")


def move(connection: Connection, number: int, from_: set[Disposition], values: dict[str, Any], verb: str) -> None:
    """Change the disposition of an entry that has one of `from_`. Refused, in words of `verb`, when it has not."""
    where = (ENTRY.c.id == number, ENTRY.c.disposition.in_([each.value for each in from_]))
    if connection.execute(update(ENTRY).where(*where).values(values)).rowcount == 1:
        return
    found = connection.execute(select(ENTRY.c.disposition).where(ENTRY.c.id == number)).scalar()
    if found is None:
        raise Refused(f"there is no entry {number}")
    raise Refused(f"cannot {verb} entry {number}: it is {found}, not {' or '.join(sorted(from_))}")


def octets_of(connection: Connection, number: int) -> bytes | None:
    """As accepted; None when there is no such entry, or it is not kept any more."""
    octets: bytes | None = connection.execute(select(OCTETS.c.octets).where(OCTETS.c.entry == number)).scalar()
    return octets


def _settled(each: Settlement, now: datetime) -> dict[str, Any]:
    return {
        "number": each.entry.number, "claim": each.entry.claims, "now": now,
        "new_disposition": Disposition(each.disposition).value, "new_reason": each.reason, "new_rule": each.rule,
        "new_ticket": each.ticket, "new_duplicate_of": each.duplicate_of, "new_digest": each.digest,
        "new_message_id": each.message_id, "new_author": each.author, "new_subject": each.subject,
        "new_verdict": each.verdict, "new_verdict_reason": each.verdict_reason,
        "new_evidence": each.entry.evidence and each.entry.evidence.as_json(),
        "new_rules": [applied.as_json() for applied in each.applied] or None,
    }  # fmt: skip


def _put_off(connection: Connection, entry: Entry, values: dict[str, Any]) -> None:
    ours = (ENTRY.c.id == entry.number, ENTRY.c.disposition == RECEIVED, ENTRY.c.claims == entry.claims)
    if connection.execute(update(ENTRY).where(*ours).values({**values, **_UNCLAIMED})).rowcount != 1:
        raise _lost([entry])


def _lost(entries: Iterable[Entry]) -> Refused:
    numbers = ", ".join(str(entry.number) for entry in entries)
    return Refused(f"not ours any more: settled or claimed by another: entry {numbers}")


def _receive_again(connection: Connection, number: int, from_: set[Disposition], verb: str, **also: int | str) -> None:
    asked = select(ENTRY.c.emptied).where(ENTRY.c.id == number, ENTRY.c.emptied.is_not(None))
    if emptied := connection.execute(asked).scalar():
        raise Refused(f"cannot {verb} entry {number}: its raw mail went on {emptied:%Y-%m-%d} ([retention], or erased)")
    values = {
        "disposition": RECEIVED, "reason": "", "rule": "", "trouble": "", "ticket": None, "duplicate_of": None,
        "attempts": 0, "failures": 0, "due": AT_ONCE, "settled": None, **_UNCLAIMED, **also,
    }  # fmt: skip
    move(connection, number, from_, values, verb)
