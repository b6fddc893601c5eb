"""Mail and pages that leave."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from mailflow.store import conditions as only
from mailflow.store.tables.row import Row


class OutboxRow(Row, table=True):
    """Outgoing mail, rendered, one recipient a row, committed with the change that caused it."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),  # one cause, one mail
        Index("ix_outbox_waiting", "state", "due", "id"),  # what is due comes in this order; sums come from it alone
        Index("ix_outbox_ceiling", "rcpt_to", "created"),
        only.index("ix_outbox_left", "state", "kind", where=only.LEFT),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str
    kind: str
    automatic: bool
    ticket: int | None = Field(default=None, index=True)
    mail_from: str
    rcpt_to: str
    subject: str
    message_id: str = Field(index=True)
    created: datetime
    state: str = "waiting"  # waiting, claimed, sending, sent, refused, unknown, cancelled
    attempts: int = 0
    due: datetime
    last_reply: str = ""
    claimed_by: str = ""
    claimed_until: datetime | None = None
    settled: datetime | None = None
    emptied: datetime | None = None  # when its octets went
    octets: bytes = Field(sa_type=LargeBinary)  # last: SQLite walks over it to reach what stands behind


class PageRow(Row, table=True):
    """Somebody on call is to look at a ticket, from the rule or timer that wanted it to whoever took it."""

    __tablename__ = "page"
    __table_args__ = (
        only.index("ix_page_due", "due", where=only.IN_WORK),
        Index(
            "ix_page_open", "ticket", "on_call", unique=True, sqlite_where=only.IN_WORK, postgresql_where=only.IN_WORK
        ),
        Index("ix_page_ceiling", "on_call", "created"),  # how many of late
        only.index("ix_page_untaken", "state", where=only.UNTAKEN),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.id", index=True)
    on_call: str  # by its name in [[on_call]]
    cause: str  # in words
    state: str = "waiting"  # desk.paging.oncall.PageState
    created: datetime
    due: datetime  # of the next attempt
    step: int = 0  # of the ladder, the last that was tried, from 1
    attempts: int = 0  # the fencing token, as in the outbox
    last_way: str = ""  # in words
    last_reply: str = ""  # what came of it
    reached: datetime | None = None  # when a way last said that it reached somebody
    claimed_by: str = ""
    claimed_until: datetime | None = None
    taken_by: str = ""
    settled: datetime | None = None  # when it was taken or given up
