"""What an agent has said of a known incident reaches everybody who waits for it (desk.affected), ticket by ticket.

The mark that there is something to tell is committed with the agent's words (store.incidents). Tickets are told in
pieces, each with its mail in one transaction; the command of the agent does it, and the daemon goes on where a command
was stopped. Woken by the clock's tick.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from mailflow import maillog
from mailflow.desk import affected
from mailflow.desk.actions import Action, KnowState, Note
from mailflow.desk.incident import Incident
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.flow.patience import insist
from mailflow.flow.rounds import Rounds
from mailflow.flow.savepoint import apart
from mailflow.store import apply, incidents, outbox, tickets
from mailflow.store.database import Connection
from mailflow.store.writer import Writer

AT_ONE_TIME = 50
"""Tickets in one transaction: new mail waits for it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A piece of the work: how many tickets, and to how many of their requesters mail is on its way."""

    incident: Incident
    tickets: int
    mails: int


class Incidents(Rounds):
    """The loop."""

    def __init__(
        self,
        writer: Writer,
        *,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        written: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._writer = writer
        self._policy = policy
        self._now = now
        self._written = written

    async def round(self) -> None:
        while await self.sweep() and not self._stopping:
            pass

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
    for incident in incidents.to_tell(connection):
        numbers = incidents.untold(connection, incident, most)
        if numbers:
            together = tickets.load_all(connection, numbers, lock=True)
            mails = sum(_one(connection, together[number], incident, policy, now) for number in numbers)
            return Told(incident, len(numbers), mails)
        incidents.all_told(connection, incident)
    return None


def _one(connection: Connection, ticket: Ticket, incident: Incident, policy: Policy, now: datetime) -> bool:
    """One ticket; is there mail? What goes wrong with it is said in its history, and keeps nobody else from hearing."""
    key = affected.key_of(ticket, incident)
    told = outbox.is_written(connection, key)
    done = apart(connection, partial(_carry_out, connection, ticket, incident, policy, now, told=told))
    if isinstance(done, Exception):
        maillog.trouble(done, "incidents", ticket=ticket.number, incident=incident.name)
        note = Note(
            ticket=ticket.number, kind=affected.EVENT, text=f"{incident.name} could not be told of, see the log"
        )
        known: tuple[Action, ...] = (KnowState(ticket=ticket.number, state=incident.state), note)
        apply.carry_out(connection, ticket.number, known, policy, now)
    return not told and outbox.is_written(connection, key)


def _carry_out(
    connection: Connection, ticket: Ticket, incident: Incident, policy: Policy, now: datetime, *, told: bool
) -> None:
    actions = affected.news(ticket, incident, policy, now, told=told)
    apply.carry_out(connection, ticket.number, actions, policy, now)
