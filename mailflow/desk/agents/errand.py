"""What an agent's answer does to a ticket, instruction by instruction: the words first, then who has the ticket and how
it is filed, then what it is afterwards. All of it, or Refused and nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import reduce

from mailflow.config import Agent, duration
from mailflow.desk.actions import (
    Action,
    AddTags,
    Assign,
    ChangeStatus,
    Give,
    Note,
    OpenTicket,
    Route,
    Send,
    SetPriority,
)
from mailflow.desk.agents import answer
from mailflow.desk.agents.instructions import (
    ENDINGS,
    KEEP,
    WANTS,
    Instruction,
    Instructions,
    Verb,
    admitted_as,
)
from mailflow.desk.agents.merge import merge
from mailflow.desk.agents.split import split
from mailflow.desk.case import Case
from mailflow.desk.intake.naming import NONE, after, ask_rest, set_type
from mailflow.desk.intake.set_by_agent import set_item
from mailflow.desk.newcomers import admission
from mailflow.desk.reach.tasks import numbers_in, tick
from mailflow.desk.roster import known
from mailflow.desk.ticket import TRANSITIONS, Move, Priority, Status, Ticket
from mailflow.desk.writing.notification import told
from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.mail.bounds import Bounds
from mailflow.mail.enclosure import Enclosure, described, enclosure
from mailflow.mail.mime.parts import part_at, parts_of
from mailflow.nearest import hint

LONGEST_WAIT = timedelta(days=365)
LEFT_OUT = 5
"""Addresses of which it is told that they were sent nothing."""
LONGEST_WORD = 80
"""Characters of a tag, as for rules."""
KEPT_BACK = frozenset(
    f"application/{kind}"
    for kind in ("pgp-signature", "pkcs7-signature", "x-pkcs7-signature", "pkcs7-mime", "x-pkcs7-mime", "ms-tnef")
)
"""Of an agent's mail: the proof of who signed it, and what wraps files that go along by themselves."""
_THEN = {Verb.ASK: Move.QUESTION_MAILED, Verb.RESOLVE: Move.RESOLVE, Verb.CLOSE: Move.RESOLVE}
"""What follows words to the customer in the same mail."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One answer of an agent's."""

    case: Case
    ticket: Ticket
    agent: Agent
    instructions: Instructions
    enclosures: tuple[Enclosure, ...] = ()  # that came with it

    @property
    def by(self) -> str:
        return self.agent.name


def enclosures_of(case: Case) -> tuple[Enclosure, ...]:
    """The files that an agent's mail brings: not what stands in its text."""
    wanted = [
        each for each in case.message.attachments if not each.stands_in_text and each.content_type not in KEPT_BACK
    ]
    if not wanted:
        return ()
    root = parts_of(case.entry.octets, Bounds(**case.policy.config.limits.parser.model_dump()))
    found = [(each, part_at(root, each.part)) for each in wanted]
    return tuple(
        enclosure(each.filename, each.content_type, part.octets(), each.part)
        for each, part in found
        if part is not None
    )


@dataclass(frozen=True, slots=True)
class Done:
    """So far: the ticket as it is then, what makes it so, and what the agent is told."""

    ticket: Ticket
    actions: tuple[Action, ...] = ()
    told: tuple[str, ...] = field(default=())

    @property
    def opens(self) -> bool:
        """Is it the beginning of another ticket?"""
        return any(isinstance(each, OpenTicket) for each in self.actions)

    def then(self, told: str, *actions: Action, **changes: object) -> "Done":
        ticket = replace(self.ticket, **changes)  # type: ignore[arg-type]  # fields of a ticket
        return Done(ticket, (*self.actions, *actions), (*self.told, told))


def run(errand: Errand) -> Done:
    """Refused, with the sentence that says why, if any of it cannot be done."""
    if not errand.instructions.words and not errand.instructions.wanted:
        raise Refused("there is nothing to send: no words of yours were found")
    if errand.instructions.has(Verb.SPLIT):
        return _split(errand)
    done = _said(errand, Done(errand.ticket))
    for verb, carried_out in _STEPS.items():
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


def _register(errand: Errand, done: Done, argument: str) -> Done:
    (account, roles), case = admitted_as(argument), errand.case
    if KEEP in roles:
        raise Refused(f"'{argument}': write {WANTS[Verb.REGISTER]}")
    accounts = case.context.named_accounts or {}
    actions = admission.register(done.ticket, account, roles, errand.by, case.policy, case.now, accounts)
    return _admitted(done, actions)


def _recover(errand: Errand, done: Done, argument: str) -> Done:
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


def _refuse(errand: Errand, done: Done, argument: str) -> Done:
    if errand.instructions.words and not errand.instructions.has(Verb.NOTE):
        raise Refused("who is not registered is told so in fixed words; yours can be a note: #note")
    case = errand.case
    actions = admission.refuse(done.ticket, errand.by, case.policy, case.now, case.context.named_accounts or {})
    return done.then("refused, and told so without a reason", *actions, status=Status.CLOSED, waiting_since=None)


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


_STEPS: Mapping[Verb, Callable[[Errand, Done, str], Done]] = {
    Verb.ASSIGN: _assign,
    Verb.PRIORITY: _priority,
    Verb.DEPARTMENT: _department,
    Verb.TYPE: _type,
    Verb.TAG: _tag,
    Verb.SET: _set,
    Verb.DONE: _done,
    Verb.REGISTER: _register,
    Verb.RECOVER: _recover,
    Verb.REFUSE: _refuse,
    Verb.RESOLVE: _resolve,
    Verb.CLOSE: _close,
    Verb.HOLD: _hold,
    Verb.WAIT: _wait,
    Verb.REOPEN: _reopen,
    Verb.MERGE: _merge,
}
"""In this order, however they are written."""


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
