"""S6: TLS and login. Nothing said in clear survives STARTTLS, no password travels without it, and a certificate is
replaced without anybody noticing.
"""

import asyncio
import contextlib
import ssl
import warnings
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailflow.edge.security import Credentials
from mailflow.edge.users import Hash
from mailflow.errors import ConfigurationError
from tests.edge.conftest import unverified, written
from tests.edge.test_smtp import ERRORS

MESSAGE = "From: Monitoring <monitoring@firma.example>\r\nSubject: disk\r\n\r\nIt is full.\r\n."
USERS = f"monitoring {Hash.of('geheim')} monitoring@firma.example noc.firma.example\n"


def sasl(text: str) -> str:
    return b64encode(text.encode()).decode()


PLAIN = sasl("\0monitoring\0geheim")

# What is pipelined in clear behind STARTTLS

INJECTED = {
    "a command": ["RSET"],
    "a greeting": ["EHLO evil.example"],
    "a sender": ["EHLO evil.example", "MAIL FROM:<boss@firma.example>"],
    "a login": ["EHLO evil.example", f"AUTH PLAIN {PLAIN}"],
    "a whole mail": [
        *("EHLO evil.example", "MAIL FROM:<boss@firma.example>", "RCPT TO:<support@firma.example>", "DATA"),
        *("From: boss@firma.example", "", "Pay.", ".", "QUIT"),
    ],
    "a hundred commands": ["NOOP"] * 100,
}


@pytest.mark.parametrize("injected", INJECTED)
async def test_s6_what_came_in_clear_behind_starttls_is_never_obeyed(
    edge: Any, certificate: Path, injected: str
) -> None:
    edge.protect(certificate, USERS, login="offered")
    client = await edge.client()
    await client.say("EHLO kunde.example", "MAIL FROM:<anna@kunde.example>")
    await client.start_tls(*INJECTED[injected])
    assert (await client.say("MAIL FROM:<anna@kunde.example>"))[0].startswith("503 5.5.1")
    said = await client.say("EHLO kunde.example", "RCPT TO:<support@firma.example>", "NOOP")
    assert said[0].startswith("250-mail.firma.example\n")
    assert [reply[:9] for reply in said[1:]] == ["503 5.5.1", "250 2.0.0"]
    assert not edge.door.kept


async def test_a_mail_over_starttls_is_kept(edge: Any, certificate: Path) -> None:
    edge.protect(certificate)
    client = await edge.client()
    assert "250-STARTTLS\n" in (await client.say("EHLO x"))[0]
    await client.start_tls()
    assert "STARTTLS" not in (await client.say("EHLO x"))[0]
    assert (await client.say("STARTTLS"))[0].startswith("503 5.5.1")
    await client.open()
    body = b"Subject: x\r\n\r\n" + b"x" * 300_000 + b"\r\n"
    assert await client.say(body + b".", "QUIT") == ["250 2.0.0 Kept", "221 2.0.0 Bye"]
    assert edge.door.kept[0].octets == body
    assert edge.door.kept[0].envelope.tls == client.tls()


async def test_a_mail_in_clear_says_so_where_tls_can_be_had(edge: Any, certificate: Path) -> None:
    edge.protect(certificate)
    client = await edge.client()
    await client.open()
    await client.say(MESSAGE)
    assert (edge.door.kept[0].envelope.tls, edge.door.kept[0].envelope.login) == (None, "")


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_what_is_no_handshake_ends_the_session(edge: Any, certificate: Path, protocol: str) -> None:
    edge.protect(certificate)
    client = await edge.client(protocol)
    assert await client.say("STARTTLS") == ["220 2.0.0 Ready for TLS"]
    client.write("EHLO in clear")
    await edge.quiet()
    client = await edge.another()
    client.write("STARTTLS", *["NOOP"] * 100_000)  # more than the stream holds: the rest is read as a handshake
    await edge.quiet()
    client = await edge.another()
    await client.say("STARTTLS")
    client.reset()
    await edge.quiet()
    slow = await edge.client(protocol, command_timeout=timedelta(seconds=0.05))
    await slow.say("STARTTLS")
    await edge.quiet()


async def test_where_tls_is_required_nothing_goes_without_it(edge: Any, certificate: Path) -> None:
    edge.protect(certificate, tls="required")
    client = await edge.client()
    said = await client.say("EHLO x", "MAIL FROM:<a@kunde.example>", "RCPT TO:<a@b>", "DATA", "VRFY a", "RSET", "NOOP")
    assert [reply[:9] for reply in said[1:]] == ["530 5.7.0"] * 5 + ["250 2.0.0"]
    await client.start_tls()
    await client.open()
    assert await client.say(MESSAGE) == ["250 2.0.0 Kept"]


