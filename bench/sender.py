"""A load generator: kept SMTP connections, one mail after the other on each, envelope commands pipelined."""

import asyncio
from collections.abc import Iterable, Iterator

from bench.mix import Mail


async def send(mails: Iterable[Mail], recipient: str, port: int, connections: int) -> int:
    """Send everything; how many were answered with 250."""
    shared = iter(mails)
    kept = await asyncio.gather(*(_connection(shared, recipient, port) for _ in range(connections)))
    return sum(kept)


async def _connection(mails: Iterator[Mail], recipient: str, port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _reply(reader)
    await _ask(reader, writer, b"EHLO bench.example")
    kept = 0
    for mail in mails:
        writer.write(f"MAIL FROM:<{mail.sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode())
        replies = [await _reply(reader) for _ in range(3)]
        assert replies[2].startswith(b"354"), replies
        writer.write(mail.octets.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        kept += (await _reply(reader)).startswith(b"250")
    await _ask(reader, writer, b"QUIT")
    writer.close()
    return kept


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> bytes:
    writer.write(line + b"\r\n")
    return await _reply(reader)


async def _reply(reader: asyncio.StreamReader) -> bytes:
    while True:
        line = await reader.readline()
        if line[3:4] != b"-":
            return line
