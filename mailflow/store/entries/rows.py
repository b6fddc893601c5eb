"""Rows of the journal: made of what came in, and read as the judgement sees them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from mailflow.desk.decision import Disposition
from mailflow.desk.entry import Entry
from mailflow.desk.ownrule import OwnRule
from mailflow.mail.address import author_of
from mailflow.mail.envelope import Arrival, Envelope, Tls
from mailflow.mail.identity.evidence import Evidence
from mailflow.mail.ids import ids_of
from mailflow.mail.mime.header import Header
from mailflow.store.instants import AT_ONCE, aware

COLUMNS = (
    "id",
    "size",
    "attempts",
    "claims",
    "failures",
    "source",
    "mail_from",
    "rcpt_tos",
    "peer",
    "helo",
    "trusted",
    "relayed",
    "tls",
    "cipher",
    "login",
    "backlog",
    "released",
    "released_by",
    "confirmed_by",
    "former_ticket",
    "evidence",
    "received",
)
"""What `entry_in` reads."""


def row_of(arrival: Arrival, now: datetime) -> dict[str, Any]:
    envelope = arrival.envelope
    return {
        "source": envelope.source, "source_key": arrival.key, "mail_from": envelope.mail_from,
        "rcpt_tos": list(envelope.rcpt_tos), "peer": envelope.peer, "helo": envelope.helo,
        "trusted": envelope.trusted, "relayed": envelope.relayed, "backlog": arrival.backlog,
        "tls": envelope.tls.version if envelope.tls else "", "cipher": envelope.tls.cipher if envelope.tls else "",
        "login": envelope.login,
        "released": False, "released_by": "", "received": aware(now), "size": len(arrival.octets), "message_id": "",
        "author": "", "subject": "", "disposition": Disposition.RECEIVED.value, "reason": "", "rule": "", "trouble": "",
        "attempts": 0, "claims": 0, "failures": 0, "due": AT_ONCE, "claimed_by": "", "settled": None,
        **(_held(arrival, now) if arrival.held else {}),
    }  # fmt: skip


def _held(arrival: Arrival, now: datetime) -> dict[str, Any]:
    """It ends here, with as much of it as helps a person to find it."""
    header = Header.of_message(arrival.octets)[0]
    return {
        "disposition": Disposition.HELD.value, "reason": arrival.held, "rule": OwnRule.HEADER_ONLY.value,
        "settled": aware(now),
        "message_id": next(iter(ids_of(header.text("message-id"))), ""),
        "author": author_of(header.literal("from"))[0] or "", "subject": header.text("subject"),
    }  # fmt: skip


def entry_in(row: Row[Any], octets: bytes) -> Entry:
    """A row of ENTRY as the judgement sees it, with the claim that was just made."""
    envelope = Envelope(
        source=row.source,
        mail_from=row.mail_from,
        rcpt_tos=tuple(row.rcpt_tos),
        peer=row.peer,
        helo=row.helo,
        trusted=row.trusted,
        relayed=row.relayed,
        tls=Tls(row.tls, row.cipher) if row.tls else None,
        login=row.login,
    )
    return Entry(
        number=row.id,
        envelope=envelope,
        received=row.received,
        size=row.size,
        attempts=row.attempts + 1,
        claims=row.claims + 1,
        backlog=row.backlog,
        released=row.released,
        released_by=row.released_by,
        confirmed_by=row.confirmed_by,
        former_ticket=row.former_ticket,
        evidence=_evidence(row.evidence),
        octets=octets,
    )


def _evidence(told: dict[str, Any] | None) -> Evidence | None:
    """None when there is none, or another version of mailflow wrote it: then it is gathered again."""
    try:
        return Evidence.of_json(told) if told else None
    except (KeyError, TypeError, ValueError):
        return None


def within(rows: Iterable[Row[Any]], octets_limit: int) -> Iterable[Row[Any]]:
    octets = 0
    for row in rows:
        octets += row.size
        if octets > octets_limit and octets > row.size:
            return
        yield row
