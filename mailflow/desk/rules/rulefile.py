"""A file of rules, filters/*.toml, read: every mistake at once, with its line, what is wrong and what is allowed.

    [[rule]]
    name = "Invoices"
    if.subject.contains = ["invoice", "faktura"]
    if.not.contact = "unknown"
    then.department = "billing"

    [[rule.example]]
    matches = true
    mail = '''
    From: anna@kunde.example
    Subject: Faktura 12

    W załączniku.
    '''

Reads the text only: what a file names (departments, lists, languages) is given as `Names`.
"""

from dataclasses import dataclass
from typing import Any

from mailflow import tomllines, tomltext
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.rules.condition import ALWAYS, Condition
from mailflow.desk.rules.conditionfile import condition_in
from mailflow.desk.rules.effectfile import effects_in
from mailflow.desk.rules.effects import Effects, captures_used, no_capture
from mailflow.desk.rules.examplefile import example_in
from mailflow.desk.rules.facts import FACTS
from mailflow.desk.rules.mistakes import Mistakes
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Example, Rule, captures_of, tests_of
from mailflow.errors import ConfigurationError, Problem
from mailflow.tomllines import Path

LONGEST_NAME = 80
KEYS = ("name", "if", "then", "example")


@dataclass(slots=True)
class _File:
    file: str
    names: Names
    lines: dict[Path, int]
    mistakes: Mistakes

    def rules(self, table: dict[str, Any]) -> tuple[Rule, ...]:
        for key in table:
            if key != "rule":
                self.mistakes.unknown((key,), "key at the top", ("rule",))
        written = table.get("rule", [])
        if not isinstance(written, list) or not all(isinstance(each, dict) for each in written):
            self.mistakes.add(("rule",), "write [[rule]], with two brackets")
            return ()
        rules = tuple(self._rule(each, ("rule", position)) for position, each in enumerate(written))
        self._names_once(rules)
        return rules

    def _rule(self, table: dict[str, Any], path: Path) -> Rule:
        for key in table:
            if key not in KEYS:
                self.mistakes.unknown((*path, key), "key of a rule", KEYS)
        condition: Condition = ALWAYS
        if "if" in table:
            condition = condition_in(table["if"], (*path, "if"), self.names, self.mistakes)
        effects = effects_in(table.get("then"), (*path, "then"), self.names, self.mistakes)
        self._captures(condition, effects, (*path, "then"))
        return Rule(
            name=self._name(table, path),
            file=self.file,
            line=tomllines.line_of(self.lines, path),
            condition=condition,
            effects=effects,
            at_the_door=all(FACTS[test.fact].at_the_door for test in tests_of(condition)),
            examples=self._examples(table.get("example", []), (*path, "example"), condition),
        )

    def _name(self, table: dict[str, Any], path: Path) -> str:
        name = table.get("name")
        if isinstance(name, str) and name.strip() in tuple(OwnRule):
            self.mistakes.add((*path, "name"), f"'{name.strip()}' is a rule of mailflow's own in the journal")
            return name.strip()
        if isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= LONGEST_NAME:
            return name.strip()
        place, why = ((*path, "name"), f"write a text of one line, at most {LONGEST_NAME} characters")
        self.mistakes.add(place if "name" in table else path, why if "name" in table else "a rule needs a name")
        return ""

    def _names_once(self, rules: tuple[Rule, ...]) -> None:
        seen: set[str] = set()
        for position, rule in enumerate(rules):
            if rule.name and rule.name in seen:
                self.mistakes.add(("rule", position, "name"), f"'{rule.name}' is there twice")
            seen.add(rule.name)

    def _captures(self, condition: Condition, effects: Effects, path: Path) -> None:
        """A value asks for no more than the first pattern can capture."""
        most = captures_of(condition)
        for key, text in effects.texts():
            if no_capture(text):
                self.mistakes.add((*path, key), f"'{text}': write ${{0}} to ${{9}} for what a pattern captured")
            elif any(most is None or number > most for number in captures_used(text)):
                have = "nothing" if most is None else f"only ${{0}} to ${{{most}}}" if most else "only ${0}"
                self.mistakes.add((*path, key), f"the conditions capture {have} for '{text}'")

    def _examples(self, written: object, path: Path, condition: Condition) -> tuple[Example, ...]:
        if not isinstance(written, list) or not all(isinstance(each, dict) for each in written):
            self.mistakes.add(path, "write [[rule.example]], with two brackets")
            return ()
        asked = {test.fact for test in tests_of(condition)}
        examples = []
        for position, each in enumerate(written):
            place = (*path, position)
            line = tomllines.line_of(self.lines, place)
            examples.append(example_in(each, place, line, asked, self.mistakes))
        return tuple(example for example in examples if example)


def rules_in(text: str, file: str, names: Names) -> tuple[Rule, ...]:
    """The rules of one file, or ConfigurationError with every mistake in it."""
    table = tomltext.table_of(text, file)
    reading = _File(file, names, dict(tomllines.lines_of(text)), Mistakes())
    rules = reading.rules(table)
    if reading.mistakes.found:
        raise ConfigurationError(sorted(_problem(file, reading.lines, *each) for each in reading.mistakes.found))
    return rules


def _problem(file: str, lines: dict[Path, int], path: Path, why: str) -> Problem:
    key = ".".join(str(part) for part in path if isinstance(part, str))
    return Problem(file, tomllines.line_of(lines, path), key, why)
