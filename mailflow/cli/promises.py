"""What a ticket was promised, as `mailflow ticket show` has it: by when, and why then."""

from typing import Any

from mailflow.desk import due_told
from mailflow.desk.due import terms
from mailflow.desk.schedule import Schedule
from mailflow.store import disruptions, tickets
from mailflow.store.database import Connection


def promises(connection: Connection, number: int, schedule: Schedule) -> list[dict[str, Any]]:
    """Worked out from the ticket as it is by the files as they are."""
    ticket, disruption = tickets.load(connection, number), disruptions.of_ticket(connection, number)
    stopped = disruption.of(ticket) if ticket and disruption else None
    return [
        {
            "promise": term.promise.value,
            "due": term.due.isoformat() if term.due else None,
            "paused": term.paused.why.value if term.paused else None,
            "told": f"{due_told.PROMISES[term.promise]} {due_told.due(term)}",
            "because": due_told.because(term),
        }
        for term in (terms(ticket, schedule, stopped) if ticket else ())
    ]
