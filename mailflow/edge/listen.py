"""The addresses on which mail is accepted: TCP, unix sockets, and sockets that somebody else opened for us.

All of them share one Gate, so that limits and closing are about the daemon and not about a port.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mailflow.config import Limits, Listen
from mailflow.edge.doorkeeper import Doorkeeper
from mailflow.edge.gate import Gate
from mailflow.edge.inherited import Inherited
from mailflow.edge.lmtp import LmtpSession
from mailflow.edge.reception import Reception
from mailflow.edge.security import Credentials, Security
from mailflow.edge.session import Session
from mailflow.edge.sockets import address_of, bound, why
from mailflow.errors import CannotListen

SPEAKS = {"smtp": Session, "lmtp": LmtpSession}
BACKLOG = 512


@dataclass(slots=True)
class Listeners:
    """What `listen` opened."""

    gate: Gate
    _servers: list[asyncio.Server] = field(default_factory=list)
    _paths: list[Path] = field(default_factory=list)  # of unix sockets that are ours to remove

    @property
    def addresses(self) -> tuple[str, ...]:
        """As in config.toml, with the port that was given for port 0."""
        return tuple(address_of(sock) for server in self._servers for sock in server.sockets)

    async def close(self, grace: float) -> None:
        """Nobody comes in any more; idle clients go now, busy ones within `grace` seconds; commits are waited for."""
        for server in self._servers:
            server.close()
        await self.gate.close(grace)
        for path in self._paths:
            path.unlink(missing_ok=True)


async def listen(
    places: Iterable[Listen],
    door: Doorkeeper,
    *,
    limits: Limits,
    hostname: str,
    inherited: Sequence[Inherited] = (),
    credentials: Callable[[], Credentials] = Credentials,
) -> Listeners:
    """Opens everything or nothing; raises CannotListen. A place for which sockets are `inherited` is not opened again.
    `credentials` are those of `places`, asked for again and again."""
    gate = Gate(limits)
    listeners = Listeners(gate)
    reception = Reception(door, limits, gate.counters)
    shut: list[tuple[str, str]] = []
    given = [each.place for each in inherited]
    doors: list[Inherited | Listen] = [*inherited, *(place for place in places if place not in given)]
    for each in doors:
        place = each.place if isinstance(each, Inherited) else each
        speak = partial(SPEAKS[place.protocol], reception, gate, Security(place, credentials), hostname)
        try:
            await _open(each, speak, listeners)
        except OSError as error:
            shut.append((place.address, why(error)))
    if shut:
        await listeners.close(0)
        raise CannotListen(shut)
    return listeners


async def _open(place: Inherited | Listen, speak: "partial[Session]", listeners: Listeners) -> None:
    loop = asyncio.get_running_loop()
    if isinstance(place, Inherited):
        # Not create_unix_server for unix sockets: since Python 3.13 it removes them, and this one is not ours.
        server = await loop.create_server(speak, sock=place.sock, backlog=BACKLOG)
    elif place.address.startswith("unix:"):
        path = Path(place.address.removeprefix("unix:"))
        server = await loop.create_server(speak, sock=bound(path), backlog=BACKLOG)
        listeners._paths.append(path)
    else:
        host, _, port = place.address.rpartition(":")
        server = await loop.create_server(speak, host.strip("[]"), int(port), backlog=BACKLOG)
    listeners._servers.append(server)
