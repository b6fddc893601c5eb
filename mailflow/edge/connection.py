"""One connection below its protocol: who is there, how long it may last, how it ends, how it becomes TLS.

A `Guest` of the gate; made by edge.smtp for each client.
"""

import asyncio
from contextlib import suppress
from ssl import SSLContext

from mailflow.config import Limits
from mailflow.edge import replies
from mailflow.edge.alarm import Alarm
from mailflow.edge.counters import Limit
from mailflow.edge.gate import Gate
from mailflow.edge.peer import peer_of
from mailflow.mail.envelope import Tls

LINGER = 5.0  # seconds for a last word to be read


class Connection:
    def __init__(self, transport: asyncio.Transport, gate: Gate, limits: Limits) -> None:
        self.transport = transport
        self.peer = peer_of(transport)
        self.stranger, self.busy, self.encrypted = True, False, False
        self.by_half = True  # it may be closed by half: not once a handshake has begun
        self.expired = False  # its session took too long: it ends after the message that is on its way
        self._gate, self._limits = gate, limits
        self._loop = asyncio.get_running_loop()
        self.alarm = Alarm(self._loop, self._timed_out)
        self._expiry: asyncio.TimerHandle | None = None

    def enter(self, *, silently: bool) -> bool:
        """False: there is no room, and that was said; `silently` to who would not understand it."""
        refusal = self._gate.admit(self)
        if refusal is None:
            self._expiry = self._loop.call_later(self._limits.session_lifetime.total_seconds(), self._expire)
            return True
        self.transport.set_protocol(asyncio.Protocol())
        if not silently:
            self.transport.write(refusal.encode() + b"\r\n")
        self.transport.close()
        return False

    def leave(self) -> None:
        self._gate.leave(self)
        self.alarm.cancel()
        if self._expiry:
            self._expiry.cancel()

    @property
    def is_open(self) -> bool:
        return not self.transport.is_closing()

    @property
    def tls(self) -> Tls | None:
        if not self.encrypted:
            return None
        session = self.transport.get_extra_info("ssl_object")
        return Tls(session.version(), session.cipher()[0])

    def goodbye(self, reply: str) -> None:
        """A last word. Who does not take it is left in the end."""
        if self.is_open:
            self.transport.write(reply.encode() + b"\r\n")
            self.transport.close()
            if self.transport.get_write_buffer_size():
                self._loop.call_later(LINGER, self.transport.abort)

    def abort(self) -> None:
        self.transport.abort()

    def end(self, limit: Limit, reply: str) -> None:
        """A goodbye because of `limit`."""
        if self.is_open:
            self.goodbye(self._gate.counters.reach(limit, self.peer, reply))

    # Time

    def await_command(self) -> None:
        """The next one is given its time from now."""
        self.alarm.set(self._gate.patience(self.stranger).command)

    def hurry(self, seconds: float) -> None:
        self.alarm.hurry(seconds)

    def _timed_out(self) -> None:
        self.end("data_timeout" if self.busy else "command_timeout", replies.TIMED_OUT)

    def _expire(self) -> None:
        self.expired = True
        if not self.busy:
            self.end("session_lifetime", replies.SESSION_TOO_LONG)

    # Octets

    async def spoke_early(self, reader: asyncio.StreamReader) -> bool:
        """Who does not wait for the greeting is no mail server (RFC 5321 section 4.3.1)."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.banner_delay.total_seconds()):
                await reader.readexactly(1)
                return True
        return bool(reader._buffer)  # type: ignore[attr-defined]  # there is no public way to see what came in

    async def read_line(self, reader: asyncio.StreamReader) -> bytes:
        """Up to the line feed. Raises IncompleteReadError, ConnectionError."""
        try:
            return await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            self.end("command_line", replies.LINE_TOO_LONG)
            raise ConnectionAbortedError from None

    async def encrypt(self, reader: asyncio.StreamReader, protocol: asyncio.Protocol, certificate: SSLContext) -> None:
        """TLS from here on; what came in clear behind it is thrown away (RFC 3207 section 4.2). Raises
        ConnectionAbortedError when the client does not get that far."""
        reader._buffer.clear()  # type: ignore[attr-defined]
        reader._maybe_resume_transport()  # type: ignore[attr-defined]
        seconds = self._gate.patience(self.stranger).command
        encrypted, self.by_half = None, False
        if self.is_open:
            with suppress(OSError):  # SSLError is one
                encrypted = await self._loop.start_tls(
                    self.transport, protocol, certificate, server_side=True, ssl_handshake_timeout=seconds
                )
        if encrypted is None or encrypted.is_closing():
            self.leave()  # asyncio tells nobody of a connection that is lost in a handshake
            self.transport.abort()
            raise ConnectionAbortedError
        self.transport, self.encrypted = encrypted, True
