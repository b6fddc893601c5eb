"""The words in which facts and conditions speak: what kind a fact is of, and a value as it is compared."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cached_property
from typing import Protocol

from mailflow.mail.languages.wording import composed

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


READ_BY_PATTERNS = 1 << 16
"""Characters of a value: a pattern that costs a microsecond for each would stop all intake for seconds."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ufffd]+"
)
"""What no reader sees, and who wants to get past a rule puts between its letters."""
_BLANKS = re.compile(r"[^\S\n]+")


@dataclass(frozen=True)
class Value:
    """As it was found, and as it is compared: one case, blanks as one, one form of each letter, nothing unseen."""

    written: str
    folded: str

    @cached_property
    def octets(self) -> bytes:
        """For patterns, which are matched on UTF-8: the lines as they are, else what `folded` has of it but for its
        case. Half of a character is none."""
        cut = "\n…" if len(self.written) > READ_BY_PATTERNS else ""  # or it would seem to end there
        return (_BLANKS.sub(" ", seen(self.written[:READ_BY_PATTERNS])) + cut).encode(errors="replace")

    @classmethod
    def of(cls, written: str) -> "Value":
        return cls(written, folded(written))


def seen(text: str) -> str:
    """In the form of letters that a keyboard writes (NFKC): full-width and decomposed ones are the same."""
    return _UNSEEN.sub("", composed(text, "NFKC"))


def folded(text: str) -> str:
    return " ".join(seen(text).casefold().split())


class Facts(Protocol):
    """What is asked about one message."""

    @property
    def now(self) -> datetime: ...

    def values(self, fact: str, field: str = "") -> tuple[Value, ...]:
        """In the order of the message. `field`: which of the header, for HEADER."""
