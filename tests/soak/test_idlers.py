"""S5: five hundred connections that say nothing and a hundred that say a letter at a time delay nobody's mail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.running import Conversation, Installation, running

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]

IDLE, DRIPPING, MAILS = 500, 100, 100
OF_ONE_PEER = 10
LIMITS = """
[limits]
connections = {connections}
connections_per_peer = 20
command_timeout = "{seconds}s"
banner_delay = "0s"
"""
ROOM = {"room-for-all": 1000, "room-for-some": 200}
"""`connections`: beyond them strangers are told 421 at once, and one in ten is kept free for our own."""
SECONDS = 10
MAIL = b"From: anna%d@kunde.example\r\nSubject: Printer\r\nMessage-ID: <%d@kunde.example>\r\n\r\nIt does not print.\r\n"


@pytest.fixture
async def daemon(tmp_path: Path, room: str) -> AsyncIterator[Installation]:
    """Ours come from 127.0.0.1, strangers from the rest of the loopback network."""
    limits = LIMITS.format(connections=ROOM[room], seconds=SECONDS)
    here = Installation(tmp_path, f"sqlite:///{tmp_path}/mailflow.db", limits)
    here.configure(here.file.read_text().replace('"127.0.0.0/8", "unix"', '"127.0.0.1/32"'))
    async with running(here):
        await here.start()
        yield here


@pytest.mark.parametrize("room", ROOM)
async def test_s5_who_only_holds_the_line_delays_nobody(daemon: Installation, room: str) -> None:
    assert daemon.daemon
    before = _resident(daemon.daemon.pid)
    lines = await asyncio.gather(*(_line(daemon.port, number) for number in range(IDLE + DRIPPING)))
    crowd = [asyncio.create_task(_hold(*line, drips=number >= IDLE)) for number, line in enumerate(lines)]
    waits = [await _send(daemon.port, number) for number in range(MAILS)]
    more = _resident(daemon.daemon.pid) - before
    said = await asyncio.gather(*crowd)
    p95 = sorted(waits)[MAILS * 95 // 100]
    print(f"\n{room}: {len(said)} cut, p95 {p95:.3f} s, {more >> 20} MB more")
    assert {line[:4] for line in said[:IDLE]} == {"421 "}
    assert p95 < 1
    assert more < 50 << 20


async def _send(port: int, number: int) -> float:
    """Seconds from the connection to the `250`."""
    start = monotonic()
    conversation = await Conversation.begin(port)
    await conversation.send(MAIL % (number, number), f"anna{number}@kunde.example")
    conversation.close()
    return monotonic() - start


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]


async def _line(port: int, number: int) -> Line:
    """With the first thing said on it: a greeting, or 421."""
    address = f"127.0.{1 + number // OF_ONE_PEER}.1"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    return reader, writer, await reader.readline()


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes, *, drips: bool) -> str:
    """Until it is cut; the last thing said. Where somebody is still talking then, the network may take that away."""
    drip = asyncio.create_task(_drip(writer)) if drips else None
    with suppress(ConnectionResetError):
        async with asyncio.timeout(6 * SECONDS):
            while line := await reader.readline():
                said = line
    if drip:
        drip.cancel()
    writer.close()
    return said.decode()


async def _drip(writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"N")
        await asyncio.sleep(0.1)  # the pace of such a client; nobody waits for it


def _resident(pid: int) -> int:
    """Octets."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
