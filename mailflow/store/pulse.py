"""What a running daemon says of itself, for `mailflow status`: one row a node, written over once a minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailflow.store.instants import aware
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


_BEAT = insert_or_change(PULSE, ("node",), ("started", "at", "limits", "refused", "slowed"))


def beat(connection: Connection, pulse: Pulse) -> None:
    row = {
        "node": pulse.node, "started": aware(pulse.started), "at": aware(pulse.at), "limits": dict(pulse.limits),
        "refused": dict(pulse.refused), "slowed": pulse.slowed and aware(pulse.slowed),
    }  # fmt: skip
    connection.execute(_BEAT[connection.dialect.name], row)
