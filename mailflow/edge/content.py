"""The content of one message as it comes in: chunks instead of lines, counted against the limits, dots taken out.

It ends at CR LF dot CR LF and at nothing else (RFC 5321 section 4.1.1.4): what other servers take for an end stays
inside, and can start no second message. Used by edge.transfer; knows streams, but no SMTP.
"""

from asyncio import LimitOverrunError, StreamReader
from types import TracebackType
from typing import Self

from mailflow.edge import replies
from mailflow.edge.counters import Limit
from mailflow.edge.gate import Gate, Sender

_LINE_END = b"\r\n"
_END = b"\r\n.\r\n"
_FRAME = len(_LINE_END) + len(b".\r\n")  # read with the content, but not of it


class Intake:
    """What is in memory of a message that is being received."""

    def __init__(self, reader: StreamReader, gate: Gate, size_limit: int, caller: Sender) -> None:
        # The CR LF of the DATA line: the end of an empty or one-line message would not be seen without it.
        reader._buffer[0:0] = _LINE_END  # type: ignore[attr-defined]  # no public way to put octets back
        self.received = 0
        self.refusal: str | None = None
        self.limit: Limit | None = None  # the one that refused it
        self._reader, self._gate, self._size_limit, self._caller = reader, gate, size_limit, caller
        self._chunks: list[bytes] = []
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._release()

    async def read(self) -> bool:
        """One more chunk; False when it was the last. Refused content is read to its end too, and forgotten."""
        try:
            chunk, more = await self._reader.readuntil(_END), False
        except LimitOverrunError as overrun:
            chunk, more = await self._reader.readexactly(overrun.consumed), True
        self.received += len(chunk)
        if self.refusal is None:
            self._take(chunk)
        return more

    def content(self) -> bytes:
        """The message, once `read` said False and nothing was refused."""
        chunks = self._chunks
        chunks[-1] = chunks[-1][: -len(b".\r\n")]
        chunks[0] = chunks[0].removeprefix(_LINE_END).removeprefix(b".")
        octets = b"".join(chunks)
        chunks.clear()
        return octets.replace(b"\r\n.", b"\r\n")  # RFC 5321 section 4.5.2

    def _take(self, chunk: bytes) -> None:
        if self.received - _FRAME > self._size_limit:
            self._refuse("message_size", replies.TOO_LARGE)
        elif not self._gate.has_room_for(len(chunk), self._caller):
            self._refuse("bytes_in_flight", replies.NO_ROOM)
        else:
            self._chunks.append(chunk)
            self._held += len(chunk)
            self._gate.take(len(chunk), self._caller)

    def _refuse(self, limit: Limit, reply: str) -> None:
        self.limit, self.refusal = limit, reply
        self._release()

    def _release(self) -> None:
        self._chunks.clear()
        self._gate.take(-self._held, self._caller)
        self._held = 0
