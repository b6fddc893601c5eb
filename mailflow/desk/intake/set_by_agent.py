"""An agent says what an item of a request is, or takes it back: as a customer's words, which a machine did not read."""

from datetime import datetime

from mailflow.config.request import Item, ItemKind
from mailflow.desk.actions import Action, ChangeStatus, Give
from mailflow.desk.agents import answer
from mailflow.desk.intake.catalogue import Kind
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.steps import Steps, steps_of, told
from mailflow.desk.intake.value import Said, Unfit, read
from mailflow.desk.policy import Policy
from mailflow.desk.reach.seeking import is_registered, seek
from mailflow.desk.ticket import Move, Status, Ticket
from mailflow.desk.timing.sla import no_more_reminders
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
    progress = Progress(Dossier(kind, (*ticket.given, given)), ticket.consents, ticket.requester)
    steps = steps_of(ticket, progress, policy)
    give = Give(ticket=ticket.number, given=(given,), complete=progress.is_ready)
    follows = steps.actions(ticket.number, now, policy.schedule.hours_of_customer(ticket))
    is_told = steps.asked and not steps.asks_requester
    notice = told(ticket, progress, f"{ticket.number}:{now.isoformat()}", policy) if is_told else ()
    before = Progress(Dossier(kind, ticket.given), ticket.consents, ticket.requester)
    if (sought := seek(ticket.number, before, progress)) and is_registered(ticket):
        return give, *follows, *sought, *_waits_for_an_answer(ticket)
    return give, *follows, *notice, *_whose_turn(ticket, steps, agent, policy, now)


def _waits_for_an_answer(ticket: Ticket) -> tuple[Action, ...]:
    if ticket.status not in (Status.OPEN, Status.AWAITING_CUSTOMER):
        return ()
    hold = ChangeStatus(ticket=ticket.number, move=Move.HOLD, cause="an account is asked whether it can be reached")
    return hold, *no_more_reminders(ticket)


def _whose_turn(ticket: Ticket, steps: Steps, agent: str, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """Of a ticket that waited for its customer."""
    is_given = steps.progress.dossier.is_complete
    if ticket.status is not Status.AWAITING_CUSTOMER or ticket.complete_at or not is_given:
        return ()
    if steps.waits_for_others:
        hold = ChangeStatus(ticket=ticket.number, move=Move.HOLD, cause="others must agree first")
        return hold, *no_more_reminders(ticket)
    return answer.reopen(ticket, agent, policy, now)


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
