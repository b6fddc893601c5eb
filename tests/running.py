"""The real daemon, as a child of the test: started, spoken to, killed."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Commands

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0  # seconds to start or stop, on a busy machine

CONFIG = """
hostname = "mail.firma.example"
organisation = "Firma"
state = "var"
filters = "{root}/filters"
templates = "{root}/templates"
log_level = "info"

[database]
url = "{url}"

[[listen]]
protocol = "smtp"
address = "127.0.0.1:0"

[[listen]]
protocol = "lmtp"
address = "unix:{folder}/lmtp.sock"

[trust]
networks = ["127.0.0.0/8", "unix"]

[[mailbox]]
address = "support@firma.example"
department = "support"
registered_only = false

[[department]]
name = "support"
title = "Support"
"""


COMMANDS = Commands()


def figure(name: str, short: int, long: int) -> int:
    """How much of it: `short` in `make test`, `long` in `make endure`, or what the environment says of `name`."""
    return int(os.environ.get(name) or (long if os.environ.get("ENDURE") else short))


def only_at_length(test: Any) -> Any:
    """What `make endure` tells, and no other."""
    return pytest.mark.skipif(not os.environ.get("ENDURE"), reason="told by make endure")(test)


def hindered(*pids: int) -> float:
    """Seconds for which their threads were ready to run and others had the processors (proc(5), schedstat)."""
    stats = [stat for pid in pids for stat in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(stat.read_text().split()[1]) for stat in stats if stat.exists()) / 1e9


async def eventually(condition: Callable[[], object], within: float = PATIENCE, every: float = 0.01) -> None:
    """For what another program does; inside our own, events say when."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(every)


class Installation:
    """A folder with a configuration in it, and the daemon that runs on it."""

    def __init__(self, folder: Path, url: str, more: str = "") -> None:
        self.folder = folder
        self.file = folder / "config.toml"
        self.log = folder / "log"
        self.daemon: asyncio.subprocess.Process | None = None
        self.environment: dict[str, str] = {}  # of the daemon, besides ours
        self.port = 0
        self.configure(CONFIG.format(root=ROOT, url=url, folder=folder) + more)

    def configure(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")

    async def start(self, before: Sequence[str] = (), pass_fds: Sequence[int] = ()) -> None:
        """Returns with the `ready` line; or raises with what was said instead. `before`: what runs the daemon."""
        with self.log.open("ab") as log:
            begin = log.tell()
            self.daemon = await asyncio.create_subprocess_exec(
                *before,
                *self.command("run"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=pass_fds,
                env=os.environ | self.environment,
            )
        await eventually(lambda: self._ready(begin) or self._gone())
        found = self._ready(begin)
        assert found, self.log.read_bytes()[begin:].decode()
        self.port = int(found[1])

    def _gone(self) -> bool:
        return self.daemon is not None and self.daemon.returncode is not None

    def _ready(self, begin: int) -> re.Match[bytes] | None:
        return re.search(rb"^ready .*listen=127\.0\.0\.1:(\d+).*\n", self.log.read_bytes()[begin:], re.MULTILINE)

    async def kill(self, whole_group: bool = False) -> None:
        """As the kernel does it when there is no memory left."""
        assert self.daemon
        with suppress(ProcessLookupError):
            if whole_group:
                os.killpg(self.daemon.pid, signal.SIGKILL)
            else:
                self.daemon.kill()
        await self.daemon.wait()

    async def stop(self) -> int:
        """As systemd does it; the exit status."""
        assert self.daemon
        if self.daemon.returncode is None:
            self.daemon.terminate()
        async with asyncio.timeout(PATIENCE):
            return await self.daemon.wait()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from mailflow.cli import main; main()", *words, "--config", str(self.file)]

    async def run(self, *words: str) -> tuple[int, str]:
        """Exit status and output of a command beside the daemon."""
        return await asyncio.to_thread(COMMANDS.run, [*words, "--config", str(self.file)])


@asynccontextmanager
async def running(installation: Installation) -> AsyncIterator[Installation]:
    """Whatever happens, no daemon is left behind."""
    try:
        yield installation
    finally:
        if installation.daemon and installation.daemon.returncode is None:
            await installation.kill(whole_group=True)
        elif installation.daemon:
            with suppress(ProcessLookupError):
                os.killpg(installation.daemon.pid, signal.SIGKILL)


class Conversation:
    """An SMTP client of few words: says a line, expects a code."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def begin(cls, port: int) -> "Conversation":
        conversation = cls(*await asyncio.open_connection("127.0.0.1", port))
        try:
            await conversation.reply()
            await conversation.say("EHLO client.example")
        except BaseException:
            conversation.close()
            raise
        return conversation

    @classmethod
    async def begin_lmtp(cls, socket: Path) -> "Conversation":
        conversation = cls(*await asyncio.open_unix_connection(socket))
        try:
            await conversation.reply()
            await conversation.say("LHLO relay.example")
        except BaseException:
            conversation.close()
            raise
        return conversation

    async def say(self, line: str, expect: str = "250") -> str:
        self._writer.write(line.encode() + b"\r\n")
        reply = await self.reply()
        if not reply.startswith(expect):
            raise ConnectionError(f"{line}: {reply}")
        return reply

    async def reply(self) -> str:
        """The last line of one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self._reader.readuntil(b"\r\n")).decode()
                if line[3:4] != "-":
                    return line.strip()

    async def send(self, octets: bytes, mail_from: str, rcpt_to: str = "support@firma.example") -> str:
        """Returns with the `250`: now it is theirs."""
        await self.say(f"MAIL FROM:<{mail_from}>")
        await self.say(f"RCPT TO:<{rcpt_to}>")
        await self.say("DATA", "354")
        return await self.say(octets.decode() + ".")

    async def send_lmtp(self, octets: bytes, mail_from: str, rcpt_tos: Sequence[str]) -> None:
        """Returns when each recipient has its `250`."""
        await self.say(f"MAIL FROM:<{mail_from}>")
        for rcpt_to in rcpt_tos:
            await self.say(f"RCPT TO:<{rcpt_to}>")
        await self.say("DATA", "354")
        await self.say(octets.decode() + ".")
        for _ in rcpt_tos[1:]:
            reply = await self.reply()
            if not reply.startswith("250"):
                raise ConnectionError(reply)

    def close(self) -> None:
        self._writer.close()
