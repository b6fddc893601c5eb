"""What a rule did to a message, as the journal keeps it: the rule, where it stood, and its effects there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from mailflow.desk.rules.effects import NOTHING, Effects, End, added_up
from mailflow.desk.ticket import Priority

_READ: Mapping[str, Callable[[Any], Any]] = {"end": End, "priority": Priority}
_NAMES = tuple(each.name for each in fields(Effects))


@dataclass(frozen=True, slots=True)
class Applied:
    rule: str
    place: str  # file and line, when it was asked
    effects: Effects  # that it had: none on a message that did not become a part of a ticket

    @property
    def said(self) -> str:
        return f"{self.rule}: {self.effects.told()}"

    @property
    def told(self) -> str:
        """One line of the ticket's history."""
        return f"{self.rule} ({self.place}): {self.effects.told()}"

    def as_json(self) -> dict[str, Any]:
        said = {name: value for name in _NAMES if (value := getattr(self.effects, name)) != getattr(NOTHING, name)}
        return {"rule": self.rule, "place": self.place, "effects": said}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Self:
        """Without effects that another version of mailflow has."""
        effects = {name: _value(name, value) for name, value in told["effects"].items() if name in _NAMES}
        return cls(told["rule"], told["place"], Effects(**effects))


def sum_of(applied: Iterable[Applied]) -> Effects:
    """In their order."""
    return added_up(each.effects for each in applied)


def _value(name: str, value: Any) -> Any:
    if name in _READ:
        return _READ[name](value)
    return tuple(value) if isinstance(value, list) else value
