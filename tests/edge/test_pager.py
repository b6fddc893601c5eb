"""A page by command or webhook: real programs, real servers, the worst of both."""

import asyncio
import json
import ssl
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme

from mailflow.config import Step
from mailflow.edge.pager import Pager, Tried
from mailflow.standing import password_in
from tests.running import eventually

PAGE = {"page": 3, "ticket": 12, "subject": "Żółw \u202e $(reboot)", "attempt": 1}
SECRET = "hunter2"
LONG = 60.0


@pytest.fixture
def pager() -> Pager:
    return Pager(password_in)


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        file = tmp_path / "page"
        file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return str(file)

    return write


def command(*words: str) -> Step:
    return Step.model_validate({"command": words})


async def test_a_command_is_given_the_page_and_its_exit_status_counts(
    pager: Pager, program: Callable[[str], str], tmp_path: Path
) -> None:
    step = command(program(f'cat > {tmp_path}/told; printf %s "$1" > {tmp_path}/word'), "$(id) ; ls")
    assert await pager.page(step, PAGE, LONG) == Tried(True, "exit status 0")
    assert json.loads((tmp_path / "told").read_text("ascii")) == PAGE
    assert (tmp_path / "word").read_text("utf-8") == "$(id) ; ls"  # no shell has seen it


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 3", "exit status 3"),
        ("kill -9 $$", "killed by signal 9"),
        ("echo hunter2; echo hunter2 >&2; exit 1", "exit status 1"),
        ("exec <&-; exit 1", "exit status 1"),  # does not read what it is told
    ],
)
async def test_a_command_that_fails_has_reached_nobody(
    pager: Pager, program: Callable[[str], str], text: str, said: str
) -> None:
    assert await pager.page(command(program(text), SECRET), PAGE, LONG) == Tried(False, said)


async def test_a_command_that_floods_its_output_is_not_read(pager: Pager, program: Callable[[str], str]) -> None:
    step = command(program("head -c 50000000 /dev/zero; head -c 50000000 /dev/zero >&2"))
    assert (await pager.page(step, PAGE, LONG)).reached


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/nowhere/page", "does not start: No such file or directory"),
        ("/etc/passwd", "does not start: Permission denied"),
    ],
)
async def test_a_command_that_does_not_start(pager: Pager, name: str, said: str) -> None:
    assert await pager.page(command(name, SECRET), PAGE, LONG) == Tried(False, said)


async def test_a_command_that_hangs_is_ended_with_all_it_started(
    pager: Pager, program: Callable[[str], str], tmp_path: Path
) -> None:
    text = f"trap '' TERM\n(trap '' TERM; echo $$ > {tmp_path}/group; while :; do sleep 1; done) &\nwait\nsleep 100"
    tried = await pager.page(command(program(text)), PAGE, 0.5)
    assert tried == Tried(False, "took longer than 0.5 s and was ended")
    group = int((tmp_path / "group").read_text("ascii"))
    await gone(group)


