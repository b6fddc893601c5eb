"""An agent says of which kind a request is: what was said in its mail so far is read as if that had been known (R1.1,
R1.3), and asked for is only the rest.

Only words of who takes part count, and only where it is proved who wrote them; of the first mail, which opened the
ticket, in any case. What an agent or a later mail has said stays.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.desk.actions import Action, CancelTimers, ChangeConsent, ChangeStatus, Give, Send, SetType, TimerKind
from mailflow.desk.agents import answer
from mailflow.desk.context import Said as Told
from mailflow.desk.intake.catalogue import Kind as RequestKind
from mailflow.desk.intake.collecting import CAUSE
from mailflow.desk.intake.consent import ConsentState
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.expiring import timers_of_expiry
from mailflow.desk.intake.form import asking
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.question import progress_of
from mailflow.desk.intake.reading import Reading, readings
from mailflow.desk.intake.steps import steps_of, told
from mailflow.desk.intake.value import Said, Unfit, read
from mailflow.desk.policy import Policy
from mailflow.desk.reach.deeds import JoinReach
from mailflow.desk.reach.seeking import is_registered, seek
from mailflow.desk.ticket import Move, Status, Ticket
from mailflow.desk.timing.sla import timers_of_question
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notice import tell_requester
from mailflow.errors import Refused
from mailflow.mail.address import canonical

NONE = "-"
"""Ends it: the request is of no kind any more."""
MOST = 50
"""Mails that are read, the last ones: a conversation may have thousands."""
OVER = frozenset({Status.RESOLVED, Status.CLOSED})


def set_type(
    ticket: Ticket, name: str, conversation: Sequence[Told], agent: str, policy: Policy, now: datetime
) -> tuple[Action, ...]:
    """What is read of it; nobody is asked for the rest yet (`ask_rest`). Another word than the name of a kind is kept
    as such, as a rule's is. Refused where it is so already."""
    wanted = "" if name == NONE else name
    if wanted == ticket.type:
        raise Refused(f"#{ticket.number} is of type '{wanted}' already" if wanted else f"#{ticket.number} has no type")
    kind = policy.kinds.kinds.get(wanted)
    anew = SetType(ticket=ticket.number, type=wanted, anew=True)
    ended = _ended(ticket, now)
    if kind is None or ticket.status in OVER:
        return anew, *ended, *_ours_again(ticket, agent, policy, now)
    given = _given(ticket, kind, conversation, policy)
    nothing, progress = (Progress(Dossier(kind, each), (), ticket.requester) for each in ((), (*ticket.given, *given)))
    give = Give(ticket=ticket.number, given=given, complete=progress.is_ready, waited=kind.shape.blocks)
    sought = seek(ticket.number, nothing, progress) if is_registered(ticket) else ()
    return anew, *ended, give, *sought


def after(ticket: Ticket, actions: Sequence[Action], now: datetime) -> Ticket:
    """As it is when `actions` of `set_type` are done."""
    for action in actions:
        match action:
            case SetType():
                ticket = replace(ticket, type=action.type, collects=False, complete_at=None)
            case Give():
                complete_at = now if action.complete else None
                given = (*ticket.given, *action.given)
                ticket = replace(ticket, collects=True, complete_at=complete_at, given=given)
            case ChangeConsent():
                ended = action.consent
                consents = tuple(ended if each.number == ended.number else each for each in ticket.consents)
                ticket = replace(ticket, consents=consents)
            case ChangeStatus():
                ticket = replace(ticket, status=Status.OPEN)
            case _:
                pass
    return ticket


