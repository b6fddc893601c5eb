"""Two live daemons that are each other's customer and each other's smarthost stop by themselves (L4)."""

import asyncio
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from tests.running import Conversation, Installation, eventually, running

MAIL = (
    b"From: support@andere.example\r\nTo: support@firma.example\r\nSubject: Hello\r\n"
    b"Message-ID: <1@andere.example>\r\n\r\nHello.\r\n"
)
ON_THE_WAY = (
    "SELECT (SELECT count(*) FROM entry WHERE disposition = 'received')"
    " + (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'claimed', 'sending'))"
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def asked(installation: Installation, statement: str) -> int:
    with closing(sqlite3.connect(installation.folder / "mailflow.db")) as connection:
        number: int = connection.execute(statement).fetchone()[0]
        return number


@pytest.fixture(params=["anybody", "registered only"])
async def two(
    tmp_path: Path, sqlite_template: Path, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Installation, Installation]]:
    """firma.example and andere.example. Each sends all its mail to the other, and serves anybody, or nobody it does not
    know, who is told so."""
    ports = free_port(), free_port()
    async with AsyncExitStack() as house:
        made = []
        for name, ours, theirs in (("firma", *ports), ("andere", *reversed(ports))):
            folder = tmp_path / name
            folder.mkdir()
            shutil.copyfile(sqlite_template, folder / "mailflow.db")
            smarthost = f'\n[smarthost]\nhost = "127.0.0.1"\nport = {theirs}\ntls = "none"\n'
            made.append(Installation(folder, f"sqlite:///{folder}/mailflow.db", smarthost))
            text = made[-1].file.read_text(encoding="utf-8")
            text = text.replace("firma.example", f"{name}.example").replace("127.0.0.1:0", f"127.0.0.1:{ours}")
            if request.param == "registered only":
                text = text.replace("registered_only = false", "registered_only = true")
            made[-1].configure(text)
            await house.enter_async_context(running(made[-1]))
        await asyncio.gather(*(each.start() for each in made))
        yield made[0], made[1]


async def test_l4_two_daemons_stop_at_four_messages(two: tuple[Installation, Installation]) -> None:
    ours, theirs = two
    conversation = await Conversation.begin(ours.port)
    await conversation.send(MAIL, "support@andere.example")
    conversation.close()
    await eventually(lambda: asked(theirs, "SELECT count(*) FROM entry") == 1)  # our acknowledgement
    await eventually(lambda: not any(asked(each, ON_THE_WAY) for each in two))
    written = sum(asked(each, "SELECT count(*) FROM outbox") for each in two)
    kept = sum(asked(each, "SELECT count(*) FROM entry") for each in two)
    assert (written, kept) == (1, 2)
    for each in two:
        assert await each.stop() == 0
