"""What an agent does to a ticket: judged and carried out in one transaction, and said."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mailflow.cli import confirmation
from mailflow.cli.opening import now, office
from mailflow.cli.options import LARGEST, named
from mailflow.cli.output import Shown, print_json, say
from mailflow.desk.actions import Action, Merge, TakePages
from mailflow.desk.agents.merge import stands
from mailflow.desk.conversation.undeliverable import Undeliverable
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.errors import Refused
from mailflow.logline import escape
from mailflow.mail.address import canonical
from mailflow.store import apply
from mailflow.store.contacts import undeliverable
from mailflow.store.database import Connection
from mailflow.store.shown import mail_views
from mailflow.store.tickets import tickets


@dataclass(frozen=True, slots=True)
class Deed:
    """What an agent does is judged by this; the ticket stays as it is until then."""

    connection: Connection
    ticket: Ticket
    by: str  # the agent, who takes the pages about the ticket by it
    policy: Policy
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it; `mail` is what stands in the outbox now."""

    actions: Sequence[Action]
    before: Ticket
    after: Ticket
    mail: Sequence[Shown]
    lost: Sequence[Undeliverable]  # addresses of that mail which it may not reach

    def tell(self, *, as_json: bool) -> None:
        told: tuple[Any, ...] = (self.actions, self.before, self.after, self.mail)
        if as_json:
            print_json(confirmation.as_json(*told))
        else:
            say(confirmation.done(*told))
        for each in self.lost:
            print(escape(f"mailflow: the answer is sent all the same: {each}"), file=sys.stderr)


def change(config: Path, number: int, agent: str, as_json: bool, judged: Callable[[Deed], tuple[Action, ...]]) -> None:
    with begun(config, number, agent) as deed:
        done = carry_out(deed.connection, deed.ticket, judged(deed), deed.policy, deed.at, deed.by)
    done.tell(as_json=as_json)


@contextmanager
def begun(config: Path, number: int, agent: str) -> Iterator[Deed]:
    """To a ticket that stands, in one transaction."""
    with office(config) as here:
        policy, at = here.signing_policy, now()
        by = named(agent, policy.config)
        with here.database.begin() as connection:
            ticket = locked(connection, number)
            stands(ticket)
            yield Deed(connection, ticket, by, policy, at)


def locked(connection: Connection, number: int) -> Ticket:
    """As it is, and stays until it was judged."""
    ticket = tickets.load(connection, number, lock=True)
    if ticket is None:
        raise Refused(f"there is no ticket #{number}")
    return ticket


def carry_out(
    connection: Connection, before: Ticket, actions: tuple[Action, ...], policy: Policy, at: datetime, agent: str
) -> Done:
    number = before.number
    last = max((each["id"] for each in mail_views.outgoing(connection, ticket=number, limit=1)), default=0)
    takes = (TakePages(ticket=each, by=agent) for each in _touched(before, actions))
    apply.carry_out(connection, number, (*takes, *actions), policy, at)
    after = tickets.load(connection, number) or before
    mail = [each for each in mail_views.outgoing(connection, ticket=number, limit=LARGEST) if each["id"] > last]
    lost = undeliverable.standing(connection, {canonical(to) for each in mail for to in each["to"]}, at)
    return Done(actions=actions, before=before, after=after, mail=mail[::-1], lost=[*lost.values()])


def _touched(ticket: Ticket, actions: Sequence[Action]) -> tuple[int, ...]:
    return ticket.number, *(action.ticket for action in actions if isinstance(action, Merge))
