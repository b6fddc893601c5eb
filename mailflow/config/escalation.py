"""What is done when nobody answers: levels, each at a share of the promised time or after it."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, StrictBool, model_validator

from mailflow.config.values import Priority, Section, WorkingTime, address

WHOLE = 100
"""Percent."""
ASSIGNEE, TEAM = "assignee", "department"
_SHARE = re.compile(r"([1-9][0-9]?|100)%", re.ASCII)


def _share(value: object) -> object:
    found = _SHARE.fullmatch(str(value))
    if found is None:
        raise ValueError(f"{value!r} is no share; write '1%' to '100%', and after for what comes later")
    return int(found[1])


def _told(value: object) -> object:
    if value in (ASSIGNEE, TEAM):
        return value
    if "@" in str(value):
        return address(value)
    raise ValueError(f"{value!r} is nobody; write '{ASSIGNEE}', '{TEAM}' or an address")


Share = Annotated[int, BeforeValidator(_share)]
Told = Annotated[str, BeforeValidator(_told)]


class Level(Section):
    """[[department.escalation]] What is done when nobody answered, or resolved it, by then; in place of
    `escalate_after`."""

    of: Literal["response", "resolution"] = "response"
    """What [[due]] promises: the response, first or next, or the resolution."""
    at: Share | None = None
    """A share of the time that is promised for it: `"75%"`."""
    after: WorkingTime | None = None
    """Or so much later than that was due."""
    tell: tuple[Told, ...] = ()
    """Who is sent a mail: `"assignee"` (nobody is: the team), `"department"` (all of the team), addresses."""
    priority: Priority | None = None
    """The ticket has it from then on, if it is more than it had."""
    assign: str = ""
    """The ticket is this agent's from then on, who is told."""
    page: str = ""
    """The [[on_call]] that is paged."""
    at_night: StrictBool = False
    """Also while the calendar is closed: `after` counts around the clock then. Else what is due by then waits until it
    opens."""

    @model_validator(mode="after")
    def _says_when_and_what(self) -> Self:
        if (self.at is None) == (self.after is None):
            raise ValueError("set either at or after")
        if not (self.tell or self.priority or self.assign or self.page):
            raise ValueError("does nothing: set tell, priority, assign or page")
        return self

    @property
    def place(self) -> tuple[int, int]:
        """In the order of levels of the same promise: the share, then seconds behind all of it."""
        return self.at or WHOLE, int(self.after.full.total_seconds()) if self.after else 0