async def test_without_a_certificate_there_is_no_starttls(edge: Any) -> None:
    client = await edge.client()
    said = await client.say("EHLO x", "STARTTLS", "AUTH PLAIN")
    assert "STARTTLS" not in said[0]
    assert [reply[:9] for reply in said[1:]] == ["500 5.5.1"] * 2


async def test_starttls_takes_no_argument(edge: Any, certificate: Path) -> None:
    edge.protect(certificate)
    client = await edge.client()
    assert (await client.say("STARTTLS now"))[0].startswith("501 5.5.4")


async def test_implicit_tls_is_there_from_the_first_octet_on(edge: Any, certificate: Path) -> None:
    edge.protect(certificate, tls="implicit")
    listeners = await edge.listen("smtp 127.0.0.1:0", connections=1)
    client = await edge.connect(listeners.addresses[0], tls=True)
    assert await client.reply() == "220 mail.firma.example ESMTP mailflow"
    assert (await client.say("STARTTLS"))[0].startswith("500 5.5.1")
    await client.open()
    assert await client.say(MESSAGE) == ["250 2.0.0 Kept"]
    with pytest.raises(OSError):  # noqa: PT011  refused without a word, which would be in clear
        await edge.connect(listeners.addresses[0], tls=True)
    await client.say("QUIT")
    await edge.quiet()
    in_clear = await edge.connect(listeners.addresses[0])
    in_clear.write("EHLO x")
    await edge.quiet()


async def test_tls_is_at_least_1_2(edge: Any, certificate: Path) -> None:
    edge.protect(certificate)
    client = await edge.client()
    await client.say("STARTTLS")
    context = unverified()
    context.set_ciphers("ALL:@SECLEVEL=0")  # the client would do it
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await client.writer.start_tls(context)
    await edge.quiet()


# Login


async def secured(edge: Any, certificate: Path, login: str = "offered", **limits: Any) -> Any:
    edge.protect(certificate, USERS, login=login)
    client = await edge.client(**limits)
    await client.start_tls()
    assert "250-AUTH PLAIN LOGIN\n" in (await client.say("EHLO noc.firma.example"))[0]
    return client


async def test_s6_a_password_does_not_travel_in_clear(edge: Any, certificate: Path) -> None:
    edge.protect(certificate, USERS, login="required")
    client = await edge.client()
    said = await client.say("EHLO x", f"AUTH PLAIN {PLAIN}", "AUTH LOGIN")
    assert "AUTH" not in said[0]
    assert [reply[:10] for reply in said[1:]] == ["538 5.7.11"] * 2


