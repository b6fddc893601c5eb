"""What was asked of the rules about one message, for people and for programs: those that match first, in full; of the
others the tests that decided.
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from mailflow.desk.rules.condition import Finding
from mailflow.desk.rules.rulebook import Rule, Ruling

WIDTH = 80
YES, NO = "yes  ", "no   "
INDENT = " " * len(YES)


def as_text(ruling: Ruling | None) -> str:
    """A block of lines; '' where there are no rules. None: something else decided before they were asked."""
    if ruling is None:
        return "rules     not asked: what decides stands before them\n"
    if not ruling.rules:
        return ""
    lines = [
        f"rules     {len(ruling.rules)} asked, {len(ruling.matches)} match{'es' if len(ruling.matches) == 1 else ''}"
    ]
    for match in ruling.matches:
        lines += ["", *_headed(YES, match.rule)]
        lines += _wrapped(match.effects.told(), INDENT, INDENT)
        lines += _tests(match.finding.tests()) or [f"{INDENT}for every mail"]
    lines += [line for rule, finding in ruling.asked if not finding.holds for line in _refused(rule, finding)]
    if ruling.matches and ruling.matches[-1].effects.ends:
        lines += ["", *_wrapped(f"No rule after '{ruling.matches[-1].rule.name}' was asked: it ends them.", "", "")]
    return "\n".join(lines) + "\n"


def as_json(ruling: Ruling | None) -> list[dict[str, Any]] | None:
    """Every rule that was asked, in order; `effects` of those that match, as `then` has them. None as in `as_text`."""
    if ruling is None:
        return None
    effects = {match.rule.name: match.effects.written() for match in ruling.matches}
    return [
        {
            "name": rule.name,
            "file": rule.file,
            "line": rule.line,
            "matched": finding.holds,
            "tests": [{"said": test.said, "found": test.found, "holds": test.holds} for test in finding.tests()],
            "effects": effects.get(rule.name),
        }
        for rule, finding in ruling.asked
    ]


def _refused(rule: Rule, finding: Finding) -> list[str]:
    return ["", *_headed(NO, rule), *_tests(finding.deciding())]


def _headed(mark: str, rule: Rule) -> list[str]:
    return _wrapped(f"{rule.name}  {rule.place}", mark, INDENT)


def _tests(findings: Iterator[Finding]) -> list[str]:
    lines = []
    for test in findings:
        lines += _wrapped(f"{test.said}: {test.found}", INDENT + (YES if test.holds else NO), 2 * INDENT)
    return lines


def _wrapped(text: str, first: str, then: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False)
