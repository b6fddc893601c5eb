"""What an agent's answer does to the ticket of somebody who asks to be registered."""

from functools import reduce

from mailflow.desk.actions import Action, ChangeStatus, Note, Send
from mailflow.desk.agents.errand import Done, Errand
from mailflow.desk.agents.instructions import KEEP, WANTS, Verb, admitted_as
from mailflow.desk.newcomers import admission
from mailflow.desk.ticket import TRANSITIONS, Status
from mailflow.errors import Refused


def register(errand: Errand, done: Done, argument: str) -> Done:
    (account, roles), case = admitted_as(argument), errand.case
    if KEEP in roles:
        raise Refused(f"'{argument}': write {WANTS[Verb.REGISTER]}")
    accounts = case.context.named_accounts or {}
    actions = admission.register(done.ticket, account, roles, errand.by, case.policy, case.now, accounts)
    return _admitted(done, actions)


def recover(errand: Errand, done: Done, argument: str) -> Done:
    (lost, words), case = admitted_as(argument), errand.case
    if words not in ((), (KEEP,)):
        raise Refused(f"'{argument}': write {WANTS[Verb.RECOVER]}")
    actions = admission.recover(
        done.ticket,
        lost,
        errand.by,
        case.policy,
        case.now,
        case.context.named_accounts or {},
        entry=case.entry.number,
        keep=KEEP in words,
    )
    return _admitted(done, actions)


def _admitted(done: Done, actions: tuple[Action, ...]) -> Done:
    told = next(each.text for each in actions if isinstance(each, Note))
    whom = [each.to for each in actions if isinstance(each, Send)]
    moves = [each.move for each in actions if isinstance(each, ChangeStatus)]
    status = reduce(lambda status, move: TRANSITIONS[status, move], moves, done.ticket.status)
    return done.then(f"{told}; told {', '.join(whom)}", *actions, status=status, waiting_since=None)


def refuse(errand: Errand, done: Done, argument: str) -> Done:
    if errand.instructions.words and not errand.instructions.has(Verb.NOTE):
        raise Refused("who is not registered is told so in fixed words; yours can be a note: #note")
    case = errand.case
    actions = admission.refuse(done.ticket, errand.by, case.policy, case.now, case.context.named_accounts or {})
    return done.then("refused, and told so without a reason", *actions, status=Status.CLOSED, waiting_since=None)
