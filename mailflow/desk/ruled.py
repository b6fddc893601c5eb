"""What the admin's rules change of a decision (filters/*.toml).

What ends a message ends it before anything else is asked of it. What a rule sets on a ticket (department, priority,
type, language, assignee) it sets when the ticket is opened; on a follow-up only a rule that asks for `follow_up`
changes them, because since then an agent may have. Every match is an event of
the ticket, with file and line of the rule.
"""

from collections.abc import Iterator
from dataclasses import replace

from mailflow.desk.actions import (
    Action,
    AddTags,
    Assign,
    Decision,
    Disposition,
    Note,
    OpenTicket,
    Reason,
    SetPriority,
    SetType,
)
from mailflow.desk.case import Case
from mailflow.desk.rules.effects import Effects, End
from mailflow.desk.rules.facts import FactsOf
from mailflow.desk.rules.rulebook import Match, asks


def by_rules(case: Case) -> Case:
    """With what the rules say of it."""
    rules = case.policy.rules
    return replace(case, ruling=rules.judge(FactsOf(case), released=case.entry.released)) if rules.rules else case


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
    reasons = tuple(map(_reason, case.ruling.matches))
    actions: tuple[Action, ...] = ()
    if decision.disposition is Disposition.FILED:
        actions = (*_effects(case, decision), *_events(case, decision))
    return replace(decision, reasons=(*reasons, *decision.reasons), actions=(*decision.actions, *actions))


def _reason(match: Match) -> Reason:
    return Reason("rule", f"{match.rule.name}: {match.effects.told()}", match.rule.place)


def _effects(case: Case, decision: Decision) -> tuple[Action, ...]:
    """Besides those that a new ticket was opened with."""
    number = decision.ticket
    if number is None:
        return tuple(_set(None, case.ruling.effects)) if _opens(decision) else ()
    ticket, effects = case.context.tickets.get(number), _of_follow_up(case)
    if ticket is None:
        return ()
    actions = list(_set(number, replace(effects, tags=case.ruling.effects.tags)))
    if effects.priority and effects.priority is not ticket.priority:
        actions.append(SetPriority(ticket=number, priority=effects.priority))
    return tuple(actions)


def _set(number: int | None, effects: Effects) -> Iterator[Action]:
    """What is set in the same way on a new ticket and on one that goes on."""
    if effects.tags:
        yield AddTags(ticket=number, tags=effects.tags)
    if effects.type:
        yield SetType(ticket=number, type=effects.type)
    if effects.assign:
        yield Assign(ticket=number, assignee=effects.assign)


def _of_follow_up(case: Case) -> Effects:
    """Of the rules that ask whether it is one."""
    effects = Effects()
    for match in case.ruling.matches:
        if asks(match.rule.condition, "follow_up"):
            effects = effects.then(match.effects)
    return effects


def _events(case: Case, decision: Decision) -> tuple[Action, ...]:
    if decision.ticket is None and not _opens(decision):
        return ()
    return tuple(Note(ticket=decision.ticket, kind="rule", text=match.told) for match in case.ruling.matches)


def _opens(decision: Decision) -> bool:
    return any(isinstance(action, OpenTicket) for action in decision.actions)
