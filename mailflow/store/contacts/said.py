"""What contacts say of their own details becomes rows: the question, a confirmation, a correction, an objection.

The row of the question is where an answer counts once: who finds it answered leaves everything as it is.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from mailflow.desk.actions import AskDetails, ConfirmDetails, CorrectDetails, StopCorrection
from mailflow.desk.contacts.details import Detail
from mailflow.store.contacts import corrections, details
from mailflow.store.contacts.contact_history import Happened, record


def carry_out(
    connection: Connection,
    actions: Sequence[AskDetails | ConfirmDetails | CorrectDetails | StopCorrection],
    now: datetime,
) -> None:
    for action in actions:
        match action:
            case AskDetails():
                details.ask(connection, action.contact, action.address, action.key, now)
            case ConfirmDetails():
                _confirm(connection, action, now)
            case CorrectDetails():
                if _counts(connection, action):
                    corrections.begin(connection, action, by=action.by, at=now)
            case StopCorrection():
                corrections.stop(connection, action.entry, action.why, by=action.by, at=now)


def _confirm(connection: Connection, action: ConfirmDetails, now: datetime) -> None:
    before = details.on_file(connection, [action.contact]).get(action.contact)
    if before and _counts(connection, action):
        text = ", ".join(f"{detail} {before.said(detail) or 'none'}" for detail in Detail)
        record(connection, action.contact, Happened.VERIFIED, text, agent=action.by, at=now)


def _counts(connection: Connection, action: ConfirmDetails | CorrectDetails) -> bool:
    """A letter of a reach case has its own row, which was looked at with its ticket locked."""
    return action.to_letter or details.answer(connection, action.contact)