def ask_rest(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """Of a ticket whose kind was just said: its requester is asked for what is missing, or those who must agree are."""
    progress = progress_of(ticket, policy)
    if progress is None or not progress.dossier.kind.shape.blocks:
        return ()
    hours = policy.schedule.hours_of_customer(ticket)
    expiry = () if progress.is_ready else timers_of_expiry(progress.dossier.kind, ticket.number, now, hours)
    if not progress.dossier.is_complete:
        return *expiry, *_question(ticket, progress.dossier, policy, now)
    steps = steps_of(ticket, progress, policy)
    follows = (*expiry, *steps.actions(ticket.number, now, hours))
    notice = told(ticket, progress, f"{ticket.number}:{now.isoformat()}", policy) if steps.asked else ()
    waits = steps.waits_for_others and ticket.status is not Status.ON_HOLD
    aside = ChangeStatus(ticket=ticket.number, move=Move.HOLD, cause="others must agree first")
    return *follows, *notice, *((aside,) if waits else ())


def _question(ticket: Ticket, dossier: Dossier, policy: Policy, now: datetime) -> tuple[Action, ...]:
    language = spoken(Kind.MISSING, ticket.language, mailbox_named(ticket.mailbox, policy), policy)
    last = {each.item: each for each in dossier.given}
    unclear = [
        Reading(item=each.item, value="", words=each.words, line=each.line, unfit=_unfit(dossier.kind, each, ticket))
        for name, each in last.items()
        if not each.value and each.words and name in dossier.kind.items
    ]
    values = {**asking(dossier, unclear, language).values, "type": dossier.kind.title(language)}
    values["say"] = dossier.kind.says(Kind.MISSING, language)
    key = f"{Kind.MISSING}:{ticket.number}:{now.isoformat()}"
    sends: tuple[Send, ...] = tell_requester(ticket, Kind.MISSING, key, policy, values)
    if not sends:
        return ()  # only a question that is written can be waited for
    moved = ChangeStatus(ticket=ticket.number, move=Move.QUESTION_MAILED, cause=CAUSE)
    hours = policy.schedule.hours_of_customer(ticket)
    return *sends, moved, *timers_of_question(policy, now, ticket.number, hours)


def _given(ticket: Ticket, kind: RequestKind, conversation: Sequence[Told], policy: Policy) -> tuple[Given, ...]:
    """Of each item the latest, with its evidence; what another kind has kept by its name counts if it fits."""
    before = {each.item: each for each in ticket.given}
    found = {each.item: each for mail in _counting(ticket, conversation) for each in _said_in(mail, kind, ticket)}
    kept = {name: each for name, each in before.items() if name in kind.items and _fits(kind, each, ticket)}
    taken_back = (
        replace(each, value="", words="")
        for name, each in before.items()
        if name in kind.items and name not in kept and name not in found and each.value
    )
    newer = (each for name, each in found.items() if not (name in kept and kept[name].at >= each.at))
    return *newer, *taken_back


def _counting(ticket: Ticket, conversation: Sequence[Told]) -> list[Told]:
    own = {canonical(ticket.requester), *map(canonical, ticket.participants)}
    mails = [each for each in conversation if each.direction == "in"]
    counts = [each for each in mails if canonical(each.author) in own and not each.automatic]
    return [each for each in counts if each.proved or each is mails[0]][-MOST:]


def _said_in(mail: Told, kind: RequestKind, ticket: Ticket) -> list[Given]:
    said = Said(language=mail.language or ticket.language, at=mail.at)
    return [
        Given(
            item=each.item,
            value=each.value,
            words=each.words,
            by=canonical(mail.author),
            at=mail.at,
            entry=mail.entry,
            line=each.line,
        )
        for each in readings(kind.of_requester, mail, said, kind.items)
    ]


def _fits(kind: RequestKind, given: Given, ticket: Ticket) -> bool:
    item = kind.items[given.item]
    value = read(item, given.value, Said(language=ticket.language, at=given.at)) if given.value else ""
    return value == given.value and not isinstance(value, Unfit) and bool(value)


def _unfit(kind: RequestKind, given: Given, ticket: Ticket) -> Unfit | None:
    """Why its words were no value."""
    value = read(kind.items[given.item], given.words, Said(language=ticket.language, at=given.at))
    return value if isinstance(value, Unfit) else None


def _ended(ticket: Ticket, now: datetime) -> tuple[Action, ...]:
    """Nobody's consent to what it was before counts, and nobody is reminded of it; it looks for nobody any more."""
    void = tuple(
        ChangeConsent(ticket=ticket.number, consent=replace(each, state=ConsentState.VOID, answered=now))
        for each in ticket.consents
        if each.state is not ConsentState.VOID
    )
    leaves = (JoinReach(ticket=ticket.number, case=None),) if ticket.reach else ()
    return (
        *void,
        *leaves,
        *((CancelTimers(ticket=ticket.number, kinds=frozenset({TimerKind.CONSENT})),) if void else ()),
    )


def _ours_again(ticket: Ticket, agent: str, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """Of a ticket that waited for what nobody needs any more."""
    waited = ticket.collects and ticket.complete_at is None
    if not waited or ticket.status not in (Status.AWAITING_CUSTOMER, Status.ON_HOLD) or ticket.waits_for:
        return ()
    return answer.reopen(ticket, agent, policy, now)
