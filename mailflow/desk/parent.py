"""Which ticket a message continues (DESIGN rule 8).

Asks, in this order: a signed token, then References and In-Reply-To from a participant, then a subject tag from a
participant; if nothing points anywhere, whether it only asks for news. Otherwise it is a new ticket that names the
possible parent, and so is what would be put where no agent looks any more. Joining shows nothing to the sender, and
makes nobody a participant. What names a ticket that was merged is put into the one that it was merged into, and who its
author is counts there: whose ticket the merged one was may be somebody else, who is heard and never answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mailflow.desk.case import Case
from mailflow.desk.ticket import TRANSITIONS, Move, Status, Ticket
from mailflow.desk.trust.allowed import Act, may
from mailflow.desk.writing.letter import mailbox_named

OVER = frozenset({Status.RESOLVED, Status.CLOSED})
"""Nobody looks there unless it is opened again."""


class Part(Enum):
    """What the author of a message is to the ticket it joins."""

    CUSTOMER = "takes part, and is who it says: moves the ticket"
    CLAIMANT = "says it takes part and has the token issued to it: no proof, but we have heard from it"
    BYSTANDER = "has a token, and takes no part: for an agent to read, nothing more"


@dataclass(frozen=True, slots=True)
class Joins:
    """It belongs to this ticket."""

    ticket: Ticket
    why: str
    part: Part
    warning: str = ""  # for the agent who reads it


@dataclass(frozen=True, slots=True)
class StandsAlone:
    """It continues no ticket; perhaps it was meant to."""

    possible_parent: Ticket | None = None
    why: str = ""
    continues: bool = False  # it is sure that it was: its customer wrote it, and the ticket is closed

    @property
    def told(self) -> str:
        """In words; '' where there is nothing to tell."""
        if self.possible_parent is None:
            return ""
        word = "continues" if self.continues else "perhaps"
        return f"{word} #{self.possible_parent.number}: {self.why}"


def parent_of(case: Case) -> Joins | StandsAlone:
    answers = [answer for question in (_by_token, _by_reference, _by_tag) if (answer := question(case))]
    joins = next((answer for answer in answers if isinstance(answer, Joins)), None) or _by_question(case, answers)
    if joins is None:
        return answers[0] if answers else StandsAlone()
    if case.wants_to_be_read and not _is_read(case, joins):
        why = f"{joins.why}, but it is {joins.ticket.status}"
        return StandsAlone(joins.ticket, why, continues=joins.part is Part.CUSTOMER and not case.is_automatic)
    return joins


def _is_read(case: Case, joins: Joins) -> bool:
    """In that ticket an agent will see it: because it is not over, or is opened again."""
    status = joins.ticket.status
    if joins.part is Part.CUSTOMER and not case.is_automatic:
        return (status, Move.CUSTOMER_WROTE) in TRANSITIONS
    return status not in OVER


def _by_token(case: Case) -> Joins | StandsAlone | None:
    if not case.tokens:
        return _by_old_token(case)
    token = next((token for token in case.tokens if token.for_author), case.tokens[0])
    number = _split_off(case, token.ticket)
    ticket = case.context.read_in(number)
    apart = f"; what it answers was split from #{token.ticket}" if number != token.ticket else ""
    author, where = case.shown_author, f"signed token in {token.where}{apart}{by_way_of(number, ticket)}"
    if case.identity.acts and case.takes_part(ticket):
        return Joins(ticket, f"{where}; {author} takes part", Part.CUSTOMER)
    if not token.for_author:
        warning = f"{author} used a token that was issued to someone else and takes no part in this ticket"
        return Joins(ticket, f"{where}, from another than its addressee", Part.BYSTANDER, warning)
    why = f"{where}, issued to {author}"
    if case.takes_part(ticket):
        warning = f"it came with the token issued to {author}, but nothing else proves that {author} wrote it"
        return Joins(ticket, why, Part.CLAIMANT, warning)
    return Joins(ticket, why, Part.BYSTANDER, f"{author} takes no part in this ticket")


def _split_off(case: Case, number: int) -> int:
    """The ticket that the answered mail was moved to, if both were split from one another: our mails name this one."""
    named = (case.context.by_message_id.get(message_id) for message_id in case.clues.message_ids)
    answered = next((each for each in named if each in case.context.tickets), None)
    if answered is None:
        return number
    tickets = case.context.tickets
    return answered if tickets[answered].family == tickets[number].family else number


def _by_old_token(case: Case) -> StandsAlone | None:
    """It proves nothing any more: what else the message names may still count."""
    old = next((token for token in case.clues.tokens if token.ticket in case.context.tickets), None)
    if old is None:
        return None
    days = case.policy.config.limits.token_lifetime.days
    return StandsAlone(
        case.context.read_in(old.ticket), f"signed token in {old.where}, issued more than {days} days ago"
    )


def _by_reference(case: Case) -> Joins | StandsAlone | None:
    named = (case.context.by_message_id.get(message_id) for message_id in case.clues.message_ids)
    number = next((number for number in named if number in case.context.tickets), None)
    if number is None:
        return None
    where = "In-Reply-To" if _names(case, case.message.in_reply_to, number) else "References"
    return _if_believed(case, number, f"{where} names a message of it")


def _by_question(case: Case, others: Sequence[Joins | StandsAlone]) -> Joins | None:
    """Who asks for news in a mail of its own, and waits for one thing, asks about that (R3.9)."""
    waiting = case.context.waiting
    if others or not case.identity.acts or case.is_automatic or len(waiting) != 1:
        return None
    return Joins(
        case.context.tickets[waiting[0]], "it asks for news, and its author waits for nothing else", Part.CUSTOMER
    )


def _names(case: Case, message_ids: tuple[str, ...], number: int) -> bool:
    return any(case.context.by_message_id.get(message_id) == number for message_id in message_ids)


def _by_tag(case: Case) -> Joins | StandsAlone | None:
    number = case.clues.tag
    if number is None or number not in case.context.tickets:
        return None
    return _if_believed(case, number, "its number is in the subject")


def _if_believed(case: Case, number: int, why: str) -> Joins | StandsAlone:
    """Ids and numbers can be guessed: they count from a participant, and only if it is one."""
    named, ticket = case.context.tickets[number], case.context.read_in(number)
    author, why = case.shown_author or "its author", why + by_way_of(number, ticket)
    if not (case.takes_part(ticket) or case.takes_part(named)):
        return StandsAlone(ticket, f"{why}, but {author} takes no part in it")
    if not case.identity.acts and not _may(case, Act.APPEND, ticket):
        return StandsAlone(ticket, f"{why}, but nothing proves that {author} wrote this")
    if not case.takes_part(ticket):
        warning = f"{author} takes part in #{number}, which was merged into this, and not in this ticket"
        return Joins(ticket, f"{why}; {author} took part there", Part.BYSTANDER, warning)
    if not case.identity.acts:
        part = Part.CUSTOMER if _may(case, Act.REOPEN, ticket) else Part.CLAIMANT
        return Joins(ticket, f"{why}; {author} takes part", part, f"nothing proves that {author} wrote this")
    return Joins(ticket, f"{why}; {author} takes part", Part.CUSTOMER)


def _may(case: Case, act: Act, ticket: Ticket) -> bool:
    """By what the mailbox says that the ticket is answered from."""
    return may(case, act, mailbox_named(ticket.mailbox, case.policy))


def by_way_of(number: int, ticket: Ticket) -> str:
    """In words: how what names `number` comes to `ticket`."""
    return "" if number == ticket.number else f"; #{number} was merged into #{ticket.number}"
