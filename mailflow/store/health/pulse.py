"""What a running daemon says of itself, for `mailflow status`: one row a node, written over once a minute and
after each reload.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, or_, select

from mailflow.errors import Problem
from mailflow.store.instants import AT_ONCE, aware
from mailflow.store.tables import PULSE
from mailflow.store.upsert import insert_or_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    node: str
    started: datetime
    at: datetime
    limits: Mapping[str, int]  # how often each was reached since the start, by its key in [limits]
    refused: Mapping[str, int]  # and how often a client was refused without one, by why
    slowed: datetime | None = None  # since when automatic mail waits for automatic_per_minute
    outdated: datetime | None = None  # since when mistakes keep its files from being taken over
    problems: Sequence[Problem] = ()  # these mistakes
    missing: Sequence[Problem] = ()  # files that config.toml names and that are not there
    restart_needed: Sequence[str] = ()  # what has changed and is read at the start only
    changed: Sequence[str] = ()  # what the last reload found changed: files, and keys of config.toml
    listens: Sequence[str] = ()  # addresses
    imap: Sequence[Mapping[str, Any]] = ()  # of each mailbox: name, connected, since, last_seen, left, error
    worst_lag: float = 0.0  # seconds by which the loop was late within the last minute
    doubted: str = ""  # why what is due waits: the clock can hardly be right
    certificates: Sequence[Mapping[str, str]] = ()  # of each listener that has one: listen, file, ends, fault


_WRITTEN = (
    "started", "at", "limits", "refused", "slowed", "outdated", "problems", "restart_needed", "listens", "imap",
    "worst_lag", "doubted", "certificates", "changed", "missing",
)  # fmt: skip
_BEAT = insert_or_change(PULSE, ("node",), _WRITTEN)
MOST_PROBLEMS = 100
"""A list may have a mistake in each of its lines; nobody reads more, and the row is written once a minute."""


def last_beat(connection: Connection, node: str) -> datetime | None:
    """Of any node; None before the first. Who doubts the clock cannot say for `node`, another, how late it is: such a
    beat counts as none (`AT_ONCE`)."""
    believed = or_(PULSE.c.doubted == "", PULSE.c.node == node)
    return connection.execute(select(func.max(case((believed, PULSE.c.at), else_=AT_ONCE)))).scalar()


def beat(connection: Connection, pulse: Pulse) -> None:
    row = {
        "node": pulse.node, "started": aware(pulse.started), "at": aware(pulse.at), "limits": dict(pulse.limits),
        "refused": dict(pulse.refused), "slowed": pulse.slowed and aware(pulse.slowed),
        "outdated": pulse.outdated and aware(pulse.outdated), "restart_needed": list(pulse.restart_needed),
        "listens": list(pulse.listens), "imap": [dict(each) for each in pulse.imap], "worst_lag": pulse.worst_lag,
        "problems": [asdict(each) for each in pulse.problems[:MOST_PROBLEMS]], "asked": 0, "answered": 0,
        "doubted": pulse.doubted, "certificates": [dict(each) for each in pulse.certificates],
        "changed": list(pulse.changed), "missing": [asdict(each) for each in pulse.missing[:MOST_PROBLEMS]],
    }  # fmt: skip
    connection.execute(_BEAT[connection.dialect.name], row)
