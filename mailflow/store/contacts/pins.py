"""How mail of contacts was proved, the strongest proof of each address (desk.trust.proof says what it means)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from mailflow.desk.actions import Remember
from mailflow.mail.identity.authentication import Pin, Proof, Verdict
from mailflow.mail.identity.evidence import Method
from mailflow.store.instants import aware
from mailflow.store.tables import PIN
from mailflow.store.upsert import insert_or_change

_REMEMBER = insert_or_change(PIN, ("address",), ("verdict", "method", "domain", "since"))


def remember(connection: Connection, proved: Sequence[Remember], now: datetime) -> None:
    rows = {
        each.address: {
            "address": each.address, "verdict": each.proof.verdict.value, "method": each.proof.method.value,
            "domain": each.proof.domain, "since": aware(now),
        }
        for each in proved
    }  # fmt: skip
    if rows:
        connection.execute(_REMEMBER[connection.dialect.name], [rows[address] for address in sorted(rows)])


def pin_in(row: Row[Any]) -> Pin | None:
    """From a row with `pin_` before the names of the columns; None when there is none."""
    if row.pin_verdict is None:
        return None
    return Pin(Proof(Verdict(row.pin_verdict), Method(row.pin_method), row.pin_domain), row.pin_since)
