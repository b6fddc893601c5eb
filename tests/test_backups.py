"""Backups of a real daemon that takes mail, and what comes of one that is restored (D11)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from imaplib import IMAP4, Time2Internaldate
from pathlib import Path
from typing import Any

import pytest

from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from tests.imap_server import imap_server
from tests.running import Conversation, Installation, eventually, figure, running

BACKUPS = figure("BACKUPS", 3, 10)
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
poll = "1s"
"""


@pytest.fixture
def imap_port() -> Iterator[int]:
    with imap_server() as port:
        yield port


@pytest.fixture
async def installation(tmp_path: Path, sqlite_url: str, imap_port: int) -> AsyncIterator[Installation]:
    (tmp_path / "imap-password").write_text("secret")
    async with running(Installation(tmp_path, sqlite_url, IMAP.format(port=imap_port))) as installation:
        await installation.start()
        yield installation


def mail(name: str) -> bytes:
    address = f"{name}@kunde.example"
    return f"From: {address}\r\nSubject: {name}\r\nMessage-ID: <{address}>\r\n\r\nHello.\r\n".encode()


def rows(file: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(statement).fetchall()


async def pour(installation: Installation, ends: asyncio.Event) -> None:
    conversation = await Conversation.begin(installation.port)
    number = 0
    while not ends.is_set():
        number += 1
        await conversation.send(mail(f"poured{number}"), f"poured{number}@kunde.example")
    conversation.close()


async def test_backups_under_load_are_whole_and_their_sums_agree(installation: Installation) -> None:
    ends = asyncio.Event()
    pouring = asyncio.create_task(pour(installation, ends))
    live, copies = installation.folder / "mailflow.db", []
    for number in range(BACKUPS):
        before = rows(live, "SELECT count(*) FROM entry")
        await eventually(lambda before=before: rows(live, "SELECT count(*) FROM entry") > before)
        copies.append(installation.folder / f"copy{number}.db")
        with closing(Database(f"sqlite:///{live}")) as database:
            await asyncio.to_thread(database.backup, copies[-1])
    ends.set()
    await pouring
    counts = [examined(copy) for copy in copies]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert await installation.stop() == 0
    assert "Traceback" not in installation.said()


def examined(copy: Path) -> int:
    """How many messages it has, if it is whole."""
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
    with closing(Database(f"sqlite:///{copy}")) as database, database.connect() as connection:
        found = audit(connection, datetime.now(UTC))
    assert found.problems == ()
    return found.accepted


async def test_after_a_restore_imap_is_asked_again_and_no_number_comes_twice(
    installation: Installation, imap_port: int
) -> None:
    live, copy = installation.folder / "mailflow.db", installation.folder / "copy.db"
    append(imap_port, "first")
    await eventually(lambda: tickets(live) == [(1, "first")])
    await eventually(lambda: rows(live, "SELECT count(*) FROM outbox WHERE state = 'sent'") == [(1,)])
    with closing(Database(f"sqlite:///{live}")) as database:
        database.backup(copy)
    append(imap_port, "second")
    await eventually(lambda: tickets(live) == [(1, "first"), (2, "second")])
    status, told = await installation.run("db", "restore", str(copy))
    assert (status, "another mailflow runs" in told) == (1, True)
    await installation.kill()
    status, told = await installation.run("db", "restore", str(copy))
    assert (status, "the next ticket is #3" in told) == (0, True), told
    await installation.start()
    await eventually(lambda: tickets(live) == [(1, "first"), (3, "second")])
    assert await installation.stop() == 0


def tickets(file: Path) -> list[Any]:
    return rows(file, "SELECT id, subject FROM ticket ORDER BY id")


def append(port: int, name: str) -> None:
    with IMAP4("127.0.0.1", port) as client:
        client.login("support", "secret")
        date = datetime(2100, 1, 1, tzinfo=UTC)  # not older than the adoption of the folder
        assert client.append("INBOX", "", Time2Internaldate(date), mail(name))[0] == "OK"
