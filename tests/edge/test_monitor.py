"""Who asks how it goes is answered by HTTP, and whoever else comes there is harmless."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailflow.edge import monitor
from mailflow.edge.monitor import AT_ONCE, LONGEST_QUESTION, Answer, answering
from mailflow.errors import CannotListen


async def well() -> Answer:
    return Answer(200, b"ok\n")


async def ill() -> Answer:
    raise RuntimeError("the password is hunter2")


PAGES = {"/healthz": well, "/ill": ill}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with answering("127.0.0.1:0", PAGES) as place:
        yield int(place.rpartition(":")[2])


async def said(port: int, octets: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(octets)
        return await reader.read()
    finally:
        writer.close()


def question(path: str, method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("octets", "status", "body"),
    [
        (question("/healthz"), b"200 OK", b"ok\n"),
        (question("/healthz?verbose=1"), b"200 OK", b"ok\n"),
        (question("/healthz", "HEAD"), b"200 OK", b""),
        (b"GET /healthz HTTP/1.0\r\n\r\n", b"200 OK", b"ok\n"),
        (question("/"), b"404 Not Found", b"here are /healthz and /metrics\n"),
        (question("/healthz", "POST"), b"405 Method Not Allowed", b"GET is all there is\n"),
        (question("/ill"), b"500 Internal Server Error", b"trouble, the log says more\n"),
        (b"EHLO me\r\n\r\n", b"400 Bad Request", b"this is no HTTP\n"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 4 * LONGEST_QUESTION, b"400 Bad Request", b"this is no HTTP\n"),
    ],
    ids=lambda value: value[:20].decode() if isinstance(value, bytes) else str(value),
)
async def test_what_is_asked_is_answered(port: int, octets: bytes, status: bytes, body: bytes) -> None:
    answer = await said(port, octets)
    assert answer.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert answer.partition(b"\r\n\r\n")[2] == body
    assert b"hunter2" not in answer


async def test_who_asks_too_slowly_is_sent_away(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(monitor, "PATIENCE", 0.05)
    assert await said(port, b"GET /heal") == b""
    assert (await said(port, question("/healthz"))).endswith(b"ok\n")


async def test_many_who_say_nothing_are_not_waited_for(port: int) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(AT_ONCE)]
    assert await said(port, b"") == b""  # one too many
    for _, writer in silent:
        writer.close()
    async with asyncio.timeout(5):
        while not (await said(port, question("/healthz"))).endswith(b"ok\n"):
            pass


async def test_a_unix_socket_goes_with_us(tmp_path: Path) -> None:
    path = tmp_path / "monitor.sock"
    async with answering(f"unix:{path}", PAGES) as place:
        assert place == f"unix:{path}"
        assert path.stat().st_mode & 0o777 == 0o660
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(question("/healthz"))
        assert (await reader.read()).endswith(b"ok\n")
        writer.close()
    assert not path.exists()


async def test_an_address_that_is_taken_is_named(port: int) -> None:
    with pytest.raises(CannotListen, match=r"127\.0\.0\.1:.*another program listens there"):
        async with answering(f"127.0.0.1:{port}", PAGES):
            pass
