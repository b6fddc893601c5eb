"""The schema: every table, every column with the reason it exists. Only sqlmodel's declarations are used of it; the
work is done with Core statements on `TABLE.c` (measured: a third of the ORM's cost).

Times are aware UTC. Enums are stored as their values in plain VARCHAR. Raw mail has a table of its own, so that lists
never walk over it and a disposition does not rewrite it.
"""

from typing import cast

from sqlalchemy import Table
from sqlmodel import AutoString

from mailflow.store.columns import Text
from mailflow.store.tables.contacts import (
    AccountDomainRow,
    AccountRow,
    ContactAddressRow,
    ContactEventRow,
    ContactQuestionRow,
    ContactRow,
    CorrectionRow,
    PinRow,
    UndeliverableRow,
)
from mailflow.store.tables.daemons import PulseRow
from mailflow.store.tables.entries import CursorRow, EntryRow, OctetsRow
from mailflow.store.tables.incidents import DisruptionRow, IncidentRow, IncidentStateRow
from mailflow.store.tables.outgoing import OutboxRow, PageRow
from mailflow.store.tables.reach import ReachLetterRow, ReachRow, ReachTaskRow
from mailflow.store.tables.row import Row
from mailflow.store.tables.tickets import (
    ConsentRow,
    EventRow,
    GivenRow,
    MessageRow,
    ParticipantRow,
    TicketDepartmentRow,
    TicketRow,
    TicketTagRow,
    TimerRow,
)


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
