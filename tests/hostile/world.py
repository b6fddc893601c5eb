"""Firma's desk on a real database, as those meet it who mean ill: mail goes the way of flow.filing, whole."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, select, update

from mailflow.desk.agents import answer
from mailflow.desk.decision import Decision
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Move
from mailflow.flow.filing import Filed, file_batch
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.identity.evidence import Evidence
from mailflow.mail.parse import parse
from mailflow.mail.token import OF_A_TICKET, Key, Keyring
from mailflow.store import apply, journal
from mailflow.store.tables import ENTRY
from mailflow.store.tickets import tickets

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SUPPORT = "support@firma.example"
ANNA, KARL, DORA, BOB = "anna@kunde.example", "karl@kunde.example", "dora@andere.example", "bob@fremd.example"
SECRET = "Kellerschlüssel"
"""A word that only those who take part in Anna's tickets may read."""
OLD = Key(9, b"a secret that signs nothing any more")


def mail(author: str, subject: str = "Frage", *fields: str, text: str = "Hallo.", id_: str = "") -> bytes:
    """`fields` are whole lines; Message-ID is one of the sender's unless `id_`, '-' for none."""
    own = f"{crc32(repr((author, subject, fields, text)).encode())}@{author.rpartition('@')[2] or 'x.example'}"
    lines = [
        *([f"From: {author}"] if author else []),
        f"Subject: {subject}",
        "Date: Mon, 02 Nov 2026 10:00:00 +0100",
        *([f"Message-ID: <{id_ or own}>"] if id_ != "-" else []),
        *fields,
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + text + "\r\n").encode(errors="surrogateescape")


def inline(author: str, subject: str, text: str, type_: str = "image/jpeg", name: str = "IMG_1.jpeg") -> bytes:
    """A file as Apple's mail programs send it: inline, and no words show it by a Content-ID."""
    own = f"{crc32(repr((author, subject, text, type_)).encode())}@{author.rpartition('@')[2]}"
    head = f"From: {author}\r\nSubject: {subject}\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\nMessage-ID: <{own}>\r\n"
    mixed = f"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text}\r\n"
    file = f"--b\r\nContent-Type: {type_}; name={name}\r\nContent-Disposition: inline; filename={name}\r\n\r\nFILE\r\n"
    return f"{head}{mixed}{file}--b--\r\n".encode()


@dataclass
class World:
    """What can be done to it, and what is there then."""

    connection: Connection
    policy: Policy
    now: datetime = START

    def receive(
        self,
        octets: bytes,
        *,
        mail_from: str = BOB,
        to: str = SUPPORT,
        trusted: bool = False,
        source: str = "smtp",
        evidence: Evidence | None = None,
    ) -> list[Filed]:
        """All that is filed because of it, in order. `evidence`: as if it had been gathered."""
        envelope = Envelope(source=source, mail_from=mail_from, rcpt_tos=(to,), peer="192.0.2.1", trusted=trusted)
        journal.receive(self.connection, [Arrival(envelope=envelope, octets=octets)], self.now)
        if evidence:
            (last,) = self.rows(ENTRY)[-1:]
            self.connection.execute(update(ENTRY).where(ENTRY.c.id == last.id).values(evidence=evidence.as_json()))
        filed: list[Filed] = []
        while claimed := journal.claim(self.connection, "main", self.now, timedelta(minutes=1), 1, 1 << 30):
            (outcome,) = file_batch(self.connection, [(claimed[0], parse(claimed[0].octets))], self.policy, self.now)
            assert isinstance(outcome, Filed), outcome
            filed.append(outcome)
        self.now += timedelta(seconds=1)
        return filed

    def reply(self, number: int, text: str, then: Move | None = None) -> None:
        ticket = tickets.load(self.connection, number)
        assert ticket is not None
        actions = answer.reply(ticket, text, "ewa", self.policy, self.now, then=then)
        apply.carry_out(self.connection, number, actions, self.policy, self.now)

    def rows(self, table: Any, **where: Any) -> list[Any]:
        return list(self.connection.execute(select(table).filter_by(**where).order_by(table.c.id)))

    def sign(self, number: int, address: str = ANNA, *, old: bool = False, ago: timedelta = timedelta(0)) -> str:
        ring = Keyring((OLD,)) if old else self.policy.keyring
        return ring.sign(OF_A_TICKET, number, address, self.now - ago)


def decision_of(filed: list[Filed]) -> Decision:
    return filed[-1].decision
