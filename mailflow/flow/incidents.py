"""What an agent has said of a known incident reaches everybody who waits for it (desk.incidents.affected), ticket by
ticket.

The mark that there is something to tell is committed with the agent's words (store.incidents.incidents). Tickets are
told in pieces, each with its mail in one transaction; the command of the agent does it, and the daemon goes on where a
command was stopped. Woken by the clock's tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from mailflow import maillog
from mailflow.desk.actions import Action, KnowState, Note
from mailflow.desk.incidents import affected
from mailflow.desk.incidents.incident import Incident
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.flow.patience import insist
from mailflow.flow.rounds import Sweeps
from mailflow.store import apply, outbox
from mailflow.store.database import Connection
from mailflow.store.incidents import incidents
from mailflow.store.tickets import tickets

AT_ONE_TIME = 50
"""Tickets in one transaction: new mail waits for it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A piece of the work: how many tickets, and to how many of their requesters mail is on its way."""

    incident: Incident
    tickets: int
    mails: int


class Incidents(Sweeps):
    """The loop."""

    async def sweep(self) -> bool:
        """Tell a piece; was there anything?"""
        work = partial(tell, policy=self._policy(), now=self._now())
        told = await insist(lambda: self._writer.write(work), "incidents")
        if told is None:
            return False
        maillog.incident_told(incident=told.incident.name, tickets=told.tickets, mails=told.mails)
        self._written()
        return True


def tell(connection: Connection, policy: Policy, now: datetime, most: int = AT_ONE_TIME) -> Told | None:
    """The next piece of whatever is to be told; None when everybody knows."""
    to_tell = incidents.to_tell(connection)
    for incident in to_tell:
        if numbers := incidents.untold(connection, incident, most):
            found = tickets.load_all(connection, numbers, lock=True)
            return _piece(connection, [found[number] for number in numbers], incident, policy, now)
    for (
        incident
    ) in to_tell:  # at the end: who locks an incident locks no ticket any more, or mail and we block each other
        incidents.all_told(connection, incident)
    return None


def _piece(
    connection: Connection, together: Sequence[Ticket], incident: Incident, policy: Policy, now: datetime
) -> Told:
    """What goes wrong with one ticket is said in its history, and keeps nobody else from hearing."""
    keys = {affected.key_of(ticket, incident) for ticket in together}
    before = outbox.written_of(connection, keys)
    told = set(before)
    news = []
    for ticket in together:
        key = affected.key_of(ticket, incident)
        news.append(_news(ticket, incident, policy, now, told=key in told))
        told.add(key)
    apply.carry_out_all(connection, news, policy, now)
    return Told(incident, len(together), len(outbox.written_of(connection, keys) - before))


def _news(ticket: Ticket, incident: Incident, policy: Policy, now: datetime, *, told: bool) -> tuple[Action, ...]:
    try:
        return affected.news(ticket, incident, policy, now, told=told)
    except Exception as error:  # noqa: BLE001  # a bug of ours
        maillog.trouble(error, "incidents", ticket=ticket.number, incident=incident.name)
        note = Note(
            ticket=ticket.number, kind=affected.EVENT, text=f"{incident.name} could not be told of, see the log"
        )
        return KnowState(ticket=ticket.number, state=incident.state), note