async def test_a_command_is_ended_when_we_are(pager: Pager, program: Callable[[str], str], tmp_path: Path) -> None:
    step = command(program(f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/group; sleep 100"))
    task = asyncio.create_task(pager.page(step, PAGE, LONG))
    await eventually((tmp_path / "group").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(int((tmp_path / "group").read_text("ascii")))


async def gone(group: int) -> None:
    """Until nobody of it runs: who was killed is still there until it is reaped."""
    await eventually(lambda: all(state in "ZX" for state in states_of(group)))


def states_of(group: int) -> Iterator[str]:
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, rest = file.read_text("utf-8", "replace").rpartition(") ")
        except OSError:
            continue
        state, _, its_group = rest.split()[:3]
        if int(its_group) == group:
            yield state


@dataclass
class Hook:
    """An HTTP server that answers as it is told, in turn; the last answer repeats. '' hangs up, None says nothing."""

    answers: list[str | None] = field(default_factory=lambda: ["200 OK"])
    heads: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
            self.heads.append(head)
            self.bodies.append(json.loads(await reader.readexactly(length)))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer is None:
                await self.over.wait()
            elif answer:
                writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}/T0P/S3CR3T"


@asynccontextmanager
async def serving(hook: Hook, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hook]:
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0, ssl=tls)
    hook.port = server.sockets[0].getsockname()[1]
    try:
        yield hook
    finally:
        hook.over.set()
        server.close()
        await server.wait_closed()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with serving(Hook()) as hook:
        yield hook


async def test_a_webhook_is_given_the_page_and_its_secret_header(pager: Pager, hook: Hook, tmp_path: Path) -> None:
    (tmp_path / "header").write_text("Authorization: Bearer hunter2\n", "utf-8")
    step = Step(webhook=hook.url(), header_file=tmp_path / "header")
    assert await pager.page(step, PAGE, LONG) == Tried(True, "HTTP 200")
    assert hook.bodies == [PAGE]
    (head,) = hook.heads
    assert head.startswith("POST /T0P/S3CR3T HTTP/1.1\r\n")
    assert "\r\nAuthorization: Bearer hunter2\r\n" in head
    assert "\r\nContent-Type: application/json\r\n" in head


async def test_the_url_may_be_a_secret_in_a_file(pager: Pager, hook: Hook, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(hook.url() + "\n", "utf-8")
    assert (await pager.page(Step(webhook_file=tmp_path / "url"), PAGE, LONG)).reached
    (tmp_path / "url").write_text("http://elsewhere.example/S3CR3T\n", "utf-8")
    tried = await pager.page(Step(webhook_file=tmp_path / "url"), PAGE, LONG)
    assert tried == Tried(False, "webhook_file write https://…; http:// is for a program on this machine only")


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        ("204 No Content", Tried(True, "HTTP 204")),
        ("500 hunter2", Tried(False, "HTTP 500")),
        ("401 Unauthorized", Tried(False, "HTTP 401")),
        ("", Tried(False, "no answer: RemoteProtocolError")),
        ("nonsense \x01\x02", Tried(False, "no answer: RemoteProtocolError")),
    ],
)
async def test_what_a_webhook_answers(pager: Pager, hook: Hook, answer: str, tried: Tried) -> None:
    hook.answers = [answer]
    assert await pager.page(Step(webhook=hook.url()), PAGE, LONG) == tried


async def test_a_redirect_is_not_followed(pager: Pager, hook: Hook) -> None:
    hook.answers = [f"307 x\r\nLocation: {hook.url()}/elsewhere", "200 OK"]
    tried = await pager.page(Step(webhook=hook.url()), PAGE, LONG)
    assert tried == Tried(False, "HTTP 307, a redirect, which is not followed")
    assert len(hook.heads) == 1


async def test_a_webhook_that_hangs_is_given_up(pager: Pager, hook: Hook) -> None:
    hook.answers = [None]
    assert await pager.page(Step(webhook=hook.url()), PAGE, 0.2) == Tried(False, "no answer within 0.2 s")


async def test_a_webhook_that_sends_headers_for_ever_is_given_up(pager: Pager) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while not writer.is_closing():
                writer.write(b"X: y\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        tried = await pager.page(Step(webhook=f"http://127.0.0.1:{port}/"), PAGE, 0.5)
    assert not tried.reached


async def test_nobody_at_the_other_end(pager: Pager) -> None:
    async with serving(Hook()) as hook:
        pass
    assert await pager.page(Step(webhook=hook.url()), PAGE, LONG) == Tried(False, "no connection")


async def test_the_certificate_is_verified(pager: Pager, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with serving(Hook(), context) as hook:
        stranger = await pager.page(Step(webhook=hook.url("https")), PAGE, LONG)
        assert not stranger.reached
        assert stranger.said.startswith("its certificate is not trusted: ")
        assert hook.bodies == []
        known = Step(webhook=hook.url("https"), ca_file=tmp_path / "ca.pem")
        assert await pager.page(known, PAGE, LONG) == Tried(True, "HTTP 200")


async def test_the_environment_says_nothing_about_where_it_goes(
    pager: Pager, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await pager.page(Step(webhook=hook.url()), PAGE, LONG)).reached


@pytest.mark.parametrize("text", ["hunter2", "X y: hunter2", "Authorization:", "A: b\x01hunter2", "A: hünter2", ""])
async def test_a_header_that_is_none_is_said_without_it(pager: Pager, hook: Hook, tmp_path: Path, text: str) -> None:
    (tmp_path / "header").write_text(text + "\n", "utf-8")
    tried = await pager.page(Step(webhook=hook.url(), header_file=tmp_path / "header"), PAGE, LONG)
    assert tried == Tried(False, "header_file is no header field; write 'Authorization: Bearer …', one line of ASCII")
    assert hook.bodies == []


async def test_a_secret_that_is_not_there_is_said(pager: Pager, hook: Hook, tmp_path: Path) -> None:
    tried = await pager.page(Step(webhook=hook.url(), header_file=tmp_path / "gone"), PAGE, LONG)
    assert tried == Tried(False, f"cannot read {tmp_path}/gone: No such file or directory")
