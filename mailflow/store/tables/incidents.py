"""Trouble that many have at once."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from mailflow.store import conditions as only
from mailflow.store.tables.row import Row


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
