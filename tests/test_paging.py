"""A mail pages by a real command, from a real daemon that is killed in between; nothing secret is told."""

import json
import os
import signal
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.running import Conversation, Installation, eventually, running

MAIL = (
    b"From: anna@kunde.example\r\nTo: support@firma.example\r\nSubject: Everything is down\r\n"
    b"Message-ID: <1@kunde.example>\r\n\r\nThe key is under the mat.\r\n"
)
PROGRAM = """#!/bin/sh
cat >> {folder}/pages; echo >> {folder}/pages
echo hunter2; echo hunter2 >&2
[ -e {folder}/hung ] && exit 0
echo $$ > {folder}/hung
exec sleep 300
"""
ON_CALL = """
[[on_call]]
name = "night"
[[on_call.step]]
command = ["{folder}/page", "hunter2"]
"""
RULE = '[[rule]]\nname = "outages"\nif.subject.contains = "down"\nthen.page = "night"\n'


@pytest.fixture
async def installation(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Installation]:
    program = tmp_path / "page"
    program.write_text(PROGRAM.format(folder=tmp_path), "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "filters").mkdir()
    (tmp_path / "filters/10.toml").write_text(RULE, "utf-8")
    installation = Installation(tmp_path, sqlite_url, ON_CALL.format(folder=tmp_path))
    text = installation.file.read_text("utf-8").splitlines()
    text = [f'filters = "{tmp_path}/filters"' if line.startswith("filters = ") else line for line in text]
    installation.configure("\n".join(text))
    try:
        async with running(installation):
            yield installation
    finally:
        with suppress(FileNotFoundError, ProcessLookupError, ValueError):
            os.kill(int((tmp_path / "hung").read_text("ascii")), signal.SIGKILL)


def told(installation: Installation) -> list[Any]:
    file = installation.folder / "pages"
    return [json.loads(line) for line in file.read_text("ascii").splitlines()] if file.exists() else []


async def shown(installation: Installation) -> Any:
    _, page = await installation.run("page", "show", "1", "--json")
    return json.loads(page)


async def test_a_daemon_that_is_killed_while_it_pages_pages_again(installation: Installation) -> None:
    await installation.start()
    conversation = await Conversation.begin(installation.port)
    assert (await conversation.send(MAIL, "anna@kunde.example")).startswith("250")
    conversation.close()
    await eventually((installation.folder / "hung").exists)
    assert (await shown(installation))["state"] == "claimed"
    await installation.kill()
    await installation.start()
    await eventually(lambda: "\npaged page=1 " in installation.said())
    first, second = told(installation)
    assert (first["attempt"], second["attempt"]) == (1, 2)
    assert {**first, "attempt": 2} == second
    assert (second["ticket"], second["subject"], second["on_call"]) == (1, "Everything is down", "night")
    assert "mat" not in json.dumps(first)
    page = await shown(installation)
    assert (page["state"], page["last_reply"], page["taken_by"]) == ("waiting", "exit status 0", None)
    _, status = await installation.run("status")
    assert "open 1        — mailflow page list" in status
    await installation.run("page", "take", "1", "--agent", "ewa")
    assert (await shown(installation))["taken_by"] == "ewa"
    assert await installation.stop() == 0
    assert "hunter2" not in installation.said()
    assert "Traceback" not in installation.said()
