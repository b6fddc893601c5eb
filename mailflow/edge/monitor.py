"""Answers whoever asks how it goes, on an address of its own: HTTP by h11, one question a connection.

Only for this host, unless config.toml says otherwise, and no more than a few at a time: who asks slowly or too much is
sent away and holds up no mail. What is answered is the caller's; this is only how. Only importer of h11.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import h11

from mailflow import maillog
from mailflow.edge.sockets import address_of, bound, why
from mailflow.errors import CannotListen

PATIENCE = 10.0
"""Seconds for a question, and as long for its answer: Prometheus waits no longer by itself."""
AT_ONCE = 16
LONGEST_QUESTION = 8 << 10
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str = PLAIN


Pages = Mapping[str, Callable[[], Awaitable[Answer]]]
"""By path; what asks for a query gets the same."""

_NOT_HERE = Answer(404, b"here are /healthz and /metrics\n")
_NOT_UNDERSTOOD = Answer(400, b"this is no HTTP\n")
_ONLY_READ = Answer(405, b"GET is all there is\n")
_TROUBLE = Answer(500, b"trouble, the log says more\n")


@asynccontextmanager
async def answering(place: str, pages: Pages) -> AsyncIterator[str]:
    """While it lasts `pages` are answered at `place`, which is as in config.toml; yields it with the port that was
    given for port 0. CannotListen when it is not ours to take."""
    desk = _Desk(pages)
    path = Path(place.removeprefix("unix:")) if place.startswith("unix:") else None
    try:
        server = await _opened(place, path, desk)
    except OSError as error:
        raise CannotListen([(place, why(error))]) from None
    try:
        yield address_of(server.sockets[0])
    finally:
        server.close()
        await desk.close()
        if path:
            path.unlink(missing_ok=True)


async def _opened(place: str, path: Path | None, desk: "_Desk") -> asyncio.Server:
    if path:
        return await asyncio.start_server(desk.serve, sock=bound(path))
    host, _, port = place.rpartition(":")
    return await asyncio.start_server(desk.serve, host.strip("[]"), int(port))


class _Desk:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._asking: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._asking) >= AT_ONCE:
            writer.close()
            return
        self._asking.add(task)
        try:
            with suppress(OSError, TimeoutError):
                await self._converse(h11.Connection(h11.SERVER, LONGEST_QUESTION), reader, writer)
        finally:
            self._asking.discard(task)
            writer.close()

    async def close(self) -> None:
        for task in self._asking:
            task.cancel()
        if self._asking:
            await asyncio.wait(self._asking)

    async def _converse(self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                asked = await _question(http, reader)
        except h11.RemoteProtocolError:
            asked = None
        head = asked is not None and asked.method == b"HEAD"
        answer = await self._answer(asked) if asked else _NOT_UNDERSTOOD
        writer.write(_written(http, answer, head=head))
        async with asyncio.timeout(PATIENCE):
            await writer.drain()

    async def _answer(self, asked: h11.Request) -> Answer:
        if asked.method not in (b"GET", b"HEAD"):
            return _ONLY_READ
        page = self._pages.get(asked.target.partition(b"?")[0].decode("ascii", "replace"))
        if page is None:
            return _NOT_HERE
        try:
            return await page()
        except Exception as error:  # noqa: BLE001  # who asks is no reason to fall
            maillog.trouble(error, "monitor")
            return _TROUBLE


async def _question(http: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """Without its body, which nobody reads; None when there is none."""
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(LONGEST_QUESTION))
    return event if isinstance(event, h11.Request) else None


def _written(http: h11.Connection, answer: Answer, *, head: bool) -> bytes:
    headers = [
        ("content-type", answer.content_type),
        ("content-length", str(len(answer.body))),
        ("cache-control", "no-store"),
        ("connection", "close"),
    ]
    with suppress(h11.LocalProtocolError):
        begin = (
            http.send(h11.Response(status_code=answer.status, headers=headers, reason=HTTPStatus(answer.status).phrase))
            or b""
        )
        body = b"" if head else http.send(h11.Data(data=answer.body)) or b""
        return begin + body
    return b""
