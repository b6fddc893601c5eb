"""The addresses on which mail is accepted: TCP, unix sockets, and sockets that somebody else opened for us.

All of them share one Gate, so that limits and closing are about the daemon and not about a port.
"""

import asyncio
import errno
import os
import socket
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mailflow.config import Limits, Listen
from mailflow.edge.doorkeeper import Doorkeeper
from mailflow.edge.gate import Gate
from mailflow.edge.lmtp import LmtpSession
from mailflow.edge.reception import Reception
from mailflow.edge.security import Credentials, Security
from mailflow.edge.session import Session
from mailflow.errors import CannotListen

SPEAKS = {"smtp": Session, "lmtp": LmtpSession}
BACKLOG = 512
FOLDER_MODE = 0o750  # of a folder that we make for a socket; the state folder is there before and only ours
UNIX_MODE = 0o660  # the MTA is put into our group; everybody else on the machine would be `trusted`


@dataclass(frozen=True, slots=True)
class Inherited:
    """A socket that is bound already: systemd's, or a test's."""

    protocol: str  # smtp, lmtp
    sock: socket.socket


@dataclass(slots=True)
class Listeners:
    """What `listen` opened."""

    gate: Gate
    _servers: list[asyncio.Server] = field(default_factory=list)
    _paths: list[Path] = field(default_factory=list)  # of unix sockets that are ours to remove

    @property
    def addresses(self) -> tuple[str, ...]:
        """As in config.toml, with the port that was given for port 0."""
        return tuple(_address(sock) for server in self._servers for sock in server.sockets)

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
    """Opens everything or nothing; raises CannotListen. `credentials` are those of `places`, asked for again and
    again."""
    gate = Gate(limits)
    listeners = Listeners(gate)
    reception = Reception(door, limits, gate.counters)
    shut: list[tuple[str, str]] = []
    doors: list[Listen | Inherited] = [*places, *inherited]
    for place in doors:
        described = place if isinstance(place, Listen) else Listen.model_construct(protocol=place.protocol)
        speak = partial(SPEAKS[place.protocol], reception, gate, Security(described, credentials), hostname)
        try:
            await _open(place, speak, listeners)
        except OSError as error:
            where = place.address if isinstance(place, Listen) else "inherited socket"
            shut.append((where, _why(error)))
    if shut:
        await listeners.close(0)
        raise CannotListen(shut)
    return listeners


def _why(error: OSError) -> str:
    """What asyncio says is a sentence around the one that matters."""
    if error.errno and error.errno in ADVICE:
        return f"{os.strerror(error.errno)}; {ADVICE[error.errno]}"
    return error.strerror or str(error)


ADVICE: Mapping[int, str] = {
    errno.EADDRINUSE: "another program listens there: `ss -ltnp` (or `ss -lxp`, for unix:) shows which",
    errno.EADDRNOTAVAIL: "this host has no such address: `ip address` shows those it has",
    errno.EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE, a unix socket a folder that may be written",
}


async def _open(place: Listen | Inherited, speak: "partial[Session]", listeners: Listeners) -> None:
    loop = asyncio.get_running_loop()
    if isinstance(place, Inherited):
        # Not create_unix_server for unix sockets: since Python 3.13 it removes them, and this one is not ours.
        server = await loop.create_server(speak, sock=place.sock, backlog=BACKLOG)
    elif place.address.startswith("unix:"):
        path = Path(place.address.removeprefix("unix:"))
        server = await loop.create_server(speak, sock=_bound(path), backlog=BACKLOG)
        listeners._paths.append(path)
    else:
        host, _, port = place.address.rpartition(":")
        server = await loop.create_server(speak, host.strip("[]"), int(port), backlog=BACKLOG)
    listeners._servers.append(server)


def _bound(path: Path) -> socket.socket:
    """A unix socket at `path`; nobody can connect before it has its mode, as it does not listen yet."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        path.parent.chmod(FOLDER_MODE)
    _remove_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
        path.chmod(UNIX_MODE)
    except OSError:
        sock.close()
        raise
    return sock


def _remove_stale(path: Path) -> None:
    """What a killed daemon left. A socket that answers, and what is none, stays: then `bind` complains."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode) and not _answers(path):
            path.unlink()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:  # its backlog is full
            return True
        except ConnectionRefusedError:
            return False
        return True


def _address(sock: socket.socket) -> str:
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return f"unix:{name}"
    return f"[{name[0]}]:{name[1]}" if sock.family == socket.AF_INET6 else f"{name[0]}:{name[1]}"
