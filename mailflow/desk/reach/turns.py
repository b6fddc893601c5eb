"""What a course of a case (desk.reach.courses) brings for the tickets of those who look for the account."""

from dataclasses import replace
from datetime import datetime

from mailflow.desk.actions import Action, ChangeStatus, Note, Route
from mailflow.desk.contacts.details import Correction, OnFile
from mailflow.desk.intake.catalogue import words_in
from mailflow.desk.intake.parties import tell_parties_of_the_end
from mailflow.desk.policy import Policy
from mailflow.desk.reach import letters
from mailflow.desk.reach.courses import Seeker
from mailflow.desk.reach.letters import shape_of
from mailflow.desk.reach.reaching import ANSWERS, Came, Letter, Reaching, State, Task
from mailflow.desk.ticket import Move, Status, Ticket
from mailflow.desk.timing.sla import taken_up, timers_of_rest
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken

EVENT = "reach"
"""Of a ticket."""
TICK = "what is done is told by an answer to this mail, alone in its line: #done 1"


def noted(seeker: Seeker, text: str) -> Note:
    return Note(ticket=seeker.ticket.number, kind=EVENT, text=text)


def looked_up(seeker: Seeker, reaching: Reaching, policy: Policy, now: datetime, *, tells: bool) -> tuple[Action, ...]:
    """The request is about this case. `tells`: its requester has no answer yet, and gets one; else only what stands in
    the way is told."""
    waits = reaching.state is State.PAUSED and reaching.disrupted
    if tells:
        note = (noted(seeker, f"region {reaching.region} is disrupted: {reaching} waits"),) if waits else ()
        return *note, *letters.looked_up(seeker, reaching, policy, now)
    if reaching.state is State.WIDER:
        return letters.standing(seeker, reaching, letters.WIDER, policy, tasks=reaching.tasks)
    return paused(seeker, reaching, policy, now) if waits else ()


def paused(seeker: Seeker, reaching: Reaching, policy: Policy, now: datetime) -> tuple[Action, ...]:
    text = f"region {reaching.region} is disrupted: {reaching} waits"
    return noted(seeker, text), *letters.standing(seeker, reaching, letters.PAUSED, policy, key=_at(now))


def resumed(seeker: Seeker, reaching: Reaching, policy: Policy, now: datetime) -> tuple[Action, ...]:
    text = f"region {reaching.region} is disrupted no more: {reaching} goes on"
    return noted(seeker, text), *letters.standing(seeker, reaching, letters.RESUMED, policy, key=_at(now))


def ticked(seeker: Seeker, reaching: Reaching, policy: Policy, now: datetime) -> tuple[Action, ...]:
    done = [each for each in reaching.tasks if each.news]
    key = ":" + ",".join(str(each.number) for each in done)
    return letters.standing(seeker, reaching, letters.TASKS, policy, key=key, tasks=done)


def tasks_of(ticket: Ticket, policy: Policy) -> tuple[Task, ...]:
    """Of the wider investigation, as agents read them: in the language of the mailbox."""
    language = spoken(Kind.NOTIFICATION, "", mailbox_named(ticket.mailbox, policy), policy)
    words = words_in(shape_of(ticket, policy).tasks, language)
    return tuple(Task(number=number, text=text) for number, text in enumerate(words, 1))


def widened(seeker: Seeker, reaching: Reaching, policy: Policy, now: datetime, *, first: Seeker) -> tuple[Action, ...]:
    """Nobody answered. The `first` ticket goes to the department that investigates, whose agents are told what to do;
    its tasks are those of `reaching`."""
    told = letters.standing(seeker, reaching, letters.WIDER, policy, tasks=reaching.tasks)
    why = "no address of it works" if reaching.is_lost else "nobody answered"
    cause = f"{reaching}, {reaching.name}: {why}; the wider investigation begins"
    if seeker is not first:
        return noted(seeker, f"{cause}, see #{first.ticket.number}"), *told
    department = shape_of(seeker.said, policy).department
    moves = department in policy.departments and department != seeker.ticket.department
    route = (Route(ticket=seeker.ticket.number, department=department),) if moves else ()
    ticket = replace(seeker.ticket, department=department, assignee="") if moves else seeker.ticket
    values = {"text": _listed(reaching)} if reaching.tasks else None
    key = f"{EVENT}:{reaching.number}"
    return *route, *taken_up(ticket, cause, policy, now, key=key, values=values), *told


def _listed(reaching: Reaching) -> str:
    asked = "\n".join(f"> {each}" for each in reaching.letters)
    tasks = "\n".join(f"> {each.number}. {each.text}" for each in reaching.tasks)
    return "\n>\n".join(filter(None, (asked, tasks, f"> {TICK}")))


def told(
    seeker: Seeker,
    reaching: Reaching,
    letter: Letter,
    whose: OnFile | None,
    correction: Correction | None,
    policy: Policy,
    now: datetime,
) -> tuple[Action, ...]:
    """An answer came. Who only waited for it has what they want: their ticket is resolved, unless somebody should read
    what else it says, or is at work on it."""
    is_clear = letter.came in ANSWERS and not letter.more
    waits = seeker.ticket.status is Status.ON_HOLD and not seeker.ticket.waits_for
    settles = is_clear and waits
    then = Status.RESOLVED if settles else Status.OPEN
    if letter.came in ANSWERS and whose:
        mail = letters.answered(seeker, reaching, whose, correction, then, policy)
    else:
        mail = letters.standing(seeker, reaching, letters.HEARD, policy)
    cause = f"{letter.address} of account {reaching.code} has answered: {letter.came}"
    if settles:
        resolve = ChangeStatus(ticket=seeker.ticket.number, move=Move.RESOLVE, cause=cause)
        ended = tell_parties_of_the_end(seeker.ticket, policy, now)
        return resolve, *timers_of_rest(policy, now, seeker.ticket.number), *mail, *ended
    what = _read(letter, reaching, seeker)
    key = f"{EVENT}:{reaching.number}:{letter.entry}:{seeker.ticket.number}"
    return *taken_up(seeker.ticket, f"{cause}; {what}", policy, now, key=key), *mail


def _read(letter: Letter, reaching: Reaching, seeker: Seeker) -> str:
    if letter.more or letter.came is Came.WORDS:
        return f"its words are noted in #{reaching.tickets[0]}, and the requester was sent nothing of them"
    return "the requester is told; if that is all, resolve it"


def not_found(ticket: Ticket, why: str, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """Nobody is written to before an agent has said which account it is. The requester hears no difference."""
    item = shape_of(ticket, policy).account
    cause = f"{why}; the account is said by: mailflow ticket set {ticket.number} {item} CODE"
    return taken_up(ticket, cause, policy, now, key=f"{EVENT}:{ticket.number}:{now.isoformat()}")


def _at(now: datetime) -> str:
    return f":{now.isoformat()}"
