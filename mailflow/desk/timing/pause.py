"""When the clocks of a ticket stand still: while others have the move, and while a region is disrupted (R0.7)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Why(StrEnum):
    AWAITING = "awaiting the customer"
    ON_HOLD = "on hold"
    INCIDENT = "on hold for an incident"
    RESOLVED = "resolved"
    DISRUPTED = "in a disrupted region"


ASIDE = frozenset({Why.ON_HOLD, Why.INCIDENT})
"""The status is on hold."""


@dataclass(frozen=True, slots=True)
class Pause:
    since: datetime
    why: Why
    until: datetime | None = None  # None: it lasts


def moved(pauses: tuple[Pause, ...], why: Why | None, now: datetime) -> tuple[Pause, ...]:
    """With the one that the ticket's status begins, None if it begins none, and the end of that of before."""
    if pauses and pauses[-1].until is None:
        if pauses[-1].why is why:
            return pauses
        pauses = (*pauses[:-1], replace(pauses[-1], until=now))
    return (*pauses, Pause(now, why)) if why else pauses


def aside_since(pauses: tuple[Pause, ...]) -> datetime | None:
    """Since when it is on hold, for whatever reason; None: it is not."""
    since = None
    for pause in reversed(pauses):
        if pause.why not in ASIDE or pause.until != since:
            break
        since = pause.since
    return since
