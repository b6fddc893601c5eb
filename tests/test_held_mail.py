"""Held mail in a living daemon: told, decided about by a reply, and the list of who is blocked taken up at once."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from mailflow.mail.parse import parse
from tests.running import ROOT, Conversation, Installation, eventually, running

SPAM = "x@strangers.example"
EWA = "ewa@staff.example"
MORE = f"""
digest_to = ["{EWA}"]

[held]
digest_at = "00:00"
"""


def mail(sender: str, to: str, words: str, name: str) -> bytes:
    header = f"From: {sender}\r\nTo: {to}\r\nSubject: Hello\r\nMessage-ID: <{name}@test.example>\r\n"
    return f"{header}\r\n{words}\r\n".encode()


@pytest.fixture
async def installation(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Installation]:
    """With a list of its own, and registered contacts only."""
    shutil.copytree(ROOT / "filters", tmp_path / "filters")
    made = Installation(tmp_path, sqlite_url, MORE)
    text = made.file.read_text(encoding="utf-8").replace(f"{ROOT}/filters", "filters")
    made.configure(text.replace("registered_only = false", "registered_only = true"))
    async with running(made) as installation:
        yield installation


def dispositions(installation: Installation) -> list[str]:
    with closing(sqlite3.connect(installation.folder / "mailflow.db")) as connection:
        return [row[0] for row in connection.execute("SELECT disposition FROM entry ORDER BY id")]


def sent(installation: Installation, kind: str) -> list[Path]:
    return sorted((installation.folder / "var" / "sent").glob(f"*-{kind}.eml"))


async def send(installation: Installation, sender: str, to: str, words: str, name: str) -> str:
    conversation = await Conversation.begin(installation.port)
    try:
        return await conversation.send(mail(sender, to, words, name), sender, to)
    finally:
        conversation.close()


async def test_an_agent_blocks_the_sender_of_held_mail_by_a_reply(installation: Installation) -> None:
    await installation.start()
    await send(installation, SPAM, "support@firma.example", "Pay.", "1")
    await eventually(lambda: dispositions(installation) == ["held"])
    assert await installation.stop() == 0
    with closing(sqlite3.connect(installation.folder / "mailflow.db")) as connection:
        connection.execute("UPDATE entry SET settled = '2026-01-01 00:00:00.000000'")  # before the last midnight
        connection.commit()
    await installation.start()
    await eventually(lambda: sent(installation, "digest"))
    digest = parse(sent(installation, "digest")[0].read_bytes())
    assert SPAM in digest.text
    await send(installation, EWA, digest.reply_to[0].address, "block 1 spam", "2")
    await eventually(lambda: sent(installation, "handled"))
    assert f"Blocked: {SPAM}" in parse(sent(installation, "handled")[0].read_bytes()).text
    assert dispositions(installation) == ["dropped", "filed"]
    assert f'{SPAM} why="spam"' in (installation.folder / "filters" / "blocked-domains.txt").read_text(encoding="utf-8")
    with pytest.raises(ConnectionError, match=r"550 5\.7\.1"):
        await send(installation, SPAM, "support@firma.example", "Pay again.", "3")
    status, told = await installation.run("audit")
    assert status == 0, told
