"""A ticket that was split: what goes to the other one.

A message belongs to one ticket, and the journal names that one: so an entry goes with its message. What an agent
answered goes with the rows of its mail, whose reports and answers belong there, too. Events stay: they happened to the
first ticket.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from mailflow.desk.context import Said
from mailflow.desk.writing.kind import WRITTEN
from mailflow.mail.identity.authentication import Verdict
from mailflow.mail.message import Attachment, AutomaticKind
from mailflow.store.tables import ENTRY, MESSAGE, OUTBOX

PROVED = (Verdict.VERIFIED, Verdict.ASSERTED)
_CONVERSATION = select(MESSAGE).where(MESSAGE.c.ticket == bindparam("number")).order_by(MESSAGE.c.id)
_MOVED = (MESSAGE.c.ticket == bindparam("number"), MESSAGE.c.id >= bindparam("first"))
_ENTRIES = (
    update(ENTRY)
    .where(ENTRY.c.id.in_(select(MESSAGE.c.entry).where(*_MOVED, MESSAGE.c.entry.is_not(None))))
    .values(ticket=bindparam("into"))
)
_ANSWERS = (
    update(OUTBOX)
    .where(OUTBOX.c.ticket == bindparam("number"), OUTBOX.c.kind.in_(sorted(WRITTEN)))
    .where(OUTBOX.c.created.in_(select(MESSAGE.c.at).where(*_MOVED, MESSAGE.c.direction == "out")))
    .values(ticket=bindparam("into"))
)
_MESSAGES = update(MESSAGE).where(*_MOVED).values(ticket=bindparam("into"))


def conversation(connection: Connection, number: int) -> Sequence[Said]:
    """In the order in which it was written down, without that of tickets that were merged into it."""
    rows = connection.execute(_CONVERSATION, {"number": number})
    return [_said(row) for row in rows]


def _said(row: Any) -> Said:
    return Said(
        id=row.id,
        direction=row.direction,
        entry=row.entry,
        at=row.at,
        subject=row.subject,
        author=row.author,
        proved=row.verdict in PROVED,
        automatic=row.automatic != AutomaticKind.NONE,
        language=row.language,
        reply=row.reply,
        attachments=tuple(Attachment(**each) for each in row.attachments),
    )


def move(connection: Connection, number: int, first: int, into: int) -> None:
    """The message `first` of a ticket, and all after it."""
    for statement in (_ENTRIES, _ANSWERS, _MESSAGES):  # the messages last: they say which
        connection.execute(statement, {"number": number, "first": first, "into": into})
