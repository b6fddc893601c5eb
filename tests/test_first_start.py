"""The first start on a mailbox that is full: all of it is filed once, however often we are killed, and nobody hears of
it (I3). 50,000 mails are in tests/soak.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mailflow import configfile
from mailflow.flow.escalate import ring_due
from mailflow.standing import read_policy
from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from tests.edge.fake_imap import FakeImap
from tests.running import Installation, eventually, running

NOW = datetime.now(UTC).replace(microsecond=0)
IMAP = """
[[imap]]
name = "main"
host = "127.0.0.1"
port = {port}
tls = "none"
user = "support"
password_file = "imap-password"
mailbox = "support@firma.example"
trusted = true

[[agent]]
name = "ewa"
addresses = ["ewa@staff.example"]
"""
FILED = "SELECT count(*) FROM entry WHERE disposition = 'filed'"
THREAD = 3
"""Mails of one conversation, which lie apart in the folder; every fifth conversation is of this week."""


def mail(number: int, threads: int) -> tuple[bytes, datetime]:
    thread, place = number % threads, number // threads
    age = timedelta(hours=thread % 100) if thread % 5 == 0 else timedelta(days=400 + thread % 1000)
    date = NOW - age - timedelta(hours=THREAD - place)
    answers = f"In-Reply-To: <{thread}.{place - 1}@kunde.example>\r\n" if place else ""
    return (
        f"From: Customer {thread} <c{thread}@kunde.example>\r\nTo: support@firma.example\r\n{answers}"
        f"Subject: {'Re: ' if place else ''}Old matter {thread}\r\nMessage-ID: <{thread}.{place}@kunde.example>\r\n"
        f"Date: {format_datetime(date)}\r\n\r\nWords of {thread}, {place}.\r\n{'More of it. ' * 40}\r\n"
    ).encode(), date


@pytest.fixture
def imap() -> Iterator[FakeImap]:
    with FakeImap() as server:
        yield server


def rows(folder: Path, statement: str) -> list[Any]:
    with closing(Database(f"sqlite:///{folder}/mailflow.db")) as database, database.connect() as connection:
        return list(connection.execute(text(statement)))


async def adopted(tmp_path: Path, url: str, imap: FakeImap, mails: int, kills: int) -> None:
    threads = mails // THREAD
    for number in range(threads * THREAD):
        octets, date = mail(number, threads)
        imap.deliver(octets, date=date)
    (tmp_path / "imap-password").write_text("secret")
    begun = time.monotonic()
    async with running(Installation(tmp_path, url, IMAP.format(port=imap.port))) as installation:
        most = 0
        for kill in range(1, kills + 2):
            await installation.start()
            upto = threads * THREAD * kill // (kills + 1)
            await eventually(lambda upto=upto: rows(tmp_path, FILED)[0][0] >= upto, within=3000, every=0.1)
            most = max(most, resident(installation))
            if kill <= kills:
                await installation.kill(whole_group=kill % 2 == 0)
        took = time.monotonic() - begun
        assert await installation.stop() == 0
        assert "Traceback" not in installation.said()
    print(f"{threads * THREAD} mails, {kills} kills: {took:.1f} s, {most >> 20} MB at most")
    assert most < 250 << 20
    check(tmp_path, threads)


def resident(installation: Installation) -> int:
    """Octets of memory, at most, of the daemon itself."""
    assert installation.daemon
    status = Path(f"/proc/{installation.daemon.pid}/status").read_text("ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) << 10


def check(folder: Path, threads: int) -> None:
    assert rows(folder, "SELECT disposition, count(*) FROM entry GROUP BY disposition") == [("filed", threads * THREAD)]
    per_ticket = Counter(row[0] for row in rows(folder, "SELECT ticket FROM message"))
    assert Counter(per_ticket.values()) == {THREAD: threads}
    assert rows(folder, "SELECT count(*) FROM outbox") == [(0,)]
    assert rows(folder, "SELECT DISTINCT kind FROM timer") == [("retire",)]
    assert rows(folder, "SELECT DISTINCT status, waiting_since FROM ticket") == [("open", None)]
    retire(folder)
    recent = len(range(0, threads, 5))
    assert dict(rows(folder, "SELECT status, count(*) FROM ticket GROUP BY status")) == {
        "closed": threads - recent,
        "open": recent,
    }
    assert rows(folder, "SELECT count(*) FROM outbox") == [(0,)]


def retire(folder: Path) -> None:
    """What the daemon does when the import is over."""
    policy = read_policy(configfile.load(folder / "config.toml"), folder)
    now = NOW + timedelta(hours=3)
    with closing(Database(f"sqlite:///{folder}/mailflow.db")) as database:
        while True:
            with database.begin() as connection:
                if not ring_due(connection, policy, now):
                    break
        with database.connect() as connection:
            assert audit(connection, now).problems == ()


async def test_a_full_mailbox_is_adopted_in_silence_under_kills(
    tmp_path: Path, sqlite_url: str, imap: FakeImap
) -> None:
    await adopted(tmp_path, sqlite_url, imap, mails=300, kills=2)
