"""One connection that speaks SMTP: what is said to each command, before and after TLS and a login.

What a mail may do is decided in edge.reception, who may come in by edge.gate; the content comes by edge.transfer.
"""
# ruff: noqa: N802  the commands, as aiosmtpd names them

import asyncio
from ssl import SSLContext
from typing import ClassVar

from mailflow.edge import replies, sasl
from mailflow.edge.gate import Gate
from mailflow.edge.login import Login
from mailflow.edge.reception import Caller, Reception, Transaction
from mailflow.edge.security import Security
from mailflow.edge.smtp import Smtp, State
from mailflow.edge.transfer import Transfer
from mailflow.mail.envelope import read_path


class Session(Smtp):
    """Asked what to say, it asks the reception."""

    source = "smtp"
    greeting = replies.READY
    verbs: ClassVar[frozenset[str]] = frozenset(
        {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP"}
    )

    def __init__(self, reception: Reception, gate: Gate, security: Security, hostname: str) -> None:
        super().__init__(gate, security, reception.limits, hostname)
        self.reception = reception

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.login = Login(lambda: self.asked(self.security.users))
        super().connection_made(transport)

    async def serve(self) -> None:
        if self.security.implicit:
            await self.encrypt(self.security.certificate())
        if self.connection.stranger and await self.connection.spoke_early(self._reader):
            self.connection.end("early_talker", replies.EARLY)
        else:
            await self.conversation.run(self._reader, self._writer, self.greeting.format(hostname=self.hostname))

    async def say(self, *lines: str) -> None:
        await self.conversation.say(*lines)

    # Questions to the reception

    def _caller(self) -> Caller:
        connection = self.connection
        return self.reception.caller(self.source, connection.peer, self.helo, self.login.user, connection.tls)

    def has_logged_in(self) -> bool:
        return self.login.user is not None

    def is_stranger(self) -> bool:
        """Yes, also while nobody can tell."""
        return bool(self.asked(lambda: self._caller().stranger))

    def begin(self, state: State, address: str) -> str:
        caller = self._caller()
        reply = self.reception.sender(caller, address, state.smtp_utf8, self.loop.time())
        if reply == replies.SENDER_OK:
            state.mail = Transaction(caller, address)
        return reply

    def add(self, state: State, address: str) -> str:
        return self.reception.recipient(state.mail, address, state.smtp_utf8) if state.mail else replies.NOT_NOW

    def announced_too_much(self) -> None:
        address, parameters = read_path(self.conversation.argument.partition(":")[2].lstrip(" ")) or ("", "")
        self.gate.counters.reach("message_size", self.connection.peer, replies.TOO_LARGE)
        self.asked(
            lambda: self.reception.refused(Transaction(self._caller(), address), replies.TOO_LARGE, parameters.strip())
        )

    # Greetings, and what brings no mail

    async def smtp_EHLO(self, hostname: str | None) -> None:
        if self.greeted(hostname, extended=True):
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
        greeted = self.greeted(hostname, extended=False)
        await self.say(f"250 {self.hostname}" if greeted else replies.BAD_NAME)

    def _offers(self) -> list[str]:
        if not self.connection.encrypted:
            return ["250-STARTTLS"] if self.security.tls else []
        return [f"250-AUTH {' '.join(sasl.MECHANISMS)}"] if self.security.login and not self.login.user else []

    async def smtp_VRFY(self, _arg: str | None) -> None:
        await self.say(replies.CANNOT_VERIFY)

    async def smtp_EXPN(self, _arg: str | None) -> None:
        await self.say(replies.NO_EXPANSION)

    async def smtp_HELP(self, _arg: str | None) -> None:
        await self.say(replies.HELP)

    # TLS and login

    async def encrypt(self, certificate: SSLContext) -> None:
        self.login.user = None
        await super().encrypt(certificate)

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
            await self.encrypt(certificate)

    async def smtp_AUTH(self, arg: str | None) -> None:
        mechanism, _, initial = (arg or "").partition(" ")
        if not self.connection.encrypted:
            await self.say(replies.NEEDS_TLS_TO_LOGIN)
        elif self.login.user or self.state.mail or not self.extended:
            await self.say(replies.NOT_NOW)
        elif mechanism.upper() not in sasl.MECHANISMS:
            await self.say(replies.NO_MECHANISM)
        else:
            given = initial.encode("utf-8", "surrogateescape") or None
            await self.say(await self.login.attempt(mechanism.upper(), given, self.conversation, self.connection.peer))

    # The message

    async def smtp_DATA(self, arg: str | None) -> None:
        mail = self.state.mail
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
            self.forget()
        self.connection.await_command()
        await self.say(*self.after_content(mail, reply))

    def after_content(self, _mail: Transaction, reply: str) -> list[str]:
        return [reply]
