"""The tickets of a known incident (R2.8): they wait on hold for its end, out of the queue, and nothing escalates.

A rule attaches a new ticket, an agent any. Its requester is told once how the incident stands, in the place of the
acknowledgement; whenever an agent says so; and once at the end, when what still waits is resolved. What the customer
writes meanwhile is added. Where something was added, or nobody can be told, an agent takes the ticket up at the end.
Who is told hears an agent's words and their own subject: nothing of anybody else's.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mailflow.config import Mailbox
from mailflow.desk.actions import Action, Attach, CancelTimers, ChangeStatus, Detach, KnowState, Note, Send, TimerKind
from mailflow.desk.case import Case
from mailflow.desk.decision import Reason
from mailflow.desk.incidents.incident import Incident, cause_of
from mailflow.desk.intake.parties import tell_parties_of_the_end
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move, Status, Ticket
from mailflow.desk.timing.pause import aside_since
from mailflow.desk.timing.sla import ALL_TIMERS, our_turn, timers_of_rest
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notice import answer, tell_requester
from mailflow.desk.writing.notification import told as agents_told
from mailflow.errors import Refused
from mailflow.mail.address import canonical

EVENT = "incident"
SETTLED = (Status.RESOLVED, Status.CLOSED)


def incident_of(case: Case) -> Incident | None:
    """The open one that a rule attaches its ticket to."""
    wanted = case.ruling.effects.incident
    return next((each for each in case.incidents if each.name == wanted), None) if wanted else None


def reasons(case: Case) -> tuple[Reason, ...]:
    """What became of the wish of a rule, where there was one."""
    if incident := incident_of(case):
        return (Reason("incident", incident.name, f"open: {incident.title}"),)
    wanted = dict.fromkeys(name for match in case.ruling.matches if (name := match.rule.effects.incident))
    return tuple(Reason("incident", "none", f"no incident {name} is open") for name in wanted)


def attached(ticket: int | None, incident: Incident, agent: str = "") -> tuple[Action, ...]:
    """By a rule or an `agent`. `ticket` None: the one opened by this decision."""
    by = f" by {agent}" if agent else ""
    return (
        Attach(ticket=ticket, incident=incident.id, name=incident.name, state=incident.state),
        Note(ticket=ticket, kind=EVENT, text=f"attached to {incident.name}{by}: {incident.title}"),
    )


def set_aside(ticket: int | None, incident: Incident) -> ChangeStatus:
    return ChangeStatus(ticket=ticket, move=Move.HOLD, cause=f"it waits for the end of {incident.name}")


def acknowledged(
    case: Case, incident: Incident, mailbox: Mailbox, spoken_before: str
) -> tuple[tuple[Send, ...], Reason]:
    """How it stands, in the place of an acknowledgement; once, however often they write."""
    if incident.id in case.context.told_of:
        return (), Reason("mail", "none", f"{case.identity.author} was told of {incident.name} before")
    sends, why = answer(case, Kind.INCIDENT, mailbox, ticket=None, spoken_before=spoken_before)
    said = (
        replace(
            send,
            key=cause_of(incident, send.to),
            values=_values(incident, Kind.INCIDENT, send.language, mailbox, case.policy),
        )
        for send in sends
    )
    return tuple(said), why


def stays_on_hold(ticket: Ticket) -> bool:
    """Whatever its customer adds."""
    return bool(ticket.waits_for) and ticket.status is Status.ON_HOLD


# What agents do


def attach(ticket: Ticket, incident: Incident, agent: str, policy: Policy, *, tell: bool) -> tuple[Action, ...]:
    """`tell`: its requester hears how the incident stands, who has not heard of it before."""
    if ticket.waits_for:
        raise Refused(f"#{ticket.number} is attached to {ticket.waits_for} already")
    if ticket.status in SETTLED:
        raise Refused(f"#{ticket.number} is {ticket.status}: it waits for nothing")
    return (
        *attached(ticket.number, incident, agent),
        *(() if ticket.status is Status.ON_HOLD else (set_aside(ticket.number, incident),)),
        CancelTimers(ticket=ticket.number, kinds=ALL_TIMERS - _standing_still(ticket)),
        *(_letter(ticket, incident, Kind.INCIDENT, cause_of(incident, ticket.requester), policy) if tell else ()),
    )


def _standing_still(ticket: Ticket) -> frozenset[TimerKind]:
    """Timers that wait with it. Of a request from before it was kept when its time began, nothing can be put off."""
    return frozenset({TimerKind.EXPIRE}) if ticket.expires_since else frozenset()


def detach(ticket: Ticket, agent: str, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """It stands for itself again, open if it was on hold, and hears no more of the incident."""
    if ticket.incident is None:
        raise Refused(f"#{ticket.number} is attached to no incident")
    opened: tuple[Action, ...] = ()
    if ticket.status is Status.ON_HOLD:
        opened = (
            ChangeStatus(ticket=ticket.number, move=Move.REOPEN, cause=f"{agent} detached it"),
            *our_turn(ticket, replace(ticket, status=Status.OPEN), policy, now),
        )
    return Detach(ticket=ticket.number), Note(ticket=ticket.number, kind=EVENT, text=f"detached by {agent}"), *opened


# What all of them are told


def news(ticket: Ticket, incident: Incident, policy: Policy, now: datetime, *, told: bool) -> tuple[Action, ...]:
    """How the incident stands, for one ticket of it: at the end what still waits is resolved. `told`: its requester
    was, in another ticket."""
    kind = Kind.INCIDENT_OVER if incident.ended else Kind.INCIDENT_UPDATE
    letters = () if told else _letter(ticket, incident, kind, key_of(ticket, incident), policy)
    what = "is over" if incident.ended else "has a new state"
    why = "its requester is told in another ticket" if told else "its requester is told" if letters else NOBODY
    return (
        KnowState(ticket=ticket.number, state=incident.state),
        Note(ticket=ticket.number, kind=EVENT, text=f"{incident.name} {what}; {why}"),
        *(_over(ticket, incident, policy, now, heard=told or bool(letters)) if incident.ended else ()),
        *letters,
    )


def _over(ticket: Ticket, incident: Incident, policy: Policy, now: datetime, *, heard: bool) -> tuple[Action, ...]:
    """What still waits is settled. But words that nobody has read, or a requester whom nobody tells, need an agent."""
    if ticket.status is not Status.ON_HOLD:
        return ()
    cause = f"{incident.name} is over"
    why = "" if heard else NOBODY
    if not (why := ADDED if _is_added_to(ticket) else why):
        resolve = ChangeStatus(ticket=ticket.number, move=Move.RESOLVE, cause=cause)
        return resolve, *timers_of_rest(policy, now, ticket.number), *tell_parties_of_the_end(ticket, policy, now)
    after = replace(ticket, status=Status.OPEN)
    return (
        ChangeStatus(ticket=ticket.number, move=Move.REOPEN, cause=f"{cause}; {why}"),
        *our_turn(ticket, after, policy, now),
        *agents_told(after, policy, cause=f"{cause}; {why}.", key=f"{ticket.number}:{cause_of(incident, '')}"),
    )


def _is_added_to(ticket: Ticket) -> bool:
    """Somebody has written since it waits, and nobody answered."""
    since = aside_since(ticket.pauses)
    return bool(since and ticket.waiting_since and ticket.last_activity > since)


ADDED = "something was added to it that nobody has answered"
NOBODY = "its requester cannot be told: nothing proved who it was, or the address is not one to write to"


def key_of(ticket: Ticket, incident: Incident) -> str:
    """One mail for each state and requester, however many tickets they have."""
    return f"incident:{incident.id}:{incident.state}:{canonical(ticket.requester)}"


def _letter(ticket: Ticket, incident: Incident, kind: Kind, key: str, policy: Policy) -> tuple[Send, ...]:
    mailbox = mailbox_named(ticket.mailbox, policy)
    return tell_requester(ticket, kind, key, policy, _values(incident, kind, ticket.language, mailbox, policy))


def _values(incident: Incident, kind: Kind, language: str, mailbox: Mailbox, policy: Policy) -> Mapping[str, str]:
    said = incident.told_in(spoken(kind, language, mailbox, policy))
    return {"incident": incident.title, "state": said}
