"""Somebody agrees, or does not: by mail (desk.intake.consent_answer), or as an agent has it from elsewhere."""

from dataclasses import replace
from datetime import datetime

from mailflow.config.request import Gate
from mailflow.desk.actions import Action, ChangeConsent, ChangeStatus, Give
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.parties import tell_parties
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.question import progress_of
from mailflow.desk.intake.set_by_agent import kind_of
from mailflow.desk.intake.steps import Steps, steps_of, told
from mailflow.desk.policy import Policy
from mailflow.desk.reach.seeking import seek_once
from mailflow.desk.ticket import Move, Status, Ticket
from mailflow.desk.timing.sla import taken_up, waits_for_us
from mailflow.errors import Refused
from mailflow.nearest import hint

ANSWERS = {"yes": ConsentState.GIVEN, "no": ConsentState.REFUSED, "ask": ConsentState.VOID}
"""What an agent may say of a consent."""


def decided(
    ticket: Ticket, progress: Progress, answered: Consent, policy: Policy, now: datetime, key: str
) -> tuple[Action, ...]:
    """`answered`: the question as it is now; `key`: of the mails that follow."""
    after = progress.with_(answered)
    steps = steps_of(ticket, after, policy)
    record = ChangeConsent(ticket=ticket.number, consent=answered)
    follows = steps.actions(ticket.number, now, policy.schedule.hours_of_customer(ticket))
    clock = (Give(ticket=ticket.number, given=(), complete=after.is_ready),) if _is_otherwise(ticket, after) else ()
    tells = answered.state is ConsentState.REFUSED or after.is_ready or bool(steps.asked)
    notice = (*told(ticket, after, key, policy), *tell_parties(ticket, after, f":{key}", policy)) if tells else ()
    sought = seek_once(ticket, progress, after)
    return record, *clock, *follows, *sought, *notice, *_whose_turn(ticket, steps, answered, policy, now, key)


def decided_by_agent(
    ticket: Ticket, name: str, answer: str, why: str, agent: str, policy: Policy, now: datetime, *, is_gate: bool
) -> tuple[Action, ...]:
    """Refused where there is no such party or gate, or it is said already."""
    progress = progress_of(ticket, policy)
    shape = kind_of(ticket, policy).shape
    names = [each.name for each in (shape.gate if is_gate else shape.party)]
    if progress is None or name not in names:
        raise Refused(f"'{ticket.type}' has no {'gate' if is_gate else 'party'} '{name}'; {hint(name, names)}")
    if answer not in ANSWERS:
        raise Refused(f"'{answer}' is no answer; {hint(answer, tuple(ANSWERS))}")
    standing = progress.standing.get(name) or _never_asked(progress, name, now)
    if standing is None:
        raise Refused(f"{name} cannot say so yet: the request has not come so far")
    if standing.state is ANSWERS[answer]:
        raise Refused(f"{name} has said {answer} already")
    owed = () if is_gate or answer != "yes" else progress.dossier.owed_by(name)
    if owed:
        items = ", ".join(each.name for each in owed)
        raise Refused(f"{name} has still to give {items}: mailflow ticket set {ticket.number} {owed[0].name} … first")
    said = replace(standing, state=ANSWERS[answer], answered=now, words=why, by=agent, entry=None)
    return decided(ticket, progress, said, policy, now, f"{ticket.number}:{now.isoformat()}")


def _never_asked(progress: Progress, name: str, now: datetime) -> Consent | None:
    """What an agent knows of who could not be asked by mail, when its turn has come."""
    asked = next((each for each in progress.to_ask if each.name == name), None)
    if asked is None:
        return None
    return Consent(
        number=0,
        name=name,
        is_gate=isinstance(asked, Gate),
        address=progress.address_of(asked),
        language="",
        seen=progress.facts_of(asked),
        state=ConsentState.ASKED,
        asked=now,
    )


def _is_otherwise(ticket: Ticket, after: Progress) -> bool:
    return after.is_ready is (ticket.complete_at is None)


def _whose_turn(
    ticket: Ticket, steps: Steps, answered: Consent, policy: Policy, now: datetime, key: str
) -> tuple[Action, ...]:
    whom = f"{answered.name}{f' ({answered.address})' if answered.address else ''}"
    if steps.progress.is_ready:
        return taken_up(ticket, "all that it needs is there", policy, now, key=key)
    if answered.state is ConsentState.REFUSED:
        words = f": «{answered.words}»" if answered.words else ""
        return taken_up(ticket, f"{whom} does not agree{words}", policy, now, key=key)
    if steps.obstacles:
        return taken_up(ticket, "; ".join(steps.obstacles), policy, now, key=key)
    is_idle = answered.state is ConsentState.VOID or not waits_for_us(ticket)
    if ticket.status is Status.OPEN and steps.waits_for_others and is_idle:
        return (ChangeStatus(ticket=ticket.number, move=Move.HOLD, cause="others must agree first"),)
    return ()
