"""What a restored database does not have: mail that the former one, which was put aside, took in and wrote after the
backup."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from mailflow.store.tables import ENTRY, OUTBOX

_SHOWN = (
    "id", "received", "source", "source_key", "mail_from", "rcpt_tos", "author", "subject", "digest", "disposition",
)  # fmt: skip
_SENT = ("id", "created", "kind", "rcpt_to", "subject", "ticket", "state", "key")


def missing(here: Connection, former: Connection) -> Sequence[Row[Any]]:
    """Entries of `former`, the oldest first. No number that it gave is given again, so what `here` has of its numbers
    was in the backup; what came in anew meanwhile has another number and is known by its content, or by its place in a
    mailbox."""
    last = former.execute(select(func.max(ENTRY.c.id))).scalar() or 0
    kept = here.execute(select(func.max(ENTRY.c.id)).where(ENTRY.c.id <= last)).scalar() or 0
    anew = here.execute(select(ENTRY.c.digest, ENTRY.c.source_key).where(ENTRY.c.id > last)).all()
    known = {value for row in anew for value in (row.digest, row.source_key) if value}
    since = select(*(ENTRY.c[name] for name in _SHOWN)).where(ENTRY.c.id > kept).order_by(ENTRY.c.id)
    return [row for row in former.execute(since) if not known & {row.digest, row.source_key}]


def missing_outgoing(here: Connection, former: Connection) -> Sequence[Row[Any]]:
    """Mail that `former` has written since, whatever became of it, the oldest first."""
    last = former.execute(select(func.max(OUTBOX.c.id))).scalar() or 0
    kept = here.execute(select(func.max(OUTBOX.c.id)).where(OUTBOX.c.id <= last)).scalar() or 0
    since = select(*(OUTBOX.c[name] for name in _SENT)).where(OUTBOX.c.id > kept).order_by(OUTBOX.c.id)
    return former.execute(since).all()
