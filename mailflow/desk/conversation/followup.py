"""A message that continues a ticket: what moves, who is told, which timers fall (R3.5, R3.6, R3.8)."""

from dataclasses import replace

from mailflow.config import Mailbox
from mailflow.desk.actions import Action, AddDepartments, Append, ChangeStatus, Send
from mailflow.desk.backlog import retirement, said_at
from mailflow.desk.case import Case
from mailflow.desk.contacts import verification
from mailflow.desk.conversation.away import back_again, moved_by
from mailflow.desk.conversation.news import NO_ANSWER, standing
from mailflow.desk.conversation.participants import copied, is_requester
from mailflow.desk.conversation.settled import settled
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.incidents.affected import stays_on_hold
from mailflow.desk.intake.collecting import Collected, asks_something, awaiting, continued, set_aside, waits
from mailflow.desk.intake.question import progress_of
from mailflow.desk.parent import Joins, Part
from mailflow.desk.ticket import IN_PUBLIC, TRANSITIONS, Move, Status, Ticket
from mailflow.desk.timing.sla import no_more_reminders, our_turn
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named
from mailflow.desk.writing.notice import answer, kept_back, mailed, tell_requester
from mailflow.mail.compose import one_line
from mailflow.mail.replies.wish import Wish
from mailflow.mail.subject import base_subject, is_reply


def follow_up(case: Case, joins: Joins) -> Decision:
    if case.is_automatic:
        return _robot(case, joins)
    match joins.part:
        case Part.CUSTOMER:
            return _of_details(case, joins) or _customer(case, joins)
        case Part.CLAIMANT:
            return _claimant(case, joins)
        case Part.BYSTANDER:
            return _bystander(case, joins)


def _of_details(case: Case, joins: Joins) -> Decision | None:
    """An answer to whether what is on file is true; whatever else it says is said in the ticket."""
    answer = verification.answered(case, joins)
    if answer is None:
        return None
    if not answer.is_all:
        return answer.beside(_customer(case, joins))
    moves = Reason("status", f"{joins.ticket.status}", "it says no more than what is on file of its author")
    mail = Reason("mail", "to each address on file" if answer.said.wanted else "none", "")
    return _filed(joins, verification.read_by_nobody(joins, answer), answer.reason, moves, mail)


def _robot(case: Case, joins: Joins) -> Decision:
    """It is kept where it belongs and moves nothing. Words that may be a person's are brought to an agent; an absence
    note is not."""
    ticket, automatic = joins.ticket, case.message.automatic
    why = automatic.why or f"it is {automatic.kind}"
    moves = Reason("status", f"{ticket.status}", "an automatic mail neither reopens nor stops a reminder")
    if not case.wants_to_be_read:
        append = Append(
            ticket=ticket.number, warning=joins.warning, is_activity=False, waits_for_us=False, said=said_at(case)
        )
        later, until = moved_by(case, joins)
        reasons = (moves, *((until,) if until else ()), Reason("mail", "none", why))
        return _filed(joins, (append, *later), *reasons)
    return _filed(joins, _brought(case, joins, ticket.status), moves, Reason("mail", "none", why))


def _bystander(case: Case, joins: Joins) -> Decision:
    return _filed(
        joins,
        _brought(case, joins, joins.ticket.status),
        Reason("status", f"{joins.ticket.status}", "it is put there and moves nothing"),
        Reason("mail", "none", joins.warning),
    )


def _claimant(case: Case, joins: Joins) -> Decision:
    """Too little to move the ticket, enough that a machine must not say it has heard nothing."""
    ticket = joins.ticket
    return _filed(
        joins,
        (*_brought(case, joins, ticket.status), *no_more_reminders(ticket)),
        Reason("status", f"{ticket.status}", "it moves nothing, but nobody is reminded any more"),
        Reason("mail", "none", joins.warning),
    )


def _customer(case: Case, joins: Joins) -> Decision:
    if done := settled(case, joins):
        return _filed(joins, done.actions, *done.reasons)
    collected, ticket = continued(case, joins.ticket), joins.ticket
    if collected and collected.blocks:
        return _giving(case, joins, collected)
    stays = stays_on_hold(ticket) or _waits_for_others(case, ticket)
    then = ticket.status if stays else TRANSITIONS[ticket.status, Move.CUSTOMER_WROTE]
    notice, mail = _notice(case, ticket)
    another = _another_matter(case, ticket)
    joins = replace(joins, warning="; ".join(filter(None, (joins.warning, another))))
    joined = copied(case, ticket)
    actions: tuple[Action, ...] = (
        *_brought(case, joins, then, another_matter=bool(another)),
        *no_more_reminders(ticket),
        *back_again(ticket),
        *_status(ticket, then),
        *_departments(case, ticket),
        *(collected.give(ticket.department) if collected else ()),
        *joined.actions,
        *notice,
        *kept_back(case, Kind.REOPENED if ticket.status is Status.RESOLVED else Kind.STANDING, ticket.number, mail),
    )
    read = collected.reasons() if collected else ()
    return _filed(joins, actions, *read, _status_reason(ticket, then), *joined.reasons, mail)


def _giving(case: Case, joins: Joins, collected: Collected) -> Decision:
    """It brings something that the request needs: what is missing still is asked for, once more."""
    ticket = joins.ticket
    mailbox = mailbox_named(ticket.mailbox, case.policy)
    was_complete, is_ready = ticket.complete_at is not None, collected.progress.is_ready
    told, mail = (
        NO_ANSWER
        if was_complete and is_ready and not collected.sought
        else collected.told(mailbox, ticket.number, ticket.language)
    )
    joined = copied(case, ticket)
    then, moved = _turn(case, joins, collected, asked=waits(told))
    return _filed(
        joins,
        (
            *moved,
            *collected.give(ticket.department),
            *back_again(ticket),
            *joined.actions,
            *told,
            *kept_back(case, collected.kind_of_mail, ticket.number, mail),
        ),
        *collected.reasons(),
        Reason(
            "status", f"{then}" if then is ticket.status else f"{ticket.status} -> {then}", "it gives what was missing"
        ),
        *joined.reasons,
        mail,
    )


