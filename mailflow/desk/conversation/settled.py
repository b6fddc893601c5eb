"""The customer says that it is settled, or thanks for what is (R3.7): what is open is resolved, what is resolved stays
so."""

from dataclasses import dataclass

from mailflow.desk.actions import Action, Append, ChangeStatus
from mailflow.desk.case import Case
from mailflow.desk.conversation.away import back_again
from mailflow.desk.conversation.participants import is_requester
from mailflow.desk.decision import Reason
from mailflow.desk.intake.parties import tell_parties_of_the_end
from mailflow.desk.parent import Joins
from mailflow.desk.ticket import TRANSITIONS, Move, Status
from mailflow.desk.timing.sla import timers_of_rest
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named
from mailflow.desk.writing.notice import answer, kept_back
from mailflow.mail.replies.wish import Wish

SAID = frozenset({Wish.SETTLED, Wish.THANKS})


@dataclass(frozen=True, slots=True)
class Done:
    """What it brings, and why."""

    actions: tuple[Action, ...]
    reasons: tuple[Reason, ...]


def settled(case: Case, joins: Joins) -> Done | None:
    """None: it says more, or of something else, or its author may not say it."""
    ticket, wish = joins.ticket, case.clues.wish
    if wish not in SAID or not (case.identity.acts and is_requester(case, ticket)):
        return None
    append = Append(ticket=ticket.number, warning=joins.warning, waits_for_us=False)
    if ticket.status is Status.RESOLVED:
        stays = Reason("status", f"{ticket.status}", "a word of thanks does not open it again")
        return Done((append,), (stays, Reason("mail", "none", "a word of thanks needs no answer")))
    if wish is not Wish.SETTLED or (ticket.status, Move.RESOLVE) not in TRANSITIONS:
        return None
    told, mail = answer(
        case,
        Kind.RESOLVED,
        mailbox_named(ticket.mailbox, case.policy),
        ticket=ticket.number,
        spoken_before=ticket.language,
    )
    kept = kept_back(case, Kind.RESOLVED, ticket.number, mail)
    resolve = ChangeStatus(ticket=ticket.number, move=Move.RESOLVE, cause="the customer says that it is settled")
    rest = timers_of_rest(case.policy, case.now, ticket.number)
    ended = tell_parties_of_the_end(ticket, case.policy, case.now)
    actions = (append, *back_again(ticket), resolve, *rest, *told, *kept, *ended)
    return Done(actions, (Reason("status", f"{ticket.status} -> {Status.RESOLVED}", resolve.cause), mail))
