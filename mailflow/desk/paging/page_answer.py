"""Who is paged by mail takes the page by answering that mail.

It counts from the very address the mail went to, and only if it is proved who wrote: a forged answer would leave a
ticket without anybody. The words become a note that customers never see. Whatever else comes with such a token takes
nothing and is held; a machine's is dropped, so that an absence note of who is on call does not end the calls.
"""

from mailflow.desk.actions import Action, TakePages
from mailflow.desk.agents import answer
from mailflow.desk.case import Case
from mailflow.desk.clues import PageSeen
from mailflow.desk.context import Paged
from mailflow.desk.conversation.report import REPORTS
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.paging.oncall import UNTAKEN
from mailflow.desk.trust import empowered, replay

_NO_MAIL = Reason("mail", "none", "that nobody is paged any more is the answer")


def an_answer(case: Case) -> Decision | None:
    """What becomes of a message that carries the token of a page."""
    seen, paged = case.clues.page, case.context.paged
    if seen is None or paged is None or case.entry.released or case.message.automatic.kind in REPORTS:
        return None
    if case.message.automatic.kind in empowered.MACHINES:
        return empowered.dropped(case, "our page", OwnRule.PAGE_MACHINE)
    if why := _why_not(case, seen):
        return empowered.held("our page", why)
    return _taken(case, paged)


def _why_not(case: Case, seen: PageSeen) -> str:
    """'' when it is of the one who was paged."""
    questions = (
        (not seen.for_author, "that was sent to another address"),
        *empowered.by_a_machine(case),
        (not case.identity.acts, f"nothing proves that {case.identity.author} wrote this"),
        (replay.perhaps_handed_in(case), replay.WHY),
    )
    return next((why for refused, why in questions if refused), "")


def _taken(case: Case, paged: Paged) -> Decision:
    """Also when another was quicker: the words are kept, and the history says whose the page is."""
    author, ticket = case.identity.author or "", case.context.read_in(paged.ticket)
    is_free = paged.state in UNTAKEN
    takes: tuple[Action, ...] = (TakePages(ticket=paged.ticket, by=author),) if is_free else ()
    words = case.message.reply.strip()
    note = answer.note(ticket, words, author) if words else ()
    told = f"{author} {'takes' if is_free else 'answers'} page {paged.number}"
    before = "" if is_free else f"{paged.taken_by} had taken it"
    return Decision(
        disposition=Disposition.FILED,
        reason=told + (f": {before}" if before else ""),
        rule=OwnRule.PAGE,
        ticket=ticket.number,
        actions=(*takes, *note),
        reasons=(Reason("page", f"{paged.number}, {paged.on_call}", before or f"taken by {author}"), _NO_MAIL),
    )
