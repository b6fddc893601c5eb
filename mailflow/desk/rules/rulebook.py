"""All rules of filters/, in order of files and of rules in them, and what they say of one message."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile

from mailflow.desk.rules.comparison import Matches
from mailflow.desk.rules.condition import AllOf, AnyOf, Condition, Finding, Not, Test
from mailflow.desk.rules.effects import Effects, End, added_up
from mailflow.desk.rules.fact import Facts
from mailflow.desk.rules.place import place_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A mail in the file, that the rule must match or must not."""

    mail: str
    matches: bool
    line: int
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # facts that it states, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    name: str
    file: str
    line: int
    condition: Condition
    effects: Effects
    examples: tuple[Example, ...] = ()
    at_the_door: bool = False  # it asks only what is known before a message is taken in

    @property
    def place(self) -> str:
        return place_in(self.file, self.line)


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matched, why, and its effects with captures filled in."""

    rule: Rule
    finding: Finding
    effects: Effects

    def within(self, departments: Set[str], incidents: Set[str]) -> "Match":
        effects = self.effects
        routed = effects.department if effects.department in departments else ""
        attached = effects.incident if effects.incident in incidents else ""
        return replace(self, effects=replace(effects, department=routed, incident=attached))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say of one message: who was asked, who matched, and the sum of it."""

    matches: tuple[Match, ...] = ()
    rules: tuple[Rule, ...] = ()  # that were asked
    facts: Facts | None = field(default=None, compare=False, repr=False)

    @property
    def asked(self) -> tuple[tuple[Rule, Finding], ...]:
        """Each rule, and why it does or does not match: for whoever wants to know."""
        return tuple((rule, rule.condition.judge(self.facts)) for rule in self.rules) if self.facts else ()

    def within(self, departments: Set[str], incidents: Set[str]) -> "Ruling":
        """The same, routed only to departments that there are, for a name that was captured may be any, and attached
        only to `incidents` that are open."""
        matches = tuple(match.within(departments, incidents) for match in self.matches)
        if matches == self.matches:
            return self
        return replace(self, matches=matches)

    @property
    def effects(self) -> Effects:
        """Of all that matched."""
        return added_up(match.effects for match in self.matches)

    @property
    def ended_by(self) -> Match | None:
        last = self.matches[-1] if self.matches else None
        return last if last and last.effects.end else None


NO_RULING = Ruling()


@dataclass(frozen=True)
class Rulebook:
    rules: tuple[Rule, ...] = ()

    @cached_property
    def incidents(self) -> frozenset[str]:
        """Names that tickets may be attached to."""
        return frozenset(rule.effects.incident for rule in self.rules) - {""}

    @cached_property
    def at_the_door(self) -> "Rulebook":
        """What decides before a message is taken in: the rules that end one, up to the first that asks what is not
        known yet, for it might end the message otherwise. None where none of them rejects."""
        ending = [rule for rule in self.rules if rule.effects.ends]
        known = list(takewhile(lambda rule: rule.at_the_door, ending))
        while known and known[-1].effects.end is not End.REJECT:
            known.pop()
        return Rulebook(tuple(known))

    def judge(self, facts: Facts, *, released: bool = False) -> Ruling:
        """`released`: a person let it through, and what would hold it is not asked."""
        if not self.rules:
            return NO_RULING
        asked: list[Rule] = []
        matches: list[Match] = []
        for rule in self.rules:
            if released and rule.effects.end is End.HOLD:
                continue
            asked.append(rule)
            if not rule.condition.holds(facts):
                continue
            finding = rule.condition.judge(facts)
            match = Match(rule, finding, rule.effects.filled(finding.captures))
            matches.append(match)
            if match.effects.ends:
                break
        return Ruling(tuple(matches), tuple(asked), facts)


NO_RULES = Rulebook()


def asks(condition: Condition, fact: str) -> bool:
    return any(test.fact == fact for test in tests_of(condition))


def tests_of(condition: Condition) -> Iterator[Test]:
    match condition:
        case Test():
            yield condition
        case Not():
            yield from tests_of(condition.condition)
        case AllOf() | AnyOf():
            for each in condition.conditions:
                yield from tests_of(each)


def captures_of(condition: Condition) -> int | None:
    """How many captures a rule with this condition can rely on, besides the whole match `${0}`; None when no pattern is
    sure to have been asked: one inside `not` captures nothing."""
    match condition:
        case Test(comparison=Matches(patterns=patterns)):
            return min((pattern.groups for pattern in patterns), default=None)
        case AllOf(conditions):
            known = _known(conditions)  # the first that has groups counts
            return next((number for number in known if number), 0 if known else None)
        case AnyOf(conditions):
            known = _known(conditions)
            return min(known) if known and len(known) == len(conditions) else None
        case _:
            return None


def _known(conditions: tuple[Condition, ...]) -> list[int]:
    return [number for each in conditions if (number := captures_of(each)) is not None]
