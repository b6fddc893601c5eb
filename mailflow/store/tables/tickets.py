"""Tickets, and what hangs at them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from mailflow.desk.timing.pause import Pause
from mailflow.store import conditions as only
from mailflow.store.columns import Pauses
from mailflow.store.tables.row import Row


class TicketRow(Row, table=True):
    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_requester", "requester", "created"),  # how many of late
        Index(
            "ix_ticket_queue", "priority", "waiting_since", "id", sqlite_where=only.WAITS, postgresql_where=only.WAITS
        ),
        only.index("ix_ticket_continues", "continues", where=only.CONTINUES),
        only.index("ix_ticket_due", "due", "id", where=only.DUE),
        only.index("ix_ticket_split_from", "split_from", where=only.SPLIT),
        only.index("ix_ticket_incident", "incident", "id", where=only.ATTACHED),
        only.index("ix_ticket_seeks", "id", where=only.SEEKS),
        only.index("ix_ticket_reach_case", "reach_case", where=only.IN_REACH),
        Index(
            "ix_ticket_merged_into", "merged_into", sqlite_where=only.MERGED, postgresql_where=only.MERGED
        ),  # most are not
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)  # the number
    subject: str
    status: str = Field(index=True)
    priority: str
    department: str = Field(index=True)
    mailbox: str
    account: int | None = Field(default=None, foreign_key="account.id")
    contact: int | None = Field(default=None, foreign_key="contact.id", index=True)
    requester: str
    requester_name: str = ""
    assignee: str = ""
    language: str = ""
    type: str = ""  # the kind of request
    possible_parent: int | None = None
    continues: int | None = None  # a closed ticket, whose customer wrote again
    believed: bool = True  # the requester was more than a From line when it was opened
    created: datetime
    last_activity: datetime = Field(index=True)  # lists are in its order
    waiting_since: datetime | None = None
    question_at: datetime | None = None
    away_until: datetime | None = None  # said an absence note; reminders count from then
    answered_at: datetime | None = None  # first human answer
    pauses: tuple[Pause, ...] = Field(default=(), sa_type=Pauses)  # of the clocks of what is due
    response_due: datetime | None = None  # by desk.timing.due; while it is paused: nothing
    resolution_due: datetime | None = None
    due: datetime | None = None  # the sooner of the two, to find it by
    split_from: int | None = None  # the ticket in which its conversation began
    incident: int | None = None  # that it is attached to, open or over
    incident_state: int = 0  # the state of that which its requester knows
    merged_into: int | None = None  # the ticket, itself never merged, where all of it is read now
    collects: bool = False  # it needs what its kind lists
    complete_at: datetime | None = None  # when the last of that was given
    expires_since: datetime | None = None  # from when it has the time that its kind gives it
    seeks: str = ""  # the name of an account that is to be looked up, for who cannot reach it
    seeks_tells: bool = False  # and who then hears how it stands
    reach_case: int | None = None  # about the account that it is


class GivenRow(Row, table=True):
    """What was given of a request, item by item; the last row of an item counts."""

    __tablename__ = "given"
    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.id", index=True)
    item: str
    value: str  # '': unclear
    words: str
    by: str
    at: datetime
    entry: int | None = Field(default=None, foreign_key="entry.id")
    line: int = 0


class ConsentRow(Row, table=True):
    """Who was asked whether they agree to a request, for what, and the answer; the last row of a name counts."""

    __tablename__ = "consent"
    __table_args__ = ({"sqlite_autoincrement": True},)  # tokens have the number
    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.id", index=True)
    name: str  # of the party or gate
    is_gate: bool
    address: str  # canonical; '' of a gate
    language: str
    seen: dict[str, str] = Field(sa_type=JSON)  # by item, what it was shown
    state: str  # desk.intake.consent.ConsentState
    asked: datetime
    answered: datetime | None = None
    entry: int | None = Field(default=None, foreign_key="entry.id")
    words: str = ""
    by: str = ""


class TicketDepartmentRow(Row, table=True):
    """Departments besides the first that see a ticket (R2.5)."""

    __tablename__ = "ticket_department"
    ticket: int = Field(primary_key=True, foreign_key="ticket.id")
    department: str = Field(primary_key=True)


class TicketTagRow(Row, table=True):
    """Words on a ticket, to find it by."""

    __tablename__ = "ticket_tag"
    ticket: int = Field(primary_key=True, foreign_key="ticket.id")
    tag: str = Field(primary_key=True, index=True)


class ParticipantRow(Row, table=True):
    """Who takes part in a ticket besides its requester, and who did until an agent ended it."""

    __tablename__ = "participant"
    ticket: int = Field(primary_key=True, foreign_key="ticket.id")
    address: str = Field(primary_key=True)  # canonical
    takes_part: bool
    since: datetime  # it has been so
    why: str


class MessageRow(Row, table=True):
    """The conversation: one row per message or note of a ticket."""

    __tablename__ = "message"
    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.id", index=True)
    entry: int | None = Field(default=None, foreign_key="entry.id", unique=True)  # inbound
    digest: str | None = Field(default=None, unique=True)  # exactly one ticket event per message
    direction: str  # in, out, note
    author: str  # address, or an agent's name
    author_name: str = ""
    at: datetime
    subject: str = ""
    message_id: str = Field(default="", index=True)
    text: str
    reply: str
    html: str | None = None
    language: str = ""
    automatic: str = "none"
    verdict: str = ""
    warning: str = ""
    attachments: list[dict[str, Any]] = Field(sa_type=JSON)


class EventRow(Row, table=True):
    """The ticket's history: every change with its cause."""

    __tablename__ = "event"
    __table_args__ = (only.index("ix_event_silence", "at", where=only.SILENCE),)  # an alarm
    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.id", index=True)
    at: datetime
    kind: str
    text: str


class TimerRow(Row, table=True):
    """Something due. The scheduler only ticks; what to do is found here."""

    __tablename__ = "timer"
    __table_args__ = (UniqueConstraint("ticket", "kind", "step"),)
    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.id")
    kind: str
    step: int
    due: datetime = Field(index=True)
