"""kill -9 at random moments, the sender retrying: nothing that was answered `250` is lost or doubled (D1, P1–P4).

Of ten mails six come by SMTP, two by LMTP for one to five recipients, two are put into an IMAP folder.

MAILS, KILLS and SEED come from the environment for longer runs: make endure MAILS=10000 KILLS=200.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from functools import partial
from imaplib import IMAP4, Time2Internaldate
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.store.database import Database
from tests.imap_server import imap_server
from tests.running import Conversation, Installation, eventually, figure, running

MAILS = figure("MAILS", 200, 1_000)
KILLS = figure("KILLS", 4, 25)
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1 << 30)
CONNECTIONS = 20
FOLDER = "storm"
MORE = """
[[imap]]
name = "storm"
host = "127.0.0.1"
port = {imap_port}
tls = "none"
user = "support"
password_file = "imap-password"
folder = "storm"
mailbox = "support@firma.example"
trusted = true
poll = "1s"

[smarthost]
host = "127.0.0.1"
port = {port}
tls = "none"
"""

pytestmark = [pytest.mark.endure, pytest.mark.timeout(600)]


@dataclass
class Recorder:
    """A far end that takes everything and notes whom it was for, as soon as it is answerable for it."""

    letters: Counter[str] = field(default_factory=Counter)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"220 far\r\n")
            while line := await reader.readline():
                await self._answer(line.upper(), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, verb: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not verb.startswith(b"DATA"):
            writer.write(b"250 ok\r\n")
            return
        writer.write(b"354 go\r\n")
        content = await reader.readuntil(b"\r\n.\r\n")
        self.letters[str(message_from_bytes(content)["To"]).strip("<>")] += 1
        writer.write(b"250 ok\r\n")


@dataclass
class Sender:
    """Sends each mail until it has read the `250` for it, as mail servers do."""

    installation: Installation
    imap_port: int
    waiting: list[str]
    acknowledged: set[str] = field(default_factory=set)
    copies: int = 0

    async def work(self) -> None:
        conversation: Conversation | None = None
        while self.waiting:
            name = self.waiting.pop()
            while name not in self.acknowledged:
                self.copies += 1
                try:
                    if way := self._other_way(name):
                        await way
                    else:
                        conversation = conversation or await Conversation.begin(self.installation.port)
                        await conversation.send(mail(name), address(name))
                    self.acknowledged.add(name)
                except (OSError, asyncio.IncompleteReadError, TimeoutError):
                    if conversation:
                        conversation.close()
                    conversation = None
                    await asyncio.sleep(0.05)
        if conversation:
            conversation.close()

    def _other_way(self, name: str) -> Coroutine[Any, Any, None] | None:
        """None: by SMTP, on a connection that is kept."""
        match int(name) % 10:
            case 6 | 7:
                return self._by_lmtp(name, recipients=1 + int(name) // 10 % 5)
            case 8 | 9:
                return asyncio.to_thread(self._by_imap, name)
        return None

    async def _by_lmtp(self, name: str, recipients: int) -> None:
        conversation = await Conversation.begin_lmtp(self.installation.folder / "lmtp.sock")
        try:
            rcpt_tos = ["support@firma.example", *(f"support+{n}@firma.example" for n in range(1, recipients))]
            await conversation.send_lmtp(mail(name), address(name), rcpt_tos)
        finally:
            conversation.close()

    def _by_imap(self, name: str) -> None:
        with IMAP4("127.0.0.1", self.imap_port) as client:
            client.login("support", "secret")
            date = datetime(2100, 1, 1, tzinfo=UTC)  # not older than the adoption of the folder
            status, told = client.append(FOLDER, "", Time2Internaldate(date), mail(name))
            assert status == "OK", told


def address(name: str) -> str:
    return f"customer{name}@kunde.example"


def mail(name: str) -> bytes:
    return (
        f"From: Customer {name} <{address(name)}>\r\nTo: support@firma.example\r\nSubject: Request {name}\r\n"
        f"Message-ID: <{name}@kunde.example>\r\nDate: Mon, 2 Nov 2026 09:00:00 +0000\r\nX-Test-Id: {name}\r\n"
        f"\r\nThis is request {name}.\r\n"
    ).encode()


def moments(chance: random.Random) -> Iterator[int]:
    """After how many mails each kill comes."""
    yield from sorted(chance.randrange(1, MAILS) for _ in range(KILLS))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def imap_port() -> Iterator[int]:
    with imap_server() as port:
        with IMAP4("127.0.0.1", port) as client:
            client.login("support", "secret")
            client.create(FOLDER)
        yield port


async def test_what_was_acknowledged_is_in_exactly_one_ticket(
    url: str, database: Database, imap_port: int, tmp_path: Path
) -> None:
    print(f"SEED={SEED}")
    recorder = Recorder()
    async with await asyncio.start_server(recorder.serve, "127.0.0.1", 0) as far:
        (tmp_path / "imap-password").write_text("secret")
        more = MORE.format(port=far.sockets[0].getsockname()[1], imap_port=imap_port)
        async with running(Installation(tmp_path, url, more)) as installation:
            acknowledged = await storm(installation, imap_port, random.Random(SEED))
            await settled(database)
            assert await installation.stop() == 0
            status, told = await installation.run("audit")
    assert len(acknowledged) == MAILS
    assert "Traceback" not in installation.said()
    assert tickets_per_mail(database) == dict.fromkeys(acknowledged, 1)
    check_acknowledgements(database, recorder.letters)
    assert status == 0, told


async def storm(installation: Installation, imap_port: int, chance: random.Random) -> set[str]:
    """All mails sent, all kills done; the ids for which a `250` was read."""
    await installation.start()
    sender = Sender(installation, imap_port, [f"{number:05}" for number in range(MAILS)])
    senders = [asyncio.create_task(sender.work()) for _ in range(CONNECTIONS)]
    for moment in moments(chance):
        await eventually(partial(_has, sender.acknowledged, moment), within=120)
        await asyncio.sleep(chance.random() * 0.05)
        await installation.kill(whole_group=chance.random() < 0.2)
        await installation.start()
    await asyncio.gather(*senders)
    print(f"{sender.copies} copies of {MAILS} mails")
    return sender.acknowledged


def _has(acknowledged: set[str], moment: int) -> bool:
    return len(acknowledged) >= moment


async def settled(database: Database) -> None:
    """Until all is fetched, and nothing is waiting in the journal or in the outbox."""
    await eventually(lambda: len(rows(database, "SELECT id FROM message")) >= MAILS, within=120, every=0.2)
    waiting = (
        "SELECT id FROM entry WHERE disposition = 'received' "
        "UNION ALL SELECT id FROM outbox WHERE state IN ('waiting', 'claimed', 'sending')"
    )
    await eventually(lambda: not rows(database, waiting), within=120, every=0.2)


def tickets_per_mail(database: Database) -> dict[str, int]:
    """How many messages of how many tickets each X-Test-Id became."""
    found: Counter[str] = Counter()
    for row in rows(
        database,
        "SELECT octets.octets, message.ticket FROM entry JOIN octets ON octets.entry = entry.id "
        "LEFT JOIN message ON message.entry = entry.id",
    ):
        found[message_from_bytes(row.octets)["X-Test-Id"]] += row.ticket is not None
    return dict(found)


def check_acknowledgements(database: Database, letters: Counter[str]) -> None:
    """None twice; and none missing but those that the outbox says nobody can know about (P4)."""
    assert max(letters.values()) == 1
    states = Counter(row.state for row in rows(database, "SELECT state FROM outbox"))
    assert states.keys() <= {"sent", "unknown"}
    assert states["sent"] <= len(letters) <= MAILS
    assert sum(states.values()) == MAILS
    print(f"outbox: {dict(states)}; the far end has {len(letters)}")


def rows(database: Database, statement: str) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(statement)))
