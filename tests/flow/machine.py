"""A machine whose clock can be set, and the one of its kernel that nobody sets."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Machine:
    def __init__(self, at: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:  # a Monday
        self._at = at
        self._up = timedelta(days=3)

    def now(self) -> datetime:
        return self._at

    def steady(self) -> timedelta:
        return self._up

    def passes(self, time: timedelta) -> None:
        self._at += time
        self._up += time

    def is_set(self, by: timedelta) -> None:
        self._at += by
