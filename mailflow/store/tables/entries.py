"""Mail that came: the journal."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, LargeBinary
from sqlmodel import Field

from mailflow.store import conditions as only
from mailflow.store.tables.row import Row


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
    former_ticket: int | None = None  # where a database that was replaced had filed it; 0: in none
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


class CursorRow(Row, table=True):
    """How far an IMAP folder has been read under one UIDVALIDITY."""

    __tablename__ = "cursor"
    account: str = Field(primary_key=True)
    folder: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_type=BigInteger)  # both are unsigned 32 bit (RFC 9051 2.3.1.1)
    last_uid: int = Field(sa_type=BigInteger)
    adopted: datetime  # when it was first read; older mail is backlog
