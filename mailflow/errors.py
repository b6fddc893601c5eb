"""What can go wrong, drawn once. Temporary or permanent is decided where the trouble happens and kept in the type.

MailflowError
├── ConfigurationError    config.toml, filters/ or templates/: names file, line, key (exit 78)
├── Trouble               temporary: the sender keeps the mail and tries again
│   ├── CannotListen      an address of ours is taken or not ours to take
│   ├── StoreAway         the database does not answer, is locked, or failed in a way we do not know
│   └── StoreFull         no room left for another message
├── Refused               permanent, and the fault of who asked: the words are for that person
├── ParserDied            the child that read a message was killed by it, or by its limits
└── ComposeError          an outgoing message would not say what was meant
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class MailflowError(Exception):
    """Everything this package raises on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file that an admin edits. `line` is 1-based; 0 means the file as a whole, and is not shown."""

    file: str
    line: int
    key: str
    why: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.why}"


class ConfigurationError(MailflowError):
    """The files an admin edits are not usable; every problem at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def or_else(nothing: T, problems: list[Problem], read: Callable[[], T]) -> T:
    """What `read` reads; its problems are kept for the end."""
    try:
        return read()
    except ConfigurationError as error:
        problems.extend(error.problems)
        return nothing


class Trouble(MailflowError):
    """Temporary: nothing was kept, try again later (451 4.3.0, or an IMAP message left alone)."""


class CannotListen(Trouble):
    """Each address of [[listen]] that could not be opened, and why. Nothing is open."""

    def __init__(self, places: Sequence[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"cannot listen on {address}: {why}" for address, why in places))
        self.places = places


class StoreAway(Trouble):
    """The database did not take it."""


class StoreFull(Trouble):
    """There is no room for it (452 4.3.1)."""


class Refused(MailflowError):
    """What was asked for cannot be done; the text tells the person who asked why."""


class ParserDied(MailflowError):
    """Time, memory or a crash in the parsing child: the message is to blame, the next one gets a new child."""


class ComposeError(MailflowError):
    """The octets of an outgoing message do not re-parse to the recipients and headers that were meant."""
