"""What a daemon knows of itself without asking the database: counters of its edge, the state of its mailboxes, how late
its loop is, what it takes of the machine.
"""

import os
import resource
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Protocol

from mailflow.concealed import concealed
from mailflow.edge.certificate import Certificate
from mailflow.edge.gate import Gate
from mailflow.flow.lag import LoopLag
from mailflow.flow.patience import Hindrance
from mailflow.flow.spread import Spread
from mailflow.store.database import Database
from mailflow.store.instants import iso

PAGE = resource.getpagesize()
LONGEST_ERROR = 200


class MailboxState(Protocol):
    """edge.imap.State."""

    @property
    def connected(self) -> bool: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def last_seen(self) -> datetime | None:
        """When the whole folder was last looked through."""

    @property
    def left(self) -> int: ...
    @property
    def last_error(self) -> str: ...


class Mailbox(Protocol):
    """edge.imap.ImapMailbox."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> MailboxState: ...


class Filer(Protocol):
    """flow.filer.Filer."""

    @property
    def progress(self) -> int: ...
    @property
    def hindrance(self) -> Hindrance | None: ...
    @property
    def latency(self) -> Spread: ...


class Children(Protocol):
    """edge.parser.Parser, edge.prove.Prover."""

    @property
    def starts(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Of a daemon, which live as long as it does."""

    started: datetime
    database: Database
    gate: Gate
    filer: Filer
    lag: LoopLag
    children: Mapping[str, Children]
    mailboxes: Collection[Mailbox]
    certificates: Callable[[], Sequence[Certificate]]
    missing: Callable[[], int]  # files that config.toml names and that are not there

    def has_room(self) -> bool:
        """Whether mail is taken in, as far as the disk of the database matters. OSError when nobody can tell."""
        return self.database.free_space() >= self.gate.limits.free_space


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """At one moment."""

    started: datetime
    database_up: bool
    limits: Mapping[str, int]
    refused: Mapping[str, int]
    child_starts: Mapping[str, int]
    connections: int
    lag: Spread
    worst_lag: float
    filing: Spread
    mailboxes: Sequence[tuple[str, MailboxState]]
    certificates: Sequence[Certificate]
    missing: int
    free_octets: float | None
    last_backup: float | None
    memory: int | None
    cpu: float  # seconds
    descriptors: int | None


def told(mailboxes: Collection[Mailbox]) -> list[dict[str, Any]]:
    """As store.health.pulse keeps it, for `mailflow status`; `error` is cut, for a server may say what it likes."""
    return [
        {
            "name": each.name,
            "connected": each.state.connected,
            "since": iso(each.state.since),
            "last_seen": iso(each.state.last_seen),
            "left": each.state.left,
            "error": "" if each.state.connected else concealed(each.state.last_error)[:LONGEST_ERROR],
        }
        for each in mailboxes
    ]


def good_until(certificates: Sequence[Certificate], hostname: str, at: datetime) -> list[dict[str, str]]:
    """As store.health.pulse keeps it, for `mailflow status`."""
    return [
        {"listen": each.listen, "file": each.file, "ends": each.ends.isoformat(), "fault": each.fault(hostname, at)}
        for each in certificates
    ]


def vitals(parts: Parts, *, database_up: bool) -> Vitals:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Vitals(
        started=parts.started,
        database_up=database_up,
        limits={str(name): count for name, count in parts.gate.counters.reached.items()},
        refused=dict(parts.gate.counters.refused),
        child_starts={name: each.starts for name, each in parts.children.items()},
        connections=len(parts.gate.guests),
        lag=parts.lag.spread,
        worst_lag=parts.lag.worst,
        filing=parts.filer.latency,
        mailboxes=[(each.name, each.state) for each in parts.mailboxes],
        certificates=parts.certificates(),
        missing=parts.missing(),
        free_octets=_free(parts.database),
        last_backup=parts.database.last_backup,
        memory=_memory(),
        cpu=usage.ru_utime + usage.ru_stime,
        descriptors=_descriptors(),
    )


def _free(database: Database) -> float | None:
    with suppress(OSError):
        free = database.free_space()
        return free if isfinite(free) else None
    return None


def _memory() -> int | None:
    """Octets; proc(5). None where there is no such thing."""
    with suppress(OSError, ValueError, IndexError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE
    return None


def _descriptors() -> int | None:
    with suppress(OSError):
        return len(os.listdir("/proc/self/fd"))
    return None
