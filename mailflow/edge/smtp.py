"""SMTP and LMTP (RFC 5321, RFC 2033) on aiosmtpd, whose gaps are closed here; its only importer.

aiosmtpd reads MAIL and RCPT with their parameters and keeps the state; ours are the command loop, DATA and the words.
That needs its private names, so the version is pinned and tests/edge/test_smtp.py holds what we rely on:

- whatever goes wrong in us is `451 4.3.0` in fixed words, and the session goes on (aiosmtpd: 500 and the error's text);
- `250` after the commit, which no disconnect, half-close or timeout can cut;
- what a half-closed client has sent is answered to its end, and answered once;
- addresses are read letter by letter (aiosmtpd: by a header parser, which decodes them into others);
- content comes in long lines and is read in chunks;
- TLS is had from asyncio, in one way for STARTTLS and from the first octet on; nothing said in clear survives it;
- AUTH checks passwords beside the loop, and counts;
- LMTP has one reply for each accepted recipient, whatever the reply.

What is said is decided in edge.reception, who may come in by edge.gate; the content comes by edge.transfer.
"""
# ruff: noqa: N802  aiosmtpd finds commands and hooks by their names

import asyncio
from collections.abc import Callable
from ssl import SSLContext
from typing import ClassVar, TypeVar, cast

import aiosmtpd.smtp

from mailflow import maillog
from mailflow.edge import replies, sasl
from mailflow.edge.connection import Connection
from mailflow.edge.gate import Gate
from mailflow.edge.reception import Caller, Reception, Transaction, sorry
from mailflow.edge.security import Security
from mailflow.edge.transfer import Transfer
from mailflow.edge.users import User
from mailflow.mail.envelope import NULL_SENDER, read_path

