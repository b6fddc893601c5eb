"""Messages on which the connection ended while they were fetched: mostly bad luck, sometimes a mail the server cannot
read, and then its neighbours must not wait for it.

The first time everybody in the batch is suspected and asked for alone; from the third time on the message rests for
longer and longer before it is tried again. Nothing is given up: the cursor stays below it. Used by edge.imap_intake.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

ATTEMPTS = 3
RESTS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""After the third, fourth … attempt; the last repeats."""


class Suspects:
    """By UID: how often, and when last."""

    def __init__(self) -> None:
        self._blamed: dict[int, tuple[int, datetime]] = {}

    def blame(self, uids: Iterable[int], now: datetime) -> list[int]:
        """Those that are put aside for the first time."""
        for uid in uids:
            self._blamed[uid] = (self._times(uid) + 1, now)
        return [uid for uid in uids if self._times(uid) == ATTEMPTS]

    def forgive(self, uids: Iterable[int]) -> None:
        for uid in uids:
            self._blamed.pop(uid, None)

    def keep_only(self, uids: set[int]) -> None:
        """Forget those that have left the folder."""
        self.forgive(set(self._blamed) - uids)

    def __contains__(self, uid: int) -> bool:
        return uid in self._blamed

    def rests(self, uid: int, now: datetime) -> bool:
        times, last = self._blamed.get(uid, (0, now))
        return times >= ATTEMPTS and now < last + RESTS[min(times - ATTEMPTS, len(RESTS) - 1)]

    def lowest(self) -> int | None:
        """The cursor must not pass it."""
        return min(self._blamed, default=None)

    def _times(self, uid: int) -> int:
        return self._blamed[uid][0] if uid in self._blamed else 0