@pytest.mark.parametrize(
    "words",
    [
        [f"AUTH PLAIN {PLAIN}"],
        [f"auth plain {PLAIN}"],
        ["AUTH PLAIN", PLAIN],
        [f"AUTH PLAIN {sasl('monitoring' + chr(0) + 'monitoring' + chr(0) + 'geheim')}"],
        ["AUTH LOGIN", sasl("monitoring"), sasl("geheim")],
        [f"AUTH LOGIN {sasl('monitoring')}", sasl("geheim")],
    ],
)
async def test_s6_a_user_logs_in_and_is_believed(edge: Any, certificate: Path, words: list[str]) -> None:
    client = await secured(edge, certificate, "required")
    assert (await client.say("MAIL FROM:<monitoring@firma.example>"))[0].startswith("530 5.7.0")
    said = await client.say(*words)
    assert [reply[:3] for reply in said] == ["334"] * (len(words) - 1) + ["235"]
    assert "AUTH" not in (await client.say("EHLO noc.firma.example"))[0]
    assert (await client.say(f"AUTH PLAIN {PLAIN}"))[0].startswith("503")
    await client.open(mail_from="monitoring@firma.example")
    assert await client.say(MESSAGE) == ["250 2.0.0 Kept"]
    (arrival,) = edge.door.kept
    assert (arrival.envelope.source, arrival.envelope.trusted) == ("submission:monitoring", True)
    assert (arrival.envelope.login, arrival.envelope.tls) == ("monitoring", client.tls())


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ([f"AUTH PLAIN {sasl(chr(0) + 'monitoring' + chr(0) + 'wrong')}"], "535 5.7.8"),
        ([f"AUTH PLAIN {sasl(chr(0) + 'nobody' + chr(0) + 'geheim')}"], "535 5.7.8"),
        ([f"AUTH PLAIN {sasl(chr(0) + 'monitoring' + chr(0))}"], "535 5.7.8"),
        ([f"AUTH PLAIN {sasl(chr(0) + 'monitoring' + chr(0) + 'x' * 300)}"], "535 5.7.8"),
        ([f"AUTH PLAIN {sasl('root' + chr(0) + 'monitoring' + chr(0) + 'geheim')}"], "501 5.5.2"),
        (["AUTH PLAIN ="], "501 5.5.2"),
        (["AUTH PLAIN a"], "501 5.5.2"),
        (["AUTH PLAIN", PLAIN + " x"], "501 5.5.2"),
        (["AUTH PLAIN", "x" * 3000], "501 5.5.2"),
        (["AUTH PLAIN", "*"], "501 5.7.0"),
        (["AUTH LOGIN", "*"], "501 5.7.0"),
        (["AUTH LOGIN", "é"], "501 5.5.2"),
        (["AUTH CRAM-MD5"], "504 5.5.4"),
        (["AUTH"], "504 5.5.4"),
        ([f"AUTH LOGIN {sasl('monitoring')}", ""], "535 5.7.8"),
    ],
)
async def test_s6_who_does_not_log_in_is_a_stranger(
    edge: Any, certificate: Path, words: list[str], reply: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await secured(edge, certificate)
    said = await client.say(*words)
    assert said[-1].startswith(reply)
    await client.open()
    await client.say(MESSAGE)
    assert edge.door.kept[0].envelope.source == "smtp"
    assert not edge.door.kept[0].envelope.trusted
    assert "geheim" not in capsys.readouterr().err


async def test_guesses_end_the_session(edge: Any, certificate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = await secured(edge, certificate)
    client.write(*[f"AUTH PLAIN {sasl(chr(0) + 'mon' + chr(0) + 'guess')}"] * 3, "QUIT")
    said = await client.rest()
    assert [reply[:9] for reply in said] == ["535 5.7.8"] * 3 + ["421 4.7.0"]
    assert capsys.readouterr().err.count('login peer=127.0.0.1 user=? reply="535') == 3


async def test_a_login_needs_ehlo_and_no_mail_begun(edge: Any, certificate: Path) -> None:
    edge.protect(certificate, USERS, login="offered")
    client = await edge.client()
    await client.start_tls()
    login = f"AUTH PLAIN {PLAIN}"
    said = await client.say(login, "EHLO x", "MAIL FROM:<a@kunde.example>", login, "RSET", login)
    assert [said[at][:3] for at in (0, 3, 5)] == ["503", "503", "235"]


@pytest.mark.parametrize(
    ("mail_from", "author", "replies"),
    [
        ("monitoring@firma.example", "monitoring@firma.example", ["250", "250"]),
        ("MONITORING@Firma.Example", "Monitoring@FIRMA.example", ["250", "250"]),
        ("", "monitoring@firma.example", ["250", "250"]),
        ("anybody@noc.firma.example", "disk@noc.firma.example", ["250", "250"]),
        ("boss@firma.example", "", ["550"]),
        ("x@sub.noc.firma.example", "", ["550"]),
        ("monitoring@firma.example", "boss@firma.example", ["250", "550"]),
        ("monitoring@firma.example", "monitoring@firma.example, boss@firma.example", ["250", "550"]),
        ("monitoring@firma.example", "", ["250", "550"]),
    ],
)
async def test_a_user_writes_as_itself_only(
    edge: Any, certificate: Path, mail_from: str, author: str, replies: list[str]
) -> None:
    client = await secured(edge, certificate)
    await client.say(f"AUTH PLAIN {PLAIN}")
    said = await client.say(f"MAIL FROM:<{mail_from}>")
    if said[0].startswith("250"):
        await client.say("RCPT TO:<support@firma.example>", "DATA")
        said += await client.say(f"From: {author}\r\n\r\nhello\r\n.")
    assert [reply[:3] for reply in said] == replies
    assert all(reply == "550 5.7.1 You may not write as this sender" for reply in said if reply.startswith("5"))


async def test_a_password_is_checked_while_others_are_served(edge: Any, certificate: Path) -> None:
    client = await secured(edge, certificate)
    other = await edge.another()
    client.write(f"AUTH PLAIN {PLAIN}")
    answer, served = asyncio.create_task(client.reply()), 0
    while not answer.done():
        await other.say("EHLO x")
        served += 1
    assert answer.result().startswith("235")
    assert served > 3


# S10


class Broken(Credentials):
    """Whoever asks for anything gets an error with a secret in it."""

    def __init__(self, error: Exception) -> None:
        object.__setattr__(self, "_error", error)

    def __getattribute__(self, name: str) -> Any:
        raise object.__getattribute__(self, "_error")


@pytest.mark.parametrize("error", ERRORS)
async def test_s10_our_mistake_in_tls_or_login_is_451_and_the_next_attempt_works(
    edge: Any, certificate: Path, error: type[Exception]
) -> None:
    edge.protect(certificate, USERS, login="offered")
    whole = edge.credentials
    client = await edge.client()
    edge.credentials = Broken(error("secret dsn postgres://mailflow:geheim@db"))
    assert await client.say("STARTTLS") == ["451 4.3.0 Try again later"]
    edge.credentials = whole
    await client.start_tls()
    await client.say("EHLO x")
    edge.credentials = Broken(error("secret dsn postgres://mailflow:geheim@db"))
    assert await client.say(f"AUTH PLAIN {PLAIN}") == ["451 4.3.0 Try again later"]
    edge.credentials = whole
    assert await client.say(f"AUTH PLAIN {PLAIN}") == ["235 2.7.0 Logged in"]
    assert b"secret" not in client.seen


async def test_our_mistake_before_the_first_word_ends_the_session(edge: Any, certificate: Path) -> None:
    edge.protect(certificate, tls="implicit")
    listeners = await edge.listen("smtp 127.0.0.1:0")
    edge.credentials = Broken(RuntimeError("secret"))
    assert await (await edge.connect(listeners.addresses[0])).rest() == []


# Certificates


def issued(authority: trustme.CA, file: Path, days: int = 30) -> Path:
    ends = datetime.now(UTC) + timedelta(days=days)
    return written(
        authority.issue_cert("mail.firma.example", not_before=ends - timedelta(days=90), not_after=ends), file
    )


async def seen(edge: Any) -> bytes:
    client = await edge.another()
    await client.start_tls()
    octets: bytes = client.certificate()
    return octets


async def test_s6_a_new_certificate_serves_who_comes_after_it(edge: Any, authority: trustme.CA, tmp_path: Path) -> None:
    file = issued(authority, tmp_path / "mail.pem")
    edge.protect(file)
    client = await edge.client()
    await client.start_tls()
    before = await seen(edge)
    issued(authority, file)
    assert await seen(edge) == before
    edge.reload()
    assert await seen(edge) != before
    assert (await client.say("EHLO x"))[0].startswith("250")


@pytest.mark.parametrize("mistake", ["another key", "no certificate", "gone"])
async def test_s6_a_certificate_that_cannot_be_used_replaces_none(
    edge: Any, authority: trustme.CA, tmp_path: Path, mistake: str
) -> None:
    file = issued(authority, tmp_path / "mail.pem")
    edge.protect(file)
    await edge.listen("smtp 127.0.0.1:0")
    before = await seen(edge)
    if mistake == "another key":
        one, other = authority.issue_cert("mail.firma.example"), authority.issue_cert("mail.firma.example")
        file.write_bytes(one.private_key_pem.bytes() + other.cert_chain_pems[0].bytes())
    elif mistake == "no certificate":
        file.write_text("-----BEGIN NOTHING-----")
    else:
        file.unlink()
    with pytest.raises(ConfigurationError, match=r"mail\.pem: certificate: cannot be used: "):
        edge.reload()
    assert await seen(edge) == before


async def test_who_hangs_up_with_the_last_word_of_the_handshake_is_no_warning(
    edge: Any, certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As health checks and scanners do: asyncio said that a stream with TLS has no half to close."""
    edge.protect(certificate, tls="implicit")
    listeners = await edge.listen("smtp 127.0.0.1:0")
    host, _, port = listeners.addresses[0].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    said, heard = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = unverified().wrap_bio(heard, said, server_hostname="mail.firma.example")
    while True:
        try:
            client.do_handshake()
            break
        except ssl.SSLWantReadError:
            writer.write(said.read())
            heard.write(await reader.read(1 << 16))
    with contextlib.suppress(ssl.SSLWantReadError):
        client.unwrap()
    writer.write(said.read())  # both in one segment
    await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await edge.quiet()
    assert caplog.messages == []


async def test_s6_an_expired_certificate_is_used_and_said(
    edge: Any, authority: trustme.CA, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edge.protect(issued(authority, tmp_path / "mail.pem", days=-1))
    assert " expired=True level=warning" in capsys.readouterr().err
    await edge.listen("smtp 127.0.0.1:0")
    assert await seen(edge)
