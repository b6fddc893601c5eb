"""The client goes away, at every point of the dialog and in every way: the mail is kept once or not at all, and the
retry makes it exactly one after deduplication. Then how we go away ourselves.
"""

import asyncio
import socket
from datetime import timedelta
from typing import Any

import pytest

from mailflow.edge import connection

MESSAGE = (
    b"From: Anna <anna@kunde.example>\r\nMessage-ID: <1@kunde.example>\r\nSubject: hello\r\n\r\nIt does not start.\r\n"
)
DIALOG = [
    b"EHLO kunde.example\r\n",
    b"MAIL FROM:<anna@kunde.example>\r\n",
    b"RCPT TO:<support@firma.example>\r\n",
    b"DATA\r\n",
    MESSAGE + b".\r\n",
    b"QUIT\r\n",
]
WHOLE = b"".join(DIALOG)
END = len(WHOLE) - len(b"QUIT\r\n")
CONTENT = END - len(MESSAGE) - len(b".\r\n")
STARTS = [sum(map(len, DIALOG[:step])) for step in range(len(DIALOG))]
POINTS = {  # octets that were sent, five for each
    "before anything": [0, 0, 0, 0, 0],
    "in EHLO": [1, 4, 5, 10, 19],
    "after EHLO": [STARTS[1]] * 5,
    "in MAIL": [STARTS[1] + at for at in (1, 5, 11, 20, 31)],
    "after MAIL": [STARTS[2]] * 5,
    "in RCPT": [STARTS[2] + at for at in (1, 5, 9, 20, 32)],
    "after RCPT": [STARTS[3]] * 5,
    "in DATA": [STARTS[3] + at for at in (1, 2, 3, 4, 5)],
    "after DATA": [CONTENT] * 5,
    "in the header": [CONTENT + at for at in (1, 6, 20, 40, 80)],
    "in the body": [END - at for at in (20, 15, 10, 7, 6)],
    "at the end of the last line": [END - at for at in (5, 5, 4, 4, 4)],
    "in the dot": [END - at for at in (3, 3, 2, 2, 1)],
    "after the dot": [END] * 5,
    "in QUIT": [END + at for at in (1, 2, 3, 4, 5)],
}
FAULTS = ["FIN", "RST", "stall"]


@pytest.mark.parametrize("pipelined", [False, True], ids=["in steps", "pipelined"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("point", POINTS)
async def test_a_client_that_goes_away_loses_nothing_and_doubles_nothing(  # S11, X2
    edge: Any, point: str, fault: str, pipelined: bool
) -> None:
    soon = timedelta(seconds=0.03)
    listeners = await edge.listen("smtp 127.0.0.1:0", command_timeout=soon, data_timeout=soon)
    patient = await edge.listen("smtp 127.0.0.1:0")
    for sent in POINTS[point]:
        edge.door.kept.clear()
        client = await edge.connect(listeners.addresses[0])
        await (_pour if pipelined else _step_by_step)(client, WHOLE[:sent])
        await _go_away(client, fault)
        await edge.quiet()
        kept = len(edge.door.kept)
        assert kept == (b"250 2.0.0 Kept" in client.seen) or (kept == 1 and sent >= END)  # or its reply was lost
        retry = await edge.another(patient)
        assert (await _answers(retry))[-2:] == ["250 2.0.0 Kept", "221 2.0.0 Bye"]
        assert len(edge.door.kept) <= 2
        assert {(arrival.envelope.mail_from, arrival.octets) for arrival in edge.door.kept} == {
            ("anna@kunde.example", MESSAGE)
        }


async def _pour(client: Any, octets: bytes) -> None:
    """Everything at once, as with PIPELINING."""
    await client.reply()
    client.writer.write(octets)


async def _step_by_step(client: Any, octets: bytes) -> None:
    """Each command after the reply to the one before."""
    await client.reply()
    for start, step in zip(STARTS, DIALOG, strict=True):
        client.writer.write(octets[start : start + len(step)])
        if len(octets) < start + len(step):
            return
        await client.reply()


async def _go_away(client: Any, fault: str) -> None:
    if fault == "RST":
        client.reset()
    elif fault == "FIN":
        client.writer.close()
    else:
        await client.rest()  # until we hang up


async def _answers(client: Any) -> list[str]:
    client.writer.write(WHOLE)
    answers: list[str] = await client.rest()
    return answers


@pytest.mark.parametrize("fault", ["FIN", "RST", "half-close"])
async def test_a_commit_outlives_its_client_and_closing_waits_for_it(edge: Any, fault: str) -> None:  # X2, X8
    client = await edge.client()
    edge.door.may_commit.clear()
    await client.open()
    client.writer.write(MESSAGE + b".\r\n")
    await edge.door.entered.wait()
    {"FIN": client.writer.close, "RST": client.reset, "half-close": client.half_close}[fault]()
    (listeners,) = edge.listeners
    closing = asyncio.create_task(listeners.close(10))
    await asyncio.wait({closing}, timeout=0.05)
    assert not closing.done()
    assert not edge.door.kept
    edge.door.may_commit.set()
    await closing
    assert len(edge.door.kept) == 1


async def test_closing_sends_idle_clients_away_and_lets_busy_ones_finish(edge: Any) -> None:
    idle, busy, halfway = await edge.client(), await edge.another(), await edge.another()
    await halfway.say("EHLO x", "MAIL FROM:<anna@kunde.example>", "RCPT TO:<support@firma.example>")
    edge.door.may_commit.clear()
    await busy.open()
    busy.writer.write(MESSAGE + b".\r\n")
    await edge.door.entered.wait()
    (listeners,) = edge.listeners
    closing = asyncio.create_task(listeners.close(10))
    bye = "421 4.3.2 Closing, try again later"
    assert (await idle.rest(), await halfway.rest()) == ([bye], [bye])
    edge.door.may_commit.set()
    assert await busy.rest() == ["250 2.0.0 Kept", bye]
    await closing


async def test_closing_sends_away_who_has_brought_its_mail(edge: Any) -> None:
    client = await edge.client()
    await client.open()
    client.writer.write(MESSAGE + b".\r\n")
    assert await client.reply() == "250 2.0.0 Kept"
    (listeners,) = edge.listeners
    await asyncio.wait_for(listeners.close(60), 5)
    assert await client.rest() == ["421 4.3.2 Closing, try again later"]


async def test_an_upload_in_progress_may_finish_while_we_close(edge: Any) -> None:
    client = await edge.client()
    await client.open()
    client.writer.write(MESSAGE)
    (listeners,) = edge.listeners
    closing = asyncio.create_task(listeners.close(10))
    await asyncio.wait({closing}, timeout=0.02)
    client.writer.write(b".\r\n")
    assert await client.rest() == ["250 2.0.0 Kept", "421 4.3.2 Closing, try again later"]
    await closing


async def test_who_does_not_finish_in_time_is_cut(edge: Any) -> None:
    client = await edge.client()
    await client.open()
    (listeners,) = edge.listeners
    await asyncio.wait_for(listeners.close(0.02), 5)
    assert await client.rest() == []
    assert not edge.door.kept


async def test_a_client_that_reads_nothing_cannot_hold_the_line(edge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LINGER", 0.01)
    client = await edge.client(command_timeout=timedelta(seconds=0.05), junk_commands=10**9)
    (listeners,) = edge.listeners
    (session,) = listeners.gate.guests
    session.transport.set_write_buffer_limits(high=1000)
    session.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client.writer.transport.pause_reading()
    client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.writer.write(b"HELP\r\n" * 50_000)
    await edge.quiet()
