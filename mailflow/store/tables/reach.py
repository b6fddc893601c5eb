"""Accounts that cannot be reached."""

from datetime import datetime

from sqlmodel import Field

from mailflow.store import conditions as only
from mailflow.store.tables.row import Row


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
