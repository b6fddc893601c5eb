"""What contacts have corrected takes effect when its time has come, or when an agent approves
(desk.contacts.correction).

One at a time, in one transaction with the mail that announces it: who is stopped in between has changed nothing. Of
several nodes one settles it; the others wait for it, find it settled, and go on with the next. Woken by the clock's
tick.
"""

from datetime import datetime
from functools import partial

from mailflow import maillog
from mailflow.desk.actions import Note
from mailflow.desk.contacts.correction import EVENT, announced, for_an_agent, kept, readers, why_not
from mailflow.desk.contacts.details import Correction, OnFile, State
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.errors import Refused
from mailflow.flow.patience import insist
from mailflow.flow.rounds import Sweeps
from mailflow.store import apply
from mailflow.store.contacts import corrections, details
from mailflow.store.database import Connection
from mailflow.store.newcomers import admission
from mailflow.store.tickets import tickets


class Corrections(Sweeps):
    """The loop."""

    async def sweep(self) -> bool:
        """The next one; was there any?"""
        work = partial(settle_due, policy=self._policy(), now=self._now())
        settled = await insist(lambda: self._writer.write(work), "corrections")
        if settled is None:
            return False
        correction, why = settled
        if correction.state is not State.PENDING:
            return True
        if why:
            maillog.details_withheld(correction=correction.number, ticket=correction.ticket, because=why)
        else:
            maillog.details_changed(correction=correction.number, ticket=correction.ticket)
        self._written()
        return True


def settle_due(connection: Connection, policy: Policy, now: datetime) -> tuple[Correction, str] | None:
    """The next whose time has come takes effect; or an agent is told why not, in words. One that is not pending was
    settled by somebody else, and nothing is done. None: there is none."""
    correction = corrections.due(connection, now)
    if correction is None:
        return None
    if correction.state is not State.PENDING:
        return correction, ""
    ticket, before = _about(connection, correction)
    why = why_not(correction.addresses, corrections.taken(connection, correction), policy, now)
    if why:
        corrections.put_off(connection, correction, why)
        apply.carry_out(connection, None, for_an_agent(correction, ticket, why, policy), policy, now)
    else:
        _take_effect(connection, correction, ticket, before, policy, now)
    return correction, why


def approve(connection: Connection, number: int, by: str, policy: Policy, now: datetime) -> Correction:
    """At once, whoever objected. Refused where it cannot be so."""
    correction = corrections.to_decide(connection, number)
    if why := why_not(correction.addresses, corrections.taken(connection, correction), policy, now):
        raise Refused(f"correction {number} cannot take effect: {why}")
    ticket, before = _about(connection, correction)
    _take_effect(connection, correction, ticket, before, policy, now, by=by)
    return correction


def reject(connection: Connection, number: int, by: str, why: str, policy: Policy, now: datetime) -> Correction:
    """It stays as it was, and the contact is told."""
    correction = corrections.to_decide(connection, number)
    ticket, before = _about(connection, correction)
    corrections.reject(connection, correction, why or "an agent rejected it", by=by, at=now)
    note = Note(ticket=ticket.number, kind=EVENT, text=f"correction {number} rejected by {by}")
    apply.carry_out(connection, None, (note, *kept(correction, ticket, before, policy)), policy, now)
    return correction


def _about(connection: Connection, correction: Correction) -> tuple[Ticket, OnFile]:
    ticket = tickets.load(connection, correction.ticket)
    before = details.on_file(connection, [correction.contact]).get(correction.contact)
    if ticket is None or before is None:
        raise Refused(f"correction {correction.number} is of a contact or a ticket that is there no more")
    return ticket, before


def _take_effect(
    connection: Connection,
    correction: Correction,
    ticket: Ticket,
    before: OnFile,
    policy: Policy,
    now: datetime,
    by: str = "",
) -> None:
    told = corrections.primaries(connection, before.account)
    corrections.take_effect(connection, correction, before, by=by, at=now)
    after = details.on_file(connection, [correction.contact])[correction.contact]
    if ticket.type in policy.registrations:
        admission.admit(connection, correction.addresses, by or f"correction {correction.number}", policy, now)
    how = f"approved by {by}" if by else "took effect"
    note = Note(ticket=ticket.number, kind=EVENT, text=f"correction {correction.number} {how}")
    sends = announced(correction, ticket, after, readers(before, after, told), policy)
    apply.carry_out(connection, None, (note, *sends), policy, now)
