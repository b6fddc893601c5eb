"""aiosmtpd (RFC 5321), whose gaps are closed here; its only importer.

aiosmtpd reads MAIL and RCPT with their parameters and keeps the state; ours are the command loop (edge.conversation),
DATA and the words (edge.session). That needs its private names, so the version is pinned and tests/edge/test_smtp.py
holds what we rely on:

- whatever goes wrong in us is `451 4.3.0` in fixed words, and the session goes on (aiosmtpd: 500 and the error's text);
- `250` after the commit, which no disconnect, half-close or timeout can cut;
- what a half-closed client has sent is answered to its end, and answered once;
- addresses are read letter by letter (aiosmtpd: by a header parser, which decodes them into others);
- content comes in long lines and is read in chunks;
- TLS is had from asyncio, in one way for STARTTLS and from the first octet on; nothing said in clear survives it;
- AUTH checks passwords beside the loop, and counts;
- LMTP has one reply for each accepted recipient, whatever the reply.
"""
# ruff: noqa: N802  aiosmtpd finds commands and hooks by their names

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from ssl import SSLContext
from typing import ClassVar, TypeVar, cast

import aiosmtpd.smtp

from mailflow.config import Limits
from mailflow.edge import replies
from mailflow.edge.connection import Connection
from mailflow.edge.conversation import Conversation
from mailflow.edge.gate import Gate
from mailflow.edge.reception import Transaction, sorry
from mailflow.edge.security import Security
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
        self, server: "Smtp", _session: object, state: State, address: str, _options: list[str]
    ) -> str:
        reply = server.asked(lambda: server.begin(state, NULL_SENDER if address == NULL_PATH else address))
        if state.mail:
            state.mail_from = address
        return reply

    async def handle_RCPT(
        self, server: "Smtp", _session: object, state: State, address: str, _options: list[str]
    ) -> str:
        return server.asked(lambda: server.add(state, NULL_SENDER if address == NULL_PATH else address))


class Smtp(aiosmtpd.smtp.SMTP, ABC):
    """One connection as aiosmtpd serves it. What the commands mean is up to who inherits."""

    source: str  # of the mail, in its envelope
    verbs: ClassVar[frozenset[str]]
    line_length_limit = 1 << 16  # aiosmtpd's limit of the stream: content comes in such chunks, no command is longer

    def __init__(self, gate: Gate, security: Security, limits: Limits, hostname: str) -> None:
        self.gate, self.security, self.limits, self.helo = gate, security, limits, ""
        super().__init__(
            Hooks(),
            hostname=hostname,  # or it asks the DNS for it, each time
            data_size_limit=limits.message_size,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )

    @abstractmethod
    async def serve(self) -> None:
        """Until the conversation is over."""

    @abstractmethod
    def is_stranger(self) -> bool: ...

    @abstractmethod
    def has_logged_in(self) -> bool: ...

    @abstractmethod
    def begin(self, state: State, address: str) -> str:
        """MAIL: from whom."""

    @abstractmethod
    def add(self, state: State, address: str) -> str:
        """RCPT: for whom."""

    @abstractmethod
    def announced_too_much(self) -> None:
        """SIZE= of MAIL was more than we take: aiosmtpd asks nobody, but somebody will ask us."""

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.connection = Connection(cast(asyncio.Transport, transport), self.gate, self.limits)
        self.conversation = Conversation(self, self.connection, self.gate, self.security)
        self.forget()  # for what goes wrong with the next question
        self.connection.stranger = self.is_stranger()
        if self.connection.enter(silently=self.security.implicit):
            super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.connection.leave()
        super().connection_lost(error)

    def eof_received(self) -> bool:
        """It has said all, and may still listen: the loop answers what is here and then meets the end of the stream.
        TLS cannot be closed by half."""
        self._reader.feed_eof()
        return self.connection.by_half

    def _reset_timeout(self, duration: float | None = None) -> None:
        """How aiosmtpd asks for time. In the end it cancels what it believes to be its timer."""
        self.connection.await_command()
        self._timeout_handle = cast(asyncio.TimerHandle, self.connection.alarm)

    async def encrypt(self, certificate: SSLContext) -> None:
        """All that was said before is forgotten."""
        await self.connection.encrypt(self._reader, self, certificate)
        self.transport = self._transport = self.connection.transport
        self._reader._transport = self._writer._transport = self.transport  # type: ignore[attr-defined]
        self.helo = ""
        self.forget()
        self._greeted_as.host_name, self._greeted_as.extended_smtp = None, False

    # Commands and replies

    async def _handle_client(self) -> None:
        """In place of aiosmtpd's command loop. It ends when the stream or the connection does."""
        try:
            await self.serve()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as error:  # noqa: BLE001  not in a command: there is nobody to tell
            self.sorry(error)
        if self.connection.is_open:
            self.connection.transport.close()

    async def carry_out(self, verb: str, argument: str | None) -> None:
        try:
            await getattr(self, f"smtp_{verb}")(argument)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise  # of the client's stream: what goes wrong behind a question ends in `asked`
        except Exception as error:  # noqa: BLE001  whatever it is, the session lives on
            await self.conversation.say(self.sorry(error))

    async def push(self, status: str | bytes) -> None:
        """How aiosmtpd replies."""
        reply = replies.worded(self.conversation.verb, status if isinstance(status, str) else status.decode())
        if reply == replies.TOO_LARGE:
            self.announced_too_much()
        await self.conversation.say(reply)

    def asked(self, question: Callable[[], _Answer]) -> _Answer | str:
        """Its answer; if there is none, that is our fault and not the client's, and a reply."""
        try:
            return question()
        except Exception as error:  # noqa: BLE001  whatever it is, the session lives on
            return self.sorry(error)

    def sorry(self, error: Exception) -> str:
        self.state.stumbled = True
        return sorry(error, where=self.source)

    # What aiosmtpd keeps

    @property
    def state(self) -> State:
        return cast(State, self.envelope)

    @property
    def extended(self) -> bool:
        """It said EHLO."""
        return self._greeted_as.extended_smtp

    @property
    def _greeted_as(self) -> aiosmtpd.smtp.Session:
        return cast(aiosmtpd.smtp.Session, self.session)

    def greeted(self, name: str | None, *, extended: bool) -> bool:
        """A name is believed in nothing, but it is written down: it must be text."""
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            return False
        self.forget()
        self._greeted_as.host_name = self.helo = name
        self._greeted_as.extended_smtp = extended
        return True

    def forget(self) -> None:
        """The transaction, if there is one."""
        self.envelope = State()

    # What aiosmtpd would do otherwise

    _set_rset_state = forget

    def _strip_command_keyword(self, keyword: str, arg: str) -> str | None:
        """Without its generous strip(), which takes control characters away."""
        return arg[len(keyword) :].lstrip(" ") if arg[: len(keyword)].upper() == keyword else None

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        path = read_path(arg)
        return (path[0] or NULL_PATH, path[1]) if path else (None, None)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if self.state.stumbled:
            self.forget()
        await super().smtp_MAIL(arg)
