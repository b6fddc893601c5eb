"""How fast automatic mail leaves, all of it together: an hour's worth at once, then so many a minute.

Ceilings by address and ticket (desk.writing.ceiling) end a loop with one; this slows a flood through many, and says so.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from mailflow import maillog

MINUTE = timedelta(minutes=1)
BURST = 60
"""Minutes whose mail may leave at once: a morning after a night of downtime is no flood."""


class Pace:
    """A bucket that fills with time. Of this process: several daemons each have their own."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._filled = now()
        self._spent = 0.0  # mails below a full bucket
        self.slowed: datetime | None = None
        """Since when automatic mail has to wait."""

    def allows(self, per_minute: int) -> bool:
        """May automatic mail leave? Told once, when it may not any more."""
        now = self._now()
        self._spent = max(0.0, self._spent - max(0.0, (now - self._filled) / MINUTE) * per_minute)
        self._filled = now
        allowed = self._spent + 1 <= per_minute * BURST
        if not allowed and not self.slowed:
            maillog.automatic_ceiling(per_minute=per_minute)
            self.slowed = now
        elif allowed and self._spent <= per_minute:
            self.slowed = None
        return allowed

    def count(self, mails: int) -> None:
        """So many leave."""
        self._spent += mails
