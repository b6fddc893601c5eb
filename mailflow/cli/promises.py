"""What a ticket was promised, as `mailflow ticket show` has it: by when, and why then; and what comes if it is
late."""

from typing import Any

from mailflow.desk.timing import due_told, levels
from mailflow.desk.timing.due import terms
from mailflow.desk.timing.schedule import Schedule
from mailflow.store.database import Connection
from mailflow.store.incidents import disruptions
from mailflow.store.tickets import tickets
from mailflow.store.timing import timers


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


def escalation(connection: Connection, number: int, schedule: Schedule) -> dict[str, Any] | None:
    """The level that comes next, None if none does: not those that were, nor any while its region is disrupted."""
    ticket = tickets.load(connection, number)
    steps = [step for kind in levels.OF for step in timers.steps(connection, number, kind)]
    if ticket is None or not steps or disruptions.of_ticket(connection, number):
        return None
    coming = levels.coming(ticket, schedule, steps)
    if coming is None:
        return None
    hours = schedule.hours_of(ticket.department, ticket.contract)
    told = f"escalation {due_told.instant(coming.at, hours)}: {levels.described(coming)}"
    return {"level": coming.number, "due": coming.at.isoformat(), "told": told}
