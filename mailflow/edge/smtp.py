"""SMTP and LMTP (RFC 5321, RFC 2033) on aiosmtpd, whose gaps are closed here; its only importer.

aiosmtpd reads MAIL and RCPT with their parameters and keeps the state; ours are the command loop, DATA and the words.
That needs its private names, so the version is pinned and tests/edge/test_smtp.py holds what we rely on:

- whatever goes wrong in us is `451 4.3.0` in fixed words, and the session goes on (aiosmtpd: 500 and the error's text);
- `250` after the commit, which no disconnect, half-close or timeout can cut;
- what a half-closed client has sent is answered to its end, and answered once;
- addresses are read letter by letter (aiosmtpd: by a header parser, which decodes them into others);
- content comes in lines of any length and is read in chunks;
- LMTP has one reply for each accepted recipient, whatever the reply.

What is said is decided in edge.reception, who may come in by edge.gate. There is no TLS and no AUTH here yet.
"""
# ruff: noqa: N802  aiosmtpd finds commands and hooks by their names

import asyncio
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from math import inf
from socket import AF_UNIX
from typing import ClassVar, TypeVar, cast

import aiosmtpd.smtp

from mailflow.edge import replies
from mailflow.edge.content import Intake
from mailflow.edge.gate import Gate
from mailflow.edge.reception import Reception, Transaction, sorry
from mailflow.mail.envelope import NULL_SENDER, read_path

COMMAND_LINE = 2048  # octets
LONGEST_NAME = 255
ERRORS = 10  # of a stranger in one session: then it is guessing
JUNK = 50  # commands in one session that bring no mail
LINGER = 5.0  # seconds for a last word to be read
SLOWEST = 500  # octets a second of content: who is slower holds the line for its own sake
COMMIT = 30.0  # seconds; then the client is asked to come again, and the commit goes on
NULL_PATH = "<>"  # the null sender while it is inside aiosmtpd, to which '' means that there was no MAIL

_Answer = TypeVar("_Answer")


class State(aiosmtpd.smtp.Envelope):
    """aiosmtpd's state of a transaction, and ours in it. A new one begins each transaction."""

    mail: Transaction | None = None
    stumbled = False  # over a mistake of ours: then the next MAIL is not nested, it is a new attempt


class Hooks:
    """What aiosmtpd calls when MAIL or RCPT is well formed."""

    async def handle_MAIL(
        self, server: "Session", _session: object, state: State, address: str, _options: list[str]
    ) -> str:
        return server.asked(lambda: server.begin(state, NULL_SENDER if address == NULL_PATH else address))

    async def handle_RCPT(
        self, server: "Session", _session: object, state: State, address: str, _options: list[str]
    ) -> str:
        return server.asked(lambda: server.add(state, NULL_SENDER if address == NULL_PATH else address))


