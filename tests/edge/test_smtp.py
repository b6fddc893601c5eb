"""The SMTP edge over real sockets. Most of these are ways in which a bare aiosmtpd loses, bounces or leaks mail."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Limits
from mailflow.edge import replies
from mailflow.edge.session import Session
from mailflow.errors import StoreAway, StoreFull
from mailflow.mail.envelope import Envelope

MESSAGE = "From: Anna <anna@kunde.example>\r\nSubject: hello\r\n\r\nIt does not start.\r\n."


# 250, and what it means


async def test_a_mail_is_kept_with_its_envelope_and_its_octets(edge: Any) -> None:
    edge.door.trusted = True
    client = await edge.client()
    await client.open("support@firma.example", "Billing@Firma.example", mail_from="Anna@Kunde.example")
    assert await client.say(MESSAGE) == ["250 2.0.0 Kept"]
    (arrival,) = edge.door.kept
    assert arrival.envelope == Envelope(
        source="smtp",
        mail_from="Anna@Kunde.example",
        rcpt_tos=("support@firma.example", "Billing@Firma.example"),
        peer="127.0.0.1",
        helo="kunde.example",
        trusted=True,
        relayed=False,
    )
    assert arrival.octets == MESSAGE.encode().removesuffix(b".")


async def test_250_comes_after_the_commit(edge: Any) -> None:
    client = await edge.client()
    edge.door.may_commit.clear()
    await client.open()
    client.write(MESSAGE)
    await edge.door.entered.wait()
    reading = asyncio.create_task(client.reply())
    await asyncio.wait({reading}, timeout=0.05)
    assert not reading.done()
    edge.door.may_commit.set()
    assert await reading == "250 2.0.0 Kept"


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (StoreFull("disk"), "452 4.3.1 No room left, try again later"),
        (StoreAway("locked"), "451 4.3.0 Try again later"),
        (RuntimeError("secret"), "451 4.3.0 Try again later"),
        (asyncio.CancelledError(), "451 4.3.0 Try again later"),
    ],
)
async def test_what_the_store_says_becomes_a_temporary_reply(edge: Any, error: BaseException, reply: str) -> None:
    edge.door.error = error
    client = await edge.client()
    await client.open()
    assert await client.say(MESSAGE) == [reply]
    edge.door.error = None
    await client.open()
    assert await client.say(MESSAGE) == ["250 2.0.0 Kept"]


async def test_a_commit_that_takes_too_long_is_451_and_goes_on(edge: Any) -> None:
    client = await edge.client(commit_timeout=timedelta(seconds=0.02))
    edge.door.may_commit.clear()
    await client.open()
    assert await client.say(MESSAGE) == ["451 4.3.0 Try again later"]
    assert not edge.door.kept
    edge.door.may_commit.set()
    assert await client.say("QUIT") == ["221 2.0.0 Bye"]
    await edge.quiet()
    assert len(edge.door.kept) == 1


async def test_a_repeated_recipient_is_one_recipient(edge: Any) -> None:
    client = await edge.client()
    await client.open("support@firma.example", "support@firma.example")
    await client.say(MESSAGE)
    assert edge.door.kept[0].envelope.rcpt_tos == ("support@firma.example",)


async def test_the_null_sender_is_an_empty_string(edge: Any) -> None:
    client = await edge.client()
    await client.open(mail_from="")
    await client.say(MESSAGE)
    assert edge.door.kept[0].envelope.mail_from == ""


async def test_a_second_message_of_a_session_has_its_own_envelope(edge: Any) -> None:
    client = await edge.client()
    for sender in ("anna@kunde.example", "jan@kunde.example"):
        await client.open(mail_from=sender)
        await client.say(MESSAGE)
    assert [arrival.envelope.mail_from for arrival in edge.door.kept] == ["anna@kunde.example", "jan@kunde.example"]


# Half-closed clients


async def test_a_half_closed_client_gets_its_reply_after_the_commit(edge: Any) -> None:
    client = await edge.client()
    edge.door.may_commit.clear()
    await client.open()
    client.write(MESSAGE)
    await edge.door.entered.wait()
    client.half_close()
    edge.door.may_commit.set()
    assert await client.rest() == ["250 2.0.0 Kept"]


async def test_all_of_a_pipelined_session_is_answered_even_if_it_was_half_closed_at_once(edge: Any) -> None:
    client = await edge.client()
    client.write("EHLO x", "MAIL FROM:<anna@kunde.example>", "RCPT TO:<support@firma.example>", "DATA", MESSAGE, "NOOP")
    client.half_close()
    said = await client.rest()
    assert said[-5:] == [
        "250 2.1.0 Ok",
        "250 2.1.5 Ok",
        "354 End with a dot on a line of its own",
        "250 2.0.0 Kept",
        "250 2.0.0 Ok",
    ]
    assert len(edge.door.kept) == 1


async def test_our_mistake_on_a_half_closed_stream_is_answered_once(edge: Any) -> None:  # X3
    edge.door.error = RuntimeError("secret")
    client = await edge.client()
    await client.open()
    client.write(MESSAGE)
    client.half_close()
    assert await client.rest() == ["451 4.3.0 Try again later"]


async def test_the_end_of_the_stream_before_the_dot_keeps_nothing(edge: Any) -> None:  # X4
    client = await edge.client()
    await client.open()
    client.write("Subject: half a mes")
    client.half_close()
    assert await client.rest() == []
    assert not edge.door.kept


# Refusals in the session


@pytest.mark.parametrize(
    ("sender", "blocked"),
    [
        ("someone@qq.com", True),
        ("x@mail.qq.com", True),
        ("X@QQ.COM", True),
        ("x@notqq.com", False),
        ("x@qq.com.kunde.example", False),
    ],
)
async def test_a_blocked_envelope_sender_is_refused_at_rcpt(edge: Any, sender: str, blocked: bool) -> None:  # R3.10
    client = await edge.client()
    said = await client.say("EHLO x", f"MAIL FROM:<{sender}>", "RCPT TO:<support@firma.example>")
    assert said[2] == ("550 5.7.1 Mail from this sender is not accepted" if blocked else "250 2.1.5 Ok")


@pytest.mark.parametrize("field", ["From: x@qq.com", "from : <x@Mail.QQ.com>", "FROM: Li\r\n <x@qq.com>"])
async def test_a_blocked_author_is_refused_after_the_content(edge: Any, field: str) -> None:
    client = await edge.client()
    await client.open()
    assert await client.say(f"{field}\r\nSubject: x\r\n\r\nhello\r\n.") == [
        "550 5.7.1 Mail from this sender is not accepted"
    ]
    assert not edge.door.kept


@pytest.mark.parametrize("text", ["From: x@qq.com.kunde.example\r\n\r\nhi", "Subject: x\r\n\r\nFrom: x@qq.com"])
async def test_only_the_author_in_the_header_counts(edge: Any, text: str) -> None:
    client = await edge.client()
    await client.open()
    assert await client.say(f"{text}\r\n.") == ["250 2.0.0 Kept"]


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_behind_a_relay_unwanted_mail_is_taken_for_the_filer_to_drop(edge: Any, protocol: str) -> None:
    edge.door.relaying = protocol == "smtp"
    client = await edge.client(protocol)
    await client.open(mail_from="x@qq.com", hello="EHLO" if protocol == "smtp" else "LHLO")
    hops = "Received: from a by b\r\n" * 51
    assert await client.say(f"{hops}From: x@qq.com\r\n\r\nbare \n and \r too\r\n.") == ["250 2.0.0 Kept"]
    (arrival,) = edge.door.kept
    assert arrival.envelope.relayed
    assert arrival.octets.endswith(b"bare \r\n and \r\n too\r\n")


@pytest.mark.parametrize(
    ("address", "reply"),
    [
        ("nobody@firma.example", "550 5.1.1 No such mailbox here"),
        ("anna@kunde.example", "550 5.7.1 We do not relay"),
        ('"support@firma.example"@kunde.example', "550 5.7.1 We do not relay"),
        ("support%firma.example@kunde.example", "550 5.7.1 We do not relay"),
        ("", "553 5.1.3 Not an address of RFC 5321"),
        ("postmaster", "250 2.1.5 Ok"),
        ("support+token@firma.example", "250 2.1.5 Ok"),
    ],
)
async def test_recipients_are_ours_or_refused(edge: Any, address: str, reply: str) -> None:
    edge.door.trusted = edge.door.relaying = True  # trust opens no relay
    client = await edge.client()
    said = await client.say("EHLO x", "MAIL FROM:<anna@kunde.example>", f"RCPT TO:<{address}>")
    assert said[2] == reply


async def test_a_loop_is_refused(edge: Any) -> None:
    client = await edge.client(received_hops=3)
    for hops, code in ((3, "250"), (4, "554 5.4.6")):
        await client.open()
        (reply,) = await client.say("Received: from a\r\n by b\r\n" * hops + "Subject: x\r\n\r\nx\r\n.")
        assert reply.startswith(code)


# Addresses on the wire; what is one and what is not has its table in tests/mail/test_envelope.py


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"<a@kunde.example>", "a@kunde.example"),
        (b" <A.b+c@Kunde.example>", "A.b+c@Kunde.example"),
        (b'<"a b"@kunde.example>', '"a b"@kunde.example'),
        (b"<@relay,@other:a@kunde.example>", "a@kunde.example"),
        (b"<=?utf-8?q?admin=40corp.example?=@evil.example>", "=?utf-8?q?admin=40corp.example?=@evil.example"),
        (b"<f\xc3\xa9@kunde.example> SMTPUTF8", "f\u00e9@kunde.example"),
        (b"<a@kunde.example> SIZE=10 BODY=8BITMIME", "a@kunde.example"),
        (b"<f\xc3\xa9@kunde.example>", "553 5.6.7"),
        (b"<f\xe9@kunde.example>", "553 5.1.7"),
        (b"<f\xe9@kunde.example> SMTPUTF8", "553 5.1.7"),
        (b"<a@=?utf-8?q?corp.example?=>", "553 5.1.7"),
        (b"<a@corp.example(evil.example)>", "553 5.1.7"),
        (b"<a\0@kunde.example>", "553 5.1.7"),
        (b"<a\r@kunde.example>", "553 5.1.7"),
        (b"<a@kunde.example>\r", "553 5.1.7"),
        (b"<a@kunde.example>\x1f", "553 5.1.7"),
        (b"<a@kunde.example", "553 5.1.7"),
        (b"a@kunde.example", "553 5.1.7"),
        (b"<postmaster>", "553 5.1.7"),
        (b"<a@kunde.example> SIZE=\xc2\xb2", "553 5.1.7"),
        (b"<a@kunde.example> RET=HDRS", "555 5.5.4"),
        (b"<a@kunde.example> BODY=BINARYMIME", "501 5.5.4"),
    ],
)
async def test_an_envelope_address_is_kept_as_it_was_written(edge: Any, raw: bytes, kept: str) -> None:  # S2, X6
    client = await edge.client()
    _, said = await client.say("EHLO x", b"MAIL FROM:" + raw)
    if said.startswith("250"):
        await client.say("RCPT TO:<support@firma.example>", "DATA", MESSAGE)
        said = edge.door.kept[0].envelope.mail_from
    assert said.startswith(kept)


# Smuggling

ENDS_THAT_ARE_NONE = [  # S1; each pretends that the content is over
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r\r\n.\r\r\n",
    b"\r\n.\r\r\n",
    b"\n\n.\r\r\n",
    b"\0\r\n.\n",
]


@pytest.mark.parametrize("end", ENDS_THAT_ARE_NONE, ids=repr)
@pytest.mark.parametrize("peer", ["stranger", "trusted", "relay", "lmtp"])
async def test_nothing_but_crlf_dot_crlf_ends_a_message(edge: Any, end: bytes, peer: str) -> None:  # S1
    edge.door.trusted, edge.door.relaying = peer == "trusted", peer == "relay"
    client = await edge.client("lmtp" if peer == "lmtp" else "smtp")
    await client.open(hello="LHLO" if peer == "lmtp" else "EHLO")
    smuggled = b"MAIL FROM:<boss@firma.example>\r\nRCPT TO:<support@firma.example>\r\nDATA\r\nFrom: boss\r\n\r\nPay."
    client.write(b"Subject: one\r\n\r\nhello" + end + smuggled, ".", "QUIT")
    said = await client.rest()
    assert said[-1] == "221 2.0.0 Bye"
    if peer == "stranger":
        assert said[0].startswith("550 5.5.2")
        assert len(said) == 2
        assert not edge.door.kept
    else:
        assert said == ["250 2.0.0 Kept", "221 2.0.0 Bye"]
        (arrival,) = edge.door.kept
        assert b"Pay." in arrival.octets
        assert arrival.octets.count(b"\r\n") == arrival.octets.count(b"\r") == arrival.octets.count(b"\n")


async def test_a_nul_is_refused_from_strangers_only(edge: Any) -> None:
    client = await edge.client()
    await client.open()
    assert (await client.say("a\0b\r\n."))[0].startswith("550 5.5.2")
    edge.door.trusted = True
    await client.open()
    assert await client.say("a\0b\r\n.") == ["250 2.0.0 Kept"]
    assert edge.door.kept[0].octets == b"a\0b\r\n"


async def test_a_command_of_a_stranger_ends_in_cr_lf(edge: Any) -> None:
    client = await edge.client()
    client.writer.write(b"EHLO x\n")
    assert (await client.reply()).startswith("500 5.5.2")
    edge.door.trusted = True
    client.writer.write(b"NOOP\n")
    assert await client.reply() == "250 2.0.0 Ok"


# Limits


async def test_a_size_over_the_limit_is_refused_at_mail(edge: Any) -> None:
    client = await edge.client(message_size=1000)
    said = await client.say("EHLO x", "MAIL FROM:<a@kunde.example> SIZE=1001", "MAIL FROM:<a@kunde.example> SIZE=1000")
    assert "250-SIZE 1000" in said[0]
    assert said[1:] == ["552 5.3.4 The message is larger than we take", "250 2.1.0 Ok"]


@pytest.mark.parametrize("limit", [100, 300_000])
async def test_the_limit_of_a_message_is_exact(edge: Any, limit: int) -> None:
    client = await edge.client(message_size=limit)
    for size, reply in ((limit, "250 2.0.0 Kept"), (limit + 1, "552 5.3.4 The message is larger than we take")):
        await client.open()
        assert await client.say(b"x" * (size - 2) + b"\r\n.") == [reply]
    assert len(edge.door.kept) == 1
    assert await client.say("NOOP") == ["250 2.0.0 Ok"]


async def test_what_is_refused_for_its_size_leaves_a_line_in_the_log(
    edge: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await edge.client(message_size=1000)
    await client.say("EHLO x", "MAIL FROM:<a@kunde.example> SIZE=1001")
    await client.say("MAIL FROM:<b@kunde.example>", "RCPT TO:<support@firma.example>", "DATA", b"x" * 2000 + b"\r\n.")
    announced, sent = [line for line in capsys.readouterr().err.splitlines() if line.startswith("refused_content")]
    assert 'mail_from=<a@kunde.example> because="SIZE=1001" reply="552 5.3.4 ' in announced
    assert "mail_from=<b@kunde.example> rcpt_tos=support@firma.example because=" in sent
    assert 'reply="552 5.3.4 ' in sent


async def test_content_in_memory_is_limited_over_all_connections(edge: Any) -> None:
    client = await edge.client(bytes_in_flight=200_000)
    await client.open()
    (gate,) = (listeners.gate for listeners in edge.listeners)
    edge.door.may_commit.clear()
    client.write(b"x" * 150_000 + b"\r\n.")
    await edge.door.entered.wait()
    assert gate.octets == 150_002
    second = await edge.another()
    await second.open()
    assert await second.say(b"x" * 150_000 + b"\r\n.") == ["452 4.3.1 No room left, try again later"]
    edge.door.may_commit.set()
    assert await client.reply() == "250 2.0.0 Kept"
    await second.open()
    assert await second.say(b"x" * 150_000 + b"\r\n.") == ["250 2.0.0 Kept"]


async def test_no_data_is_asked_for_when_memory_is_full(edge: Any) -> None:
    client = await edge.client(bytes_in_flight=0)
    said = await client.say("EHLO x", "MAIL FROM:<a@kunde.example>", "RCPT TO:<support@firma.example>", "DATA")
    assert said[-1] == "452 4.3.1 No room left, try again later"


async def test_too_many_recipients_are_asked_to_come_separately(edge: Any) -> None:
    client = await edge.client(recipients=3)
    said = await client.say("EHLO x", "MAIL FROM:<a@kunde.example>", *["RCPT TO:<support@firma.example>"] * 4)
    assert [reply[:9] for reply in said[2:]] == ["250 2.1.5"] * 3 + ["452 4.5.3"]


async def test_connections_of_one_peer_are_limited(edge: Any) -> None:
    listeners = await edge.listen("smtp 127.0.0.1:0", connections_per_peer=2)
    clients = [await edge.another() for _ in range(2)]
    third = await edge.connect(listeners.addresses[0])
    assert await third.rest() == ["421 4.7.0 Too many connections from your address, try again later"]
    clients[0].writer.close()
    clients[1].writer.close()
    await edge.quiet()
    assert await (await edge.another()).say("NOOP") == ["250 2.0.0 Ok"]


@pytest.mark.parametrize("ours", ["trusted", "relaying"])
async def test_who_brings_the_mail_of_many_has_as_many_connections_as_there_are(edge: Any, ours: str) -> None:
    setattr(edge.door, ours, True)
    await edge.listen("smtp 127.0.0.1:0")
    clients = [await edge.another() for _ in range(Limits().connections_per_peer + 1)]
    setattr(edge.door, ours, False)
    assert await (await edge.connect(edge.listeners[-1].addresses[0])).rest() == [replies.TOO_MANY_OF_YOURS]
    assert await clients[-1].say("NOOP") == ["250 2.0.0 Ok"]


async def test_connections_are_limited_over_all_listeners(edge: Any) -> None:
    listeners = await edge.listen("smtp 127.0.0.1:0", "lmtp unix:lmtp.sock", connections=2)
    for address in listeners.addresses:
        await (await edge.connect(address)).reply()
    for address in listeners.addresses:
        assert await (await edge.connect(address)).rest() == ["421 4.7.0 Too many connections, try again later"]


SOON = timedelta(seconds=0.05)


async def test_a_silent_client_is_sent_away(edge: Any) -> None:
    client = await edge.client(command_timeout=SOON)
    assert await client.rest() == ["421 4.4.2 Timed out, try again later"]


async def test_each_command_buys_the_whole_time_again(edge: Any) -> None:
    client = await edge.client(command_timeout=timedelta(seconds=0.5))
    clock = asyncio.get_running_loop().time
    start = clock()
    while clock() < start + 0.8:
        assert await client.say("EHLO x")
    last = clock()
    assert await client.rest() == ["421 4.4.2 Timed out, try again later"]
    assert clock() - last > 0.4


async def test_a_command_that_trickles_in_buys_no_time(edge: Any) -> None:
    client = await edge.client(command_timeout=SOON)
    talking = asyncio.create_task(_trickle(client))
    await edge.quiet()  # what it is told may be lost under what it still sends (RFC 1122 4.2.2.13)
    talking.cancel()


async def _trickle(client: Any) -> None:
    while True:
        client.writer.write(b"N")
        await asyncio.sleep(0.01)


async def test_a_stalled_upload_is_cut_by_its_own_timeout(edge: Any) -> None:
    client = await edge.client(data_timeout=SOON)
    await client.open()
    client.write("Subject: x")
    assert await client.rest() == ["421 4.4.2 Timed out, try again later"]
    assert not edge.door.kept


async def test_an_endless_upload_ends_soon_after_it_was_refused(edge: Any) -> None:
    client = await edge.client(data_timeout=SOON, message_size=10)
    await client.open()
    uploading = asyncio.create_task(_upload(client))
    await edge.quiet()  # as above
    uploading.cancel()
    assert not edge.door.kept


async def _upload(client: Any) -> None:
    while not client.writer.transport.is_closing():
        client.writer.write(b"x" * 70_000)
        await asyncio.sleep(0.001)


async def test_a_slow_commit_is_cut_by_no_timeout(edge: Any) -> None:
    client = await edge.client(command_timeout=SOON, data_timeout=SOON)
    edge.door.may_commit.clear()
    await client.open()
    client.write(MESSAGE)
    await edge.door.entered.wait()
    await asyncio.sleep(0.12)  # longer than both
    edge.door.may_commit.set()
    assert await client.reply() == "250 2.0.0 Kept"


async def test_a_session_ends_however_busy_it_looks(edge: Any) -> None:
    client = await edge.client(session_lifetime=SOON)
    await client.say("EHLO x", "NOOP")
    assert await client.rest() == ["421 4.4.2 The session took too long, try again later"]


async def test_a_session_that_is_over_its_time_ends_after_its_message(edge: Any) -> None:
    client = await edge.client(session_lifetime=SOON)
    edge.door.may_commit.clear()
    await client.open()
    client.write(MESSAGE)
    await edge.door.entered.wait()
    await asyncio.sleep(0.1)
    edge.door.may_commit.set()
    assert await client.rest() == ["250 2.0.0 Kept", "421 4.4.2 The session took too long, try again later"]


async def test_a_stranger_that_guesses_is_sent_away_and_a_relay_is_not(edge: Any) -> None:
    client = await edge.client()
    await client.say("EHLO x", "MAIL FROM:<a@kunde.example>")
    guess = "RCPT TO:<nobody@firma.example>"
    client.write(*[guess] * 12)
    assert (await client.rest())[-1] == "421 4.7.0 Too many errors"
    edge.door.relaying = True
    client = await edge.another()
    await client.say("EHLO x", "MAIL FROM:<a@kunde.example>")
    assert [reply[:3] for reply in await client.say(*[guess] * 12, "NOOP")] == ["550"] * 12 + ["250"]


async def test_commands_that_bring_no_mail_are_limited(edge: Any) -> None:
    client = await edge.client()
    client.write(*["NOOP"] * 52)
    said = await client.rest()
    assert said == ["250 2.0.0 Ok"] * 51 + ["421 4.7.0 Too many commands that bring no mail"]


async def test_a_long_command_is_refused_and_an_endless_one_ends_the_session(edge: Any) -> None:
    client = await edge.client()
    assert await client.say("NOOP " + "x" * 3000) == ["500 5.5.2 The line is too long"]
    client.writer.write(b"x" * 200_000)
    await edge.quiet()


# Words


async def test_ehlo_promises_what_is_kept(edge: Any) -> None:
    client = await edge.client()
    assert (await client.say("EHLO kunde.example"))[0].split("\n") == [
        "250-mail.firma.example",
        "250-PIPELINING",
        "250-SIZE 26214400",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-ENHANCEDSTATUSCODES",
        "250 HELP",
    ]


async def test_every_reply_has_an_enhanced_code(edge: Any) -> None:
    edge.door.trusted = True
    client = await edge.client()
    lines = [
        *("MAIL FROM:<a@b>", "RCPT TO:<b@x>", "DATA", "RSET", "RSET x", "NOOP", "NOPE", "", "VRFY a", "VRFY", "EXPN a"),
        *("HELP", "HELP x", "AUTH PLAIN AHUAcA==", "STARTTLS", "BDAT 3", "XCLIENT a=b", b"\xff\xff", "EHLO", "HELO"),
        *("EHLO \0", "RCPT TO:<a@b>", "MAIL", "MAIL FROM", "MAIL FROM:", "MAIL FROM:oops", "MAIL FROM:<postmaster>"),
        *("MAIL FROM:<a@b> FOO=1", "MAIL FROM:<a@b> SIZE=x", "MAIL FROM:<a@b> SIZE=99999999999", "MAIL FROM:<a@b> =")
        ,
    ]  # fmt: skip
    said = [*await client.say(*lines[:1]), *await client.say("EHLO x"), *await client.say(*lines[1:])]
    said += await client.say("MAIL FROM:<a@b>", "MAIL FROM:<a@b>", "RCPT TO:<b@x>", "RCPT TO:<>", "RCPT TO:<b@x> A=1")
    said += await client.say("RCPT", "RCPT TO:<support@firma.example>", "DATA x", "QUIT x", "QUIT")
    for reply in said:
        assert reply.startswith("250-mail") or [len(part) for part in reply.split()[1].split(".")] == [1, 1, 1], reply
        assert reply[0] == reply.split()[1][0] or reply.startswith("250-mail"), reply
    assert "oops" not in "".join(said)


async def test_vrfy_and_expn_tell_nothing(edge: Any) -> None:
    client = await edge.client()
    said = await client.say("EHLO x", "VRFY support", "VRFY nobody", "EXPN support")
    assert said[1] == said[2]
    assert [reply[:3] for reply in said[1:]] == ["252", "252", "502"]


async def test_a_name_must_be_text(edge: Any) -> None:
    client = await edge.client()
    for name in (b"\0", b"a\rb", b"\xe9", b"\xe2\x80\xae", b"x" * 256, b""):
        assert (await client.say(b"EHLO " + name))[0].startswith("501 5.5.4")
    assert (await client.say("MAIL FROM:<a@b>"))[0].startswith("503")
    assert (await client.say("EHLO zażółć.example"))[0].startswith("250-")


# S10: whatever goes wrong in us

ERRORS = [
    *(ArithmeticError, AssertionError, AttributeError, BrokenPipeError, BufferError, ConnectionAbortedError),
    *(ConnectionRefusedError, ConnectionResetError, EOFError, FileNotFoundError, FloatingPointError, ImportError),
    *(IndexError, InterruptedError, KeyError, LookupError, MemoryError, NameError, NotImplementedError, OSError),
    *(OverflowError, PermissionError, RecursionError, ReferenceError, RuntimeError, StopAsyncIteration, SyntaxError),
    *(TimeoutError, TypeError, ValueError, ZeroDivisionError, StoreAway, asyncio.InvalidStateError),
]  # fmt: skip
QUESTIONS = {  # and how many of the commands below go well before it is asked
    "trusts": 1,
    "relays": 1,
    "free_space": 1,
    "blocked_by": 2,
    "accepts": 2,
    "blocked_by the header": 4,
    "rejected_by": 4,
    "receive": 4,
}


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("question", QUESTIONS)
async def test_our_mistake_is_451_in_fixed_words_and_the_next_mail_works(  # S10
    edge: Any, question: str, error: type[Exception]
) -> None:
    broken = error("secret dsn postgres://mailflow:geheim@db")
    edge.door.breaks[question] = broken
    edge.door.error = broken if question == "receive" else None
    client = await edge.client()
    commands = ["EHLO x", "MAIL FROM:<anna@kunde.example>", "RCPT TO:<support@firma.example>", "DATA", MESSAGE]
    well = QUESTIONS[question]
    said = await client.say(*commands[: well + 1])
    assert [reply[0] for reply in said[:well]] == list("2223"[:well])
    assert said[well] == "451 4.3.0 Try again later"
    edge.door.breaks.clear()
    edge.door.error = None
    assert [reply[:9] for reply in await client.say(*commands[1:])] == [
        "250 2.1.0",
        "250 2.1.5",
        "354 End w",
        "250 2.0.0",
    ]
    assert len(edge.door.kept) == 1
    assert b"secret" not in client.seen
    assert b"geheim" not in client.seen


async def test_our_mistake_at_one_recipient_does_not_bounce_the_others(edge: Any) -> None:
    client = await edge.client()
    await client.say("EHLO x", "MAIL FROM:<anna@kunde.example>")
    edge.door.breaks["accepts"] = RuntimeError()
    first = await client.say("RCPT TO:<support@firma.example>")
    edge.door.breaks.clear()
    said = await client.say("RCPT TO:<billing@firma.example>", "DATA", MESSAGE)
    assert [reply[:3] for reply in first + said] == ["451", "250", "354", "250"]


async def test_a_mistake_outside_of_any_question_is_451_too(edge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(Session, "smtp_VRFY", broken)
    client = await edge.client()
    assert await client.say("EHLO x", "VRFY x") != []
    assert client.seen.endswith(b"451 4.3.0 Try again later\r\n")
    assert (await client.say("MAIL FROM:<a@b>"))[0].startswith("250")


async def test_bare_line_ends_of_a_relay_are_mended_within_the_limit_of_a_message(edge: Any) -> None:  # S6
    edge.door.relaying = True
    client = await edge.client(message_size=1000)
    for count, reply in ((500, "250 2.0.0 Kept"), (501, "552 5.3.4 The message is larger than we take")):
        await client.open()
        assert await client.say(b"\r" * (count - 1) + b"\r\n.") == [reply]
    (arrival,) = edge.door.kept
    assert arrival.octets == b"\r\n" * 500


async def test_mended_content_counts_as_content_in_memory(edge: Any) -> None:
    edge.door.relaying = True
    client = await edge.client(bytes_in_flight=3_015)
    for count, reply in ((1_000, "250 2.0.0 Kept"), (1_010, "452 4.3.1 No room left, try again later")):
        await client.open()
        assert await client.say(b"\r" * (count - 1) + b"\r\n.") == [reply]


async def test_megabytes_of_bare_cr_keep_nobody_waiting(edge: Any) -> None:
    edge.door.trusted = True
    client = await edge.client("lmtp")
    await client.open(hello="LHLO")
    other = await edge.another()
    client.write(b"\r" * (12 << 20) + b"\r\n.")
    longest, answer = 0.0, asyncio.create_task(client.reply())
    while not answer.done():
        begin = time.monotonic()
        await other.say("EHLO x")
        longest = max(longest, time.monotonic() - begin)
    assert answer.result() == "250 2.0.0 Kept"
    assert longest < 1


async def test_strangers_leave_room_for_those_we_trust(edge: Any) -> None:  # S8
    listeners = await edge.listen("smtp 127.0.0.1:0", "lmtp unix:lmtp.sock", connections=30, connections_per_peer=30)
    for _ in range(27):
        await edge.another()
    full = ["421 4.7.0 Too many connections, try again later"]
    assert await (await edge.connect(listeners.addresses[0])).rest() == full
    for known in ("trusted", "relaying"):
        setattr(edge.door, known, True)
        assert await (await edge.another()).say("NOOP") == ["250 2.0.0 Ok"]
        setattr(edge.door, known, False)
    assert (await (await edge.connect(listeners.addresses[1])).reply()).startswith("220")
    assert await (await edge.connect(listeners.addresses[1])).rest() == full


async def test_a_question_that_fails_makes_the_caller_a_stranger(edge: Any) -> None:
    edge.door.breaks["relays"] = RuntimeError("secret")
    await edge.client()
    (guest,) = edge.listeners[0].gate.guests
    assert guest.stranger
