"""Listening sockets that systemd opened for us (sd_listen_fds(3)): who connects while we restart waits in them instead
of being refused, and a port below 1024 needs no right of ours.

Each is one of [[listen]]: by its FileDescriptorName=, if it has one, and by its address.
"""

import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailflow.config import Listen
from mailflow.edge.sockets import address_of
from mailflow.errors import CannotListen

FIRST = 3
"""SD_LISTEN_FDS_START"""
NAMELESS = ("", "unknown", "stored", "connection")
"""What systemd calls a socket when nobody said how; a socket unit's own name, which ends with `.socket`, too."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A socket, and the name by which it was handed over."""

    name: str
    sock: socket.socket


@dataclass(frozen=True, slots=True)
class Inherited:
    """A socket that is bound already, and the [[listen]] whose settings count for it."""

    place: Listen
    sock: socket.socket


def passed() -> list[Passed]:
    """Those that were handed to this very process, in their order; once, and none of our children has them."""
    ours = os.environ.pop("LISTEN_PID", "") == str(os.getpid())
    count, names = os.environ.pop("LISTEN_FDS", ""), os.environ.pop("LISTEN_FDNAMES", "").split(":")
    if not (ours and count.isdecimal()):
        return []
    found = []
    for position in range(int(count)):
        os.set_inheritable(FIRST + position, False)
        name = names[position] if position < len(names) else ""
        found.append(Passed("" if name in NAMELESS or name.endswith(".socket") else name, _socket(FIRST + position)))
    return found


def assigned(sockets: Iterable[Passed], places: Sequence[Listen]) -> list[Inherited]:
    """Whose settings count for each. CannotListen names every socket that is no [[listen]]: mail that came in by it
    would have no rules."""
    found, strange = [], []
    for each in sockets:
        meant = _meant(each, places)
        if meant:
            found.append(Inherited(meant, each.sock))
        else:
            strange.append((_described(each), _why_not(each, places)))
    if strange:
        raise CannotListen(strange)
    return found


def names_of(place: Listen) -> frozenset[str]:
    """FileDescriptorName= by which a socket is this one's."""
    if place.protocol == "lmtp":
        return frozenset({"lmtp"})
    names = {"smtp": True, "smtps": place.tls == "implicit", "submission": place.login != "never"}
    names["submissions"] = names["smtps"]  # IANA's name of port 465
    return frozenset(name for name, fits in names.items() if fits)


def _meant(each: Passed, places: Sequence[Listen]) -> Listen | None:
    """The one with its address, else with its port, else the only one of its name."""
    if each.sock.type != socket.SOCK_STREAM:
        return None
    named = [place for place in places if not each.name or each.name in names_of(place)]
    here = address_of(each.sock)
    same = [place for place in named if place.address == here]
    of_port = [place for place in named if _port(place.address) == _port(here)]
    candidates = same or of_port or named
    return candidates[0] if len(candidates) == 1 else None


def _port(address: str) -> str:
    return address if address.startswith("unix:") else address.rpartition(":")[2]


def _described(each: Passed) -> str:
    return f"{address_of(each.sock)} ({each.name or 'no name'}), a socket that systemd passes"


def _why_not(each: Passed, places: Sequence[Listen]) -> str:
    if each.sock.type != socket.SOCK_STREAM:
        return "write ListenStream= in the socket unit"
    known = sorted(set().union(*map(names_of, places)))
    if each.name and each.name not in known:
        return f"FileDescriptorName={each.name} is no [[listen]] of config.toml; known are {', '.join(known) or 'none'}"
    return "no [[listen]] of config.toml has this address: write it there, or take it out of the socket unit"


def _socket(descriptor: int) -> socket.socket:
    try:
        return socket.socket(fileno=descriptor)
    except OSError as error:
        raise CannotListen([(f"descriptor {descriptor}, which systemd passes", error.strerror or str(error))]) from None
