"""Mail that a message repeats, answers or reports on."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, literal, select, union_all

from mailflow.desk.context import Earlier
from mailflow.desk.decision import Disposition
from mailflow.mail.address import canonical
from mailflow.mail.identity.authentication import Verdict
from mailflow.store.recall.asked import Asked, Fields
from mailflow.store.tables import ENTRY, MESSAGE, OUTBOX, TICKET

KEPT = (Disposition.FILED.value, Disposition.HELD.value)
"""What a copy can be a duplicate of. A dropped or failed one is not: the copy may fare better."""

_DIGESTS: BindParameter[list[Any]] = bindparam("digests", expanding=True)
_IDS: BindParameter[list[Any]] = bindparam("ids", expanding=True)
_EARLIER = (
    select(
        ENTRY.c.digest, ENTRY.c.id, func.coalesce(TICKET.c.merged_into, ENTRY.c.ticket).label("ticket"),
        ENTRY.c.disposition,
    )
    .outerjoin_from(ENTRY, TICKET, TICKET.c.id == ENTRY.c.ticket)
    # coalesce: hides the column from SQLite, which would rather walk over all that was ever filed than seek 32 digests
    .where(ENTRY.c.digest.in_(_DIGESTS), func.coalesce(ENTRY.c.disposition, "").in_(KEPT))
    .order_by(ENTRY.c.disposition, ENTRY.c.id)  # filed comes before held
)  # fmt: skip
_REPORTED = select(OUTBOX.c.message_id, OUTBOX.c.ticket, OUTBOX.c.rcpt_to).where(
    OUTBOX.c.message_id.in_(_IDS), OUTBOX.c.ticket.is_not(None)
)
_PLACE = case((MESSAGE.c.verdict == Verdict.UNVERIFIED.value, 2), else_=0)
_BY_MESSAGE_ID = union_all(
    select(_PLACE.label("place"), MESSAGE.c.id, MESSAGE.c.message_id, MESSAGE.c.ticket).where(
        MESSAGE.c.message_id.in_(_IDS)
    ),
    select(literal(1), OUTBOX.c.id, OUTBOX.c.message_id, OUTBOX.c.ticket).where(
        OUTBOX.c.message_id.in_(_IDS), OUTBOX.c.ticket.is_not(None)
    ),
).order_by("place", "id")


@dataclass(frozen=True, slots=True)
class _Reported:
    """The mail of ours that a report names: the same Message-ID may have gone to several."""

    ticket: int | None = None
    rcpt_tos: frozenset[str] = frozenset()


_NO_MAIL = _Reported()


def earlier(asked: Asked) -> list[Fields]:
    """A copy that was kept before; one that was filed, if there is one."""
    found: dict[str, Earlier] = {}
    for row in asked.connection.execute(_EARLIER, {"digests": [clues.digest for clues in asked.clues]}):
        held = row.disposition == Disposition.HELD.value
        found.setdefault(row.digest, Earlier(number=row.id, ticket=row.ticket, held=held))
    return [{"earlier": found.get(clues.digest)} for clues in asked.clues]


def named(asked: Asked) -> list[Fields]:
    """Whose the ids are that a message names. Who first used an id owns it, but nobody who is not believed: a borrowed
    Message-ID leads nobody elsewhere."""
    found: dict[str, int] = {}
    if ids := {id_ for clues in asked.clues for id_ in clues.message_ids}:
        for row in asked.connection.execute(_BY_MESSAGE_ID, {"ids": list(ids)}):
            found.setdefault(row.message_id, row.ticket)
    return [{"by_message_id": {id_: found[id_] for id_ in clues.message_ids if id_ in found}} for clues in asked.clues]


def reported(asked: Asked) -> list[Fields]:
    """Mail of ours only: a customer's own ids are known to strangers, and no report about his mail comes to us."""
    found: dict[str, _Reported] = {}
    if ids := {clues.reported for clues in asked.clues if clues.reported}:
        for row in asked.connection.execute(_REPORTED, {"ids": list(ids)}):
            mail = found.get(row.message_id, _NO_MAIL)
            found[row.message_id] = _Reported(row.ticket, mail.rcpt_tos | {canonical(row.rcpt_to)})
    mails = (found.get(clues.reported, _NO_MAIL) for clues in asked.clues)
    return [{"reported": mail.ticket, "reported_to": mail.rcpt_tos} for mail in mails]
