"""What a rule asks: tests of facts, put together by `all`, `any` and `not`. Each answers with a finding that says why.

A test whose answer no longer matters is not asked: findings are those of the tests that decided. `holds` answers
without a finding: of a thousand rules most do not match, and nobody wants to know why.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailflow.desk.rules.comparison import Comparison, quoted, shortened
from mailflow.desk.rules.fact import HEADER, Facts

ALL, ANY, NOT = JOINS = ("all", "any", "not")


@dataclass(frozen=True, slots=True)
class Finding:
    """Does a condition hold, and what shows it."""

    holds: bool
    said: str  # the condition, as it was written
    found: str  # what the message has
    captures: tuple[str, ...] = ()
    inner: tuple["Finding", ...] = ()  # of `all`, `any`, `not`

    def tests(self) -> Iterator["Finding"]:
        """The single tests that were asked. One inside `not` says so, and holds when it does not."""
        if self.said == NOT:
            yield from (finding.denied() for finding in self.inner[0].tests())
        elif self.inner:
            yield from (test for finding in self.inner for test in finding.tests())
        elif self.said not in (ALL, ANY):
            yield self

    def deciding(self) -> Iterator["Finding"]:
        """Those of the tests that made the answer: of `all` the one that fails, of `any` the one that holds."""
        return (test for test in self.tests() if test.holds is self.holds)

    def denied(self) -> "Finding":
        said = self.said.removeprefix(f"{NOT} ") if self.said.startswith(f"{NOT} ") else f"{NOT} {self.said}"
        return replace(self, holds=not self.holds, said=said)


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

    def holds(self, facts: Facts) -> bool:
        return self.comparison.hit(facts.values(self.fact, self.field), facts.now) is not None

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

    def holds(self, facts: Facts) -> bool:
        return all(condition.holds(facts) for condition in self.conditions)

    def judge(self, facts: Facts) -> Finding:
        findings: list[Finding] = []
        for condition in self.conditions:
            findings.append(condition.judge(facts))
            if not findings[-1].holds:
                return Finding(False, ALL, "", (), tuple(findings))
        return Finding(True, ALL, "", _captures(findings), tuple(findings))


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple["Condition", ...]

    def holds(self, facts: Facts) -> bool:
        return any(condition.holds(facts) for condition in self.conditions)

    def judge(self, facts: Facts) -> Finding:
        findings: list[Finding] = []
        for condition in self.conditions:
            findings.append(condition.judge(facts))
            if findings[-1].holds:
                return Finding(True, ANY, "", findings[-1].captures, (findings[-1],))
        return Finding(False, ANY, "", (), tuple(findings))


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"

    def holds(self, facts: Facts) -> bool:
        return not self.condition.holds(facts)

    def judge(self, facts: Facts) -> Finding:
        finding = self.condition.judge(facts)
        return Finding(not finding.holds, NOT, "", (), (finding,))


Condition = Test | AllOf | AnyOf | Not
ALWAYS = AllOf(())
"""A rule without `if`."""


def _captures(findings: list[Finding]) -> tuple[str, ...]:
    """Of the first pattern with groups; of one without there is the whole match."""
    captured = [finding.captures for finding in findings if finding.captures]
    return next((captures for captures in captured if len(captures) > 1), captured[0] if captured else ())
