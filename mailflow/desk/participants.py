"""Who takes part in a ticket besides its requester (R3.7): is sent what agents answer from then on, and may answer it.

An agent says so, or a rule of the admin does (`then.cc`). Whom an agent has removed only an agent adds again.
"""

from collections.abc import Iterator, Sequence

from mailflow.desk.actions import Action, AddParticipants, RemoveParticipants
from mailflow.desk.copied import staff_of, unfit
from mailflow.desk.policy import Policy
from mailflow.desk.rules.applied import Applied
from mailflow.desk.ticket import Ticket
from mailflow.errors import Refused
from mailflow.mail.address import canonical


def add(ticket: Ticket, addresses: Sequence[str], agent: str, policy: Policy) -> tuple[Action, ...]:
    """`agent` lets them take part; Refused when one of them cannot, or does already."""
    known = set(map(canonical, ticket.participants))
    for address in addresses:
        why = unfit(address, policy.mailboxes, staff_of(policy.config))
        if not why and canonical(address) in known:
            why = f"takes part in #{ticket.number} already"
        if why:
            raise Refused(f"{address} {why}")
    return (AddParticipants(ticket=ticket.number, addresses=_each_once(addresses), why=f"by {agent}"),)


def remove(ticket: Ticket, addresses: Sequence[str], agent: str) -> tuple[Action, ...]:
    """They are sent nothing more."""
    known = set(map(canonical, ticket.participants))
    for address in addresses:
        if canonical(address) == canonical(ticket.requester):
            raise Refused(f"{address} is whose request #{ticket.number} is")
        if canonical(address) not in known:
            raise Refused(f"{address} takes no part in #{ticket.number}")
    return (RemoveParticipants(ticket=ticket.number, addresses=_each_once(addresses), by=agent),)


def added_by(rules: Sequence[Applied], number: int | None, ticket: Ticket | None) -> Iterator[Action]:
    """What `then.cc` of these rules brings. `ticket`: that of `number`, None for one that is opened."""
    removed = ticket.removed if ticket else frozenset()
    for each in rules:
        addresses = tuple(address for address in each.effects.cc if address not in removed)
        if addresses:
            yield AddParticipants(ticket=number, addresses=addresses, why=f"rule {each.rule} ({each.place})")


def _each_once(addresses: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(canonical, addresses)))
