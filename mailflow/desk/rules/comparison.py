"""How a fact is compared: `is`, `contains`, `matches`, `regex`, `in_list`, `exists`, `over`, `under`, `between`.

Each is a value with what was written in the file; it finds the first of a fact's values that fits, or none. Letters are
compared without case and with blanks as one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.rules.fact import Value, folded
from mailflow.desk.rules.pattern import Pattern
from mailflow.desk.rules.place import place_in
from mailflow.internet import Network, address_of
from mailflow.mail.address import canonical

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """The value that fitted, what it fitted to, and what a pattern captured."""

    value: str
    wanted: str = ""
    captures: tuple[str, ...] = ()


class Comparison(Protocol):
    @property
    def said(self) -> str:
        """As the admin wrote it: `contains "invoice"`."""

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None: ...


def quoted(texts: tuple[str, ...]) -> str:
    """For a line of an explanation: the first few."""
    shown = ", ".join(f'"{shortened(text)}"' for text in texts[:3])
    return shown + (f" … ({len(texts)})" if len(texts) > 3 else "")


def shortened(text: str) -> str:
    line = " ".join(text[: 4 * LONGEST_SHOWN].split())
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 1] + "…"


@dataclass(frozen=True, slots=True)
class Is:
    wanted: tuple[str, ...]
    forms: frozenset[str]  # of `wanted`, as values are compared

    @classmethod
    def of(cls, wanted: tuple[str, ...]) -> "Is":
        return cls(wanted, frozenset(map(folded, wanted)))

    @classmethod
    def address(cls, wanted: tuple[str, ...]) -> "Is":
        return cls(wanted, frozenset(folded(canonical(each)) for each in wanted))

    @property
    def said(self) -> str:
        return f"is {quoted(self.wanted)}"

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None:
        return next((Hit(value.written) for value in values if value.folded in self.forms), None)


@dataclass(frozen=True, slots=True)
class Contains:
    wanted: tuple[str, ...]
    forms: tuple[str, ...]

    @classmethod
    def of(cls, wanted: tuple[str, ...]) -> "Contains":
        return cls(wanted, tuple(map(folded, wanted)))

    @property
    def said(self) -> str:
        return f"contains {quoted(self.wanted)}"

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None:
        for value in values:
            for position, form in enumerate(self.forms):
                if form in value.folded:
                    return Hit(value.written, self.wanted[position])
        return None


@dataclass(frozen=True, slots=True)
class Matches:
    """`matches` and `regex`."""

    word: str
    patterns: tuple[Pattern, ...]

    @property
    def said(self) -> str:
        return f"{self.word} {quoted(tuple(pattern.written for pattern in self.patterns))}"

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None:
        for value in values:
            for pattern in self.patterns:
                captures = pattern.captures(value)
                if captures is not None:
                    return Hit(value.written, pattern.written, captures)
        return None


@dataclass(frozen=True, slots=True)
class Exists:
    wanted: bool

    @property
    def said(self) -> str:
        return "exists" if self.wanted else "does not exist"

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None:
        return Hit(values[0].written if values else "") if bool(values) is self.wanted else None


@dataclass(frozen=True, slots=True)
class Within:
    """`is` for IP addresses: an address or a network."""

    networks: tuple[Network, ...]

    @property
    def said(self) -> str:
        return f"is {quoted(tuple(map(str, self.networks)))}"

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None:
        for value in values:
            if value.written == "unix":
                continue
            address = address_of(value.written)
            for network in self.networks:
                if address in network:
                    return Hit(value.written, str(network))
        return None


@dataclass(frozen=True, slots=True)
class InList:
    lists: Mapping[str, EntryList]  # by the name of the file, without .txt

    @property
    def said(self) -> str:
        return f"in_list {quoted(tuple(self.lists))}"

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None:
        for value in values:
            for entries in self.lists.values():
                if entry := entries.find(value.written, now):
                    return Hit(value.written, f"{entry.value}, {place_in(entry.file, entry.line)}")
        return None


@dataclass(frozen=True, slots=True)
class Amount:
    """`over`, `under`, `is` for numbers."""

    word: str
    limit: int
    holds: Callable[[int, int], bool]

    @property
    def said(self) -> str:
        return f"{self.word} {self.limit}"

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None:
        return next((Hit(value.written) for value in values if self.holds(int(value.written), self.limit)), None)


@dataclass(frozen=True, slots=True)
class Between:
    """Of times of day, HH:MM; the end is not part of it. "22:00-06:00" is the night."""

    spans: tuple[tuple[str, str], ...]

    @property
    def said(self) -> str:
        return f"between {quoted(tuple('-'.join(span) for span in self.spans))}"

    def hit(self, values: tuple[Value, ...], now: datetime) -> Hit | None:
        for value in values:
            for start, end in self.spans:
                inside = start <= value.written < end if start < end else value.written >= start or value.written < end
                if inside:
                    return Hit(value.written, f"{start}-{end}")
        return None
