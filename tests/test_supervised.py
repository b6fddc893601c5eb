"""The daemon under systemd, as far as that can be seen from outside: what it says and when (O2), the sockets it is
handed (O3). Nobody here is PID 1: tests.supervisor does what systemd does.
"""

import asyncio
import re
import signal
import socket
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.running import Conversation, Installation, eventually, figure, running
from tests.supervisor import Supervisor, handed_over

BACKLOG = r"STATUS=\d+ to file, \d+ held, \d+ failed, \d+ to send"
RELOADING = r"RELOADING=1\nMONOTONIC_USEC=\d+"
STOPPING = r"STOPPING=1\nSTATUS=finishing what was begun, \d+ clients are connected"
OUTDATED = "; mistakes keep the files of before in use: mailflow status"


class Supervised:
    """A daemon and whoever hears it."""

    def __init__(self, installation: Installation, supervisor: Supervisor) -> None:
        self.installation = installation
        installation.environment["NOTIFY_SOCKET"] = str(supervisor.path)
        self._supervisor = supervisor
        self._heard: list[str] = []

    async def says(self, *patterns: str, besides: str = "$^") -> None:
        """These and nothing else, in this order."""
        await eventually(lambda: self._listen(besides) >= len(patterns))
        told = self._heard[: len(patterns)]
        del self._heard[: len(patterns)]
        assert [bool(re.fullmatch(*each)) for each in zip(patterns, told, strict=True)] == [True] * len(told), told

    async def says_nothing_for(self, seconds: float) -> None:
        self._listen("WATCHDOG=1")
        await asyncio.sleep(seconds)
        await self.no_more()

    async def no_more(self, besides: str = "$^") -> None:
        assert self._listen(besides) == 0, self._heard

    def _listen(self, besides: str) -> int:
        self._heard += [each for each in self._supervisor.heard() if not re.fullmatch(besides, each)]
        return len(self._heard)


@pytest.fixture
async def supervised(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Supervised]:
    with Supervisor(tmp_path / "notify") as supervisor:
        async with running(Installation(tmp_path, sqlite_url)) as installation:
            yield Supervised(installation, supervisor)


async def test_what_systemd_hears_from_start_to_stop_word_for_word(supervised: Supervised) -> None:  # O2
    installation = supervised.installation
    good = installation.file.read_text()
    await installation.start()
    await supervised.says(BACKLOG, "READY=1")
    assert installation.daemon

    installation.daemon.send_signal(signal.SIGHUP)
    await supervised.says(RELOADING, "READY=1")
    installation.configure(good.replace("hostname", "hostnam"))
    installation.daemon.send_signal(signal.SIGHUP)
    await supervised.says(RELOADING, "READY=1", BACKLOG + OUTDATED)
    installation.configure(good)
    installation.daemon.send_signal(signal.SIGHUP)
    await supervised.says(RELOADING, "READY=1", BACKLOG)

    assert await installation.stop() == 0
    await supervised.says(STOPPING)
    await supervised.no_more()


async def test_a_migration_asks_for_time_before_each_step(tmp_path: Path) -> None:  # O2
    with Supervisor(tmp_path / "notify") as supervisor:
        async with running(Installation(tmp_path, f"sqlite:///{tmp_path}/new.db")) as installation:
            supervised = Supervised(installation, supervisor)
            await installation.start()
            with closing(sqlite3.connect(tmp_path / "new.db")) as database:
                ((head,),) = database.execute("SELECT version_num FROM alembic_version")
            steps = [
                rf"EXTEND_TIMEOUT_USEC=1800000000\nSTATUS=bringing the tables to this version, {done} steps done"
                for done in range(int(head) + 1)
            ]
            await supervised.says(*steps, BACKLOG, "READY=1")


async def test_the_ping_stops_when_the_daemon_hangs(supervised: Supervised) -> None:  # O2
    """Stopped as a whole; what else may hang is in tests/flow/test_watchdog.py."""
    installation = supervised.installation
    installation.environment["WATCHDOG_USEC"] = "2000000"
    await installation.start()
    await supervised.says(BACKLOG, "READY=1", besides="WATCHDOG=1")
    await supervised.says("WATCHDOG=1", "WATCHDOG=1")
    assert installation.daemon
    installation.daemon.send_signal(signal.SIGSTOP)
    await supervised.says_nothing_for(2.5)
    installation.daemon.send_signal(signal.SIGCONT)
    await supervised.says("WATCHDOG=1")


