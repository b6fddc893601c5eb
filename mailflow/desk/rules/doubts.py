"""What is right in rules and probably not meant: a rule that is never asked, a list with nothing in it, a department
that no mail reaches. Warnings of `mailflow check`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from mailflow.desk.rules.comparison import InList
from mailflow.desk.rules.effects import End, captures_used
from mailflow.desk.rules.implication import implies
from mailflow.desk.rules.rulebook import Rule, Rulebook, tests_of
from mailflow.errors import Problem


def doubts(rules: Rulebook, now: datetime) -> Iterator[Problem]:
    for position, rule in enumerate(rules.rules):
        if before := _ends_all_of(rule, rules.rules[:position]):
            why = f"'{rule.name}' is never asked: '{before.name}' ({before.place}) ends every mail that it is for"
            yield Problem(rule.file, rule.line, "rule", why)
        for why in _of_lists(rule, now):
            yield Problem(rule.file, rule.line, "rule.if", why)


def unled(rules: Rulebook, departments: Sequence[str], led_by_mailboxes: frozenset[str]) -> Iterator[int]:
    """The positions of the departments that neither a mailbox nor a rule leads to."""
    named = {rule.effects.department for rule in rules.rules}
    if any(captures_used(name) for name in named):
        return  # it may be any of them
    for position, name in enumerate(departments):
        if name not in led_by_mailboxes and name not in named:
            yield position


def _ends_all_of(rule: Rule, earlier: Sequence[Rule]) -> Rule | None:
    """What a rule holds may be released, and is not held again: then others are asked, but none that holds."""
    holds = rule.effects.end is End.HOLD
    for before in earlier:
        ends = before.effects.ends and (holds or before.effects.end is not End.HOLD)
        if ends and implies(rule.condition, before.condition):
            return before
    return None


def _of_lists(rule: Rule, now: datetime) -> Iterator[str]:
    lists = {
        name: entries
        for test in tests_of(rule.condition)
        if isinstance(test.comparison, InList)
        for name, entries in test.comparison.lists.items()
    }
    for name, entries in lists.items():
        if len(entries) == entries.expired(now):
            nothing = "all entries have expired" if len(entries) else "there is nothing"
            yield f"'{rule.name}' asks for the list '{name}', in which {nothing}"
