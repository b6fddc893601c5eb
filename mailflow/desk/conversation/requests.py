"""Who asks for a list of their requests is answered with it, and with nothing of anybody else's (R3.4)."""

from collections.abc import Iterator

from mailflow.config import zone_named
from mailflow.desk.case import Case
from mailflow.desk.context import Request
from mailflow.desk.conversation.opening import serving
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.parent import Joins, parent_of
from mailflow.desk.ticket import IN_PUBLIC, Status
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import spoken
from mailflow.desk.writing.notice import answer, language_of_author
from mailflow.mail.compose import one_line
from mailflow.mail.day import day_in
from mailflow.mail.replies.wish import Wish

SUBJECT = 60
"""Characters of a subject in the list."""


def listed(case: Case) -> Decision | None:
    """None: it is no such question, or its author may not be answered."""
    if case.clues.wish is not Wish.LIST or not case.identity.acts or case.is_automatic or not case.mailboxes:
        return None
    if _is_an_answer(case):
        return None
    if not (case.context.requests or serving(case)):
        return None  # who is not served is told how to be
    mailbox = case.mailboxes[0]
    language = spoken(Kind.REQUESTS, language_of_author(case, mailbox), mailbox, case.policy)
    values = {"requests": "\n".join(_lines(case, language))}
    told, mail = answer(case, Kind.REQUESTS, mailbox, ticket=None, values=values)
    if not told:
        return None
    return Decision(
        disposition=Disposition.FILED,
        reason=f"{case.identity.author} asked for a list of requests",
        rule=OwnRule.LIST,
        actions=told,
        reasons=(Reason("ticket", "none", "it asks for a list of requests, and says nothing else"), mail),
    )


def _is_an_answer(case: Case) -> bool:
    """ "A table or a list?" was our question."""
    parent = parent_of(case)
    return isinstance(parent, Joins) and parent.ticket.status is Status.AWAITING_CUSTOMER


def _lines(case: Case, language: str) -> Iterator[str]:
    zone = zone_named(case.policy.config.time_zone)
    statuses = case.policy.templates.statuses.get(language, {})
    for each in case.context.requests:
        public = IN_PUBLIC[each.status]
        created, active = (
            day_in(language, at.astimezone(zone), short=True) for at in (each.created, each.last_activity)
        )
        yield f"    #{each.number}  {created}  {active}  {statuses.get(public, public)}"
        yield f"        {_subject(each)}"


def _subject(request: Request) -> str:
    return one_line(request.subject, SUBJECT)