async def test_who_has_no_valid_configuration_is_never_ready(supervised: Supervised) -> None:
    installation = supervised.installation
    installation.environment["PYTHONUNBUFFERED"] = "1"
    installation.configure(installation.file.read_text() + "\nnonsense = 1\n")
    with pytest.raises(AssertionError, match="nonsense"):
        await installation.start()
    await supervised.no_more()
    assert installation.daemon
    assert installation.daemon.returncode == 78


# Sockets that are handed over

RESTARTS = figure("RESTARTS", 3, 20)
A_SECOND = 20  # messages
AT_ONCE = 200
"""Connections that wait: fewer than the Backlog=512 of the socket unit, however slow the machine is."""


class Stream:
    """Mail that comes all the time, each on a connection of its own, as from many servers."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._senders: list[asyncio.Task[None]] = []
        self.outcomes: Counter[str] = Counter()
        self.ended = False

    async def flow(self) -> None:
        while not self.ended:
            if len(self._senders) - self.outcomes["taken"] < AT_ONCE:
                self._senders.append(asyncio.create_task(self._send(len(self._senders))))
            await asyncio.sleep(1 / A_SECOND)
        await asyncio.gather(*self._senders)

    async def _send(self, number: int) -> None:
        """Until it is theirs."""
        while True:
            try:
                conversation = await Conversation.begin(self._port)
                try:
                    await conversation.send(letter(number), f"customer{number}@kunde.example")
                finally:
                    conversation.close()
            except ConnectionRefusedError:
                self.outcomes["refused"] += 1
            except (ConnectionError, asyncio.IncompleteReadError):
                self.outcomes["told to come back"] += 1
            else:
                self.outcomes["taken"] += 1
                return
            await asyncio.sleep(0.05)


def letter(number: int) -> bytes:
    return (
        f"From: customer{number}@kunde.example\r\nTo: support@firma.example\r\nSubject: Request {number}\r\n"
        f"Message-ID: <{number}@kunde.example>\r\n\r\nThis is request {number}.\r\n"
    ).encode()


@pytest.mark.endure
@pytest.mark.timeout(900)
async def test_restarts_under_load_refuse_nobody_and_lose_nothing(
    tmp_path: Path, sqlite_url: str, record_property: Callable[[str, object], None]
) -> None:  # O3
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    with listening as listener, handed_over([listener], "smtp") as (before, descriptors):
        async with running(Installation(tmp_path, sqlite_url)) as installation:
            await installation.start(before, descriptors)
            assert installation.port == listener.getsockname()[1]
            stream = Stream(installation.port)
            flowing = asyncio.create_task(stream.flow())
            for restart in range(1, RESTARTS + 1):
                await eventually(lambda so_far=restart * A_SECOND: stream.outcomes["taken"] >= so_far, within=120)
                assert await installation.stop() == 0
                await installation.start(before, descriptors)
            stream.ended = True
            await flowing
            assert await installation.stop() == 0
            status, told = await installation.run("audit")
    told_of = {outcome: stream.outcomes[outcome] for outcome in ("taken", "told to come back", "refused")}
    record_property("figures", {"O3": "sqlite", "restarts": RESTARTS, "mails a second": A_SECOND, **told_of})
    assert stream.outcomes["refused"] == 0
    assert (status, entries(sqlite_url)) == (0, stream.outcomes["taken"]), told
    assert "Traceback" not in installation.said()


def entries(url: str) -> int:
    """Those that were kept, filed or not yet; a copy that was sent again is a duplicate of one."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        ((found,),) = database.execute("SELECT count(*) FROM entry WHERE disposition IN ('filed', 'received')")
    return int(found)


async def test_a_socket_that_is_no_listen_keeps_the_daemon_from_starting(tmp_path: Path, sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, handed_over([listener], "web") as (before, descriptors):
        async with running(Installation(tmp_path, sqlite_url)) as installation:
            with pytest.raises(AssertionError, match=r"FileDescriptorName=web is no \[\[listen\]\]"):
                await installation.start(before, descriptors)
            assert installation.daemon
            assert installation.daemon.returncode == 75
