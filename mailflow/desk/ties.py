"""Which messages may be judged side by side: what a judgement rests on, and what filing a message leaves behind.

Many messages are looked up, judged and written together (flow.filing). That is the same as one after the other as long
as no message rests on what an earlier one of them leaves. Pure; both are sets of names.
"""

from collections.abc import Iterator

from mailflow.desk.actions import (
    Action,
    AskDetails,
    Block,
    ClearUndeliverable,
    Confirm,
    ConfirmDetails,
    CorrectDetails,
    MarkUndeliverable,
    OpenTicket,
    Reject,
    Release,
    Remember,
    Send,
    StopCorrection,
)
from mailflow.desk.clues import Clues
from mailflow.desk.context import Context
from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.mail.address import canonical
from mailflow.mail.replies.wish import Wish

Tie = tuple[str, object]
A_NEW_TICKET: Tie = ("ticket", None)
ANY_TICKET: Tie = ("tickets", None)
OF_ALL_TICKETS = frozenset({Wish.NEWS, Wish.LIST})
"""Answered from all that their author has, opened from any address: which those are may change with any of them."""


def rests_on(clues: Clues, context: Context) -> set[Tie]:
    """What would have changed the judgement if it had been otherwise in the store."""
    ties: set[Tie] = {("digest", clues.digest), ("mail", clues.author)}
    ties.update(("id", id_) for id_ in (*clues.message_ids, clues.reported) if id_)
    ties.update(("ticket", number) for number in context.tickets)
    others = (*clues.copies.others, *(clues.copies.named or ()), *context.operations)
    ties.update(("mail", address) for address in others)
    if clues.wish in OF_ALL_TICKETS:
        ties.add(ANY_TICKET)
    if clues.challenge:
        ties.add(("entry", clues.challenge.entry))
    ties.update(("entry", number) for number in context.named)
    if context.on_file:
        ties.add(("contact", context.on_file.contact))
    if context.earlier and context.earlier.ticket:
        ties.add(("ticket", context.earlier.ticket))
    named = {clues.tag, *(token.ticket for token in clues.tokens)} - {None}
    if not named <= context.tickets.keys():
        ties.add(A_NEW_TICKET)  # the next one may get the number that is named
    return ties


def left_by(clues: Clues, message_id: str, entry: int, actions: tuple[Action, ...]) -> set[Tie]:
    """What is otherwise in the store once these actions are carried out for the message, which is `entry`."""
    own: set[Tie] = {("digest", clues.digest), ("id", message_id), ("entry", entry)}
    return own.union(tie for action in actions for tie in _left_by(action))


def _left_by(action: Action) -> Iterator[Tie]:
    if isinstance(action, OpenTicket):
        yield A_NEW_TICKET
        yield ANY_TICKET
        yield "mail", canonical(action.requester)  # one more of its author's
        return
    if isinstance(action, Block | Confirm | Release | Reject):
        yield "entry", action.entry
        return
    if isinstance(action, AskDetails | ConfirmDetails | CorrectDetails | StopCorrection | Recover):
        yield "contact", action.contact
    if isinstance(action, AskDetails | StopCorrection):
        return
    if isinstance(action, Send):
        yield "mail", canonical(action.to)
    if isinstance(action, MarkUndeliverable | ClearUndeliverable | Remember | Register | Recover):
        yield "mail", action.address
    if action.ticket is not None:
        yield ANY_TICKET
        yield "ticket", action.ticket