LONGEST_NAME = 255
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
    in_clear: ClassVar = {"EHLO", "HELO", "LHLO", "NOOP", "QUIT", "STARTTLS"}  # where TLS is required (RFC 3207 4)
    for_users: ClassVar = {"MAIL", "RCPT", "DATA"}  # where a login is required
    line_length_limit = 1 << 16  # aiosmtpd's limit of the stream: content comes in such chunks, no command is longer

    def __init__(self, reception: Reception, gate: Gate, security: Security, hostname: str) -> None:
        self.reception, self.gate, self.security, self.limits = reception, gate, security, reception.limits
        super().__init__(
            Hooks(),
            hostname=hostname,  # or it asks the DNS for it, each time
            data_size_limit=self.limits.message_size,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )
        self.helo = self._verb = self._argument = ""
        self.user: User | None = None
        self._errors = self._junk = self._failed_logins = 0

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.connection = Connection(cast(asyncio.Transport, transport), self.gate, self.limits)
        self._set_rset_state()  # for what goes wrong with the next question
        self.connection.stranger = self._is_stranger()
        if self.connection.enter(silently=self.security.implicit):
            super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.connection.leave()
        super().connection_lost(error)

    def eof_received(self) -> bool:
        """It has said all, and may still listen: the loop answers what is here and then meets the end of the stream.
        TLS cannot be closed by half."""
        self._reader.feed_eof()
        return not self.connection.encrypted

    def _reset_timeout(self, duration: float | None = None) -> None:
        """How aiosmtpd asks for time. In the end it cancels what it believes to be its timer."""
        self.connection.await_command()
        self._timeout_handle = cast(asyncio.TimerHandle, self.connection.alarm)

    async def _encrypt(self, certificate: SSLContext) -> None:
        """All that was said before is forgotten."""
        await self.connection.encrypt(self._reader, self, certificate)
        self.transport = self._transport = self.connection.transport
        self._reader._transport = self._writer._transport = self.transport  # type: ignore[attr-defined]
        self.helo, self.user = "", None
        self._set_rset_state()
        self._greeted_as.host_name, self._greeted_as.extended_smtp = None, False

    # Commands and replies

    async def _handle_client(self) -> None:
        """In place of aiosmtpd's command loop. It ends when the stream or the connection does."""
        try:
            await self._serve()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as error:  # noqa: BLE001  not in a command: there is nobody to tell
            self._sorry(error)
        if self.connection.is_open:
            self.connection.transport.close()

    async def _serve(self) -> None:
        if self.security.implicit:
            await self._encrypt(self.security.certificate())
        if self.connection.stranger and await self.connection.spoke_early(self._reader):
            self.connection.end("early_talker", replies.EARLY)
        else:
            await self._converse()

    async def _converse(self) -> None:
        await self.say(self.greeting.format(hostname=self.hostname))
        while self.connection.is_open:
            self.connection.await_command()
            await self._obey(await self.connection.read_line(self._reader))
            self._part_if_due()

    async def _obey(self, line: bytes) -> None:
        self._verb, argument = _command(line)
        self._argument = argument or ""
        if len(line) > self.limits.command_line:
            await self.say(self.gate.counters.reach("command_line", self.connection.peer, replies.LINE_TOO_LONG))
        elif not self._knows(self._verb):
            await self.say(replies.NO_COMMAND)
        elif not line.endswith(b"\r\n") and self._is_stranger():
            await self.say(replies.BAD_LINE)
        elif self.security.tls_required and not self.connection.encrypted and self._verb not in self.in_clear:
            await self.say(replies.NEEDS_TLS)
        elif self.security.login_required and not self.user and self._verb in self.for_users:
            await self.say(replies.NEEDS_LOGIN)
        else:
            self._junk += self._verb in self.junk
            await self._carry_out(argument)

    def _knows(self, verb: str) -> bool:
        if verb == "STARTTLS":
            return self.security.tls and not self.security.implicit
        return verb in self.verbs or (verb == "AUTH" and self.security.login)

    async def _carry_out(self, argument: str | None) -> None:
        try:
            await getattr(self, f"smtp_{self._verb}")(argument)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise  # of the client's stream: what goes wrong behind a question ends in `asked`
        except Exception as error:  # noqa: BLE001  whatever it is, the session lives on
            await self.say(self._sorry(error))

    async def say(self, *lines: str) -> None:
        if not self.connection.is_open:
            raise ConnectionAbortedError
        self._errors += lines[0][0] == "5"
        self._writer.write("".join(line + "\r\n" for line in lines).encode())
        await self._writer.drain()

    async def push(self, status: str | bytes) -> None:
        """How aiosmtpd replies."""
        reply = replies.worded(self._verb, status if isinstance(status, str) else status.decode())
        if reply == replies.TOO_LARGE:
            self._refuse_announced()
        await self.say(reply)

    def _part_if_due(self) -> None:
        connection, patience = self.connection, self.gate.patience(self.connection.stranger)
        if self.gate.closing:
            connection.goodbye(replies.CLOSING)
        elif connection.expired:
            connection.end("session_lifetime", replies.SESSION_TOO_LONG)
        elif self._junk > patience.junk:
            connection.end("junk_commands", replies.TOO_MUCH_JUNK)
        elif self._failed_logins >= self.limits.auth_attempts:
            connection.end("auth_attempts", replies.TOO_MANY_LOGINS)
        elif self._errors > patience.errors and self._is_stranger():
            connection.end("errors", replies.TOO_MANY_ERRORS)

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

    def _caller(self) -> Caller:
        return self.reception.caller(self.source, self.connection.peer, self.helo, self.user)

    def _is_stranger(self) -> bool:
        """Yes, also while nobody can tell."""
        return bool(self.asked(lambda: self._caller().stranger))

    def begin(self, state: State, address: str) -> str:
        """MAIL: from whom."""
        caller = self._caller()
        reply = self.reception.sender(caller, address, state.smtp_utf8, self.loop.time())
        if reply == replies.SENDER_OK:
            state.mail = Transaction(caller, address)
            state.mail_from = address or NULL_PATH
        return reply

    def add(self, state: State, address: str) -> str:
        """RCPT: for whom."""
        return self.reception.recipient(state.mail, address, state.smtp_utf8) if state.mail else replies.NOT_NOW

    # What aiosmtpd would do otherwise

    @property
    def _state(self) -> State:
        return cast(State, self.envelope)

    @property
    def _greeted_as(self) -> aiosmtpd.smtp.Session:
        """What aiosmtpd knows of EHLO."""
        return cast(aiosmtpd.smtp.Session, self.session)

    def _refuse_announced(self) -> None:
        """SIZE= of MAIL was too much: aiosmtpd asks nobody, but somebody will ask us."""
        address, parameters = read_path(self._argument.partition(":")[2].lstrip(" ")) or ("", "")
        self.gate.counters.reach("message_size", self.connection.peer, replies.TOO_LARGE)
        self.asked(
            lambda: self.reception.refused(Transaction(self._caller(), address), replies.TOO_LARGE, parameters.strip())
        )

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
                *self._offers(),
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
        session = self._greeted_as
        self._set_rset_state()
        session.host_name = self.helo = name
        session.extended_smtp = extended
        return True

    def _offers(self) -> list[str]:
        if not self.connection.encrypted:
            return ["250-STARTTLS"] if self.security.tls else []
        return [f"250-AUTH {' '.join(sasl.MECHANISMS)}"] if self.security.login and not self.user else []

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

    # TLS and login

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        certificate = self.asked(self.security.certificate)
        if arg:
            await self.say(replies.NO_ARGUMENT)
        elif self.connection.encrypted:
            await self.say(replies.NOT_NOW)
        elif isinstance(certificate, str):
            await self.say(certificate)
        else:
            await self.say(replies.READY_FOR_TLS)
            await self._encrypt(certificate)

    async def smtp_AUTH(self, arg: str | None) -> None:
        mechanism, _, initial = (arg or "").partition(" ")
        if not self.connection.encrypted:
            await self.say(replies.NEEDS_TLS_TO_LOGIN)
        elif self.user or self._state.mail or not self._greeted_as.extended_smtp:
            await self.say(replies.NOT_NOW)
        elif mechanism.upper() not in sasl.MECHANISMS:
            await self.say(replies.NO_MECHANISM)
        else:
            await self.say(await self._log_in(mechanism.upper(), initial.encode("utf-8", "surrogateescape") or None))

    async def _log_in(self, mechanism: str, initial: bytes | None) -> str:
        try:
            name, password = await sasl.MECHANISMS[mechanism](initial, self._challenge)
        except sasl.Cancelled:
            return replies.CANCELLED
        except sasl.Malformed:
            return replies.BAD_LOGIN
        users = self.asked(self.security.users)
        if isinstance(users, str):
            return users
        self.user = await users.logged_in(name, password)
        self._failed_logins += self.user is None
        reply = replies.LOGGED_IN if self.user else replies.WRONG_LOGIN
        named = name if name in users.by_name else "?"  # what we do not know may be a password in the wrong place
        maillog.login(peer=self.connection.peer, user=named, reply=reply)
        return reply

    async def _challenge(self, text: str) -> bytes:
        await self.say(f"334 {text}")
        self.connection.await_command()
        line = await self.connection.read_line(self._reader)
        if len(line) > self.limits.command_line:
            raise sasl.Malformed
        return line.rstrip(b"\r\n")

    # The message

    async def smtp_DATA(self, arg: str | None) -> None:
        mail = self._state.mail
        if arg:
            await self.say(replies.NO_ARGUMENT)
        elif mail is None or not mail.rcpt_tos:
            await self.say(replies.NOT_NOW)
        elif not self.gate.has_room_for(1):
            await self.say(self.gate.counters.reach("bytes_in_flight", self.connection.peer, replies.NO_ROOM))
        else:
            await self._receive(mail)

    async def _receive(self, mail: Transaction) -> None:
        self.connection.busy = True
        try:
            await self.say(replies.GO_AHEAD)
            reply = await Transfer(self._reader, self.connection.alarm, self.gate, self.reception).receive(mail)
        finally:
            self.connection.busy = False
            self._set_rset_state()
        self.connection.await_command()
        await self.say(*self.after_content(mail, reply))

    def after_content(self, _mail: Transaction, reply: str) -> list[str]:
        return [reply]


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
