"""Content read in chunks is the content that aiosmtpd reads line by line, wherever the network cuts it."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

PIECES = [
    b"\r\n",
    b".",
    b"..",
    b"x",
    b"\n",
    b"\r",
    b"abc",
    b"\r\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b".\r\n",
    b"\r\n..",
    b"\0",
]
BODIES = [b"", b"\r\n", b"x\r\n", b"xy\r\n", b".\r\n", b"..\r\n", b"\r\n\r\n", b"\r\n.\r\n", b".x\r\n.y\r\n..\r\n"]


class Recorder:
    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
        self.contents.append(envelope.content)
        return "250 OK"


@pytest.fixture
async def stock() -> AsyncIterator[tuple[Recorder, str]]:
    """A bare aiosmtpd; what it received and where it listens."""
    recorder, loop = Recorder(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(recorder, hostname="stock", loop=loop), "127.0.0.1", 0)
    yield recorder, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def stuffed(body: bytes) -> bytes:
    """As RFC 5321 section 4.5.2 wants it sent."""
    return (b"\r\n" + body).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


async def deliver(client: Any, content: bytes, chance: random.Random) -> None:
    """`content` cut at random places, each part in a segment of its own where the loop allows it."""
    client.write("HELO x", "MAIL FROM:<a@kunde.example>", "RCPT TO:<support@firma.example>", "DATA")
    while content:
        cut = chance.randint(1, len(content))
        client.writer.write(content[:cut])
        content = content[cut:]
        if chance.random() < 0.5:
            await asyncio.sleep(0)
    client.write("QUIT")
    assert (await client.rest())[-1].startswith("221")


@pytest.mark.parametrize("seed", range(8))
async def test_the_same_octets_as_stock_aiosmtpd(edge: Any, stock: tuple[Recorder, str], seed: int) -> None:
    edge.door.trusted = True  # strangers are refused what this needs
    recorder, address = stock
    listeners = await edge.listen("smtp 127.0.0.1:0", connections=1000, connections_per_peer=1000)
    chance = random.Random(seed)
    bodies = BODIES + [b"".join(chance.choices(PIECES, k=chance.randint(0, 12))) + b"\r\n" for _ in range(25)]
    for body in bodies:
        for place in (address, listeners.addresses[0]):
            await deliver(await edge.connect(place), stuffed(body), chance)
        kept = edge.door.kept[-1].octets
        assert recorder.contents[-1] == body
        assert kept == body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert len(edge.door.kept) == len(bodies)


@pytest.mark.parametrize("size", [65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 65_536, 65_537, 131_072, 1_000_000])
async def test_no_chunk_boundary_loses_a_dot_or_an_end(edge: Any, size: int) -> None:
    client = await edge.client()
    body = (b"x" * 61 + b"\r\n") * (size // 63)
    body = body + b"y" * (size - len(body) - 5) + b"\r\n.\r\n"
    await client.open()
    client.writer.write(stuffed(body))
    assert await client.reply() == "250 2.0.0 Kept"
    assert edge.door.kept[0].octets == body


@pytest.mark.parametrize("length", [999, 70_000, 1 << 20, 3 << 20])
async def test_lines_of_any_length_are_kept(edge: Any, length: int) -> None:  # X7
    client = await edge.client(data_line=length)
    await client.open()
    body = b"Subject: x\r\n\r\n" + b"x" * length + b"\r\n"
    client.writer.write(body + b".\r\n")
    assert await client.reply() == "250 2.0.0 Kept"
    assert edge.door.kept[0].octets == body


async def test_what_was_pipelined_behind_the_dot_is_the_next_command(edge: Any) -> None:
    client = await edge.client()
    await client.open()
    again = b"MAIL FROM:<jan@kunde.example>\r\nRCPT TO:<support@firma.example>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n"
    client.writer.write(b"one\r\n.\r\n" + again)
    assert [reply[:3] for reply in await client.rest()] == ["250", "250", "250", "354", "250", "221"]
    assert [arrival.octets for arrival in edge.door.kept] == [b"one\r\n", b"two\r\n"]