def _turn(case: Case, joins: Joins, collected: Collected, *, asked: bool) -> tuple[Status, tuple[Action, ...]]:
    """Whose turn it is then. A person who was asked something, now or before, answers that first."""
    ticket = joins.ticket
    if stays_on_hold(ticket):
        return ticket.status, (*_brought(case, joins, ticket.status), *no_more_reminders(ticket))
    append = Append(ticket=ticket.number, warning=joins.warning, waits_for_us=False)
    is_read = asks_something(case) or ticket.waiting_since is not None
    if asked and not is_read:
        return Status.AWAITING_CUSTOMER, (append, *awaiting(case, ticket))
    if collected.waits_for_others and not is_read:
        aside = () if ticket.status is Status.ON_HOLD else (set_aside(ticket.number, collected),)
        return Status.ON_HOLD, (append, *no_more_reminders(ticket), *aside)
    then = TRANSITIONS[ticket.status, Move.CUSTOMER_WROTE]
    return then, (*_brought(case, joins, then), *no_more_reminders(ticket), *_status(ticket, then))


def _waits_for_others(case: Case, ticket: Ticket) -> bool:
    """Who only asks for news is told who must agree, or answer; nobody of us could say more."""
    if case.clues.wish is not Wish.NEWS or ticket.status is not Status.ON_HOLD:
        return False
    progress = progress_of(ticket, case.policy)
    return bool((progress and progress.awaited) or (ticket.reach and ticket.reach.is_open))


def _another_matter(case: Case, ticket: Ticket) -> str:
    """Who wants to write about something else often answers an old mail and puts another subject there."""
    subject, tags = one_line(case.message.subject, 80), case.policy.tags
    same = base_subject(ticket.subject, tags).casefold() in subject.casefold()
    if not subject or same or is_reply(subject, tags) or case.clues.wish is Wish.NEWS:
        return ""
    return f"a new subject, perhaps another matter: {subject}"


def _brought(case: Case, joins: Joins, then: Status, *, another_matter: bool = False) -> tuple[Action, ...]:
    """Put there for an agent to answer. Nobody waits for an answer to what was there before we were."""
    ticket, waits = joins.ticket, not case.entry.backlog
    append = Append(
        ticket=ticket.number,
        warning=joins.warning,
        waits_for_us=waits,
        another_matter=another_matter,
        said=said_at(case),
    )
    since = ticket.waiting_since or (case.now if waits else None)
    after = replace(ticket, status=then, waiting_since=since)
    return append, *our_turn(ticket, after, case.policy, case.now), *retirement(case, ticket.number)


def _filed(joins: Joins, actions: tuple[Action, ...], *reasons: Reason) -> Decision:
    number = joins.ticket.number
    found = Reason("ticket", f"#{number} follow-up", joins.why)
    return Decision(
        disposition=Disposition.FILED,
        reason=f"belongs to #{number}: {joins.why}",
        ticket=number,
        actions=actions,
        reasons=(found, *reasons),
    )


def _status(ticket: Ticket, then: Status) -> tuple[Action, ...]:
    if then is ticket.status:
        return ()
    return (ChangeStatus(ticket=ticket.number, move=Move.CUSTOMER_WROTE, cause="the customer wrote"),)


def _status_reason(ticket: Ticket, then: Status) -> Reason:
    if then is ticket.status:
        return Reason(
            "status", f"{then}", f"it waits for the end of {ticket.waits_for}" if stays_on_hold(ticket) else ""
        )
    why = "a reply reopens" if ticket.status is Status.RESOLVED else "the customer wrote"
    return Reason("status", f"{ticket.status} -> {then}", why)


def _notice(case: Case, ticket: Ticket) -> tuple[tuple[Send, ...], Reason]:
    """Only what changes in the customer's eyes is mailed; other activity mails nobody (R3.6), but who asks for news."""
    mailbox = mailbox_named(ticket.mailbox, case.policy)
    is_theirs = is_requester(case, ticket)
    if ticket.status is not Status.RESOLVED:
        return standing(case, ticket, mailbox) if is_theirs else NO_ANSWER
    if not is_theirs:
        return _told(case, ticket, mailbox)
    return answer(case, Kind.REOPENED, mailbox, ticket=ticket.number, spoken_before=ticket.language)


def _told(case: Case, ticket: Ticket, mailbox: Mailbox) -> tuple[tuple[Send, ...], Reason]:
    """Another opened it again: whose request it is hears of it."""
    if case.entry.backlog:
        return (), Reason("mail", "none", "it was there before we were")
    key = f"{Kind.REOPENED}:entry:{case.entry.number}"
    notice = tell_requester(ticket, Kind.REOPENED, key, case.policy, {"status": IN_PUBLIC[Status.OPEN]})
    why = mailed(notice[0], mailbox, case) if notice else Reason("mail", "none", "a machine does not write there")
    return notice, why


def _departments(case: Case, ticket: Ticket) -> tuple[Action, ...]:
    """Those of the other mailboxes it was sent to; a rule may have routed the ticket away from that of its own."""
    others = (mailbox for mailbox in case.mailboxes if mailbox.address != ticket.mailbox)
    also = tuple(dict.fromkeys(other.department for other in others if other.department != ticket.department))
    return (AddDepartments(ticket=ticket.number, departments=also),) if also else ()
