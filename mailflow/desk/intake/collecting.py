"""A request of a kind that needs something: what a message brings of it, and what its author is told (R1.3, R4.2).

A machine asks again only after a mail that brought something, or something unclear: whoever writes anything else
writes to a person. What is given is kept in any case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mailflow.config import Mailbox
from mailflow.config.request import Item
from mailflow.desk.actions import Action, ChangeStatus, Give, Send, SetType
from mailflow.desk.case import Case
from mailflow.desk.conversation.participants import is_requester
from mailflow.desk.decision import Reason
from mailflow.desk.intake import vague
from mailflow.desk.intake.catalogue import Kind as RequestKind
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.expiring import timers_of_expiry
from mailflow.desk.intake.form import asking, known
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.reading import Reading, readings
from mailflow.desk.intake.steps import NOT_BELIEVED, Steps, told_values
from mailflow.desk.intake.value import Said
from mailflow.desk.reach.deeds import Seek
from mailflow.desk.reach.seeking import seek_once
from mailflow.desk.ticket import Move, Status, Ticket
from mailflow.desk.timing.sla import timers_of_question
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import spoken
from mailflow.desk.writing.notice import answer, language_of_author
from mailflow.desk.writing.silence import why_silent

CAUSE = "what its kind of request needs was asked for"


@dataclass(frozen=True)
class Collected:
    """What one message brings to a request."""

    case: Case
    before: Dossier
    ticket: Ticket | None  # None: it opens one
    why: str  # its kind is known
    readings: tuple[Reading, ...]
    of_its_author: bool = True  # whose request it is; who only takes part reads nothing that others gave
    language: str = ""  # of a mail that opens a ticket, where its words are of one language of its kind
    spared: str = ""  # why nothing is asked for, where nothing waits for it (intake.vague)

    @cached_property
    def given(self) -> tuple[Given, ...]:
        """What is new: said before is not given again."""
        entry, latest = self.case.entry, self.before.latest
        return tuple(
            Given(
                item=each.item,
                value=each.value,
                words=each.words,
                by=self.author,
                at=self.case.now,
                entry=entry.number or None,
                line=each.line,
            )
            for each in self.readings
            if each.unfit or each.item not in latest or latest[each.item].value != each.value
        )

    @cached_property
    def after(self) -> Dossier:
        return self.before.with_(self.given)

    @property
    def author(self) -> str:
        return self.case.identity.author or self.case.shown_author

    @property
    def kind(self) -> RequestKind:
        return self.before.kind

    @property
    def blocks(self) -> bool:
        """The request waits for what is missing."""
        return self.kind.shape.blocks

    @property
    def asks_once(self) -> tuple[Item, ...]:
        """What is asked for, though nothing waits for it."""
        return () if self.blocks or self.spared else self.after.missing

    @property
    def unclear(self) -> tuple[Reading, ...]:
        return tuple(each for each in self.readings if each.unfit)

    def begun(self, department: str) -> tuple[Action, ...]:
        """Of a new ticket. A kind that a rule says is set by that."""
        ruled = self.case.ruling.effects.type
        kind = () if ruled == self.kind.name else (SetType(ticket=None, type=self.kind.name),)
        return *kind, *self.give(department)

    @cached_property
    def steps(self) -> Steps:
        """What follows for parties and gates."""
        ticket, case = self.ticket, self.case
        requester = ticket.requester if ticket else case.identity.author or ""
        progress = Progress(self.after, ticket.consents if ticket else (), requester)
        believed = ticket.believed if ticket else case.identity.acts
        silence = "it was there before we were" if case.entry.backlog else "" if believed else NOT_BELIEVED
        return Steps(progress, case.policy, silence)

    @property
    def progress(self) -> Progress:
        return self.steps.progress

    @cached_property
    def sought(self) -> tuple[Seek, ...]:
        """The account that cannot be reached, as its mail says now: a registered contact's, that is proved. Whose
        request it is hears how that stands when it is looked up, if its mail is one that a machine answers."""
        case, ticket = self.case, self.ticket
        registered = case.identity.acts and case.context.contact is not None and not case.entry.backlog
        before = Progress(self.before, self.progress.consents, self.progress.requester)
        found = seek_once(ticket, before, self.progress) if registered else ()
        tells = self.of_its_author and not why_silent(case)
        return tuple(replace(each, tells=tells) for each in found)

    @property
    def waits_for_others(self) -> bool:
        """It has its items, and whoever asks nothing beside them has no need of us before others agree, or answer that
        they can be reached: whether they can is no question beside it."""
        return bool(self.sought) or (self.steps.waits_for_others and not asks_something(self.case))

    def give(self, department: str) -> tuple[Action, ...]:
        """What is new, and who is asked because of it, by the hours of the department."""
        ticket, case = self.ticket, self.case
        number = ticket.number if ticket else None
        schedule = case.policy.schedule
        hours = (
            schedule.hours_of_customer(ticket) if ticket else schedule.hours_in(case.region, department, case.contract)
        )
        give = Give(ticket=number, given=self.given, complete=self.progress.is_ready, waited=self.blocks)
        begins = ticket is None or ticket.status is Status.RESOLVED
        expiry = timers_of_expiry(self.kind, number, case.now, hours) if begins and not self.progress.is_ready else ()
        return give, *self.steps.actions(number, case.now, hours), *expiry, *self.sought

    @property
    def kind_of_mail(self) -> Kind:
        if not self.after.is_complete:
            return Kind.MISSING
        if self.sought and self.of_its_author:
            return Kind.REACH_STATE
        return Kind.COMPLETE if self.progress.is_ready else Kind.STEP

    def reasons(self) -> tuple[Reason, ...]:
        return (
            Reason("type", self.kind.name, self.why),
            *(
                Reason("item", f"{each.item} = {each.value or 'unclear'}", f"{each.unfit or each.where}")
                for each in self.readings
            ),
            self._missing(),
            *self.steps.reasons(),
            *(
                Reason("reach", f"«{each.named}» is looked up", "then every address of its contacts is written to")
                for each in self.sought
            ),
        )

    def _missing(self) -> Reason:
        names = ", ".join(each.name for each in self.after.missing) or "nothing"
        if self.blocks:
            return Reason("missing", names, "the request is complete" if self.progress.is_ready else "")
        if self.ticket:
            return Reason("missing", names, "nothing waits for it")
        return Reason("vague", "no" if self.spared else "yes", self.spared or f"asked for once, nothing waits: {names}")

    def told(self, mailbox: Mailbox, ticket: int | None, spoken_before: str = "") -> tuple[tuple[Send, ...], Reason]:
        """What is missing, whom it waits for, or that nothing is missing; nothing before an account is looked up."""
        kind = self.kind_of_mail
        if kind is Kind.STEP and not (self.steps.asked or self.steps.obstacles):
            return (), Reason("mail", "none", "it waits for the same as before")
        if kind is Kind.STEP and self.steps.asks_requester:
            return (), Reason("mail", "none", "its author is asked whether it agrees, and told the rest by that")
        language = spoken(kind, language_of_author(self.case, mailbox, spoken_before), mailbox, self.case.policy)
        asked = self._question(language) if kind is Kind.MISSING else {}
        waits_for = {} if asked else told_values(self.progress, self.case.policy, language)
        told = self.after if self.of_its_author else self.after.said_by(self.author)
        sends, why = answer(
            self.case,
            kind,
            mailbox,
            ticket=ticket,
            spoken_before=spoken_before,
            values={
                "type": self.kind.title(language),
                **asked,
                **waits_for,
                "known": known(told, language),
                "say": self.kind.says(kind, language),
            },
        )
        if kind is Kind.REACH_STATE and sends:
            return (), replace(why, why=f"{why.why}, when it is looked up")
        return sends, why

    def _question(self, language: str) -> dict[str, str]:
        return {**asking(self.after, self.unclear, language).values, "again": "yes" if self.ticket else ""}


def begun(case: Case, department: str, of: RequestKind | None = None) -> Collected | None:
    """By a new ticket: of the kind `of`, else of the one that a rule says, else that its words say, else of that which
    other requests of `department` are of; None: of no such kind."""
    kind, why, phrase = (of, "its author asks to be registered", "") if of else _kind_of(case, department)
    if kind is None or (case.entry.backlog and not kind.shape.blocks):
        return None
    language = case.message.language or kind.language_of(phrase, case.message.reply)
    collected = replace(_read(case, None, Dossier(kind), why, language), language=language)
    return collected if kind.shape.blocks else replace(collected, spared=vague.spared(case, collected.after))


def _kind_of(case: Case, department: str) -> tuple[RequestKind | None, str, str]:
    """Why it is of that kind, and the words that say it."""
    kinds = case.policy.kinds
    if ruled := case.ruling.effects.type:
        return kinds.kinds.get(ruled), "a rule says so", ""
    if case.is_automatic:
        return None, "", ""
    if found := kinds.recognised(case.message):
        return found[0], f"it says '{found[1]}'", found[1]
    return kinds.otherwise(department), f"a request to {department} of no other kind", ""


def continued(case: Case, ticket: Ticket) -> Collected | None:
    """By one more mail of it; None: the ticket collects nothing, or the mail says nothing of it."""
    kind = case.policy.kinds.kinds.get(ticket.type) if ticket.collects else None
    if kind is None:
        return None
    language = case.message.language or ticket.language  # a few words are too short to tell
    collected = _read(case, ticket, Dossier(kind, ticket.given), "of its ticket", language)
    return replace(collected, of_its_author=is_requester(case, ticket)) if collected.given else None


def awaiting(case: Case, ticket: Ticket) -> tuple[Action, ...]:
    """The customer's turn again, with reminders."""
    hours = case.policy.schedule.hours_of_customer(ticket)
    moved = ChangeStatus(ticket=ticket.number, move=Move.QUESTION_MAILED, cause=CAUSE)
    return moved, *timers_of_question(case.policy, case.now, ticket.number, hours)


def set_aside(ticket: int | None, collected: Collected) -> ChangeStatus:
    cause = "an account is asked whether it can be reached" if collected.sought else "others must agree first"
    return ChangeStatus(ticket=ticket, move=Move.HOLD, cause=cause)


def asks_something(case: Case) -> bool:
    """Beside what it gives: a person should read it."""
    return "?" in case.message.reply


def _read(case: Case, ticket: Ticket | None, dossier: Dossier, why: str, language: str) -> Collected:
    said = Said(language=language, at=case.message.date or case.entry.received)
    missing = {each.name for each in (dossier.missing if dossier.kind.shape.blocks else dossier.unsaid)}
    return Collected(case, dossier, ticket, why, readings(dossier.kind.of_requester, case.message, said, missing))


def waits(sent: Sequence[Send]) -> bool:
    """Only a question that is written can be waited for."""
    return any(send.kind is Kind.MISSING for send in sent)
