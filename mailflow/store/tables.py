"""The schema: every table, every column with the reason it exists. Only sqlmodel's declarations are used of it; the
work is done with Core statements on `TABLE.c` (measured: a third of the ORM's cost).

Times are aware UTC. Enums are stored as their values in plain VARCHAR. Raw mail has a table of its own, so that lists
never walk over it and a disposition does not rewrite it.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, MetaData, Table, UniqueConstraint
from sqlmodel import AutoString, Field, SQLModel

from mailflow.desk.timing.pause import Pause
from mailflow.store import conditions as only
from mailflow.store.columns import Pauses, Text

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of all tables. Constraints have names: SQLite can drop no other."""

    metadata = MetaData(naming_convention=NAMES)


class EntryRow(Row, table=True):
    """The journal: one row for every message we answered for, for ever. Its sums are the ledger."""

    __tablename__ = "entry"
    __table_args__ = (
        Index(
            "ix_entry_waiting", "disposition", "due", "id"
        ),  # what is due comes in this order; sums come from it alone
        only.index("ix_entry_ended", "disposition", "rule", "verdict", where=only.ENDED),
        {"sqlite_autoincrement": True},  # a number is never used twice
    )
    id: int | None = Field(default=None, primary_key=True)
    source: str
    source_key: str | None = Field(
        default=None, unique=True
    )  # imap:NAME/FOLDER/UIDVALIDITY/UID: fetched again is no row
    mail_from: str  # '' is the null sender
    rcpt_tos: list[str] = Field(sa_type=JSON)
    peer: str
    helo: str
    trusted: bool
    relayed: bool
    tls: str = ""  # version, as OpenSSL names it; '' in clear
    cipher: str = ""
    login: str = ""  # the user that the peer logged in as
    backlog: bool
    released: bool = False
    released_by: str = ""  # which agent let it through
    confirmed_by: int | None = None  # the entry in which its author answered our challenge
    received: datetime
    size: int
    digest: str | None = Field(default=None, index=True)  # when it was parsed
    message_id: str = ""
    author: str = ""
    subject: str = ""
    disposition: str = "received"
    reason: str = ""
    rule: str = ""
    trouble: str = ""  # traceback of the last failed attempt
    ticket: int | None = Field(default=None, index=True)
    duplicate_of: int | None = None
    attempts: int = 0  # claims since it was received, by mail or by hand
    claims: int = 0  # all of them, never lowered: the fencing token
    failures: int = 0  # attempts that ended in trouble which was recorded
    due: datetime  # not looked at before; what was not postponed is due whatever the clock says
    claimed_by: str = ""
    claimed_until: datetime | None = None
    settled: datetime | None = None  # when it got its disposition
    emptied: datetime | None = None  # when its octets went, and what was erased
    verdict: str = ""  # of who wrote it
    verdict_reason: str = ""
    evidence: dict[str, Any] | None = Field(
        default=None, sa_type=JSON(none_as_null=True)
    )  # mail.identity.evidence; gathered once, as keys and records are withdrawn
    rules: list[dict[str, Any]] | None = Field(
        default=None, sa_type=JSON(none_as_null=True)
    )  # desk.rules.applied of each that matched when it was judged


class OctetsRow(Row, table=True):
    """Raw mail as accepted: the truth from which text, attachments and verdicts can be derived again."""

    __tablename__ = "octets"
    entry: int = Field(primary_key=True, foreign_key="entry.id")
    octets: bytes = Field(sa_type=LargeBinary)


class AccountRow(Row, table=True):
    __tablename__ = "account"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    code_folded: str = Field(default="", index=True)  # in lower case, as it is looked for where a mail names it
    name: str
    contract: str = ""  # by its name in [[contract]]; '' is none
    region: str = ""


class AccountDomainRow(Row, table=True):
    __tablename__ = "account_domain"
    domain: str = Field(primary_key=True)  # A-label, lower case
    account: int = Field(foreign_key="account.id", index=True)


class ContactRow(Row, table=True):
    __tablename__ = "contact"
    id: int | None = Field(default=None, primary_key=True)
    account: int = Field(foreign_key="account.id", index=True)
    name: str
    phone: str = ""
    language: str = ""
    roles: list[str] = Field(sa_type=JSON)


class ContactAddressRow(Row, table=True):
    __tablename__ = "contact_address"
    address: str = Field(primary_key=True)  # canonical: mail.address.canonical
    contact: int = Field(foreign_key="contact.id", index=True)
    position: int = 0  # 0 is where mail goes


class ContactEventRow(Row, table=True):
    """What became of a contact's details: who added, changed or verified them."""

    __tablename__ = "contact_event"
    id: int | None = Field(default=None, primary_key=True)
    contact: int = Field(foreign_key="contact.id", index=True)
    at: datetime
    kind: str  # store.contacts.contact_history.Happened
    agent: str  # or the address that said it by mail
    text: str


