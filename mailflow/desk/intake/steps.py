"""What follows when an item, a consent or a gate of a request has changed: who is asked, and what its requester hears.

Parties are asked when nothing is missing, departments when all parties have agreed, and a person is called when
somebody cannot be asked.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from mailflow.config.request import REQUESTER, Gate, Party
from mailflow.desk.actions import Action, AskConsent, ChangeConsent, Note, Send
from mailflow.desk.decision import Reason
from mailflow.desk.intake.consent import ConsentState
from mailflow.desk.intake.form import known
from mailflow.desk.intake.progress import Asked, Progress
from mailflow.desk.intake.question import why_not_asked
from mailflow.desk.intake.titles import refusal, titles
from mailflow.desk.policy import Policy
from mailflow.desk.roster import team
from mailflow.desk.ticket import IN_PUBLIC, Status, Ticket
from mailflow.desk.timing.hours import Hours
from mailflow.desk.timing.sla import timers_of_consents
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notice import tell_requester

NOT_BELIEVED = "nothing proves whose request it is"
"""Nobody is asked in the name of who may be another."""


@dataclass(frozen=True)
class Steps:
    """Of a request as it is now."""

    progress: Progress
    policy: Policy
    silence: str  # why nobody is asked; '' where they may be

    @property
    def asked(self) -> tuple[Asked, ...]:
        return tuple(each for each in self.progress.to_ask if not self._why_not(each))

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why somebody cannot be asked, for an agent."""
        found = ((each.name, self._why_not(each)) for each in self.progress.to_ask)
        return tuple(f"{name} is not asked: {why}" for name, why in found if why)

    @property
    def asks_requester(self) -> bool:
        """It is a party of its own request: that mail tells it the rest, too."""
        return any(isinstance(each, Party) and each.address == REQUESTER for each in self.asked)

    @property
    def waits_for_others(self) -> bool:
        """It is nobody's turn of us, nor the requester's."""
        return bool(self.progress.awaited) and not self.obstacles and not self.progress.refused

    def actions(self, ticket: int | None, now: datetime, hours: Hours) -> tuple[Action, ...]:
        ended = (replace(each, state=ConsentState.VOID, answered=now) for each in self.progress.overtaken)
        void = (ChangeConsent(ticket=ticket, consent=each) for each in ended if ticket)
        asks = tuple(self._ask(ticket, each) for each in self.asked)
        notes = (Note(ticket=ticket, kind="consent", text=each) for each in self.obstacles)
        return *void, *asks, *notes, *(timers_of_consents(self.policy, now, ticket, hours) if asks else ())

    def reasons(self) -> tuple[Reason, ...]:
        void = (
            Reason("consent", f"{each.name} is void", "it rests on what has changed")
            for each in self.progress.overtaken
        )
        asked = (Reason("consent", f"{each.name} is asked", self._where(each)) for each in self.asked)
        return *void, *asked, *(Reason("consent", "not asked", each) for each in self.obstacles)

    def _ask(self, ticket: int | None, asked: Asked) -> AskConsent:
        return AskConsent(
            ticket=ticket,
            name=asked.name,
            is_gate=isinstance(asked, Gate),
            address=self.progress.address_of(asked),
            language=(asked.language or "") if isinstance(asked, Party) else "",
            seen=self.progress.facts_of(asked),
        )

    def _where(self, asked: Asked) -> str:
        """Whom the mail goes to."""
        if isinstance(asked, Gate):
            agents = ", ".join(each.addresses[0] for each in team(asked.department, self.policy.config))
            return f"agents of {asked.department}: {agents}"
        return self.progress.address_of(asked)

    def _why_not(self, asked: Asked) -> str:
        return self.silence or why_not_asked(asked, self.progress, self.policy)


def steps_of(ticket: Ticket, progress: Progress, policy: Policy) -> Steps:
    return Steps(progress, policy, "" if ticket.believed else NOT_BELIEVED)


def told(ticket: Ticket, progress: Progress, key: str, policy: Policy) -> tuple[Send, ...]:
    """To whose request it is: what it waits for now, that somebody does not agree, or that nothing is missing."""
    kind = Kind.COMPLETE if progress.is_ready else Kind.STEP
    language = spoken(kind, ticket.language, mailbox_named(ticket.mailbox, policy), policy)
    said = progress.dossier.kind.says(kind, language)
    values = {**told_values(progress, policy, language), "say": said, "status": IN_PUBLIC[Status.OPEN]}
    return tell_requester(ticket, kind, f"{kind}:{key}", policy, values)


def told_values(progress: Progress, policy: Policy, language: str) -> dict[str, str]:
    return {
        "type": progress.dossier.kind.title(language),
        "known": known(progress.dossier, language),
        "waits_for": titles(progress.awaited, policy, language),
        **refusal(progress, policy, language),
    }
