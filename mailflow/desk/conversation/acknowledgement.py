"""What the author of a new ticket is told at once: that it came, or in the place of that what a rule answers or asks,
how an incident stands, what a request of its kind needs; which articles may help, and what is on file of a contact."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailflow.config import Mailbox
from mailflow.config.request import Item
from mailflow.desk.actions import Action, AskDetails, Note, OpenTicket, Send
from mailflow.desk.case import Case
from mailflow.desk.contacts import verification
from mailflow.desk.conversation.asked import awaiting, is_asked, words_of
from mailflow.desk.decision import Reason
from mailflow.desk.incidents import affected
from mailflow.desk.intake import collecting
from mailflow.desk.intake.collecting import Collected
from mailflow.desk.intake.vague import in_words as in_list
from mailflow.desk.knowledge.matching import Match
from mailflow.desk.knowledge.offer import in_words, notes, offered
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import spoken
from mailflow.desk.writing.notice import answer, kept_back, language_of_author

Told = tuple[tuple[Send, ...], Reason]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    case: Case
    ticket: OpenTicket
    sends: tuple[Send, ...]
    why: Reason  # it is sent, or not
    articles: tuple[Match, ...]
    wanted: tuple[Item, ...] = ()  # what would help us to begin
    question: tuple[AskDetails, ...] = ()  # whether what is on file is true
    due: tuple[Reason, ...] = ()  # it is asked

    @property
    def asks(self) -> bool:
        """The ticket awaits an answer to it."""
        return bool(self._cause)

    @property
    def _cause(self) -> str:
        if is_asked(self.case, self.sends):
            return f"a rule asked for {self.case.ruling.effects.ask}"
        return collecting.CAUSE if collecting.waits(self.sends) else ""

    def actions(self) -> tuple[Action, ...]:
        kind = Kind.INCIDENT if affected.incident_of(self.case) else Kind.ACKNOWLEDGEMENT
        return (
            *notes(self.articles, self.sends),
            *_asked_once(self.wanted, self.sends),
            *self.sends,
            *self.question,
            *kept_back(self.case, kind, None, self.why),
            *(awaiting(self.case, self.ticket.department, self._cause) if self._cause else ()),
        )

    def reasons(self) -> tuple[Reason, ...]:
        articles = (Reason("article", each.article.name, f"it says '{each.phrase}'") for each in self.articles)
        return *articles, *self.due


def acknowledgement(
    case: Case, ticket: OpenTicket, mailbox: Mailbox, spoken_before: str, collected: Collected | None
) -> Acknowledgement:
    waits = collected is not None and collected.blocks
    articles = () if waits else offered(case, ticket.language, ticket.department)
    wanted = collected.asks_once if collected else ()
    sends, why = _told(case, ticket, mailbox, spoken_before, collected, articles)
    asked = verification.asked(case, sends, mailbox)
    return Acknowledgement(case, ticket, asked.sends, why, articles, wanted, asked.questions, asked.reasons)


def _told(
    case: Case,
    ticket: OpenTicket,
    mailbox: Mailbox,
    spoken_before: str,
    collected: Collected | None,
    articles: tuple[Match, ...],
) -> Told:
    template = words_of(case)
    if case.ruling.effects.acknowledge is False and not template:
        return (), Reason("mail", "none", "a rule wants no acknowledgement")
    if incident := affected.incident_of(case):
        return affected.acknowledged(case, incident, mailbox, spoken_before)
    if collected and collected.blocks and not template:
        return collected.told(mailbox, None, spoken_before)
    language = spoken(Kind.ACKNOWLEDGEMENT, language_of_author(case, mailbox, spoken_before), mailbox, case.policy)
    wanted = in_list(collected.asks_once, language) if collected and not template else ""
    return answer(
        case,
        Kind.ACKNOWLEDGEMENT,
        mailbox,
        ticket=None,
        spoken_before=spoken_before,
        template=template,
        values={
            "continues": str(ticket.continues or ""),
            "articles": "" if template else in_words(articles),
            "wanted": wanted,
        },
    )


def _asked_once(wanted: Sequence[Item], sent: Sequence[Send]) -> tuple[Note, ...]:
    """For the ticket's history, if it was asked for."""
    if not wanted or not any(send.kind is Kind.ACKNOWLEDGEMENT and not send.template for send in sent):
        return ()
    names = ", ".join(each.name for each in wanted)
    return (Note(ticket=None, kind="asked", text=f"for {names}; nothing waits for it"),)
