"""The way out, against a real server at the far end: every answer it can give has one outcome."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from mailflow.config import Smarthost as Settings
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.outcome import Deferred, Delivered, Refused, Reply, Result, Unanswered
from mailflow.edge.relay import Patience, Smarthost
from mailflow.standing import password_in

OCTETS = b"From: support@firma.example\r\nTo: anna@kunde.example\r\nSubject: [#1] Hello\r\n\r\n.dot\r\nbody\r\n"


def letter(rcpt_to: str = "anna@kunde.example", mail_from: str = "support@firma.example") -> Outgoing:
    return Outgoing(
        key="acknowledgement:entry:1",
        kind=Kind.ACKNOWLEDGEMENT,
        automatic=True,
        ticket=1,
        mail_from=mail_from,
        rcpt_to=rcpt_to,
        subject="[#1] Hello",
        message_id="1.abc@firma.example",
        octets=OCTETS,
    )


@dataclass
class FarEnd:
    """A mail server that answers as it is told and remembers what it was given."""

    replies: dict[str, str] = field(default_factory=dict)
    kept: list[Envelope] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answer: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return [self.replies["EHLO"]] if "EHLO" in self.replies else answer

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.over_tls.append(session.ssl is not None)
        if "DATA" not in self.replies:
            self.kept.append(envelope)
        return self.replies.get("DATA", "250 2.0.0 queued as 7")

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=given.password == b"open sesame", handled=False)


class Conversation(SMTP):
    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.left.set()
        super().connection_lost(error)


@asynccontextmanager
async def listening(far: FarEnd, **options: Any) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    implicit = options.pop("ssl", None)
    options = {"hostname": "far.example", "loop": loop, "enable_SMTPUTF8": True} | options
    server = await loop.create_server(lambda: Conversation(far, **options), "127.0.0.1", 0, ssl=implicit)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def scripted(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    """A far end that follows no protocol."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def far() -> FarEnd:
    return FarEnd()


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return ca, path


