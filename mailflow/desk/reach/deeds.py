"""Effects of a decision on the case of an account that cannot be reached: a part of desk.actions."""

from dataclasses import dataclass

from mailflow.desk.reach.reaching import Came


@dataclass(frozen=True, slots=True, kw_only=True)
class Seek:
    """Its requester cannot reach the account of this name: flow.reach looks it up. `tells`: and answers the requester,
    as it stands then."""

    ticket: int | None
    named: str
    tells: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinReach:
    """What it sought was looked up: it is about this case; None: there is none."""

    ticket: int
    case: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HearReach:
    """What came of a letter of its reach case, from now on. `tells`: those who look for the account are to know."""

    ticket: int
    letter: int
    came: Came
    words: str
    entry: int
    by: int | None = None  # the contact that answered
    more: bool = False  # a person should read it
    tells: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TickTasks:
    """Of its wider investigation these are done."""

    ticket: int
    case: int
    tasks: tuple[int, ...]
    by: str  # agent
