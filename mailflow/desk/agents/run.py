"""What an agent's answer does to a ticket, instruction by instruction: the words first, then who has the ticket and how
it is filed, then what it is afterwards. All of it, or Refused and nothing."""

from dataclasses import replace

from mailflow.desk.actions import Action, OpenTicket, Send
from mailflow.desk.agents import answer
from mailflow.desk.agents.errand import Done, Errand
from mailflow.desk.agents.instructions import ENDINGS, Verb
from mailflow.desk.agents.split import split
from mailflow.desk.agents.steps import STEPS
from mailflow.desk.intake.naming import ask_rest
from mailflow.desk.ticket import Move, Status
from mailflow.desk.writing.notification import told
from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.mail.enclosure import described

LEFT_OUT = 5
"""Addresses of which it is told that they were sent nothing."""
_THEN = {Verb.ASK: Move.QUESTION_MAILED, Verb.RESOLVE: Move.RESOLVE, Verb.CLOSE: Move.RESOLVE}
"""What follows words to the customer in the same mail."""


def run(errand: Errand) -> Done:
    """Refused, with the sentence that says why, if any of it cannot be done."""
    if not errand.instructions.words and not errand.instructions.wanted:
        raise Refused("there is nothing to send: no words of yours were found")
    if errand.instructions.has(Verb.SPLIT):
        return _split(errand)
    done = _said(errand, Done(errand.ticket))
    for verb, carried_out in STEPS.items():
        for instruction in errand.instructions.wanted:
            if instruction.verb is verb:
                done = carried_out(errand, done, instruction.argument)
    return _handed_over(errand, _rest(errand, done))


def _split(errand: Errand) -> Done:
    """The mail that the agent was told of, and all after it, has a ticket of its own then. Words, and what else is
    wanted, could be meant for either."""
    ticket, case = errand.ticket, errand.case
    if errand.instructions.words or len(errand.instructions.wanted) > 1:
        raise Refused("#split wants a mail of its own: both tickets can be answered then")
    entry = case.context.told_of_entry
    if entry is None:
        raise Refused("#split begins with the mail that you were told of: answer the mail that brought it to you")
    actions = split(ticket, case.context.conversation, entry, errand.by, case.policy)
    other = replace(ticket, number=0, subject=_opened(actions).subject, status=Status.OPEN, assignee="")
    cause = f"split from #{ticket.number} by {errand.by}"
    sends = told(other, case.policy, cause=cause, key=f"split:entry:{entry}", but=errand.agent.addresses)
    return Done(ticket, (*actions, *sends), (f"split from #{ticket.number}: answer this mail about it",))


def _opened(actions: tuple[Action, ...]) -> OpenTicket:
    return next(each for each in actions if isinstance(each, OpenTicket))


def _said(errand: Errand, done: Done) -> Done:
    """The words, if there are any."""
    instructions, case = errand.instructions, errand.case
    words = instructions.words
    if not words:
        if instructions.has(Verb.NOTE) or instructions.has(Verb.ASK):
            raise Refused("there are no words to note or to ask")
        return done
    if instructions.has(Verb.NOTE):
        note = answer.note(done.ticket, words, errand.by, described(errand.enclosures))
        return done.then("noted: customers do not see it", *note)
    then = next((_THEN[each.verb] for each in instructions.wanted if each.verb in _THEN), None)
    if then is Move.RESOLVE and done.ticket.status is Status.RESOLVED:
        then = None
    actions = answer.reply(
        done.ticket, words, errand.by, case.policy, case.now, then=then, enclosures=errand.enclosures
    )
    after = {Move.QUESTION_MAILED: Status.AWAITING_CUSTOMER, Move.RESOLVE: Status.RESOLVED}
    status = after[then] if then else done.ticket.status
    whom = ", ".join(action.to for action in actions if isinstance(action, Send))
    files = "".join(f", with {each.filename}" for each in errand.enclosures)
    answered = done.then(f"answered {whom}{files}", *actions, waiting_since=None, status=status)
    return replace(answered, told=(*answered.told, *_in_words(then), *_left_out(errand)))


def _left_out(errand: Errand) -> tuple[str, ...]:
    """Whom the agent had in copy, and who takes no part: nothing of ours goes there."""
    policy, ticket = errand.case.policy, errand.ticket
    known = {*map(canonical, ticket.participants), *policy.agents}
    left = [address for address in errand.case.clues.copies.others if address not in known][:LEFT_OUT]
    who = ", ".join(left)
    add = f"mailflow ticket cc {ticket.number} add {' '.join(left)}"
    return (f"not sent to {who}, who takes no part; from the next answer on: {add}",) if left else ()


def _in_words(then: Move | None) -> tuple[str, ...]:
    return (
        {Move.QUESTION_MAILED: ("it awaits the customer",), Move.RESOLVE: ("resolved",)}.get(then, ()) if then else ()
    )


def _rest(errand: Errand, done: Done) -> Done:
    """Of a kind that was just said; nothing where the mail says itself what the ticket is afterwards, or has set the
    last of it, with all that follows."""
    instructions = errand.instructions
    ends = any(each.verb in ENDINGS for each in instructions.wanted)
    is_set = instructions.has(Verb.SET) and done.ticket.complete_at is not None
    if not instructions.has(Verb.TYPE) or ends or is_set:
        return done
    actions = ask_rest(done.ticket, errand.case.policy, errand.case.now)
    whom = ", ".join(each.to for each in actions if isinstance(each, Send))
    return done.then(f"asked {whom}: what its type needs", *actions) if whom else done


def _handed_over(errand: Errand, done: Done) -> Done:
    """Whose it becomes is told."""
    before, after = errand.ticket, done.ticket
    if (before.assignee, before.department) == (after.assignee, after.department):
        return done
    cause = answer.handed_over(before, after, errand.by)
    sends = told(
        after, errand.case.policy, cause=cause, key=f"entry:{errand.case.entry.number}", but=errand.agent.addresses
    )
    return replace(done, actions=(*done.actions, *sends))
