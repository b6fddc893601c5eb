"""What a rule does with a message that it matches: the table of effects, and how those of several rules add up.

Rules act in order: what a later one sets replaces what an earlier one set; tags and cc add up. What ends a
message (`reject`, `drop`, `hold`) or says `stop` ends the rules, too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import reduce
from typing import Any

from mailflow.desk.ticket import Priority

_CAPTURE = re.compile(r"\$\{([0-9])\}")
_NO_CAPTURE = re.compile(r"\$\{(?![0-9]\})")
LONGEST_VALUE = 200
"""Characters of a value with captures in it: they come from a stranger."""


class End(StrEnum):
    """What keeps a message from becoming a ticket, or a part of one."""

    REJECT = "reject"  # refused at the SMTP door where only the sender is told, dropped elsewhere
    DROP = "drop"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Unset is '' or () or None. Texts may have captures: `${1}`."""

    end: End | None = None
    because: str = ""  # of the end
    department: str = ""
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    type: str = ""
    language: str = ""
    assign: str = ""
    cc: tuple[str, ...] = ()  # canonical addresses; fixed ones, no mail chooses who is written to
    acknowledge: bool | None = None
    answer: str = ""  # with templates/<language>/answers/NAME.txt
    ask: str = ""  # the same, and the ticket awaits the customer
    pages: tuple[str, ...] = ()  # whom of [[on_call]]
    incident: str = ""  # the open one of this name
    stop: bool = False

    @property
    def ends(self) -> bool:
        return self.stop or self.end is not None

    def then(self, later: "Effects") -> "Effects":
        """These, and after them those of a later rule."""
        changes: dict[str, Any] = {each.name: value for each in fields(later) if (value := getattr(later, each.name))}
        if later.acknowledge is not None:
            changes["acknowledge"] = later.acknowledge
        if later.acknowledge is not None or any(name in changes for name in INSTEAD):
            changes = {**dict.fromkeys(INSTEAD, ""), **changes}
        for name in ADDING:
            changes[name] = tuple(dict.fromkeys((*getattr(self, name), *getattr(later, name))))
        return replace(self, **changes)

    def filled(self, captures: tuple[str, ...]) -> "Effects":
        """With what a pattern captured in the place of `${1}`; one that captured nothing is ''."""
        changes: dict[str, Any] = {name: _filled(getattr(self, name), captures) for name in FILLED}
        return replace(self, **changes)

    def texts(self) -> Iterator[tuple[str, str]]:
        """All that may have captures in it, each with its key in the file."""
        for name, key in FILLED.items():
            value = getattr(self, name)
            for text in (value,) if isinstance(value, str) else value:
                yield str(self.end) if name == "because" else key, text

    def written(self) -> dict[str, Any]:
        """What is set, as `then` has it: key and value of TOML or JSON."""
        said: dict[str, Any] = {str(self.end): self.because or True} if self.end else {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value != each.default and each.name not in ("end", "because"):
                said[WRITTEN.get(each.name, each.name)] = value
        return said

    def told(self) -> str:
        """In words, for the event of the ticket and for `explain`."""
        said = [tell(self) for tell in TOLD.values()]
        return ", ".join(words for words in said if words) or "nothing"


NOTHING = Effects()
INSTEAD = ("answer", "ask")
"""What stands in the place of the acknowledgement: one of these."""
ADDING = ("tags", "cc", "pages")
WRITTEN = {"tags": "tag", "pages": "page"}  # attribute: key in the file, where it is another
FILLED = {
    "because": "because",
    "department": "department",
    "tags": "tag",
    "type": "type",
    "language": "language",
    "assign": "assign",
}
"""What may have captures in it: attribute, and key in the file."""

TOLD: Mapping[str, Callable[[Effects], str]] = {
    "end": lambda it: f"{it.end}" if it.end else "",
    "department": lambda it: f"department {it.department}" if it.department else "",
    "priority": lambda it: f"priority {it.priority}" if it.priority else "",
    "tags": lambda it: f"tag {', '.join(it.tags)}" if it.tags else "",
    "type": lambda it: f"type {it.type}" if it.type else "",
    "language": lambda it: f"language {it.language}" if it.language else "",
    "assign": lambda it: f"assign {it.assign}" if it.assign else "",
    "cc": lambda it: f"cc {', '.join(it.cc)}" if it.cc else "",
    "acknowledge": lambda it: "no acknowledgement" if it.acknowledge is False else "",
    "answer": lambda it: f"answer {it.answer}" if it.answer else "",
    "ask": lambda it: f"ask {it.ask}" if it.ask else "",
    "pages": lambda it: f"page {', '.join(it.pages)}" if it.pages else "",
    "incident": lambda it: f"incident {it.incident}" if it.incident else "",
    "stop": lambda it: "stop" if it.stop else "",
}


def added_up(effects: Iterable[Effects]) -> Effects:
    """In their order."""
    return reduce(Effects.then, effects, NOTHING)


def no_capture(text: str) -> bool:
    """`${10}` and `${name}` stand for nothing."""
    return bool(_NO_CAPTURE.search(text))


def captures_used(text: str) -> frozenset[int]:
    """The numbers of the captures that `text` asks for."""
    return frozenset(int(number) for number in _CAPTURE.findall(text))


def _filled(value: str | tuple[str, ...], captures: tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return _fill(value, captures)
    return tuple(filled for text in value if (filled := _fill(text, captures)))


def _fill(text: str, captures: tuple[str, ...]) -> str:
    if "${" not in text:
        return text
    filled = _CAPTURE.sub(lambda found: _capture(int(found[1]), captures), text)
    return " ".join(filled.split())[:LONGEST_VALUE]


def _capture(number: int, captures: tuple[str, ...]) -> str:
    return captures[number] if number < len(captures) else ""
