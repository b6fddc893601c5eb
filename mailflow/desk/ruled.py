"""What the admin's rules change of a decision (filters/*.toml).

What ends a message ends it before anything else is asked of it. What a rule sets on a ticket (department, priority,
type, language, assignee, cc) it sets when the ticket is opened; on a follow-up only a rule that asks for `follow_up`
changes them, because since then an agent may have. Every match is an event of the ticket, with file
and line of the rule and what it did there.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from mailflow.desk.actions import Action, AddTags, Assign, Note, OpenTicket, Route, SetPriority, SetType
from mailflow.desk.case import Case
from mailflow.desk.conversation.participants import added_by
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.paging.paged import paged_by, who_is_paged
from mailflow.desk.rules.applied import Applied, sum_of
from mailflow.desk.rules.effects import Effects, End
from mailflow.desk.rules.fact import Facts
from mailflow.desk.rules.facts import FactsOf
from mailflow.desk.rules.rulebook import Match, Ruling, asks


class Lands(Enum):
    """Where a message comes to, which says what rules can do."""

    OPENS = "a ticket of its own"
    CONTINUES = "a ticket that there was"
    NOWHERE = "no ticket"


def by_rules(case: Case, facts: Facts | None = None) -> Case:
    """With what the rules say of it; `facts`: of which more is known than the case says."""
    rules = case.policy.rules
    if not rules.rules:
        return case
    ruling = rules.judge(facts or FactsOf(case), released=case.entry.released)
    open_ = {incident.name for incident in case.incidents}
    return replace(case, ruling=ruling.within(case.policy.departments.keys(), open_))


def ended(case: Case) -> Decision | None:
    """A question of `desk.decide`: rejected, dropped or held by a rule."""
    match = case.ruling.ended_by
    if match is None:
        return None
    reason = f"{match.effects.because or match.effects.end} ({match.rule.place})"
    is_held = match.effects.end is End.HOLD
    return Decision(
        disposition=Disposition.HELD if is_held else Disposition.DROPPED,
        reason=f"{match.rule.name}: {reason}",
        rule=match.rule.name,
        reasons=(Reason("mail", "none", f"a rule {'holds' if is_held else 'drops'} it"),),
    )


def changed(case: Case, decision: Decision) -> Decision:
    """The same, with what rules do to its ticket, and a reason for each that matched."""
    lands = lands_of(decision)
    done = applied(case.ruling, lands)
    actions: tuple[Action, ...] = ()
    if lands is not Lands.NOWHERE:
        events = (Note(ticket=decision.ticket, kind="rule", text=each.told) for each in done)
        number, ticket = decision.ticket, case.context.tickets.get(decision.ticket or 0)
        others = (*added_by(done, number, ticket), *events, *paged_by(case, number, done))
        actions = (*_effects(case, number, sum_of(done)), *others)
    reasons = (
        *(Reason("rule", each.said, each.place) for each in done),
        *decision.reasons,
        *who_is_paged(case, sum_of(done).pages),
    )
    return replace(decision, reasons=reasons, actions=(*decision.actions, *actions), applied=done)


def applied(ruling: Ruling, lands: Lands) -> tuple[Applied, ...]:
    """What each rule that matched does to a message that lands there."""
    return tuple(Applied(match.rule.name, match.rule.place, _kept(match, lands)) for match in ruling.matches)


def lands_of(decision: Decision) -> Lands:
    """What an agent does with a ticket by mail (such a decision has a rule of ours) is no rule's to change."""
    if decision.disposition is not Disposition.FILED or decision.rule:
        return Lands.NOWHERE
    if decision.ticket is not None:
        return Lands.CONTINUES
    opens = any(isinstance(action, OpenTicket) for action in decision.actions)
    return Lands.OPENS if opens else Lands.NOWHERE


def _kept(match: Match, lands: Lands) -> Effects:
    effects = match.effects
    match lands:
        case Lands.OPENS:
            return effects
        case Lands.CONTINUES:
            changes = replace(
                effects, language="", answer="", ask="", acknowledge=None, incident=""
            )  # it has been answered
            return changes if asks(match.rule.condition, "follow_up") else Effects(tags=effects.tags)
        case Lands.NOWHERE:
            return Effects(end=effects.end, because=effects.because)


def _effects(case: Case, number: int | None, effects: Effects) -> Iterator[Action]:
    """Besides those that a new ticket was opened with."""
    ticket = case.context.tickets.get(number) if number is not None else None
    if number is not None and ticket is None:
        return
    if effects.tags:
        yield AddTags(ticket=number, tags=effects.tags)
    if effects.type:
        yield SetType(ticket=number, type=effects.type)
    if effects.assign and effects.assign != (ticket.assignee if ticket else ""):
        yield Assign(ticket=number, assignee=effects.assign)
    if ticket and effects.department not in ("", ticket.department):
        yield Route(ticket=ticket.number, department=effects.department)
    if ticket and effects.priority not in (None, ticket.priority):
        yield SetPriority(ticket=ticket.number, priority=effects.priority or ticket.priority)
