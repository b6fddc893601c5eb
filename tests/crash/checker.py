"""What must be true of database, far end and log after every story of tests/crash, however the daemon died in it.

The letters are those of threats-and-tests.md, section 14. Each question is a function that asserts; `check` asks all.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

from sqlalchemy import text

from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from tests.crash.senders import BODY, IMAP_PASSWORD
from tests.crash.vitals import MEGABYTE, Vitals
from tests.far_end import Letter
from tests.running import Installation, eventually

MEMORY = 150 * MEGABYTE
"""Of the main process while mail pours in (P23 allows it as much when idle)."""
DESCRIPTORS = 200
RECOVERY = 2.0
"""Times the processor time of a first start, on the same machine: what was left behind costs next to nothing."""
UNFINISHED = (
    "SELECT id FROM entry WHERE disposition = 'received' "
    "UNION ALL SELECT id FROM outbox WHERE state IN ('waiting', 'claimed', 'sending')"
)
NOT_AT_ONCE = "SELECT id FROM outbox WHERE state = 'waiting' AND attempts > 0"


@dataclass
class Told:
    """What the world outside knows, and nobody inside was asked about."""

    acknowledged: Collection[str]  # X-Test-Id of each mail for which a 250 was read, or which lies in the mailbox
    sent: Collection[str]  # of each mail that was sent at all
    letters: Collection[Letter]  # that the far end answers for


@dataclass(frozen=True)
class Figures:
    """What is worth telling of a story in which everything was right."""

    entries: int
    mails: int
    events: int  # messages on tickets
    letters: int
    repeated: int  # of the letters, automatic ones that had left before
    unknown: int


def rows(database: Database, statement: str) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(statement)))


async def settled(database: Database, mails: int, within: float = 120) -> None:
    """Until `mails` messages are on tickets, and nothing waits in the journal or in the outbox."""
    count = "SELECT count(*) AS n FROM message WHERE direction = 'in'"
    await eventually(lambda: rows(database, count)[0].n >= mails, within=within, every=0.2)
    await eventually(lambda: not rows(database, UNFINISHED), within=within, every=0.2)


def check(
    database: Database, installation: Installation, told: Told, vitals: Vitals | None = None, *, trouble: bool = False
) -> Figures:
    """All of it, when the daemon has stopped and everything has settled. `trouble`: it had some, and may say so."""
    with database.connect() as connection:
        assert audit(connection, datetime.now(UTC)).problems == ()
    entries, mails = ledger(database, told)
    repeated = outgoing(database, told)
    claims(database)
    sound(database)
    silent(installation, trouble=trouble)
    if vitals:
        within_budget(vitals)
    events = len(rows(database, "SELECT id FROM message WHERE direction = 'in'"))
    unknown = len(rows(database, "SELECT id FROM outbox WHERE state = 'unknown'"))
    return Figures(entries, mails, events, len(told.letters), repeated, unknown)


def ledger(database: Database, told: Told) -> tuple[int, int]:
    """(a) A row for each mail that was acknowledged, one end for each row. (b) One event on one ticket for each mail.

    How many rows, and how many mails that are in them.
    """
    found: dict[str, list[Any]] = {}
    for row in rows(
        database,
        "SELECT entry.id, entry.disposition, entry.digest, octets.octets, message.ticket FROM entry "
        "JOIN octets ON octets.entry = entry.id LEFT JOIN message ON message.entry = entry.id",
    ):
        found.setdefault(message_from_bytes(row.octets)["X-Test-Id"], []).append(row)
    assert set(told.acknowledged) <= found.keys() <= set(told.sent)
    for name, copies in found.items():
        ends = Counter(row.disposition for row in copies)
        assert ends == {"filed": 1, "duplicate": len(copies) - 1} or ends == {"filed": 1}, (name, ends)
        assert sum(row.ticket is not None for row in copies) == 1, name
    digests = Counter(row.digest for row in rows(database, "SELECT digest FROM message WHERE direction = 'in'"))
    assert max(digests.values(), default=1) == 1
    return sum(map(len, found.values())), len(found)


def outgoing(database: Database, told: Told) -> int:
    """(c) Automatic mail left once or not at all, the rest at least once and always the same. (d) To whom it was meant
    for, and with nothing of anybody else in it.

    How often the far end has an automatic mail that it had before.
    """
    written = {row.message_id: row for row in rows(database, "SELECT * FROM outbox")}
    left = Counter(_message_id(letter) for letter in told.letters)
    assert left.keys() <= written.keys()
    for message_id, row in written.items():
        times = left[message_id]
        expected = {"sent": times == 1 if row.automatic else times >= 1, "unknown": times <= 1}
        assert expected.get(row.state, times == 0), (row.id, row.state, times)
    contents: dict[str, set[bytes]] = {}
    for letter in told.letters:
        contents.setdefault(_message_id(letter), set()).add(letter.octets)
        assert letter.rcpt_to == written[_message_id(letter)].rcpt_to
        customers = set(re.findall(rb"customer\d+@", letter.octets)) | set(re.findall(rb"Request (\d+)", letter.octets))
        assert len({re.sub(rb"\D", b"", each) for each in customers}) <= 1, letter
    assert all(len(versions) == 1 for versions in contents.values())
    return sum(times - 1 for message_id, times in left.items() if written[message_id].automatic)


def claims(database: Database) -> None:
    """(e) Nothing is claimed that nobody works on."""
    for table in ("entry", "outbox", "page"):
        assert rows(database, f"SELECT id FROM {table} WHERE claimed_by <> '' OR claimed_until IS NOT NULL") == [], (
            table
        )


def sound(database: Database) -> None:
    """(f) The file, or each index of the server, says what the tables say."""
    if database.dialect == "sqlite":
        assert [row[0] for row in rows(database, "PRAGMA integrity_check")] == ["ok"]
        assert rows(database, "PRAGMA foreign_key_check") == []
        return
    with database.engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS amcheck"))
        connection.execute(
            text(
                "SELECT bt_index_check(index => i.indexrelid, heapallindexed => i.indisready) FROM pg_index i "
                "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n "
                "ON n.oid = c.relnamespace WHERE a.amname = 'btree' AND n.nspname = 'public' AND c.relpersistence = 'p'"
            )
        )


def silent(installation: Installation, *, trouble: bool = False) -> None:
    """(g) No traceback, or none but of temporary `trouble` that the story made; never a password, a key or words
    of a mail."""
    said = installation.said()
    assert "Traceback (most recent call last)" not in said
    assert trouble or "traceback=" not in said
    keys = [
        word for file in installation.folder.rglob("token.key") for word in file.read_text().split() if len(word) > 9
    ]
    assert [secret for secret in (IMAP_PASSWORD, BODY, *keys) if secret in said] == []


def within_budget(vitals: Vitals) -> None:
    """(h) Memory, descriptors, and how long a start takes."""
    assert vitals.memory <= MEMORY, vitals
    assert vitals.descriptors <= DESCRIPTORS, vitals
    assert vitals.work <= RECOVERY * vitals.first, vitals


def _message_id(letter: Letter) -> str:
    return str(message_from_bytes(letter.octets)["Message-ID"]).strip("<>")
