"""How many messages one peer brings in a minute and in an hour, by a clock that only goes forward."""

from dataclasses import dataclass, field
from math import inf

from mailflow.config import Limits
from mailflow.edge.counters import Limit

MINUTE, HOUR = 60.0, 3600.0
PEERS = 10_000
"""That are remembered: some 5 MB. Of more, those that came first are forgotten."""


@dataclass(slots=True)
class _Window:
    """Begins with a message and is over `length` seconds later."""

    length: float
    start: float = -inf
    count: int = 0

    def counted(self, now: float) -> int:
        if now - self.start >= self.length:
            self.start, self.count = now, 0
        return self.count


@dataclass(slots=True)
class _Peer:
    minute: _Window = field(default_factory=lambda: _Window(MINUTE))
    hour: _Window = field(default_factory=lambda: _Window(HOUR))


class Rate:
    def __init__(self) -> None:
        self._peers: dict[str, _Peer] = {}

    def take(self, peer: str, limits: Limits, now: float) -> Limit | None:
        """One more message of `peer`; or the limit that is reached, and it is not counted."""
        known = self._peers.get(peer) or self._met(peer)
        if known.minute.counted(now) >= limits.sender_per_minute:
            return "sender_per_minute"
        if known.hour.counted(now) >= limits.sender_per_hour:
            return "sender_per_hour"
        known.minute.count += 1
        known.hour.count += 1
        return None

    def _met(self, peer: str) -> _Peer:
        if len(self._peers) >= PEERS:
            del self._peers[next(iter(self._peers))]
        return self._peers.setdefault(peer, _Peer())
