"""A writer on both databases, and a far end that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.config import Smarthost as Settings
from mailflow.desk.actions import AUTOMATIC, Kind
from mailflow.desk.letter import Outgoing
from mailflow.edge.relay import Patience, Smarthost
from mailflow.flow.filer import Filer
from mailflow.store.database import Database
from mailflow.store.writer import Writer


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[Writer]:
    writer = Writer(database)
    yield writer
    await writer.close()


@pytest.fixture
def rows(database: Database) -> Callable[[str], list[Any]]:
    def ask(statement: str) -> list[Any]:
        with database.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    return ask


@dataclass
class FarEnd:
    """`replies` by verb, '' hangs up; what comes after the content is '.'. `held` keeps the content waiting."""

    replies: dict[str, str] = field(default_factory=dict)
    letters: list[str] = field(default_factory=list)  # recipients, in the order of arrival
    open: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            writer.write(b"220 far\r\n")
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""
        while line := (await reader.readline()).decode():
            verb = line[:4].strip().upper()
            to = line.partition("<")[2].partition(">")[0] if verb == "RCPT" else to
            if not (reply := self.replies.get(verb, "354 go" if verb == "DATA" else "250 ok")):
                return
            writer.write(reply.encode() + b"\r\n")
            if reply.startswith("354"):
                await reader.readuntil(b"\r\n.\r\n")
                await self.open.wait()
                if not (reply := self.replies.get(".", "250 kept")):
                    return
                if reply.startswith("2"):
                    self.letters.append(to)
                writer.write(reply.encode() + b"\r\n")

    def smarthost(self) -> Smarthost:
        settings = Settings(host="127.0.0.1", port=self.port, tls="none")
        return Smarthost(settings, "mail.firma.example", patience=Patience(command=5, content=5))


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    far = FarEnd()
    far.open.set()
    async with await asyncio.start_server(far.serve, "127.0.0.1", 0) as server:
        far.port = server.sockets[0].getsockname()[1]
        yield far


@pytest.fixture
def letter() -> Callable[..., Outgoing]:
    """One of ours, to whom and of what kind."""

    def write(name: str = "anna", kind: Kind = Kind.ACKNOWLEDGEMENT, ticket: int | None = None) -> Outgoing:
        return Outgoing(
            key=f"{kind}:{name}",
            kind=kind,
            automatic=kind in AUTOMATIC,
            ticket=ticket,
            mail_from="support@firma.example",
            rcpt_to=f"{name}@kunde.example",
            subject="Hello",
            message_id=f"{name}@mail.firma.example",
            octets=b"Subject: Hello\r\n\r\nHello.\r\n",
        )

    return write


class Now:
    """The clock, for those who ask."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock

    def __call__(self) -> datetime:
        now: datetime = self._clock.now()
        return now


@pytest.fixture
def now(clock: Any) -> Now:
    return Now(clock)


@asynccontextmanager
async def filing(filer: Filer) -> AsyncIterator[None]:
    """The filer at work; what it began is finished at the end."""
    task = asyncio.create_task(filer.run())
    try:
        yield
        filer.stop()
        await asyncio.wait_for(task, 10)
    finally:
        task.cancel()