class ContactQuestionRow(Row, table=True):
    """The last time that a contact was asked whether what is on file is true."""

    __tablename__ = "contact_question"
    contact: int = Field(primary_key=True, foreign_key="contact.id")
    at: datetime
    address: str  # canonical: who was asked
    message_id: str  # of the mail that asked
    answered: bool = False  # so that no answer counts twice


class CorrectionRow(Row, table=True):
    """What a contact says that is on file should be, until it is so or is not to be."""

    __tablename__ = "correction"
    __table_args__ = (
        only.index("ix_correction_due", "due", where=only.PENDING),
        only.index("uq_correction_open", "contact", unique=True, where=only.OPEN),
        {"sqlite_autoincrement": True},  # keys of outgoing mail have the number
    )
    id: int | None = Field(default=None, primary_key=True)
    contact: int = Field(foreign_key="contact.id", index=True)
    ticket: int = Field(foreign_key="ticket.id")  # in which it was said
    entry: int = Field(foreign_key="entry.id", unique=True)  # that said it
    by: str  # canonical
    at: datetime
    wanted: dict[str, str] = Field(sa_type=JSON)  # by desk.contacts.details.Detail
    state: str = "pending"  # desk.contacts.correction.State
    due: datetime  # when it takes effect, while it is pending
    why: str = ""  # it waits for an agent, or is not done
    settled: datetime | None = None
    settled_by: str = ""  # agent; '' by itself


class PinRow(Row, table=True):
    """How mail of a contact's address was proved at its best; weaker mail of it is suspicious."""

    __tablename__ = "pin"
    address: str = Field(primary_key=True)  # canonical
    verdict: str
    method: str
    domain: str  # which answered for it
    since: datetime


class UndeliverableRow(Row, table=True):
    """An address that mail did not reach; a row of the past means nothing."""

    __tablename__ = "undeliverable"
    address: str = Field(primary_key=True)  # canonical, a contact's or not
    since: datetime
    until: datetime
    status: str  # RFC 3463
    diagnostic: str
    ticket: int  # whose mail came back


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
    seeks: str = ""  # the name of an account that is to be looked up, for who cannot reach it
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


class ReachRow(Row, table=True):
    """An account that is said to be out of reach; of one account at most one is open."""

    __tablename__ = "reach"
    __table_args__ = (
        only.index("uq_reach_open", "account", unique=True, where=only.SOUGHT),
        {"sqlite_autoincrement": True},  # keys of outgoing mail have the number
    )
    id: int | None = Field(default=None, primary_key=True)
    account: int = Field(foreign_key="account.id", index=True)
    ticket: int = Field(foreign_key="ticket.id")  # the first that says so
    state: str  # desk.reach.reaching.State
    opened: datetime
    asked: datetime | None = None  # when its contacts were written to; they wait while their region is disrupted
    due: datetime | None = None  # when the wider investigation begins
    ended: datetime | None = None


class ReachLetterRow(Row, table=True):
    """A contact was asked at one address, and what came."""

    __tablename__ = "reach_letter"
    __table_args__ = (
        only.index("ix_reach_letter_news", "id", where=only.NEWS),
        {"sqlite_autoincrement": True},  # tokens have the number
    )
    id: int | None = Field(default=None, primary_key=True)
    reach: int = Field(foreign_key="reach.id", index=True)
    contact: int = Field(foreign_key="contact.id", index=True)
    address: str  # canonical
    asked: datetime
    came: str  # desk.reach.reaching.Came
    news: bool = False  # those who look for the account have not been told
    more: bool = False  # it says what a person should read
    by: int | None = None  # the contact that answered
    heard: datetime | None = None
    entry: int | None = Field(default=None, foreign_key="entry.id")
    words: str = ""


class ReachTaskRow(Row, table=True):
    """One thing that the wider investigation does."""

    __tablename__ = "reach_task"
    reach: int = Field(primary_key=True, foreign_key="reach.id")
    number: int = Field(primary_key=True)
    text: str  # as agents read it
    done: datetime | None = None
    done_by: str = ""
    news: bool = False  # those who look for the account have not been told


class IncidentRow(Row, table=True):
    """Trouble that many write about; of one name at most one is open."""

    __tablename__ = "incident"
    __table_args__ = (
        only.index("ix_incident_open", "name", unique=True, where=only.GOES_ON),
        {"sqlite_autoincrement": True},  # keys of outgoing mail have the number
    )
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    title: str
    department: str = ""
    texts: dict[str, str] = Field(sa_type=JSON)  # how it stands, by language
    state: int  # the number of that state
    tell: int = 0  # the state that all are to hear of; 0 when nobody is left
    opened: datetime
    opened_by: str
    ended: datetime | None = None
    ended_by: str = ""