def server_context(ca: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(name).configure_cert(context)
    return context


def plain(port: int, **changes: Any) -> Smarthost:
    settings = Settings(**({"host": "127.0.0.1", "port": port, "tls": "none"} | changes))
    return Smarthost(settings, "mail.firma.example", lambda: "open sesame", Patience(command=1, content=1))


async def nothing() -> None:
    pass


async def attempt(smarthost: Smarthost, outgoing: Outgoing | None = None) -> Result:
    try:
        return await smarthost.deliver(1, outgoing or letter(), nothing)
    finally:
        await smarthost.rest()


async def test_a_mail_arrives_octet_for_octet_with_its_envelope(far: FarEnd) -> None:
    async with listening(far, decode_data=False) as port:
        assert await attempt(plain(port)) == Delivered(Reply(250, "2.0.0 queued as 7"))
    (kept,) = far.kept
    assert (kept.mail_from, kept.rcpt_tos, kept.content) == ("support@firma.example", ["anna@kunde.example"], OCTETS)


@pytest.mark.parametrize(
    ("command", "answer", "outcome"),
    [
        ("MAIL", "451 4.3.0 later", Deferred),
        ("MAIL", "550 5.7.1 not from you", Refused),
        ("MAIL", "530 5.7.0 authentication required", Deferred),  # about us: somebody sets a password
        ("RCPT", "450 4.2.1 greylisted", Deferred),
        ("RCPT", "421 4.3.2 closing", Deferred),
        ("RCPT", "550 5.1.1 nobody here", Refused),
        ("DATA", "452 4.3.1 full", Deferred),
        ("DATA", "554 5.7.1 spam", Refused),
        ("EHLO", "554 5.3.0 no service here", Deferred),
    ],
)
async def test_4xx_is_temporary_and_5xx_is_final_unless_it_is_about_us(
    far: FarEnd, command: str, answer: str, outcome: type[Result]
) -> None:
    far.replies[command] = answer
    async with listening(far) as port:
        result = await attempt(plain(port))
    assert isinstance(result, outcome)
    assert str(result.reply) == answer


async def test_before_content_comes_after_the_recipient_and_before_the_content(far: FarEnd) -> None:
    seen: list[int] = []

    async def note() -> None:
        seen.append(len(far.kept))

    async with listening(far) as port:
        smarthost = plain(port)
        await smarthost.deliver(1, letter(), note)
        far.replies["RCPT"] = "550 5.1.1 nobody"
        await smarthost.deliver(2, letter(), note)
        await smarthost.rest()
    assert (seen, len(far.kept)) == ([0], 1)


async def test_trouble_before_content_reaches_the_caller_and_nothing_is_sent(far: FarEnd) -> None:
    async def away() -> None:
        raise ConnectionError("the database is away")

    async with listening(far) as port:
        smarthost = plain(port)
        with pytest.raises(ConnectionError):
            await smarthost.deliver(1, letter(), away)
        await smarthost.rest()
    assert far.kept == []


async def test_one_connection_serves_until_rest(far: FarEnd) -> None:
    async with listening(far) as port:
        smarthost = plain(port)
        for number in range(3):
            await smarthost.deliver(number, letter(), nothing)
        await smarthost.rest()
        await attempt(smarthost)
    assert (len(far.kept), far.connections) == (4, 2)


async def test_a_kept_connection_that_died_is_replaced(far: FarEnd) -> None:
    async with listening(far, timeout=0.05) as port:
        smarthost = plain(port)
        await smarthost.deliver(1, letter(), nothing)
        await far.left.wait()  # the server hangs up
        assert isinstance(await attempt(smarthost), Delivered)
    assert far.connections == 2


async def test_a_cancelled_attempt_throws_its_connection_away(far: FarEnd) -> None:  # X27
    reached = asyncio.Event()

    async def stay() -> None:
        reached.set()
        await asyncio.Event().wait()

    async with listening(far) as port:
        smarthost = plain(port)
        task = asyncio.create_task(smarthost.deliver(1, letter(), stay))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert isinstance(await attempt(smarthost, letter("ben@kunde.example")), Delivered)
    assert [kept.rcpt_tos for kept in far.kept] == [["ben@kunde.example"]]
    assert far.connections == 2


async def test_nobody_listens() -> None:
    async with listening(FarEnd()) as port:
        pass
    result = await attempt(plain(port))
    assert isinstance(result, Deferred)
    assert result.reply.text.startswith(f"4.4.1 no answer from smtp:127.0.0.1:{port}")


async def test_silence_instead_of_a_greeting_is_temporary() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with scripted(silent) as port:
        settings = Settings(host="127.0.0.1", port=port, tls="none")
        smarthost = Smarthost(settings, "mail.firma.example", patience=Patience(command=0.05, content=0.05))
        assert isinstance(await attempt(smarthost), Deferred)


@asynccontextmanager
async def answering(answer: bytes, to_data: bytes = b"354 go\r\n") -> AsyncIterator[int]:
    """To the content; then it hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in (b"220 far\r\n", b"250 far\r\n", b"250 ok\r\n", b"250 ok\r\n", to_data):
            writer.write(reply)
            if reply is not to_data:
                await reader.readline()
        if to_data.startswith(b"354"):
            await reader.readuntil(b"body\r\n.\r\n")
            writer.write(answer)

    async with scripted(talk) as port:
        yield port


@pytest.mark.parametrize("answer", [b"", b"25", b"hello\r\n", b"354 more\r\n", b"250-ok\r\nhello\r\n", b"999 ?\r\n"])
async def test_no_answer_to_the_content_that_can_be_read_is_a_doubt(answer: bytes) -> None:  # P4
    async with answering(answer) as port:
        assert isinstance(await attempt(plain(port)), Unanswered)


@pytest.mark.parametrize("answer", ["250 ok", "251 will forward", "200 fine"])
async def test_any_2xx_after_the_content_means_that_it_was_taken(answer: str) -> None:  # P4
    async with answering(answer.encode() + b"\r\n") as port:
        result = await attempt(plain(port))
    assert isinstance(result, Delivered)
    assert str(result.reply) == answer


@pytest.mark.parametrize("answer", [b"", b"250 ok\r\n", b"hello\r\n", b"451 4.3.0 later\r\n"])
async def test_without_a_354_no_content_leaves_and_there_is_no_doubt(answer: bytes) -> None:
    async with answering(b"", to_data=answer) as port:
        assert isinstance(await attempt(plain(port)), Deferred)


async def test_octets_of_a_reply_become_one_clean_line() -> None:  # M10
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554-no\x1b[31m\r\n554 gr\xfc\xdfe\x00\r\n")

    async with scripted(rude) as port:
        result = await attempt(plain(port))
    assert str(result.reply) == "554 no\ufffd[31m gr\ufffd\ufffde\ufffd"


@pytest.mark.parametrize(
    "address", ["a\r\nRSET@b.example", "a b@c.example", "a@b.example>", "\udce9@b.example", "\0@b"]
)
async def test_an_address_that_is_none_is_never_said_on_the_wire(far: FarEnd, address: str) -> None:
    async with listening(far) as port:
        assert isinstance(await attempt(plain(port), letter(address)), Refused)
    assert far.connections == 0


async def test_an_international_address_needs_a_server_that_takes_it(far: FarEnd) -> None:  # RFC 6531
    async with listening(far) as port:
        assert isinstance(await attempt(plain(port), letter("zoë@kunde.example")), Delivered)
    async with listening(far, enable_SMTPUTF8=False) as port:
        assert isinstance(await attempt(plain(port), letter("zoë@kunde.example")), Refused)
    assert [kept.rcpt_tos for kept in far.kept] == [["zoë@kunde.example"]]


async def test_the_null_sender_is_said_as_such(far: FarEnd) -> None:
    async with listening(far) as port:
        await attempt(plain(port), letter(mail_from=""))
    assert [kept.mail_from for kept in far.kept] == ["<>"]  # as aiosmtpd writes it


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_tls_is_verified_and_the_password_given(
    far: FarEnd, authority: tuple[trustme.CA, Path], tls: str
) -> None:
    ca, ca_file = authority
    context = server_context(ca, "127.0.0.1")
    if tls == "implicit":
        options: dict[str, Any] = {"ssl": context, "auth_require_tls": False}  # it does not see its own TLS
    else:
        options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    async with listening(far, authenticator=far.authenticate, **options) as port:
        assert isinstance(await attempt(plain(port, tls=tls, ca_file=ca_file, user="mailflow")), Delivered)
    assert far.logins == [("mailflow", "open sesame")]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
async def test_a_certificate_that_does_not_convince_gets_no_mail(
    far: FarEnd, authority: tuple[trustme.CA, Path], tls: str, wrong: str
) -> None:
    ca, ca_file = authority
    context = server_context(
        ca if wrong == "name" else trustme.CA(), "other.example" if wrong == "name" else "127.0.0.1"
    )
    options: dict[str, Any] = {"ssl": context} if tls == "implicit" else {"tls_context": context}
    async with listening(far, **options) as port:
        assert isinstance(await attempt(plain(port, tls=tls, ca_file=ca_file)), Deferred)
    assert far.kept == []


async def test_no_starttls_means_no_mail(far: FarEnd, authority: tuple[trustme.CA, Path]) -> None:
    async with listening(far) as port:  # or somebody in between took the line out
        assert isinstance(await attempt(plain(port, tls="starttls", ca_file=authority[1])), Deferred)
    assert far.kept == []


async def test_a_password_that_is_not_there_keeps_mail_waiting_and_is_taken_when_it_is(
    far: FarEnd, tmp_path: Path
) -> None:
    file = tmp_path / "smarthost-password"
    async with listening(far, authenticator=far.authenticate, auth_require_tls=False) as port:
        settings = Settings(host="127.0.0.1", port=port, tls="none", user="mailflow")
        smarthost = Smarthost(settings, "mail.firma.example", lambda: password_in(file))
        why = f"4.3.5 cannot read {file}: No such file or directory"
        assert await attempt(smarthost) == Deferred(Reply(451, why))
        file.write_text("open sesame\n")
        assert isinstance(await attempt(smarthost), Delivered)


@pytest.mark.parametrize(("text", "why"), [(None, "No such file or directory"), ("no certificate", "")])
async def test_a_ca_file_that_cannot_be_used_keeps_mail_waiting(
    far: FarEnd, tmp_path: Path, text: str | None, why: str
) -> None:
    file = tmp_path / "ca.pem"
    if text:
        file.write_text(text)
    async with listening(far) as port:
        result = await attempt(plain(port, tls="starttls", ca_file=file))
    assert isinstance(result, Deferred)
    assert str(result.reply).startswith(f"451 4.3.5 cannot use {file}: {why}")


async def test_a_wrong_password_refuses_no_customers_mail(far: FarEnd) -> None:
    async with listening(far, authenticator=far.authenticate, auth_require_tls=False) as port:
        settings = Settings(host="127.0.0.1", port=port, tls="none", user="mailflow")
        result = await attempt(Smarthost(settings, "mail.firma.example", lambda: "wrong"))
    assert isinstance(result, Deferred)
    assert result.reply.code == 535
