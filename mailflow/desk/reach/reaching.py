"""The case of an account that somebody cannot reach: who of it was asked, what came, and what else is done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    ASKED = "asked"  # its contacts were
    PAUSED = "paused"  # its region is disrupted
    WIDER = "wider"  # nobody answered: the wider investigation
    ANSWERED = "answered"
    OVER = "over"  # nobody looks for it any more


BEGUN = "begun"
"""How a case stands that has not been looked up yet, as templates ask for it."""
OPEN = (State.ASKED, State.PAUSED, State.WIDER)


class Came(StrEnum):
    """Of one letter."""

    NOTHING = "nothing"
    LOST = "lost"  # the address does not work
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    WORDS = "words"  # that say neither


ANSWERS = (Came.CONFIRMED, Came.CORRECTED)
"""What those who look for the account are told at once, with its details."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """To one address of one contact."""

    number: int
    contact: int
    address: str  # canonical
    asked: datetime
    came: Came = Came.NOTHING
    news: bool = False  # those who look for the account have not been told
    more: bool = False  # a person should read it
    by: int | None = None  # the contact that answered
    heard: datetime | None = None
    entry: int | None = None
    words: str = ""

    def __str__(self) -> str:
        return f"{self.address}: {self.came}" + (f" ({self.words})" if self.words else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Of the wider investigation."""

    number: int  # from 1
    text: str  # as agents read it
    done: datetime | None = None
    by: str = ""
    news: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    number: int
    account: int
    code: str  # of the account
    name: str
    region: str
    disrupted: bool  # that region, now
    tickets: tuple[int, ...]  # of those who look for it; the first says so first
    state: State
    opened: datetime
    asked: datetime | None = None  # None: the letters wait
    due: datetime | None = None  # when the wider investigation begins; None: not by itself
    ended: datetime | None = None
    letters: tuple[Letter, ...] = ()
    tasks: tuple[Task, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_lost(self) -> bool:
        """No address of it works, as far as we know."""
        return all(each.came is Came.LOST for each in self.letters)

    def letter(self, number: int) -> Letter | None:
        return next((each for each in self.letters if each.number == number), None)

    def letter_to(self, address: str) -> Letter | None:
        return next((each for each in self.letters if each.address == address), None)

    def __str__(self) -> str:
        return f"reach case {self.number}, account {self.code}"