class Session(aiosmtpd.smtp.SMTP):
    """One connection that speaks SMTP."""

    source = "smtp"
    greeting = replies.READY
    verbs: ClassVar = {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP"}
    junk: ClassVar = {"RSET", "NOOP", "VRFY", "EXPN", "HELP"}
    line_length_limit = 1 << 16  # aiosmtpd's limit of the stream: content comes in such chunks, no command is longer

    def __init__(self, reception: Reception, gate: Gate, hostname: str) -> None:
        self.reception, self.gate, self.limits = reception, gate, reception.limits
        super().__init__(
            Hooks(),
            hostname=hostname,  # or it asks the DNS for it, each time
            data_size_limit=self.limits.message_size,
            enable_SMTPUTF8=True,
            timeout=self.limits.command_timeout.total_seconds(),
            loop=asyncio.get_running_loop(),
        )
        self.peer = self.helo = self._verb = self._argument = ""
        self.stranger, self.busy = True, False
        self._errors, self._junk = ERRORS, JUNK
        self._deadline = inf  # of the client's next line or chunk, in the loop's time
        self._expired = False
        self._expiry: asyncio.TimerHandle | None = None

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)
        self.peer = _peer(transport)
        self._set_rset_state()  # for what goes wrong with the next question
        self.stranger = self._is_stranger()
        if refusal := self.gate.admit(self):
            transport.set_protocol(asyncio.Protocol())
            transport.write(refusal.encode() + b"\r\n")
            transport.close()
            return
        self._expiry = self.loop.call_later(self.limits.session_lifetime.total_seconds(), self._expire)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.gate.leave(self)
        if self._expiry:
            self._expiry.cancel()
        super().connection_lost(error)

    def eof_received(self) -> bool:
        """It has said all, and may still listen: the loop answers what is here and then meets the end of the stream."""
        self._reader.feed_eof()
        return True

    def goodbye(self, reply: str) -> None:
        """A last word. Who does not take it is left in the end."""
        if transport := self._wire():
            transport.write(reply.encode() + b"\r\n")
            transport.close()
            if transport.get_write_buffer_size():
                self.loop.call_later(LINGER, transport.abort)

    def abort(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def _wire(self) -> asyncio.Transport | None:
        """None: it is over."""
        transport = self.transport
        return transport if isinstance(transport, asyncio.Transport) and not transport.is_closing() else None

    def _reset_timeout(self, duration: float | None = None) -> None:
        """A timer is set only when the one that is set would ring too late: not with each command."""
        self._deadline = self.loop.time() + (duration or self._timeout_duration)
        if self._timeout_handle is None or self._timeout_handle.when() > self._deadline:
            self._ring_at_deadline()

    def _ring_at_deadline(self) -> None:
        if self._timeout_handle:
            self._timeout_handle.cancel()
        self._timeout_handle = self.loop.call_at(self._deadline, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.loop.time() < self._deadline:
            self._ring_at_deadline()
        else:
            self.goodbye(replies.TIMED_OUT)

    def _expire(self) -> None:
        self._expired = True
        if not self.busy:
            self.goodbye(replies.SESSION_TOO_LONG)

    # Commands and replies

    async def _handle_client(self) -> None:
        """In place of aiosmtpd's command loop. It ends when the stream or the connection does."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self.say(self.greeting.format(hostname=self.hostname))
            while self._wire():
                self._reset_timeout()
                await self._obey(await self._next_command())
                self._part_if_due()
        if transport := self._wire():
            transport.close()

    async def _next_command(self) -> bytes:
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            self.goodbye(replies.LINE_TOO_LONG)
            raise ConnectionAbortedError from None

    async def _obey(self, line: bytes) -> None:
        self._verb, argument = _command(line)
        self._argument = argument or ""
        if len(line) > COMMAND_LINE:
            await self.say(replies.LINE_TOO_LONG)
        elif self._verb not in self.verbs:
            await self.say(replies.NO_COMMAND)
        elif not line.endswith(b"\r\n") and self._is_stranger():
            await self.say(replies.BAD_LINE)
        else:
            self._junk -= self._verb in self.junk
            await self._carry_out(argument)

    async def _carry_out(self, argument: str | None) -> None:
        try:
            await getattr(self, f"smtp_{self._verb}")(argument)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise  # of the client's stream: what goes wrong behind a question ends in `asked`
        except Exception as error:  # noqa: BLE001  whatever it is, the session lives on
            await self.say(self._sorry(error))

    async def say(self, *lines: str) -> None:
        if not self._wire():
            raise ConnectionAbortedError
        self._errors -= lines[0][0] == "5"
        self._writer.write("".join(line + "\r\n" for line in lines).encode())
        await self._writer.drain()

    async def push(self, status: str | bytes) -> None:
        """How aiosmtpd replies."""
        reply = replies.worded(self._verb, status if isinstance(status, str) else status.decode())
        if reply == replies.TOO_LARGE:
            self._refuse_announced()
        await self.say(reply)

    def _part_if_due(self) -> None:
        if self.gate.closing:
            self.goodbye(replies.CLOSING)
        elif self._expired:
            self.goodbye(replies.SESSION_TOO_LONG)
        elif self._junk < 0:
            self.goodbye(replies.TOO_MUCH_JUNK)
        elif self._errors < 0 and self._is_stranger():
            self.goodbye(replies.TOO_MANY_ERRORS)

    # Questions to the reception

    def asked(self, question: Callable[[], _Answer]) -> _Answer | str:
        """Its answer; if there is none, that is our fault and not the client's, and a reply."""
        try:
            return question()
        except Exception as error:  # noqa: BLE001  whatever it is, the session lives on
            return self._sorry(error)

    def _sorry(self, error: Exception) -> str:
        self._state.stumbled = True
        return sorry(error, where=self.source)

    def _is_stranger(self) -> bool:
        """Yes, also while nobody can tell."""
        return bool(self.asked(lambda: self.reception.caller(self.source, self.peer, self.helo).stranger))

    def begin(self, state: State, address: str) -> str:
        """MAIL: from whom."""
        reply = self.reception.sender(address, state.smtp_utf8)
        if reply == replies.SENDER_OK:
            state.mail = self._transaction(address)
            state.mail_from = address or NULL_PATH
        return reply

    def _transaction(self, mail_from: str) -> Transaction:
        return Transaction(self.reception.caller(self.source, self.peer, self.helo), mail_from)

    def add(self, state: State, address: str) -> str:
        """RCPT: for whom."""
        return self.reception.recipient(state.mail, address, state.smtp_utf8) if state.mail else replies.NOT_NOW

    # What aiosmtpd would do otherwise

    @property
    def _state(self) -> State:
        return cast(State, self.envelope)

    def _refuse_announced(self) -> None:
        """SIZE= of MAIL was too much: aiosmtpd asks nobody, but somebody will ask us."""
        address, parameters = read_path(self._argument.partition(":")[2].lstrip(" ")) or ("", "")
        self.asked(lambda: self.reception.refused(self._transaction(address), replies.TOO_LARGE, parameters.strip()))

    def _set_rset_state(self) -> None:
        self.envelope = State()

    def _strip_command_keyword(self, keyword: str, arg: str) -> str | None:
        """Without its generous strip(), which takes control characters away."""
        return arg[len(keyword) :].lstrip(" ") if arg[: len(keyword)].upper() == keyword else None

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        path = read_path(arg)
        return (path[0] or NULL_PATH, path[1]) if path else (None, None)

    async def smtp_EHLO(self, hostname: str | None) -> None:
        if self._greeted(hostname, extended=True):
            await self.say(
                f"250-{self.hostname}",
                "250-PIPELINING",
                f"250-SIZE {self.limits.message_size}",
                "250-8BITMIME",
                "250-SMTPUTF8",
                "250-ENHANCEDSTATUSCODES",
                "250 HELP",
            )
        else:
            await self.say(replies.BAD_NAME)

    async def smtp_HELO(self, hostname: str | None) -> None:
        greeted = self._greeted(hostname, extended=False)
        await self.say(f"250 {self.hostname}" if greeted else replies.BAD_NAME)

    def _greeted(self, name: str | None, *, extended: bool) -> bool:
        """A name is believed in nothing, but it is written down: it must be text."""
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            return False
        session = cast(aiosmtpd.smtp.Session, self.session)
        self._set_rset_state()
        session.host_name = self.helo = name
        session.extended_smtp = extended
        return True

    async def smtp_MAIL(self, arg: str | None) -> None:
        if self._state.stumbled:
            self._set_rset_state()
        await super().smtp_MAIL(arg)

    async def smtp_VRFY(self, _arg: str | None) -> None:
        await self.say(replies.CANNOT_VERIFY)

    async def smtp_EXPN(self, _arg: str | None) -> None:
        await self.say(replies.NO_EXPANSION)

    async def smtp_HELP(self, _arg: str | None) -> None:
        await self.say(replies.HELP)

    # The message

    async def smtp_DATA(self, arg: str | None) -> None:
        mail = self._state.mail
        if arg:
            await self.say(replies.NO_ARGUMENT)
        elif mail is None or not mail.rcpt_tos:
            await self.say(replies.NOT_NOW)
        elif not self.gate.has_room_for(1):
            await self.say(replies.NO_ROOM)
        else:
            await self._transfer(mail)

    async def _transfer(self, mail: Transaction) -> None:
        self.busy = True
        try:
            await self.say(replies.GO_AHEAD)
            reply = await self._received(mail)
        finally:
            self.busy = False
            self._set_rset_state()
        self._reset_timeout()
        await self.say(*self.after_content(mail, reply))

    def after_content(self, _mail: Transaction, reply: str) -> list[str]:
        return [reply]

    async def _received(self, mail: Transaction) -> str:
        """Everything up to the dot, then the commit; what is said of it."""
        with Intake(self._reader, self.gate, self.limits.message_size) as intake:
            await self._read(intake)
            if intake.refusal:
                return self.reception.refused(mail, intake.refusal, f"{intake.received} octets")
            judged = await self._judged(mail, intake.content())
        return judged if isinstance(judged, str) else await self._kept(mail, judged)

    async def _judged(self, mail: Transaction, content: bytes) -> bytes | str:
        try:
            return await self.reception.content(mail, content, self.gate)
        except Exception as error:  # noqa: BLE001  whatever it is, the session lives on
            return self._sorry(error)

    async def _read(self, intake: Intake) -> None:
        """Each chunk buys time, until the content is refused."""
        start, patience = self.loop.time(), self.limits.data_timeout.total_seconds()
        self._reset_timeout(patience)
        while await intake.read():
            if intake.refusal is None:
                self._reset_timeout(start + patience + intake.received / SLOWEST - self.loop.time())

    async def _kept(self, mail: Transaction, content: bytes) -> str:
        """The client, its timeout and the end of its stream can end this wait, but not the commit."""
        commit = self.gate.commit(self.reception.keep(mail, content), len(content))
        self._deadline = inf  # it has said all: now it waits for us
        await asyncio.wait({commit}, timeout=COMMIT)
        return commit.result() if commit.done() else replies.TRY_LATER


class LmtpSession(Session):
    """One connection that speaks LMTP (RFC 2033)."""

    source = "lmtp"
    greeting = replies.LMTP_READY
    verbs: ClassVar = Session.verbs - {"EHLO", "HELO"} | {"LHLO"}

    async def smtp_LHLO(self, hostname: str | None) -> None:
        await self.smtp_EHLO(hostname)

    def after_content(self, mail: Transaction, reply: str) -> list[str]:
        return [reply] * len(mail.rcpt_tos)


def _command(line: bytes) -> tuple[str, str | None]:
    """Verb and argument. Octets that are no UTF-8 are kept apart as surrogates, for read_path to refuse."""
    verb, _, argument = line.removesuffix(b"\n").removesuffix(b"\r").partition(b" ")
    return verb.decode("ascii", "replace").upper(), argument.decode("utf-8", "surrogateescape").strip(" ") or None


def _peer(transport: asyncio.Transport) -> str:
    connection, peername = transport.get_extra_info("socket"), transport.get_extra_info("peername")
    if connection is not None and connection.family == AF_UNIX:
        return "unix"
    if not isinstance(peername, tuple):
        return ""  # gone before we looked
    address = ip_address(peername[0].partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
