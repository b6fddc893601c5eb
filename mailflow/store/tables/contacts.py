"""Who is registered, and what is known of addresses."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from mailflow.store import conditions as only
from mailflow.store.tables.row import Row


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
