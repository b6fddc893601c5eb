"""The `if` of a rule, read: a table of facts, each with what it is compared with, and `all`, `any`, `not`.

    if.subject.contains = ["invoice", "faktura"]
    if.header."X-Priority".is = "1"
    if.any = [{ size.over = "5M" }, { attachments.over = 3 }]
    if.not.contact = "unknown"

What stands in one table must hold all of it. A fact with a plain value is compared with `is`.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mailflow.desk.rules.comparison import (
    Amount,
    Between,
    Comparison,
    Contains,
    Exists,
    InList,
    Is,
    Matches,
    Within,
)
from mailflow.desk.rules.condition import JOINS, AllOf, AnyOf, Condition, Not, Test
from mailflow.desk.rules.fact import COMPARISONS_OF, HEADER, Kind
from mailflow.desk.rules.facts import FACTS
from mailflow.desk.rules.mistakes import Mistakes, no_such, texts
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.pattern import Pattern
from mailflow.internet import network_of
from mailflow.mail.address import canonical
from mailflow.tomllines import Path

DEEPEST = 10
"""Levels of all, any, not: more is a mistake, and nobody could read it."""
_FIELD = re.compile(r"[!-9;-~]{1,200}")
_AMOUNT = re.compile(r"([0-9]{1,12})([KMG]?)")
_TIMES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_HOLDS: Mapping[str, Callable[[int, int], bool]] = {"is": operator.eq, "over": operator.gt, "under": operator.lt}
_MAILBOX, _DEPARTMENT = "mailbox", "department"


@dataclass(frozen=True, slots=True)
class _Reader:
    names: Names
    mistakes: Mistakes

    def table(self, table: object, path: Path, depth: int = 0) -> Condition:
        """All that stands in one table."""
        if not isinstance(table, dict) or not table:
            self.mistakes.add(path, 'write a table of conditions: { subject.contains = "…" }')
            return AllOf(())
        if depth > DEEPEST:
            self.mistakes.add(path, f"is nested more than {DEEPEST} levels deep")
            return AllOf(())
        conditions: list[Condition] = []
        for key, value in table.items():
            conditions += self._condition(key, value, (*path, key), depth)
        return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))

    def _condition(self, key: str, value: object, path: Path, depth: int) -> list[Condition]:
        match key:
            case "all" | "any":
                inner = tuple(self._tables(value, path, depth))
                return [AllOf(inner) if key == "all" else AnyOf(inner)]
            case "not":
                return [Not(self.table(value, path, depth + 1))]
            case "header":
                return self._header(value, path)
            case _ if key in FACTS:
                return self._tests(key, "", value, path)
            case _:
                self.mistakes.unknown(path, "condition", (*FACTS, *JOINS))
                return []

    def _tables(self, value: object, path: Path, depth: int) -> list[Condition]:
        if not isinstance(value, list) or not value:
            self.mistakes.add(path, "write a list of tables: [{ … }, { … }]")
            return []
        return [self.table(each, (*path, position), depth + 1) for position, each in enumerate(value)]

    def _header(self, value: object, path: Path) -> list[Condition]:
        if not isinstance(value, dict) or not value:
            self.mistakes.add(path, 'name a field of the header: header."X-Spam-Flag" = "YES"')
            return []
        conditions: list[Condition] = []
        for field, wanted in value.items():
            if _FIELD.fullmatch(field):
                conditions += self._tests(HEADER, field, wanted, (*path, field))
            else:
                self.mistakes.add((*path, field), "is no name of a header field (RFC 5322 2.2)")
        return conditions

    def _tests(self, fact: str, field: str, value: object, path: Path) -> list[Condition]:
        comparisons = value if isinstance(value, dict) else {"is": value}
        if not comparisons:
            self.mistakes.add(path, f"compare it with one of: {', '.join(COMPARISONS_OF[FACTS[fact].kind])}")
        tests: list[Condition] = []
        for word, wanted in comparisons.items():
            place = (*path, word) if isinstance(value, dict) else path
            if comparison := self._comparison(fact, word, wanted, place):
                tests.append(Test(fact, comparison, field))
        return tests

    def _comparison(self, fact: str, word: str, wanted: object, path: Path) -> Comparison | None:
        kind = FACTS[fact].kind
        if word not in COMPARISONS_OF[kind]:
            if path[-1] == word:
                self.mistakes.unknown(path, f"comparison for {fact}", COMPARISONS_OF[kind])
            else:
                self.mistakes.add(path, f"compare it with one of: {', '.join(COMPARISONS_OF[kind])}")
            return None
        match word:
            case "exists":
                return self._exists(wanted, path)
            case "in_list":
                return self._in_list(wanted, path)
            case "contains":
                return Contains.of(texts(wanted, path, self.mistakes))
            case "matches":
                return self._patterns(word, Pattern.wildcards, wanted, path)
            case "regex":
                return self._patterns(word, Pattern.regex, wanted, path)
            case "between":
                return self._between(wanted, path)
            case _ if kind is Kind.NUMBER:
                return self._amount(word, wanted, path)
            case _ if kind is Kind.NETWORK:
                return self._within(wanted, path)
            case _ if kind is Kind.ADDRESS:
                return self._is_address(fact, wanted, path)
            case _:
                return self._is(fact, wanted, path)

    def _exists(self, wanted: object, path: Path) -> Comparison | None:
        if isinstance(wanted, bool):
            return Exists(wanted)
        self.mistakes.add(path, "write true or false")
        return None

    def _in_list(self, wanted: object, path: Path) -> Comparison | None:
        names = texts(wanted, path, self.mistakes)
        for name in names:
            if name not in self.names.lists:
                self.mistakes.add(path, no_such("list", name, self.names.lists))
        return InList({name: self.names.lists[name] for name in names if name in self.names.lists})

    def _patterns(self, word: str, compiled: Callable[[str], Pattern], wanted: object, path: Path) -> Comparison | None:
        patterns = []
        for written in texts(wanted, path, self.mistakes):
            try:
                patterns.append(compiled(written))
            except ValueError as error:
                self.mistakes.add(path, str(error))
        return Matches(word, tuple(patterns))

    def _between(self, wanted: object, path: Path) -> Comparison | None:
        spans = []
        for written in texts(wanted, path, self.mistakes):
            span = tuple(written.replace(" ", "").split("-"))
            if _SPAN.fullmatch(written.replace(" ", "")) and span[0] != span[1]:
                spans.append((span[0], span[1]))
            else:
                self.mistakes.add(path, f'"{written}" is no time of day; write "08:00-18:00"')
        return Between(tuple(spans))

    def _amount(self, word: str, wanted: object, path: Path) -> Comparison | None:
        amount = amount_in(wanted, path, self.mistakes)
        return None if amount is None else Amount(word, amount, _HOLDS[word])

    def _within(self, wanted: object, path: Path) -> Comparison | None:
        networks = []
        for written in texts(wanted, path, self.mistakes):
            try:
                networks.append(network_of(written))
            except ValueError as error:
                self.mistakes.add(path, f"{error}; write an address or a network such as '10.0.0.0/8'")
        return Within(tuple(networks))

    def _is_address(self, fact: str, wanted: object, path: Path) -> Comparison | None:
        addresses = texts(wanted, path, self.mistakes)
        for address in addresses:
            if "@" not in address:
                self.mistakes.add(
                    path, f"'{address}' is no address; for a domain write {fact}.matches = \"*@{address}\""
                )
        comparison = Is.address(addresses)
        if fact == _MAILBOX:
            for address, form in zip(addresses, map(canonical, addresses), strict=True):
                if form not in self.names.mailboxes:
                    self.mistakes.add(path, no_such("[[mailbox]]", address, sorted(self.names.mailboxes)))
        return comparison

    def _is(self, fact: str, wanted: object, path: Path) -> Comparison | None:
        if FACTS[fact].choices == ("yes", "no") and isinstance(wanted, bool):
            wanted = "yes" if wanted else "no"
        words = texts(wanted, path, self.mistakes)
        choices = sorted(self.names.departments) if fact == _DEPARTMENT else FACTS[fact].choices
        for word in words:
            if choices and word not in choices:
                self.mistakes.add(path, no_such(fact, word, choices))
        return Is.of(words)


def condition_in(table: Any, path: Path, names: Names, mistakes: Mistakes) -> Condition:
    return _Reader(names, mistakes).table(table, path)


def amount_in(wanted: object, path: Path, mistakes: Mistakes) -> int | None:
    """A number, or octets in K, M, G."""
    amount = _AMOUNT.fullmatch(str(wanted)) if isinstance(wanted, int | str) else None
    if amount is None or isinstance(wanted, bool):
        mistakes.add(path, 'write a whole number, or one of octets with K, M or G: "5M"')
        return None
    return int(amount[1]) * _TIMES[amount[2]]
