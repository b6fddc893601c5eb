"""The words in which facts and conditions speak: what kind a fact is of, and a value as it is compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cached_property
from typing import Protocol

HEADER = "header"
"""The one fact that is a family: `header."X-Spam-Flag"`."""


class Kind(Enum):
    """What the values are, which says what they can be compared with."""

    TEXT = auto()
    ADDRESS = auto()
    NETWORK = auto()  # one IP address
    NAME = auto()  # one of few words
    NUMBER = auto()
    TIME = auto()  # HH:MM


COMPARISONS_OF: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("is", "contains", "matches", "regex", "in_list", "exists"),
    Kind.ADDRESS: ("is", "contains", "matches", "regex", "in_list", "exists"),
    Kind.NETWORK: ("is", "in_list", "exists"),
    Kind.NAME: ("is", "exists"),
    Kind.NUMBER: ("is", "over", "under"),
    Kind.TIME: ("between",),
}


@dataclass(frozen=True)
class Value:
    """As it was found, and as it is compared: one case, blanks as one."""

    written: str
    folded: str

    @cached_property
    def octets(self) -> bytes:
        """For patterns, which are matched on UTF-8. Half of a character is none."""
        return self.written.encode(errors="replace")

    @classmethod
    def of(cls, written: str) -> "Value":
        return cls(written, folded(written))


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


class Facts(Protocol):
    """What is asked about one message."""

    @property
    def now(self) -> datetime: ...

    def values(self, fact: str, field: str = "") -> tuple[Value, ...]:
        """In the order of the message. `field`: which of the header, for HEADER."""
