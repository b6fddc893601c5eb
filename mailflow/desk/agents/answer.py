"""What agents do to a ticket. Each answers with actions, or Refused with the sentence that says why not.

Illegal moves raise and nothing happens: the table in `desk.ticket` decides.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.desk.actions import Action, Assign, CancelTimers, ChangeStatus, Note, Say, Send, SetTimer, TimerKind
from mailflow.desk.intake.parties import tell_parties_of_the_end
from mailflow.desk.policy import Policy
from mailflow.desk.roster import known, named
from mailflow.desk.ticket import IN_PUBLIC, TRANSITIONS, Move, Status, Ticket
from mailflow.desk.timing.sla import QUESTION_TIMERS, TIMERS_OF_TURNS, our_turn, timers_of_question, timers_of_rest
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import message_id_of
from mailflow.desk.writing.notice import tell_requester
from mailflow.desk.writing.notification import told
from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line, writable
from mailflow.mail.enclosure import Enclosure, described
from mailflow.mail.message import Attachment

AFTER_A_REPLY = (None, Move.QUESTION_MAILED, Move.RESOLVE)


def reply(
    ticket: Ticket,
    text: str,
    agent: str,
    policy: Policy,
    now: datetime,
    *,
    then: Move | None,
    enclosures: tuple[Enclosure, ...] = (),
    kind: Kind = Kind.REPLY,
) -> tuple[Action, ...]:
    """An answer to all who take part. `then`: nothing more, a question was asked (R3.5), or that settles it."""
    _fitting(enclosures, policy)
    if not text.strip():
        raise Refused("there is nothing to say: the answer is empty")
    if ticket.status is Status.CLOSED:
        raise Refused(f"#{ticket.number} is closed; write a new ticket that names it")
    if not writable(ticket.requester):
        raise Refused(f"#{ticket.number} has no requester that can be written to: {ticket.requester!r}")
    if then not in AFTER_A_REPLY:
        raise Refused(f"'{then}' cannot follow an answer")
    after = _after(ticket, then) if then else ticket.status
    letters = tuple(
        replace(_letter(ticket, address, text, agent, after, now), enclosures=enclosures, kind=kind)
        for address in _audience(ticket)
    )
    said = Say(
        ticket=ticket.number,
        text=text,
        author=agent,
        internal=False,
        message_id=message_id_of(letters[0], ticket.number, policy, now),
        attachments=described(enclosures),
    )
    ended = tell_parties_of_the_end(ticket, policy, now) if then is Move.RESOLVE else ()
    return (said, *letters, *ended, *_status(ticket, then, f"{agent} answered"), *_timers(ticket, then, policy, now))


def call(
    ticket: Ticket, text: str, agent: str, policy: Policy, now: datetime, *, whom: str, then: Move | None
) -> tuple[Action, ...]:
    """What was said by telephone is mailed to all who take part (R3.12)."""
    said = f"{agent} spoke by telephone with {one_line(whom) or ticket.requester_name or ticket.requester}"
    called = Note(ticket=ticket.number, kind="called", text=said)
    return called, *reply(ticket, text, agent, policy, now, then=then, kind=Kind.RECAP)


def _fitting(enclosures: Sequence[Enclosure], policy: Policy) -> None:
    size, most = sum(len(each.octets) for each in enclosures), policy.config.limits.enclosures
    if size > most:
        raise Refused(f"the files that go along have {size:,} octets together; {most:,} is the most")


def note(ticket: Ticket, text: str, agent: str, attachments: tuple[Attachment, ...] = ()) -> tuple[Action, ...]:
    """Words that customers never see."""
    if not text.strip():
        raise Refused("there is nothing to note: the text is empty")
    return (Say(ticket=ticket.number, text=text, author=agent, internal=True, attachments=attachments),)


def assign(ticket: Ticket, assignee: str, policy: Policy, agent: str, now: datetime) -> tuple[Action, ...]:
    """'' is nobody. Who gets it is told, if it is another."""
    if assignee:
        known(assignee, policy.config)
    if ticket.assignee == assignee:
        raise Refused(f"#{ticket.number} is {assignee or 'nobody'}'s already")
    after = replace(ticket, assignee=assignee)
    by = named(agent, policy.config)
    key = f"{ticket.number}:{now.isoformat()}"
    sends = told(after, policy, cause=handed_over(ticket, after, agent), key=key, but=by.addresses if by else ())
    return Assign(ticket=ticket.number, assignee=assignee), *(sends if assignee else ())


def handed_over(before: Ticket, after: Ticket, agent: str) -> str:
    """In words, for who gets it."""
    whose = f"assigned to {after.assignee or 'nobody'}" if before.assignee != after.assignee else ""
    where = f"given to {after.department}" if before.department != after.department else ""
    return f"{', '.join(filter(None, (where, whose)))} by {agent}"


def resolve(ticket: Ticket, agent: str, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """Settled without another word; the customer is told (R3.2)."""
    change = _status(ticket, Move.RESOLVE, f"{agent} resolved it")
    notice = _notice(ticket, Kind.RESOLVED, Status.RESOLVED, policy, now)
    ended = tell_parties_of_the_end(ticket, policy, now)
    return *change, *timers_of_rest(policy, now, ticket.number), *notice, *ended


def reopen(ticket: Ticket, agent: str, policy: Policy, now: datetime) -> tuple[Action, ...]:
    change = _status(ticket, Move.REOPEN, f"{agent} reopened it")
    shown_before = IN_PUBLIC[ticket.status]
    notice = _notice(ticket, Kind.REOPENED, Status.OPEN, policy, now) if shown_before == "Resolved" else ()
    turn = our_turn(ticket, replace(ticket, status=Status.OPEN), policy, now)
    return *change, CancelTimers(ticket=ticket.number, kinds=QUESTION_TIMERS), *turn, *notice


def hold(ticket: Ticket, agent: str, until: datetime | None = None) -> tuple[Action, ...]:
    """Something else must happen first: nothing is due until then. For the customer it stays open. `until`: then it is
    opened again."""
    cause = f"{agent} put it on hold" + (f" until {until:%Y-%m-%d %H:%M} UTC" if until else "")
    change = _status(ticket, Move.HOLD, cause)
    timer = (SetTimer(ticket=ticket.number, kind=TimerKind.WAKE, step=1, due=until),) if until else ()
    return *change, CancelTimers(ticket=ticket.number, kinds=TIMERS_OF_TURNS), *timer


def close(ticket: Ticket, agent: str) -> tuple[Action, ...]:
    """For good: from now on a customer's mail opens a new ticket. Nothing changes in the customer's eyes."""
    return _status(ticket, Move.CLOSE, f"{agent} closed it")


BY_HAND = (Move.RESOLVE, Move.HOLD, Move.REOPEN, Move.CLOSE, Move.MERGE)
"""What an agent may ask for by name."""


def _after(ticket: Ticket, move: Move) -> Status:
    after = TRANSITIONS.get((ticket.status, move))
    if after is None:
        possible = ", ".join(each for each in BY_HAND if (ticket.status, each) in TRANSITIONS)
        raise Refused(f"#{ticket.number} is {ticket.status}: '{move}' is not possible; possible: {possible}")
    return after


def _status(ticket: Ticket, move: Move | None, cause: str) -> tuple[Action, ...]:
    if move is None:
        return ()
    _after(ticket, move)
    return (ChangeStatus(ticket=ticket.number, move=move, cause=cause),)


def _timers(ticket: Ticket, then: Move | None, policy: Policy, now: datetime) -> tuple[Action, ...]:
    if then is Move.QUESTION_MAILED:
        hours = policy.schedule.hours_of_customer(ticket)
        return timers_of_question(policy, max(now, ticket.away_until or now), ticket.number, hours)
    if then is Move.RESOLVE:
        return timers_of_rest(policy, now, ticket.number)
    return (CancelTimers(ticket=ticket.number, kinds=frozenset({TimerKind.ESCALATE})),)


def _audience(ticket: Ticket) -> tuple[str, ...]:
    """The requester first. Nobody but participants is ever mailed (DESIGN rule 8)."""
    requester = canonical(ticket.requester)
    others = set(map(canonical, ticket.participants)) - {requester}
    return ticket.requester, *sorted(filter(writable, others))


def _letter(ticket: Ticket, to: str, text: str, agent: str, after: Status, now: datetime) -> Send:
    return Send(
        kind=Kind.REPLY,
        to=to,
        to_name=ticket.requester_name if to == ticket.requester else "",
        language=ticket.language,
        mailbox=ticket.mailbox,
        ticket=ticket.number,
        key=f"reply:{ticket.number}:{now.isoformat()}:{canonical(to)}",
        values={"text": text, "agent": agent, "status": IN_PUBLIC[after]},
    )


def _notice(ticket: Ticket, kind: Kind, after: Status, policy: Policy, now: datetime) -> tuple[Action, ...]:
    key = f"{kind}:{ticket.number}:{now.isoformat()}"
    return tell_requester(ticket, kind, key, policy, {"status": IN_PUBLIC[after]})
