"""What the database that was put aside knows of the time after the backup is taken into the restored one (`mailflow db
missing --take`), under the numbers that it had.

Mail that it had filed is filed once more, with the evidence of who wrote it, into a ticket of the same number; nobody
is written to for it: what was written stands in its outbox, which is taken over, too. What it dropped, held or could
not read stays so, and what it had emptied is empty here, too. What it had not come to is filed as new. What agents did
by command is in no mail (backups.deeds), and who was erased is in the backup again (backups.erased).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from mailflow.desk.decision import Disposition
from mailflow.desk.ownrule import OwnRule
from mailflow.mail.traces import ERASED
from mailflow.store import journal
from mailflow.store.backups.missing import missing, missing_outgoing
from mailflow.store.instants import AT_ONCE, aware
from mailflow.store.outbox import ENDS, State
from mailflow.store.tables import ENTRY, OCTETS, OUTBOX
from mailflow.store.upsert import insert_new

DOUBTFUL = "it was on its way when that database stopped: it may have been sent; retry sends it, cancel does not"
_FILED = (Disposition.FILED.value, Disposition.DUPLICATE.value)
_OPEN = (Disposition.RECEIVED.value, Disposition.HELD.value, Disposition.FAILED.value)
_UNCLAIMED: Mapping[str, Any] = {"claimed_by": "", "claimed_until": None}
_AS_NEW: Mapping[str, Any] = {
    "disposition": Disposition.RECEIVED.value, "reason": "", "rule": "", "rules": None, "trouble": "", "digest": None,
    "duplicate_of": None, "due": AT_ONCE, "settled": None, "emptied": None, "attempts": 0, "failures": 0,
}  # fmt: skip
_MAIL = insert_new(OUTBOX, "key")


@dataclass(frozen=True, slots=True)
class Takeover:
    """How many there were of each."""

    again: int  # filed there, and once more here
    waiting: int  # not filed there, and as new here
    as_there: Mapping[str, int]  # by disposition: dropped, held and failed
    emptied: int  # their raw mail is not kept there: left out, and emptied here
    mail: Mapping[str, int]  # outgoing, by what became of it


def take_over(here: Connection, former: Connection, now: datetime) -> Takeover:
    """In one transaction, while no daemon works on `here`. What was taken over before is not again."""
    found: Counter[str] = Counter()
    for number in [row.id for row in missing(here, former)]:
        found[_taken(here, former, _row(former, number))] += 1
    for row in _ended_since(here, former):
        found[_ended(here, former, row)] += 1
    as_there = {each: found[each] for each in ("dropped", "held", "failed") if found[each]}
    return Takeover(found["filed"], found["received"], as_there, found["emptied"], _mail(here, former, now))


def _taken(here: Connection, former: Connection, row: Row[Any]) -> str:
    """A mail that is not here. What became of it there."""
    octets = journal.octets_of(former, row.id)
    if octets is None and row.disposition != Disposition.DROPPED.value:
        return "emptied"
    here.execute(insert(ENTRY), [{**row._asdict(), **_changed(row)}])
    if octets is not None:
        here.execute(insert(OCTETS), [{"entry": row.id, "octets": octets}])
    return _became(row)


def _ended(here: Connection, former: Connection, row: Row[Any]) -> str:
    """A mail of the backup, about which nothing was decided then. Its octets are those of there: who was erased since
    is out of them."""
    kept = {name: value for name, value in row._asdict().items() if name not in ("id", "claims")}
    changed = _emptied(row) if row.emptied else _changed(row)
    values = {**kept, **changed, "claims": ENTRY.c.claims + 1}  # whoever had claimed it has lost it
    here.execute(update(ENTRY).where(ENTRY.c.id == row.id).values(**values))
    mine = OCTETS.c.entry == row.id
    if row.emptied:
        here.execute(delete(OCTETS).where(mine))
        return "emptied"
    if octets := journal.octets_of(former, row.id):
        here.execute(update(OCTETS).where(mine).values(octets=octets))
    return _became(row)


def _emptied(row: Row[Any]) -> dict[str, Any]:
    """As `_changed`, of what was erased, or kept no longer: nothing of it is filed again, in no ticket, and its rule
    says why. What is delivered again is a duplicate of it."""
    why = OwnRule.ERASED if row.subject == ERASED else OwnRule.RETENTION
    end = {"disposition": _became(row), "rule": row.rule or why.value}
    return {"ticket": None, "duplicate_of": None, **_UNCLAIMED, **end}


def _changed(row: Row[Any]) -> dict[str, Any]:
    """The columns that are not as there."""
    filed = row.disposition in _FILED
    again = {**_AS_NEW, "former_ticket": row.ticket or 0} if filed else {}
    return {"ticket": None, **_UNCLAIMED, **again}


def _became(row: Row[Any]) -> str:
    return Disposition.FILED.value if row.disposition in _FILED else str(row.disposition)


def _ended_since(here: Connection, former: Connection) -> Iterator[Row[Any]]:
    """Rows of `former` that were open in the backup, and are not as they were."""
    asked = select(ENTRY.c.id, ENTRY.c.disposition, ENTRY.c.settled, ENTRY.c.digest).where(
        ENTRY.c.disposition.in_(_OPEN), ENTRY.c.former_ticket.is_(None)
    )
    for mine in here.execute(asked).all():
        row = former.execute(select(ENTRY).where(ENTRY.c.id == mine.id)).one_or_none()
        decided = row is not None and row.disposition != Disposition.RECEIVED.value
        if row is not None and decided and (row.disposition, row.settled) != (mine.disposition, mine.settled):
            yield row


def _row(former: Connection, number: int) -> Row[Any]:
    return former.execute(select(ENTRY).where(ENTRY.c.id == number)).one()


def _mail(here: Connection, former: Connection, now: datetime) -> dict[str, int]:
    """What it has written since: sent mail, so that nothing of it is sent again; what waited goes out now."""
    found: Counter[str] = Counter()
    for number in [row.id for row in missing_outgoing(here, former)]:
        row = former.execute(select(OUTBOX).where(OUTBOX.c.id == number)).one()
        values = {**row._asdict(), **_where_it_stands(row, now), **_UNCLAIMED}
        if here.execute(_MAIL[here.dialect.name], [values]).rowcount:
            found[values["state"]] += 1
    return dict(sorted(found.items()))


def _where_it_stands(row: Row[Any], now: datetime) -> dict[str, Any]:
    if row.state in ENDS:
        return {}
    if row.state == State.SENDING and row.automatic:  # at most once
        return {"state": State.UNKNOWN.value, "last_reply": DOUBTFUL, "settled": aware(now)}
    return {"state": State.WAITING.value}
