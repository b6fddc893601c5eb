"""Who may come in, how much may be in the air, and how to close: one gate for all SMTP and LMTP listeners.

Counts connections (in all, and per IPv4 address or IPv6 /64), octets of content in memory, and the commits that go on
after their client has left. Knows no protocol: a `Guest` is whatever serves one connection.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import Any, Protocol, Self

from mailflow import maillog
from mailflow.config import Limits
from mailflow.edge import replies
from mailflow.edge.counters import Counters
from mailflow.edge.peer import UNIX, counted_as

KEPT_FREE = 10  # one in ten connections and octets: strangers that are many must not lock out our own MTA
OF_ONE_PEER = 4  # one in four octets of content, or a message: nobody alone keeps everybody else out
OURS_MAY_WAIT = 5  # times as long as strangers: an MTA keeps its connections
HURRY = 10.0  # seconds for a command while nine in ten connections are taken


class Guest(Protocol):
    """One connection."""

    peer: str  # IP address, 'unix', or '' when it was gone before we looked
    stranger: bool  # neither trusted nor a relay
    busy: bool  # the content of a message is being received or kept

    def goodbye(self, reply: str) -> None:
        """Say it and hang up."""

    def hurry(self, seconds: float) -> None:
        """Wait no longer than that for the next command."""

    def abort(self) -> None:
        """Hang up."""


class Sender(Protocol):
    """Whose content it is."""

    @property
    def peer(self) -> str: ...

    @property
    def stranger(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How much one session may cost."""

    command: float  # seconds
    errors: float
    junk: float

    @classmethod
    def by(cls, limits: Limits) -> tuple[Self, Self, Self]:
        """With our own, with strangers, and with strangers under stress."""
        seconds = limits.command_timeout.total_seconds()
        return (
            cls(seconds * OURS_MAY_WAIT, inf, limits.junk_commands),
            cls(seconds, limits.errors, limits.junk_commands),
            cls(min(seconds, HURRY), 1, 1),
        )


class Gate:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.counters = Counters()
        self.guests: set[Guest] = set()
        self.octets = 0  # of content, on all connections and in all commits
        self.closing = False
        self._with_ours, self._with_strangers, self._under_stress = Patience.by(limits)
        self._per_peer: Counter[str] = Counter()
        self._content: Counter[str] = Counter()  # octets that are being received, of each peer
        self._commits: set[asyncio.Task[str]] = set()
        self._changed = asyncio.Event()

    # Connections

    def admit(self, guest: Guest) -> str | None:
        """None: come in. Else the reply that turns it away."""
        reply = self._refusal(guest)
        if reply is None:
            self.guests.add(guest)
            self._per_peer[counted_as(guest.peer)] += 1
            self._hurry_if_stress_begins()
        elif not self.closing:
            maillog.connection_refused(peer=guest.peer, because=reply)
        return reply

    def leave(self, guest: Guest) -> None:
        if guest in self.guests:
            self.guests.remove(guest)
            key = counted_as(guest.peer)
            self._per_peer[key] -= 1
            if not self._per_peer[key]:
                del self._per_peer[key]
            self._changed.set()

    def patience(self, stranger: bool) -> Patience:
        """For whoever is here, at this moment."""
        if not stranger:
            return self._with_ours
        return self._under_stress if self._stressed() else self._with_strangers

    def _refusal(self, guest: Guest) -> str | None:
        peer = guest.peer
        if self.closing:
            return replies.CLOSING
        kept_free = self.limits.connections // KEPT_FREE if guest.stranger else 0
        if len(self.guests) >= self.limits.connections - kept_free:
            self.counters.reached["connections"] += 1
            return replies.TOO_MANY_CONNECTIONS
        counts = guest.stranger and peer != UNIX
        if counts and self._per_peer[counted_as(peer)] >= self.limits.connections_per_peer:
            self.counters.reached["connections_per_peer"] += 1
            return replies.TOO_MANY_OF_YOURS
        return None

    def _stressed(self) -> bool:
        return len(self.guests) * KEPT_FREE >= self.limits.connections * (KEPT_FREE - 1)

    def _hurry_if_stress_begins(self) -> None:
        begins = self._stressed() and (len(self.guests) - 1) * KEPT_FREE < self.limits.connections * (KEPT_FREE - 1)
        if begins:
            self.counters.reach("stress", "")
            for guest in self.guests:
                if guest.stranger and not guest.busy:
                    guest.hurry(self._under_stress.command)

    # Content

    def has_room_for(self, octets: int, caller: Sender | None = None) -> bool:
        """`caller`: who sends them; None: they are ours."""
        most = self.limits.bytes_in_flight
        if caller is None or not caller.stranger:
            return self.octets + octets <= most
        kept_free = most // KEPT_FREE
        if kept_free < self.limits.message_size:  # too little to be of use to anybody
            kept_free = 0
        of_one = max(most // OF_ONE_PEER, self.limits.message_size)
        of_peer = self._content[counted_as(caller.peer)] + octets
        return self.octets + octets <= most - kept_free and of_peer <= of_one

    def take(self, octets: int, caller: Sender) -> None:
        """Content of a message is in memory, until it is given back: the number is less than none then."""
        key = counted_as(caller.peer)
        self.octets += octets
        self._content[key] += octets
        if not self._content[key]:
            del self._content[key]

    @contextmanager
    def holding(self, octets: int) -> Iterator[None]:
        """They are in memory too, as long as this lasts."""
        self.octets += octets
        try:
            yield
        finally:
            self.octets -= octets

    def commit(self, keeping: Coroutine[Any, Any, str], octets: int) -> asyncio.Task[str]:
        """`keeping` as a task that no client can cancel. Its octets count until it is done; closing waits for it."""
        task = asyncio.create_task(keeping)
        self.octets += octets
        self._commits.add(task)
        task.add_done_callback(lambda done: self._committed(done, octets))
        return task

    def _committed(self, task: asyncio.Task[str], octets: int) -> None:
        self.octets -= octets
        self._commits.discard(task)
        self._changed.set()

    # Closing

    async def close(self, grace: float) -> None:
        """Idle connections end now, busy ones after their reply or after `grace` seconds; commits are waited for."""
        self.closing = True
        for guest in [guest for guest in self.guests if not guest.busy]:
            guest.goodbye(replies.CLOSING)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._until_empty()
        for guest in list(self.guests):
            guest.abort()
        if self._commits:
            await asyncio.wait(self._commits, timeout=grace)

    async def _until_empty(self) -> None:
        while self.guests or self._commits:
            self._changed.clear()
            await self._changed.wait()
