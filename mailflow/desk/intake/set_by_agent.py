"""An agent says what an item of a request is, or takes it back: as a customer's words, which a machine did not read."""

from datetime import datetime

from mailflow.config.request import Item, ItemKind
from mailflow.desk import answer
from mailflow.desk.actions import Action, Give
from mailflow.desk.intake.catalogue import Kind
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.value import Said, Unfit, read
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Status, Ticket
from mailflow.errors import Refused
from mailflow.nearest import hint

NOTHING = "-"
"""Takes back what was given."""


def set_item(ticket: Ticket, name: str, words: str, agent: str, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """Refused where the kind of request has no such item, or the words are no value of it. What was the last to miss
    opens the ticket: it is our turn."""
    kind = kind_of(ticket, policy)
    item = kind.items.get(name)
    if item is None:
        raise Refused(f"'{kind.name}' has no item '{name}'; {hint(name, kind.items)}")
    value = "" if words == NOTHING else _value(item, words, ticket.language, now)
    given = Given(item=name, value=value, words=words, by=agent, at=now)
    after = Dossier(kind, (*ticket.given, given))
    give = Give(ticket=ticket.number, given=(given,), complete=after.is_complete)
    awaits = ticket.status is Status.AWAITING_CUSTOMER and ticket.complete_at is None
    return give, *(answer.reopen(ticket, agent, policy, now) if awaits and after.is_complete else ())


def kind_of(ticket: Ticket, policy: Policy) -> Kind:
    kind = policy.kinds.kinds.get(ticket.type)
    if kind is None:
        kinds = policy.kinds.kinds
        which = f"'{ticket.type}' is no kind of request in filters/types/; {hint(ticket.type, kinds)}"
        raise Refused(f"#{ticket.number} has no type" if not ticket.type else which)
    return kind


def _value(item: Item, words: str, language: str, now: datetime) -> str:
    """A file is named: where it came from, an agent knows."""
    if item.kind is ItemKind.ATTACHMENT:
        return words
    value = read(item, words, Said(language=language, at=now))
    if isinstance(value, Unfit):
        raise Refused(f"'{words}' cannot be {item.name}: {value}")
    return value
