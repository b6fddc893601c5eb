"""A writer on both databases, and a far end that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.config import Smarthost as Settings
from mailflow.desk.writing.kind import AUTOMATIC, Kind
from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.relay import Patience, Smarthost
from mailflow.flow.filer import Filer
from mailflow.store.database import Database
from mailflow.store.writer import Writer
from tests.far_end import FarEnd, far_end


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


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with far_end() as far:
        yield far


def smarthost(far: FarEnd) -> Smarthost:
    settings = Settings(host="127.0.0.1", port=far.port, tls="none")
    return Smarthost(settings, "mail.firma.example", patience=Patience(command=5, content=5))


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
