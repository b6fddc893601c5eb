"""What a rule asks: tests of facts, put together by `all`, `any` and `not`. Each answers with a finding that says why.

A test whose answer no longer matters is not asked: findings are those of the tests that decided.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mailflow.desk.rules.comparison import Comparison, quoted, shortened
from mailflow.desk.rules.fact import HEADER, Facts


@dataclass(frozen=True, slots=True)
class Finding:
    """Does a condition hold, and what shows it."""

    holds: bool
    said: str  # the condition, as it was written
    found: str  # what the message has
    captures: tuple[str, ...] = ()
    inner: tuple["Finding", ...] = ()  # of `all`, `any`, `not`

    def tests(self) -> Iterator["Finding"]:
        """The single tests that were asked."""
        if not self.inner:
            yield self
        for finding in self.inner:
            yield from finding.tests()


@dataclass(frozen=True, slots=True)
class Test:
    fact: str
    comparison: Comparison
    field: str = ""  # of the header

    __test__ = False  # for pytest: it is none of its tests

    @property
    def said(self) -> str:
        name = f'{HEADER} "{self.field}"' if self.field else self.fact
        return f"{name} {self.comparison.said}"

    def judge(self, facts: Facts) -> Finding:
        values = facts.values(self.fact, self.field)
        hit = self.comparison.hit(values, facts.now)
        if hit is None:
            found = quoted(tuple(value.written for value in values)) if values else "there is none"
            return Finding(False, self.said, found)
        found = quoted((hit.value,)) if hit.value else "there is none"
        if hit.wanted:
            found += f" ({shortened(hit.wanted)})"
        return Finding(True, self.said, found, hit.captures)


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple["Condition", ...]

    def judge(self, facts: Facts) -> Finding:
        findings: list[Finding] = []
        for condition in self.conditions:
            findings.append(condition.judge(facts))
            if not findings[-1].holds:
                return Finding(False, "all", "", (), tuple(findings))
        return Finding(True, "all", "", _captures(findings), tuple(findings))


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple["Condition", ...]

    def judge(self, facts: Facts) -> Finding:
        findings: list[Finding] = []
        for condition in self.conditions:
            findings.append(condition.judge(facts))
            if findings[-1].holds:
                return Finding(True, "any", "", findings[-1].captures, (findings[-1],))
        return Finding(False, "any", "", (), tuple(findings))


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"

    def judge(self, facts: Facts) -> Finding:
        finding = self.condition.judge(facts)
        return Finding(not finding.holds, "not", "", (), (finding,))


Condition = Test | AllOf | AnyOf | Not
ALWAYS = AllOf(())
"""A rule without `if`."""


def _captures(findings: list[Finding]) -> tuple[str, ...]:
    """Of the first pattern with groups; of one without there is the whole match."""
    captured = [finding.captures for finding in findings if finding.captures]
    return next((captures for captures in captured if len(captures) > 1), captured[0] if captured else ())
