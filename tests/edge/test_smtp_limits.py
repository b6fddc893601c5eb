"""S4: every limit one below, at and one above its value; the reply, the counter, the line in the log. Then time: early
talkers, slow uploads, stress. S5: many that only hold the line.
"""

import asyncio
import socket
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailflow.config import Limits
from mailflow.edge import gate as gates
from mailflow.edge import rate
from mailflow.edge.counters import LIMITS
from mailflow.edge.gate import Gate
from mailflow.edge.rate import HOUR, MINUTE, Rate
from mailflow.edge.reception import Caller
from mailflow.edge.users import Hash

MESSAGE = "From: Anna <anna@kunde.example>\r\nSubject: hello\r\n\r\nIt does not start.\r\n."
FRAME = len("\r\n" + ".\r\n")
USER = f"monitoring {Hash.of('geheim')} monitoring@firma.example"

REFUSED = {
    "unknown_recipient": ("EHLO x", "MAIL FROM:<a@kunde.example>", "RCPT TO:<nobody@firma.example>"),
    "foreign_recipient": ("EHLO x", "MAIL FROM:<a@kunde.example>", "RCPT TO:<b@fremd.example>"),
    "blocked_sender": ("EHLO x", "MAIL FROM:<a@qq.com>", "RCPT TO:<support@firma.example>"),
    "bad_address": ("EHLO x", "MAIL FROM:<a@@kunde.example>"),
    "bare_line_ends": (
        "EHLO x", "MAIL FROM:<a@kunde.example>", "RCPT TO:<support@firma.example>", "DATA", "a\rb\r\n.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
async def test_p10_what_is_refused_is_counted_by_why(edge: Any, why: str) -> None:
    client = await edge.client()
    said = await client.say(*REFUSED[why], "BOGUS")
    assert said[-2][0] == "5"
    assert edge.listeners[-1].gate.counters.refused == {why: 1}


async def test_p10_who_is_not_let_in_is_counted_by_why(edge: Any, certificate: Path) -> None:
    edge.protect(certificate, USER, tls="required", login="required")
    client = await edge.client()
    assert (await client.say("EHLO x", "MAIL FROM:<a@kunde.example>"))[-1].startswith("530")
    await client.start_tls()
    said = await client.say("EHLO x", "MAIL FROM:<a@kunde.example>", plain("monitoring", "wrong"))
    assert [reply[:3] for reply in said] == ["250", "530", "535"]
    assert (await client.say(plain("monitoring", "geheim"), "MAIL FROM:<a@kunde.example>"))[-1].startswith("550")
    edge.door.breaks["accepts"] = OSError()
    said = await client.say("MAIL FROM:<monitoring@firma.example>", "RCPT TO:<support@firma.example>")
    assert said[-1].startswith("451")
    kinds = ("without_tls", "without_login", "wrong_login", "sender_of_another", "trouble")
    assert edge.listeners[-1].gate.counters.refused == dict.fromkeys(kinds, 1)


async def test_p10_lmtp_counts_what_is_refused_and_not_what_is_kept(edge: Any) -> None:
    client = await edge.client("lmtp")
    await client.open("support@firma.example", "billing@firma.example", hello="LHLO")
    edge.door.error = OSError()
    client.write(MESSAGE)
    assert [reply[:3] for reply in await client.replies(2)] == ["451"] * 2
    assert edge.listeners[-1].gate.counters.refused == {"trouble": 1}


Use = Callable[[Any, Any, int], Awaitable[str]]
"""Uses up so much of a limit; the last that is said."""


async def content_of(_edge: Any, client: Any, octets: int) -> str:
    await client.open()
    client.write(b"x" * (octets - 2) + b"\r\n.")
    return str(await client.reply())


async def size_announced(_edge: Any, client: Any, octets: int) -> str:
    return str((await client.say("EHLO x", f"MAIL FROM:<anna@kunde.example> SIZE={octets}"))[-1])


async def content_in_flight(edge: Any, client: Any, octets: int) -> str:
    return await content_of(edge, client, octets - FRAME)


async def content_with_a_line_of(_edge: Any, client: Any, octets: int) -> str:
    await client.open()
    client.write(b"short\r\n" + b"x" * octets + b"\r\nshort\r\n.")
    return str(await client.reply())


async def command_of(_edge: Any, client: Any, octets: int) -> str:
    return str((await client.say("NOOP ".ljust(octets - 2, "x")))[0])


async def so_many_recipients(_edge: Any, client: Any, count: int) -> str:
    await client.say("EHLO x", "MAIL FROM:<anna@kunde.example>")
    return str((await client.say(*["RCPT TO:<support@firma.example>"] * count))[-1])


async def so_many_connections(edge: Any, _client: Any, count: int) -> str:
    said = [await (await edge.connect(edge.listeners[-1].addresses[0])).reply() for _ in range(count - 1)]
    return str(said[-1])


async def so_many_errors(_edge: Any, client: Any, count: int) -> str:
    client.write(*["BOGUS"] * count, "QUIT")
    return str((await client.rest())[-1])


async def so_much_junk(_edge: Any, client: Any, count: int) -> str:
    client.write(*["NOOP"] * count, "QUIT")
    return str((await client.rest())[-1])


async def so_many_logins(_edge: Any, client: Any, count: int) -> str:
    await client.start_tls()
    await client.say("EHLO x", *[plain("monitoring", "wrong")] * (count - 1))
    client.write(plain("monitoring", "geheim"), "QUIT")
    return str((await client.rest())[0])


async def so_many_messages(_edge: Any, client: Any, count: int) -> str:
    await client.say("EHLO x")
    return str((await client.say(*["MAIL FROM:<anna@kunde.example>", "RSET"] * count))[-2])


async def so_many_hops(_edge: Any, client: Any, count: int) -> str:
    await client.open()
    client.write("Received: from a by b\r\n" * count + MESSAGE)
    return str(await client.reply())


async def so_little_space(edge: Any, client: Any, less: int) -> str:
    edge.door.free = 2 * FREE - less
    return str((await client.say("EHLO x", "MAIL FROM:<anna@kunde.example>"))[-1])


def plain(name: str, password: str) -> str:
    return "AUTH PLAIN " + b64encode(f"\0{name}\0{password}".encode()).decode()


FREE = 5000
S4: dict[str, tuple[str, int, Use, str]] = {
    "content": ("message_size", 1000, content_of, "552 5.3.4"),
    "SIZE=": ("message_size", 1000, size_announced, "552 5.3.4"),
    "line of content": ("data_line", 100, content_with_a_line_of, "500 5.5.2"),
    "line of a command": ("command_line", 100, command_of, "500 5.5.2"),
    "recipients": ("recipients", 3, so_many_recipients, "452 4.5.3"),
    "connections": ("connections", 5, so_many_connections, "421 4.7.0"),
    "of one peer": ("connections_per_peer", 3, so_many_connections, "421 4.7.0"),
    "content in memory": ("bytes_in_flight", 1000, content_in_flight, "452 4.3.1"),
    "space": ("free_space", FREE, so_little_space, "452 4.3.1"),
    "errors": ("errors", 3, so_many_errors, "421 4.7.0"),
    "junk": ("junk_commands", 3, so_much_junk, "421 4.7.0"),
    "logins": ("auth_attempts", 3, so_many_logins, "421 4.7.0"),
    "a minute": ("sender_per_minute", 3, so_many_messages, "450 4.7.1"),
    "an hour": ("sender_per_hour", 3, so_many_messages, "450 4.7.1"),
    "hops": ("received_hops", 3, so_many_hops, "554 5.4.6"),
}


@pytest.mark.parametrize("beyond", [-1, 0, 1])
@pytest.mark.parametrize("case", S4)
async def test_s4_a_limit_is_exact_counted_and_logged(
    edge: Any, certificate: Path, capsys: pytest.CaptureFixture[str], case: str, beyond: int
) -> None:
    limit, value, use, reply = S4[case]
    edge.protect(certificate, USER, login="offered")
    client = await edge.client(**{limit: value})
    said = await use(edge, client, value + beyond)
    reached = edge.listeners[0].gate.counters.reached
    logged = capsys.readouterr().err
    if beyond <= 0:
        assert said[0] == "2"
        assert (reached[limit], f"limit={limit}" in logged) == (0, False)
    else:
        assert said.startswith(reply)
        assert reached[limit] == 1
        assert f"limit_reached limit={limit} peer=127.0.0.1" in logged or "connection_refused peer=127.0.0.1" in logged


def test_s4_every_counter_has_a_setting_of_its_name() -> None:
    assert set(LIMITS) - {"early_talker", "stress"} <= set(Limits.model_fields)


SOON = timedelta(seconds=0.05)


async def stalled_command(edge: Any) -> list[str]:
    return list(await (await edge.client(command_timeout=SOON)).rest())


async def stalled_upload(edge: Any) -> list[str]:
    client = await edge.client(data_timeout=SOON)
    await client.open()
    return list(await client.rest())


async def long_session(edge: Any) -> list[str]:
    return list(await (await edge.client(session_lifetime=SOON)).rest())


async def slow_commit(edge: Any) -> list[str]:
    client = await edge.client(commit_timeout=SOON)
    edge.door.may_commit.clear()
    await client.open()
    return list(await client.say(MESSAGE))


@pytest.mark.parametrize(
    ("limit", "use", "reply"),
    [
        ("command_timeout", stalled_command, "421 4.4.2"),
        ("data_timeout", stalled_upload, "421 4.4.2"),
        ("session_lifetime", long_session, "421 4.4.2"),
        ("commit_timeout", slow_commit, "451 4.3.0"),
    ],
)
async def test_s4_time_that_is_over_is_counted_and_logged(
    edge: Any, capsys: pytest.CaptureFixture[str], limit: str, use: Callable[[Any], Awaitable[list[str]]], reply: str
) -> None:
    assert (await use(edge))[-1].startswith(reply)
    assert edge.listeners[0].gate.counters.reached == {limit: 1}
    assert f"limit_reached limit={limit} peer=127.0.0.1 reply=" in capsys.readouterr().err


PEERS = (("192.0.2.1", False), ("192.0.2.2", False), ("192.0.2.9", True))
CHUNK = 70_000
"""Octets that are taken as a chunk."""


@pytest.mark.parametrize(("octets_a_second", "kept"), [(100_000, True), (10_000_000, False)])
async def test_s4_octets_buy_time_by_the_rate_that_is_wanted(edge: Any, octets_a_second: int, kept: bool) -> None:
    client = await edge.client(data_timeout=timedelta(seconds=0.6), upload_rate=octets_a_second)
    await client.open()
    reading = asyncio.create_task(client.reply())
    for _ in range(6):  # half as long again as without them
        client.write(b"x" * CHUNK)
        await asyncio.wait({reading}, timeout=0.15)
    assert reading.done() is not kept
    if kept:
        client.write(".")
        client.write(".")
    assert await reading == ("250 2.0.0 Kept" if kept else "421 4.4.2 Timed out, try again later")


async def test_s4_what_comes_at_once_buys_no_hours_of_silence(edge: Any) -> None:
    client = await edge.client(data_timeout=timedelta(seconds=0.3), upload_rate=500)
    await client.open()
    client.write(b"x" * 10 * CHUNK)
    assert await asyncio.wait_for(client.reply(), 10) == "421 4.4.2 Timed out, try again later"


def test_s4_nobody_alone_takes_all_the_room_for_content() -> None:
    """A stranger gets a quarter, and our own always find some."""
    gate = Gate(Limits(bytes_in_flight=400, message_size=10))
    one, other, ours = (Caller("smtp", peer, "", trusted, False) for peer, trusted in PEERS)
    assert gate.has_room_for(100, one)
    assert not gate.has_room_for(101, one)
    gate.take(100, one)
    assert not gate.has_room_for(1, one)
    assert gate.has_room_for(100, other)
    for last in range(3, 6):
        gate.take(80, Caller("smtp", f"192.0.2.{last}", "", False, False))
    assert gate.octets == 340
    assert not gate.has_room_for(30, other)  # one in ten is kept free
    assert gate.has_room_for(60, ours)
    gate.take(-100, one)
    assert gate.has_room_for(100, one)


@pytest.mark.parametrize("known", ["trusted", "relaying"])
async def test_our_own_may_wait_five_times_as_long(edge: Any, known: str) -> None:
    setattr(edge.door, known, True)
    client = await edge.client(command_timeout=timedelta(seconds=0.1))
    clock = asyncio.get_running_loop().time
    start = clock()
    assert await client.rest() == ["421 4.4.2 Timed out, try again later"]
    assert clock() - start > 0.4


# Rates


@pytest.mark.parametrize(
    ("times", "limits"),
    [
        ([0, 1, 2], [None, None, "sender_per_minute"]),
        ([0, 1, MINUTE - 0.1], [None, None, "sender_per_minute"]),
        ([0, 1, MINUTE, MINUTE + 1, MINUTE + 2], [None, None, None, None, "sender_per_minute"]),
        ([0, 60, 120, 180, 240], [None, None, None, None, "sender_per_hour"]),
        ([0, 60, 120, 180, HOUR - 0.1], [None, None, None, None, "sender_per_hour"]),
        ([0, 60, 120, 180, HOUR], [None] * 5),
    ],
)
def test_a_window_begins_with_its_first_message(times: list[float], limits: list[str | None]) -> None:
    measured, settings = Rate(), Limits(sender_per_minute=2, sender_per_hour=4)
    assert [measured.take("192.0.2.1", settings, 1000 + at) for at in times] == limits
    assert measured.take("192.0.2.2", settings, 1000 + times[-1]) is None


def test_only_so_many_peers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "PEERS", 3)
    measured, settings = Rate(), Limits(sender_per_minute=1)
    assert [measured.take(str(peer), settings, 0) for peer in (1, 2, 3, 4)] == [None] * 4
    assert [measured.take(str(peer), settings, 0) for peer in (4, 3, 1)] == ["sender_per_minute"] * 2 + [None]


@pytest.mark.parametrize("known", ["trusted", "relaying"])
async def test_only_strangers_have_a_rate(edge: Any, known: str) -> None:
    setattr(edge.door, known, True)
    client = await edge.client(sender_per_minute=1)
    assert await so_many_messages(edge, client, 3) == "250 2.1.0 Ok"


async def test_a_rate_is_of_a_peer_and_not_of_a_connection(edge: Any) -> None:
    client = await edge.client(sender_per_minute=2)
    assert await so_many_messages(edge, client, 2) == "250 2.1.0 Ok"
    assert (
        await so_many_messages(edge, await edge.another(), 1)
        == "450 4.7.1 Too many messages from your address, try again later"
    )


# Before the greeting


def talks_at_once(address: str, words: bytes) -> socket.socket:
    host, _, port = address.rpartition(":")
    caller = socket.create_connection((host, int(port)))
    caller.sendall(words)
    return caller


@pytest.mark.parametrize("known", ["stranger", "trusted", "relaying"])
async def test_who_speaks_before_the_greeting_is_refused_unless_it_is_ours(
    edge: Any, capsys: pytest.CaptureFixture[str], known: str
) -> None:
    setattr(edge.door, known, True)
    listeners = await edge.listen("smtp 127.0.0.1:0")
    reader, writer = await asyncio.open_connection(
        sock=talks_at_once(listeners.addresses[0], b"EHLO bot\r\nMAIL FROM:<>\r\nQUIT\r\n")
    )
    said = (await reader.read()).decode()
    writer.close()
    if known == "stranger":
        assert said == "554 5.5.1 Wait for the greeting\r\n"
        assert listeners.gate.counters.reached == {"early_talker": 1}
        assert "limit_reached limit=early_talker peer=127.0.0.1" in capsys.readouterr().err
    else:
        assert said.startswith("220 ")
        assert said.endswith("221 2.0.0 Bye\r\n")


async def test_strangers_wait_for_the_greeting_and_ours_do_not(edge: Any) -> None:
    delay = timedelta(seconds=0.2)
    listeners = await edge.listen("smtp 127.0.0.1:0", banner_delay=delay)
    clock = asyncio.get_running_loop().time
    start = clock()
    await edge.another()
    assert clock() - start >= 0.2
    eager = await edge.connect(listeners.addresses[0])
    eager.write("EHLO bot")
    assert await eager.rest() == ["554 5.5.1 Wait for the greeting"]
    edge.door.trusted = True
    start = clock()
    await edge.another()
    assert clock() - start < 0.2


# Many


async def test_under_stress_strangers_are_hurried_and_it_passes(
    edge: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gates, "HURRY", 0.2)
    listeners = await edge.listen("smtp 127.0.0.1:0", connections=20)
    idle = [await edge.another() for _ in range(17)]
    assert "stress" not in listeners.gate.counters.reached
    last = await edge.another()
    assert listeners.gate.counters.reached == {"stress": 1}
    assert "limit_reached limit=stress" in capsys.readouterr().err
    last.write("BOGUS", "BOGUS", "QUIT")
    assert [reply[:9] for reply in await last.rest()] == ["500 5.5.1", "500 5.5.1", "421 4.7.0"]
    assert [await client.rest() for client in idle] == [["421 4.4.2 Timed out, try again later"]] * 17
    client = await edge.another()
    client.write("BOGUS", "BOGUS", "QUIT")
    assert [reply[:3] for reply in await client.rest()] == ["500", "500", "221"]


async def test_under_stress_our_own_are_not_hurried(edge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "HURRY", 0.05)
    await edge.listen("smtp 127.0.0.1:0", connections=10)
    edge.door.relaying = True
    relay = await edge.another()
    edge.door.relaying = False
    idle = [await edge.another() for _ in range(8)]
    for client in idle:
        await client.rest()
    assert await relay.say("NOOP") == ["250 2.0.0 Ok"]


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def test_s5_who_only_holds_the_line_delays_nobody(edge: Any) -> None:
    seconds = timedelta(seconds=0.5)
    await edge.listen("smtp 127.0.0.1:0", connections_per_peer=200, command_timeout=seconds)
    before, clock = resident(), asyncio.get_running_loop().time
    idle = [await edge.another() for _ in range(100)]
    dripping = [asyncio.create_task(_drip(await edge.another())) for _ in range(20)]
    waits = []
    for _ in range(20):
        start = clock()
        client = await edge.another()
        await client.open()
        assert await client.say(MESSAGE, "QUIT") == ["250 2.0.0 Kept", "221 2.0.0 Bye"]
        waits.append(clock() - start)
    assert sorted(waits)[18] < 1
    assert resident() - before < 50 << 20
    assert [(await client.rest())[-1:] for client in idle] == [["421 4.4.2 Timed out, try again later"]] * 100
    await edge.quiet()
    for task in dripping:
        task.cancel()


async def _drip(client: Any) -> None:
    while True:
        client.writer.write(b"N")
        await asyncio.sleep(0.05)
