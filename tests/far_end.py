"""The server that takes our mail, on a real socket: answers as it is told and notes what it took."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Letter:
    """It answers for it from now on."""

    rcpt_to: str
    octets: bytes


@dataclass
class FarEnd:
    """`replies` by verb, '' hangs up; what comes after the content is '.'. `open` lets that answer out."""

    replies: dict[str, str] = field(default_factory=dict)
    taken: list[Letter] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0
    visits: int = 0
    port: int = 0

    @property
    def letters(self) -> list[str]:
        """Recipients, in the order of arrival."""
        return [letter.rcpt_to for letter in self.taken]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            if greeting := self.replies.get("", "220 far"):
                writer.write(greeting.encode() + b"\r\n")
                await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""
        while line := (await reader.readline()).decode():
            verb = line[:4].strip().upper()
            to = line.partition("<")[2].partition(">")[0] if verb == "RCPT" else to
            if not (reply := self.replies.get(verb, "354 go" if verb == "DATA" else "250 ok")):
                return
            writer.write(reply.encode() + b"\r\n")
            if reply.startswith("354") and not await self._take(to, reader, writer):
                return

    async def _take(self, to: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """False: it hangs up."""
        octets = await reader.readuntil(b"\r\n.\r\n")
        await self.open.wait()
        if reply := self.replies.get(".", "250 kept"):
            if reply.startswith("2"):
                self.taken.append(Letter(to, octets))
            writer.write(reply.encode() + b"\r\n")
        return bool(reply)


@asynccontextmanager
async def far_end(port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[FarEnd]:
    """It listens, and takes everything until it is told otherwise."""
    far = FarEnd()
    far.open.set()
    async with await asyncio.start_server(far.serve, "127.0.0.1", port, ssl=tls, limit=1 << 20) as server:
        far.port = server.sockets[0].getsockname()[1]
        yield far
