"""The daemons that work on this database."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from mailflow.store.tables.row import Row


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
    missing: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)  # files that are named and not there
    changed: list[str] | None = Field(default=None, sa_type=JSON)  # what the last reload found changed
    doubted: str = ""  # why what is due waits for the clock to be right: an alarm
    asked: int = 0  # how often `mailflow reload` asked it to read its files again
    answered: int = 0  # the last of these questions that it answered
    listens: list[str] | None = Field(default=None, sa_type=JSON)  # the addresses on which it accepts mail
    imap: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)  # the state of each mailbox that it fetches
    worst_lag: float = 0.0  # seconds by which its loop was late within the last minute
    certificates: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)  # of its listeners, with their faults
