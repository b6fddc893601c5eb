"""The way out: one outgoing mail to the smarthost.

One recipient a transaction, so every attempt has exactly one outcome (RFC 5321 section 4.2.1: 4yz is temporary, 5yz is
permanent). What is wrong with the conversation and not with the mail (TLS, password, greeting) is always temporary.

`before_content` is awaited when the recipient was accepted, right before DATA: up to there a crash is never a doubt,
because a server answers for a mail only after the final dot. From the dot on, only a clean 4yz or 5yz says that it did
not take it. Called by flow.dispatch; its sibling is edge.sent, a folder while there is no smarthost.
"""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from mailflow.config import Smarthost as Settings
from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.outcome import BeforeContent, Deferred, Delivered, Refused, Reply, Result, Unanswered
from mailflow.errors import Trouble

ABOUT_US = frozenset({421, 454, 530, 534, 535, 538})
"""Replies about the connection, TLS or our password (RFC 4954 section 6, RFC 3207 section 4): another try may do."""
COMPLETED, START_INPUT = 2, 3  # first digit of a reply (RFC 5321 section 4.2.1)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_PLAIN_PATH = re.compile(r"[^\x00-\x20\x7f<>\ud800-\udfff]*")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for an answer (RFC 5321 section 4.5.3.2). Long after the dot: to give up there is a doubt."""

    command: float = 60
    content: float = 600


class Smarthost:
    """The server that takes our mail. Connections are kept while there is more to send, thrown away after trouble."""

    def __init__(
        self,
        settings: Settings,
        hostname: str,
        secret: Callable[[], str] = lambda: "",
        patience: Patience | None = None,
    ) -> None:
        """`secret` gives the password, afresh for each connection; its Trouble keeps mail waiting, as a server would
        that does not answer."""
        self._settings = settings
        self._hostname = hostname
        self._secret = secret
        self._patience = patience or Patience()
        self._tls: ssl.SSLContext | None = None  # made for the first connection
        self._kept: list[SMTP] = []

    def __str__(self) -> str:
        return f"smtp:{self._settings.host}:{self._settings.port}"

    async def deliver(self, number: int, outgoing: Outgoing, before_content: BeforeContent) -> Result:
        """One attempt. Raises only what `before_content` raises."""
        if not (_PLAIN_PATH.fullmatch(outgoing.mail_from) and _PLAIN_PATH.fullmatch(outgoing.rcpt_to)):
            return Refused(Reply(553, "5.1.3 no address for an envelope"))
        try:
            client = await self._client()
        except Trouble as trouble:
            return Deferred(Reply(451, f"4.3.5 {trouble}"))
        except (SMTPException, OSError) as trouble:
            return self._no_connection(trouble)
        try:
            result = await self._hand_over(client, outgoing, before_content)
        except BaseException:
            client.close()  # cancelled half way: the next answer would belong to another question
            raise
        self._keep(client, result)
        return result

    async def rest(self) -> None:
        """Nothing more to send for now."""
        kept, self._kept = self._kept, []
        for client in kept:
            try:
                await client.quit(timeout=self._patience.command)
            except (SMTPException, OSError):
                pass  # it left before we did
            finally:
                client.close()

    async def _client(self) -> SMTP:
        """A connection that answers: one that was kept, or a new one."""
        while self._kept:
            client = self._kept.pop()
            try:
                await client.rset(timeout=self._patience.command)
            except (SMTPException, OSError):
                client.close()
            else:
                return client
        return await self._connect()

    async def _connect(self) -> SMTP:
        settings = self._settings
        if settings.tls != "none":
            self._tls = self._tls or _trusting(settings.ca_file)
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user or None,  # an empty name would try AUTH
            password=self._secret() if settings.user else None,
            local_hostname=self._hostname,
            timeout=self._patience.command,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",  # None would be: if somebody in between does not object
            tls_context=self._tls,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException:
            client.close()
            raise
        return client

    async def _hand_over(self, client: SMTP, outgoing: Outgoing, before_content: BeforeContent) -> Result:
        international = not (outgoing.mail_from + outgoing.rcpt_to).isascii()
        if international and not client.supports_extension("smtputf8"):
            return Refused(Reply(553, "5.6.7 the smarthost takes no SMTPUTF8 addresses"))  # RFC 6531 section 3.5
        try:
            await _command(client, f"MAIL FROM:<{outgoing.mail_from}>" + (" SMTPUTF8" if international else ""))
            await _command(client, f"RCPT TO:<{outgoing.rcpt_to}>")
        except SMTPResponseException as trouble:
            return _spoken(trouble)
        except (SMTPException, OSError) as trouble:
            return self._no_connection(trouble)
        await before_content()
        try:
            await _command(client, "DATA", START_INPUT)
        except SMTPResponseException as trouble:
            return _spoken(trouble)
        except (SMTPException, OSError) as trouble:
            return self._no_connection(trouble)
        return await self._content(client, outgoing.octets)

    async def _content(self, client: SMTP, octets: bytes) -> Result:
        """Not SMTP.data(): with that a strange answer to DATA and one to the content look the same."""
        protocol = client.protocol
        if protocol is None:
            return Deferred(Reply(451, f"4.4.2 {self} left before the content"))
        try:
            protocol.write(_on_the_wire(octets))
            code, text = await protocol.read_response(timeout=self._patience.content)
        except SMTPResponseException as trouble:
            return _after_content(Reply.of(trouble.code, trouble.message))
        except (SMTPException, OSError) as trouble:
            return Unanswered(Reply(451, f"4.4.2 {self} did not answer after the content: {trouble}"))
        return _after_content(Reply.of(code, text))

    def _keep(self, client: SMTP, result: Result) -> None:
        if isinstance(result, Delivered | Refused) and client.is_connected:
            self._kept.append(client)
        else:
            client.close()

    def _no_connection(self, trouble: Exception) -> Deferred:
        if isinstance(trouble, SMTPResponseException):
            return Deferred(Reply.of(trouble.code, trouble.message))
        return Deferred(Reply(451, f"4.4.1 no answer from {self}: {str(trouble) or type(trouble).__name__}"))


async def _command(client: SMTP, line: str, expected: int = COMPLETED) -> None:
    """Literally: the library would run the address through a header parser first."""
    code, text = await client.execute_command(line.encode())
    if code // 100 != expected:
        raise SMTPResponseException(code, text)


def _on_the_wire(octets: bytes) -> bytes:
    """Line ends are CR LF, and no line but the last is a dot (RFC 5321 section 4.5.2)."""
    lines = _LINE_END.split(octets.removesuffix(b"\n").removesuffix(b"\r"))
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


def _after_content(reply: Reply) -> Result:
    """It has the mail: whatever is no clear refusal may mean that it keeps it."""
    if reply.code // 100 == COMPLETED:
        return Delivered(reply)
    return _judged(reply) if reply.code // 100 in (4, 5) else Unanswered(reply)


def _spoken(answer: SMTPResponseException) -> Result:
    """Before the content: what is no SMTP reply at all (code -1) costs no more than another try."""
    return _judged(Reply.of(answer.code, answer.message))


def _judged(reply: Reply) -> Result:
    return Refused(reply) if reply.code // 100 == 5 and reply.code not in ABOUT_US else Deferred(reply)


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        if ca_file:
            context.load_verify_locations(ca_file)
    except OSError as error:  # SSLError is one
        raise Trouble(f"cannot use {ca_file}: {error.strerror or error}") from None
    return context