class IncidentStateRow(Row, table=True):
    """How an incident stood, in order."""

    __tablename__ = "incident_state"
    incident: int = Field(primary_key=True, foreign_key="incident.id")
    number: int = Field(primary_key=True)
    at: datetime
    agent: str
    texts: dict[str, str] = Field(sa_type=JSON)
    tell: bool  # to all


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


class TimerRow(Row, table=True):
    """Something due. The scheduler only ticks; what to do is found here."""

    __tablename__ = "timer"
    __table_args__ = (UniqueConstraint("ticket", "kind", "step"),)
    id: int | None = Field(default=None, primary_key=True)
    ticket: int = Field(foreign_key="ticket.id")
    kind: str
    step: int
    due: datetime = Field(index=True)


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


class DisruptionRow(Row, table=True):
    """A region whose clocks stand still, or stood."""

    __tablename__ = "disruption"
    __table_args__ = (only.index("uq_disruption_lasting", "region", unique=True, where=only.LASTS),)
    id: int | None = Field(default=None, primary_key=True)
    region: str  # as accounts have it
    since: datetime
    until: datetime | None = None  # it lasts
    why: str
    agent: str


class CursorRow(Row, table=True):
    """How far an IMAP folder has been read under one UIDVALIDITY."""

    __tablename__ = "cursor"
    account: str = Field(primary_key=True)
    folder: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_type=BigInteger)  # both are unsigned 32 bit (RFC 9051 2.3.1.1)
    last_uid: int = Field(sa_type=BigInteger)
    adopted: datetime  # when it was first read; older mail is backlog


class PulseRow(Row, table=True):
    """What a daemon said of itself the last time, about the time since it started."""

    __tablename__ = "pulse"
    node: str = Field(primary_key=True)
    started: datetime
    at: datetime
    limits: dict[str, int] = Field(sa_type=JSON)
    refused: dict[str, int] = Field(sa_type=JSON)
    slowed: datetime | None = None  # since when automatic mail waits: an alarm
    outdated: datetime | None = None  # since when mistakes keep its files from being taken over: an alarm
    problems: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)  # these mistakes
    restart_needed: list[str] | None = Field(default=None, sa_type=JSON)  # what changed, but is read at the start only
    changed: list[str] | None = Field(default=None, sa_type=JSON)  # what the last reload found changed
    doubted: str = ""  # why what is due waits for the clock to be right: an alarm
    asked: int = 0  # how often `mailflow reload` asked it to read its files again
    answered: int = 0  # the last of these questions that it answered
    listens: list[str] | None = Field(default=None, sa_type=JSON)  # the addresses on which it accepts mail
    imap: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)  # the state of each mailbox that it fetches
    worst_lag: float = 0.0  # seconds by which its loop was late within the last minute
    certificates: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)  # of its listeners, with their faults


def _table(row: type[Row]) -> Table:
    table = cast(Table, row.__table__)  # type: ignore[attr-defined]  # sqlmodel adds it to table=True classes
    for column in table.c:
        if isinstance(column.type, AutoString):
            column.type = Text()
    return table


ENTRY = _table(EntryRow)
OCTETS = _table(OctetsRow)
ACCOUNT = _table(AccountRow)
ACCOUNT_DOMAIN = _table(AccountDomainRow)
CONTACT = _table(ContactRow)
CONTACT_ADDRESS = _table(ContactAddressRow)
CONTACT_EVENT = _table(ContactEventRow)
CONTACT_QUESTION = _table(ContactQuestionRow)
CORRECTION = _table(CorrectionRow)
PIN = _table(PinRow)
UNDELIVERABLE = _table(UndeliverableRow)
TICKET = _table(TicketRow)
REACH = _table(ReachRow)
REACH_LETTER = _table(ReachLetterRow)
REACH_TASK = _table(ReachTaskRow)
INCIDENT = _table(IncidentRow)
INCIDENT_STATE = _table(IncidentStateRow)
TICKET_DEPARTMENT = _table(TicketDepartmentRow)
TICKET_TAG = _table(TicketTagRow)
PARTICIPANT = _table(ParticipantRow)
GIVEN = _table(GivenRow)
CONSENT = _table(ConsentRow)
MESSAGE = _table(MessageRow)
EVENT = _table(EventRow)
OUTBOX = _table(OutboxRow)
TIMER = _table(TimerRow)
DISRUPTION = _table(DisruptionRow)
PAGE = _table(PageRow)
CURSOR = _table(CursorRow)
PULSE = _table(PulseRow)
