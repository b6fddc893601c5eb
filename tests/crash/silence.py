"""A PostgreSQL that keeps its connections and says nothing: its machine stands still, or the network swallows all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any


class Wire:
    """Between mailflow and its database: swallows what is sent, and what was sent before, until it is whole again."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._whole = asyncio.Event()
        self._whole.set()

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        self._whole.clear()
        try:
            yield
        finally:
            self._whole.set()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._socket)
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while octets := await reader.read(1 << 16):
                await self._whole.wait()
                writer.write(octets)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def wire(socket: str) -> AsyncIterator[tuple[Wire, int]]:
    """And the port at which it begins."""
    made = Wire(socket)
    server = await asyncio.start_server(made.connect, "127.0.0.1", 0)
    async with server:
        yield made, server.sockets[0].getsockname()[1]


@contextmanager
def frozen(server: Any) -> Iterator[None]:
    """The whole of it, as a machine that stands still: the kernel still takes what is sent."""
    postmaster = server.get_postmaster_info().process
    stopped = []
    try:
        for each in (postmaster, *postmaster.children(recursive=True)):
            each.suspend()
            stopped.append(each)
        yield
    finally:
        for each in reversed(stopped):
            each.resume()
