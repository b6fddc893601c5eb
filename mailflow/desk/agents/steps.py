"""What each instruction of an agent's answer does to its ticket."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import reduce

from mailflow.config import duration
from mailflow.desk.actions import AddTags, Assign, ChangeStatus, Give, Route, SetPriority
from mailflow.desk.agents import admitting, answer
from mailflow.desk.agents.errand import Done, Errand
from mailflow.desk.agents.instructions import WANTS, Instruction, Verb
from mailflow.desk.agents.merge import merge
from mailflow.desk.intake.naming import NONE, after, set_type
from mailflow.desk.intake.set_by_agent import set_item
from mailflow.desk.reach.tasks import numbers_in, tick
from mailflow.desk.roster import known
from mailflow.desk.ticket import TRANSITIONS, Priority, Status
from mailflow.errors import Refused
from mailflow.nearest import hint

LONGEST_WAIT = timedelta(days=365)
LONGEST_WORD = 80
"""Characters of a tag, as for rules."""


def _assign(errand: Errand, done: Done, argument: str) -> Done:
    assignee = {"me": errand.by, "nobody": ""}.get(argument.lower(), argument)
    if assignee:
        known(assignee, errand.case.policy.config)
    if assignee == done.ticket.assignee:
        return done.then(f"it is {assignee or 'nobody'}'s already")
    action = Assign(ticket=done.ticket.number, assignee=assignee)
    return done.then(f"assigned to {assignee or 'nobody'}", action, assignee=assignee)


def _priority(errand: Errand, done: Done, argument: str) -> Done:
    if argument.lower() not in tuple(Priority):
        raise Refused(f"there is no priority '{argument}'; {hint(argument.lower(), tuple(Priority))}")
    priority = Priority(argument.lower())
    if priority is done.ticket.priority:
        return done.then(f"its priority is {priority} already")
    return done.then(
        f"priority {priority}", SetPriority(ticket=done.ticket.number, priority=priority), priority=priority
    )


def _department(errand: Errand, done: Done, argument: str) -> Done:
    departments = errand.case.policy.departments
    if argument not in departments:
        raise Refused(f"there is no [[department]] '{argument}'; {hint(argument, departments)}")
    if argument == done.ticket.department:
        return done.then(f"it is {argument}'s already")
    route = Route(ticket=done.ticket.number, department=argument)
    return done.then(f"department {argument}", route, department=argument)


def _type(errand: Errand, done: Done, argument: str) -> Done:
    """What was said so far is read; what is missing then is asked for when all else is done."""
    case = errand.case
    actions = set_type(done.ticket, argument, case.context.conversation, errand.by, case.policy, case.now)
    then = Done(after(done.ticket, actions, case.now), (*done.actions, *actions), done.told)
    return then.then("no type any more" if argument == NONE else f"type {argument}")


def _tag(errand: Errand, done: Done, argument: str) -> Done:
    tags = tuple(dict.fromkeys(argument.replace(",", " ").split()))
    if any(len(tag) > LONGEST_WORD for tag in tags):
        raise Refused(f"a tag has at most {LONGEST_WORD} characters")
    return done.then(f"tag {', '.join(tags)}", AddTags(ticket=done.ticket.number, tags=tags))


def _set(errand: Errand, done: Done, argument: str) -> Done:
    name, _, words = argument.partition(" ")
    if not words:
        raise Refused(f"write which item and what it is: {WANTS[Verb.SET]}")
    actions = set_item(done.ticket, name, words.strip(), errand.by, errand.case.policy, errand.case.now)
    give = next(each for each in actions if isinstance(each, Give))
    moves = [each.move for each in actions if isinstance(each, ChangeStatus)]
    status = reduce(lambda status, move: TRANSITIONS[status, move], moves, done.ticket.status)
    given, complete_at = (*done.ticket.given, *give.given), errand.case.now if give.complete else None
    told = f"{name} is {give.given[0].value}" if give.given[0].value else f"{name} is taken back"
    return done.then(told, *actions, given=given, complete_at=complete_at, status=status)


def _done(errand: Errand, done: Done, argument: str) -> Done:
    """Tasks of a wider investigation."""
    numbers = numbers_in(argument)
    return done.then(f"task {', '.join(map(str, numbers))} is done", *tick(done.ticket, numbers, errand.by))


def _resolve(errand: Errand, done: Done, argument: str) -> Done:
    """Without words; else the words did it."""
    if done.ticket.status is Status.RESOLVED:
        return done if "resolved" in done.told else done.then("it is resolved already")
    actions = answer.resolve(done.ticket, errand.by, errand.case.policy, errand.case.now)
    return done.then("resolved", *actions, status=Status.RESOLVED, waiting_since=None)


def _close(errand: Errand, done: Done, argument: str) -> Done:
    resolved = done if done.ticket.status is Status.RESOLVED else _resolve(errand, done, argument)
    return resolved.then("closed", *answer.close(resolved.ticket, errand.by), status=Status.CLOSED)


def _hold(errand: Errand, done: Done, argument: str) -> Done:
    return done.then("on hold", *answer.hold(done.ticket, errand.by), status=Status.ON_HOLD)


def waiting(written: str) -> timedelta:
    """How long a ticket is put aside; Refused where it is no time, or too long."""
    try:
        span = duration(written)
    except (ValueError, OverflowError):
        raise Refused(f"'{written}' is no time to wait; write a number and one of m, h, d, w: 3d") from None
    if not timedelta(0) < span <= LONGEST_WAIT:
        raise Refused(f"'{written}' is no time to wait: at most {LONGEST_WAIT.days}d")
    return span


def _wait(errand: Errand, done: Done, argument: str) -> Done:
    until = errand.case.now + waiting(argument)
    held = answer.hold(done.ticket, errand.by, until=until)
    return done.then(f"on hold until {until:%Y-%m-%d %H:%M} UTC", *held, status=Status.ON_HOLD)


def _reopen(errand: Errand, done: Done, argument: str) -> Done:
    actions = answer.reopen(done.ticket, errand.by, errand.case.policy, errand.case.now)
    return done.then("reopened", *actions, status=Status.OPEN)


def _merge(errand: Errand, done: Done, argument: str) -> Done:
    number = Instruction(Verb.MERGE, argument).number
    into = errand.case.context.tickets.get(number or 0)
    if into is None:
        raise Refused(f"there is no ticket '{argument}' to merge it into")
    actions = merge(done.ticket, into, errand.by, errand.case.policy, errand.case.now)
    return done.then(f"merged into #{into.number}", *actions)


STEPS: Mapping[Verb, Callable[[Errand, Done, str], Done]] = {
    Verb.ASSIGN: _assign,
    Verb.PRIORITY: _priority,
    Verb.DEPARTMENT: _department,
    Verb.TYPE: _type,
    Verb.TAG: _tag,
    Verb.SET: _set,
    Verb.DONE: _done,
    Verb.REGISTER: admitting.register,
    Verb.RECOVER: admitting.recover,
    Verb.REFUSE: admitting.refuse,
    Verb.RESOLVE: _resolve,
    Verb.CLOSE: _close,
    Verb.HOLD: _hold,
    Verb.WAIT: _wait,
    Verb.REOPEN: _reopen,
    Verb.MERGE: _merge,
}
"""In this order, however they are written."""
