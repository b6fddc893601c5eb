"""A message that was judged before, judged again by other rules.

What has nothing to do with rules stays as the journal has it: who wrote it, what it continued, and what became of it
where no rule and no list ended it. Only what these have ended, and would not end again, is judged as if it came today.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from mailflow.desk.case import Case
from mailflow.desk.context import Context
from mailflow.desk.conversation.report import REPORTS
from mailflow.desk.decide import after_rules, before_rules
from mailflow.desk.decision import Disposition
from mailflow.desk.entry import Entry
from mailflow.desk.outcome import Outcome
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.policy import Policy
from mailflow.desk.ruled import Lands, applied, by_rules, ended, lands_of
from mailflow.desk.rules.fact import Facts, Value
from mailflow.desk.rules.facts import FactsOf
from mailflow.mail.identity.authentication import Identity, Verdict
from mailflow.mail.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the journal says of an entry that came to an end."""

    outcome: Outcome
    lands: Lands
    verdict: Verdict | None  # None: it was not kept
    verdict_reason: str = ""

    @property
    def ended_by_filters(self) -> bool:
        """By a rule or a list of the admin."""
        return self.outcome.effects.end is not None or self.outcome.rule == OwnRule.BLOCKED

    def context(self, context: Context) -> Context:
        """Without what was not so when it came: copies that came later, and how much its author wrote since."""
        is_copy = self.outcome.disposition is Disposition.DUPLICATE
        earlier = context.earlier if is_copy else None
        return replace(context, earlier=earlier, tickets_hour=0, tickets_today=0)


@dataclass(frozen=True, slots=True)
class _FactsThen:
    """As they were when it came, where the journal knows it; implements `Facts`."""

    facts: Facts
    past: Past
    is_report: bool  # which comes to a ticket and continues none

    @property
    def now(self) -> datetime:
        return self.facts.now

    def values(self, fact: str, field: str = "") -> tuple[Value, ...]:
        if fact == "follow_up" and self.past.lands is not Lands.NOWHERE and not self.is_report:
            return (Value.of("yes" if self.past.lands is Lands.CONTINUES else "no"),)
        return self.facts.values(fact, field)


def case_of(message: Message, entry: Entry, context: Context, policy: Policy, past: Past) -> Case:
    """At the time when it came."""
    case = Case.of(message, entry, past.context(context), policy, entry.received)
    if past.verdict is None:
        return case
    return replace(case, identity=Identity(case.identity.author, past.verdict, past.verdict_reason))


def again(case: Case, past: Past) -> Outcome:
    """What becomes of it by the rules and lists of the case's policy."""
    if decision := before_rules(case):
        return Outcome(disposition=decision.disposition, rule=decision.rule, reason=decision.reason)
    case = by_rules(case, _FactsThen(FactsOf(case), past, case.message.automatic.kind in REPORTS))
    lands = past.lands
    if decision := ended(case):
        lands = Lands.NOWHERE
    elif past.ended_by_filters:
        decision = after_rules(case)
        lands = lands_of(decision)
    done = applied(case.ruling, lands)
    if decision is None:
        return replace(past.outcome, applied=done)
    return Outcome(disposition=decision.disposition, rule=decision.rule, reason=decision.reason, applied=done)
