"""Lines in, replies out: the command loop of one connection, whatever the commands do.

It refuses what cannot be carried out here and now, counts what brings no mail and ends what has taken too much of it.
Used by edge.session; knows no aiosmtpd.
"""

import asyncio
from typing import ClassVar, Protocol

from mailflow.edge import replies, sasl
from mailflow.edge.connection import Connection
from mailflow.edge.gate import Gate
from mailflow.edge.security import Security

JUNK = frozenset({"RSET", "NOOP", "VRFY", "EXPN", "HELP"})
IN_CLEAR = frozenset({"EHLO", "HELO", "LHLO", "NOOP", "QUIT", "STARTTLS"})  # where TLS is required (RFC 3207 4)
FOR_USERS = frozenset({"MAIL", "RCPT", "DATA"})  # where a login is required


class Server(Protocol):
    """Whoever carries the commands out."""

    verbs: ClassVar[frozenset[str]]

    async def carry_out(self, verb: str, argument: str | None) -> None: ...

    def is_stranger(self) -> bool: ...

    def has_logged_in(self) -> bool: ...


class Conversation:
    def __init__(self, server: Server, connection: Connection, gate: Gate, security: Security) -> None:
        self.verb = self.argument = ""  # of the command in hand
        self.failed_logins = 0
        self._errors = self._junk = 0
        self._server, self._connection, self._gate, self._security = server, connection, gate, security
        self._limits = gate.limits

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: str) -> None:
        """Until one of the two has had enough. Raises IncompleteReadError, ConnectionError."""
        self._reader, self._writer = reader, writer
        await self.say(greeting)
        while self._connection.is_open:
            self._connection.await_command()
            await self._obey(await self._connection.read_line(self._reader))
            self._part_if_due()

    async def say(self, *lines: str) -> None:
        if not self._connection.is_open:
            raise ConnectionAbortedError
        self._errors += lines[0][0] == "5"
        self._gate.counters.said(lines[0])
        self._writer.write("".join(line + "\r\n" for line in lines).encode())
        await self._writer.drain()

    async def challenge(self, text: str) -> bytes:
        """What is answered to `text` in the middle of AUTH (RFC 4954 section 4)."""
        await self.say(f"334 {text}")
        self._connection.await_command()
        line = await self._connection.read_line(self._reader)
        if len(line) > self._limits.command_line:
            raise sasl.Malformed
        return line.rstrip(b"\r\n")

    async def _obey(self, line: bytes) -> None:
        self.verb, argument = _command(line)
        self.argument = argument or ""
        if refusal := self._refusal(line):
            await self.say(refusal)
        else:
            self._junk += self.verb in JUNK
            await self._server.carry_out(self.verb, argument)

    def _refusal(self, line: bytes) -> str:
        """Why the command is not carried out, as a reply; '' when it is."""
        encrypted = self._connection.encrypted
        if len(line) > self._limits.command_line:
            return self._gate.counters.reach("command_line", self._connection.peer, replies.LINE_TOO_LONG)
        if not self._knows(self.verb):
            return replies.NO_COMMAND
        if not line.endswith(b"\r\n") and self._server.is_stranger():
            return replies.BAD_LINE
        if self._security.tls_required and not encrypted and self.verb not in IN_CLEAR:
            return replies.NEEDS_TLS
        if self._security.login_required and not self._server.has_logged_in() and self.verb in FOR_USERS:
            return replies.NEEDS_LOGIN
        return ""

    def _knows(self, verb: str) -> bool:
        if verb == "STARTTLS":
            return self._security.tls and not self._security.implicit
        return verb in self._server.verbs or (verb == "AUTH" and self._security.login)

    def _part_if_due(self) -> None:
        connection, patience = self._connection, self._gate.patience(self._connection.stranger)
        if self._gate.closing:
            connection.goodbye(replies.CLOSING)
        elif connection.expired:
            connection.end("session_lifetime", replies.SESSION_TOO_LONG)
        elif self._junk > patience.junk:
            connection.end("junk_commands", replies.TOO_MUCH_JUNK)
        elif self.failed_logins >= self._limits.auth_attempts:
            connection.end("auth_attempts", replies.TOO_MANY_LOGINS)
        elif self._errors > patience.errors and self._server.is_stranger():
            connection.end("errors", replies.TOO_MANY_ERRORS)


def _command(line: bytes) -> tuple[str, str | None]:
    """Verb and argument. Octets that are no UTF-8 are kept apart as surrogates, for read_path to refuse."""
    verb, _, argument = line.removesuffix(b"\n").removesuffix(b"\r").partition(b" ")
    return verb.decode("ascii", "replace").upper(), argument.decode("utf-8", "surrogateescape").strip(" ") or None
