"""Who asks for news is told once a day where the request stands, and that moves nothing (R3.9)."""

from datetime import timedelta

from mailflow.config import Mailbox, zone_named
from mailflow.config.request import REQUESTER, Party
from mailflow.desk.actions import Send
from mailflow.desk.case import Case
from mailflow.desk.decision import Reason
from mailflow.desk.intake.question import progress_of
from mailflow.desk.intake.titles import titles
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import spoken
from mailflow.desk.writing.notice import answer, language_of_author
from mailflow.mail.replies.wish import Wish

NO_ANSWER: tuple[tuple[Send, ...], Reason] = (), Reason("mail", "none", "a follow-up needs no answer")


def standing(case: Case, ticket: Ticket, mailbox: Mailbox) -> tuple[tuple[Send, ...], Reason]:
    if case.clues.wish is not Wish.NEWS:
        return NO_ANSWER
    at = case.context.standing_at.get(ticket.number)
    if at is not None and case.now - at < timedelta(days=1):
        return (), Reason("mail", "none", "it asks for news, and was told in the last 24 hours where it stands")
    opened = ticket.created.astimezone(zone_named(case.policy.config.time_zone))
    return answer(
        case,
        Kind.STANDING,
        mailbox,
        ticket=ticket.number,
        spoken_before=ticket.language,
        values={"opened": f"{opened:%Y-%m-%d}", **_waits_for(case, ticket, mailbox)},
    )


def _waits_for(case: Case, ticket: Ticket, mailbox: Mailbox) -> dict[str, str]:
    """Who must agree before a request begins, and whether the one who asks is among them; '' where nobody must."""
    progress = progress_of(ticket, case.policy)
    awaited = progress.awaited if progress else ()
    language = spoken(Kind.STANDING, language_of_author(case, mailbox, ticket.language), mailbox, case.policy)
    own = any(isinstance(each, Party) and each.address == REQUESTER for each in awaited)
    return {"waits_for": titles(awaited, case.policy, language), **({"own": "yes"} if own else {})}
