"""What became of a message, as far as rules and lists have a say, and how two of these differ (`mailflow backtest`)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from mailflow.desk.decision import Disposition
from mailflow.desk.rules.applied import Applied, sum_of
from mailflow.desk.rules.effects import WRITTEN, Effects, End

BECAME: Mapping[End, str] = {End.REJECT: "rejected", End.DROP: "dropped", End.HOLD: "held"}
_END = "end"
_COMPARED = tuple(each.name for each in fields(Effects) if each.name not in (_END, "stop"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    disposition: Disposition
    rule: str = ""  # that dropped or held it, of filters/ or one of ours
    reason: str = ""
    applied: tuple[Applied, ...] = ()  # of each rule of filters/ that matched

    @property
    def became(self) -> str:
        end = self.effects.end
        return BECAME[end] if end else self.disposition.value

    @property
    def effects(self) -> Effects:
        return sum_of(self.applied)

    def set_by(self, name: str) -> str:
        """The last rule that has an effect of this name, with file and line; '' when none has."""
        found = [each for each in self.applied if getattr(each.effects, name) not in (None, "", ())]
        return f"{found[-1].rule} ({found[-1].place})" if found else ""

    @property
    def ended_by(self) -> str:
        return self.set_by(_END) or (f"{self.rule} ({self.reason})" if self.rule else "")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise."""

    what: str  # became, or the key of an effect
    before: str  # '' is not set
    after: str
    by: str  # the rule that makes it so, or that made it otherwise


def changes(before: Outcome, after: Outcome) -> tuple[Change, ...]:
    """In the order of the effects; none when both are the same to whoever sends or reads the mail."""
    return (*_end(before, after), *_effects(before, after))


def _end(before: Outcome, after: Outcome) -> Iterable[Change]:
    if before.became == after.became:
        return ()
    return (Change("became", before.became, after.became, after.ended_by or before.ended_by),)


def _effects(before: Outcome, after: Outcome) -> Iterator[Change]:
    was, is_ = before.effects, after.effects
    for name in _COMPARED:
        old, new = _said(getattr(was, name)), _said(getattr(is_, name))
        if old != new:
            by = after.set_by(name) or before.set_by(name)
            yield Change(WRITTEN.get(name, name), old, new, by)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value or ''}"
