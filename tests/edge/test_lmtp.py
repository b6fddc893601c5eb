"""LMTP (RFC 2033): one reply for each accepted recipient after the dot, on every path."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mailflow.errors import StoreAway, StoreFull

MESSAGE = b"From: x@kunde.example\r\n\r\nhello\r\n."
RECIPIENTS = [
    ("support@firma.example", "250"),
    ("nobody@firma.example", "550"),
    ("billing+7@firma.example", "250"),
    ("anna@kunde.example", "550"),
    ("support@firma.example", "250"),
    ("a b@firma.example", "553"),
]


def fails_with(error: Exception) -> Callable[[Any], None]:
    return lambda edge: setattr(edge.door, "error", error)


PATHS: dict[str, tuple[str, bytes, Callable[[Any], object]]] = {
    "kept": ("250 2.0.0", MESSAGE, lambda edge: None),
    "full": ("452 4.3.1", MESSAGE, fails_with(StoreFull())),
    "away": ("451 4.3.0", MESSAGE, fails_with(StoreAway())),
    "our mistake": ("451 4.3.0", MESSAGE, fails_with(RuntimeError("secret"))),
    "slow commit": ("451 4.3.0", MESSAGE, lambda edge: edge.door.may_commit.clear()),
    "too large": ("552 5.3.4", b"x" * 2000 + b"\r\n.", lambda edge: None),
    "no memory": ("452 4.3.1", MESSAGE, lambda edge: setattr(edge.listeners[0].gate, "octets", 10_000 - 10)),
    "nothing in it": ("250 2.0.0", b".", lambda edge: None),
    "bare line ends": ("250 2.0.0", b"a\nb\rc\r\n.", lambda edge: None),
}
CASES = [*((count, path) for count in (1, 2, 3, 50) for path in PATHS), *((count, "kept") for count in range(4, 50))]


@pytest.mark.parametrize(("count", "path"), CASES)
async def test_each_accepted_recipient_gets_its_reply(edge: Any, count: int, path: str) -> None:  # S9, X5
    patience = timedelta(seconds=0.01 if path == "slow commit" else 30)
    wanted, content, prepare = PATHS[path]
    client = await edge.client("lmtp", message_size=1000, bytes_in_flight=10_000, commit_timeout=patience)
    rcpt_tos = [RECIPIENTS[i % len(RECIPIENTS)] for i in range(count)]
    said = await client.say("LHLO relay", "MAIL FROM:<>", *(f"RCPT TO:<{address}>" for address, _ in rcpt_tos), "DATA")
    assert [reply[:3] for reply in said[2:-1]] == [code for _, code in rcpt_tos]
    prepare(edge)
    client.write(content, "NOOP")
    accepted = sum(code == "250" for _, code in rcpt_tos)
    said = await client.replies(accepted + 1)
    edge.listeners[0].gate.octets = 0 if path == "no memory" else edge.listeners[0].gate.octets
    assert [reply[:9] for reply in said] == [wanted] * accepted + ["250 2.0.0"]
    assert b"secret" not in client.seen


async def test_without_an_accepted_recipient_there_is_no_data(edge: Any) -> None:
    client = await edge.client("lmtp")
    said = await client.say("LHLO x", "MAIL FROM:<>", "RCPT TO:<nobody@firma.example>", "DATA")
    assert said[-1] == "503 5.5.1 Not in this order"


async def test_it_greets_with_lhlo_only(edge: Any) -> None:
    client = await edge.client("lmtp")
    said = await client.say("EHLO x", "HELO x", "MAIL FROM:<>", "LHLO x")
    assert [reply[:9] for reply in said[:3]] == ["500 5.5.1", "500 5.5.1", "503 5.5.1"]
    assert "250-PIPELINING\n" in said[3]
    assert "250-ENHANCEDSTATUSCODES\n" in said[3]


async def test_over_a_unix_socket_the_peer_is_unix(edge: Any) -> None:
    listeners = await edge.listen("lmtp unix:lmtp.sock")
    client = await edge.another(listeners)
    await client.open("support@firma.example", "billing@firma.example", hello="LHLO")
    client.write(MESSAGE)
    assert await client.replies(2) == ["250 2.0.0 Kept"] * 2
    (arrival,) = edge.door.kept
    assert (arrival.envelope.source, arrival.envelope.peer, arrival.envelope.relayed) == ("lmtp", "unix", True)
    assert arrival.envelope.rcpt_tos == ("support@firma.example", "billing@firma.example")
