"""What came of one attempt to send a mail. Outcomes have names, each with the far end's words.

Made by edge.relay and edge.sent, read by flow.dispatch.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from mailflow.concealed import concealed

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply in one line of clean text (RFC 5321 section 4.2)."""

    code: int
    text: str

    @classmethod
    def of(cls, code: int, text: str) -> Self:
        """Of what a server said: any octets at all, any number of lines."""
        words = concealed(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")).split()
        return cls(code, "".join(c if c.isprintable() else "\ufffd" for c in " ".join(words))[:LONGEST])

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The far end answers for it now."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not this time, and surely not delivered."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Refused:
    """Never."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The content was on its way, and there was no answer that can be read: delivered or not, nobody can tell."""

    reply: Reply


Result = Delivered | Deferred | Refused | Unanswered

BeforeContent = Callable[[], Awaitable[None]]
"""Awaited right before the content leaves: the caller commits that from here on there may be a doubt."""
