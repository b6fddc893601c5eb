"""L3: one sender floods us. It gets few tickets and few answers, and the mail of others is taken and filed as ever."""

import asyncio
import os
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from tests.running import Conversation, Installation, eventually, running

FLOOD = int(os.environ.get("FLOOD", "100000"))
pytestmark = [pytest.mark.soak, pytest.mark.timeout(3_600)]

LIMITS = """
[limits]
sender_per_hour = {most}
sender_per_minute = {most}
banner_delay = "0s"
"""
MOST = {"at-the-door": 600, "past-the-door": 10 * FLOOD}
"""Mails of one address that are taken. Beyond the first it is told 4xx; the second takes all of the flood in."""
LINES = 8
EACH = 100
"""Mails in one connection of the flood."""
TICKETS, ANSWERS, DELAY = 20, 5, 2.0
LARGE = 12_000
"""Octets on the disk for a mail that was accepted."""
FLOODER = "flood@noise.example"
NOISE = b"From: flood@noise.example\r\nSubject: Buy %d\r\nMessage-ID: <%d@noise.example>\r\n\r\nBuy %d.\r\n"
MAIL = b"From: anna%d@kunde.example\r\nSubject: Printer\r\nMessage-ID: <%d@kunde.example>\r\n\r\nIt does not print.\r\n"


@pytest.fixture
async def daemon(tmp_path: Path, most: str) -> AsyncIterator[Installation]:
    """The flood comes from a stranger's address, the mail of others from our own network."""
    here = Installation(tmp_path, f"sqlite:///{tmp_path}/mailflow.db", LIMITS.format(most=MOST[most]))
    text = here.file.read_text().replace('"127.0.0.0/8", "unix"', '"127.0.0.1/32"')
    here.configure(text.replace("registered_only = false", 'registered_only = false\nunverified = "open"'))
    async with running(here):
        await here.start()
        yield here


@pytest.mark.parametrize("most", MOST)
async def test_l3_who_floods_us_delays_nobody(daemon: Installation, most: str) -> None:
    replies: Counter[str] = Counter()
    numbers = iter(range(FLOOD))
    flood = [asyncio.create_task(_flood(daemon.port, numbers, replies, line)) for line in range(LINES)]
    taken: list[float] = []
    others = asyncio.create_task(_others(daemon.port, taken))
    await asyncio.gather(*flood)
    others.cancel()
    with suppress(asyncio.CancelledError):
        await others
    await eventually(lambda: _one(daemon, "SELECT count(*) FROM entry WHERE disposition = 'received'") == 0, 300)
    filed = _filed(daemon)
    p95_taken, p95_filed = (sorted(each)[len(each) * 95 // 100] for each in (taken, filed))
    accepted = _one(daemon, f"SELECT count(*) FROM entry WHERE mail_from = '{FLOODER}'")
    tickets = _one(daemon, f"SELECT count(*) FROM ticket WHERE requester = '{FLOODER}'")
    answers = _one(daemon, f"SELECT count(*) FROM outbox WHERE rcpt_to = '{FLOODER}'")
    size = (daemon.folder / "mailflow.db").stat().st_size
    print(
        f"\n| {most} | {FLOOD:,} | {accepted:,} | {tickets} | {answers} | {len(taken)} | {p95_taken:.2f} s | "
        f"{p95_filed:.2f} s | {size >> 20} MB |"
    )
    assert (replies["250"], tickets <= TICKETS, answers <= ANSWERS) == (accepted, True, True)
    assert p95_taken <= DELAY
    assert p95_filed <= DELAY
    assert size <= (accepted + len(taken)) * LARGE + (8 << 20)
    assert (await daemon.run("audit"))[0] == 0


async def _flood(port: int, numbers: "count[int]", replies: Counter[str], line: int) -> None:
    """As fast as it is let: what is refused for now is not tried again."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(f"127.0.{line + 1}.1", 0))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            talk = Conversation(reader, writer)
            await talk.reply()
            await talk.say("EHLO noise.example")
            for _ in range(EACH):
                number = next(numbers, None)
                if number is None:
                    writer.close()
                    return
                try:
                    await talk.send(NOISE % (number, number, number), FLOODER)
                    replies["250"] += 1
                except ConnectionError as refused:
                    replies[str(refused).rpartition(": ")[2][:3]] += 1
                    await talk.say("RSET")
        writer.close()


async def _others(port: int, taken: list[float]) -> None:
    """One after the other: a customer does not send faster because another floods."""
    for number in count():
        start = monotonic()
        talk = await Conversation.begin(port)
        try:
            await talk.send(MAIL % (number, number), f"anna{number}@kunde.example")
        finally:
            talk.close()
        taken.append(monotonic() - start)
        await asyncio.sleep(0.5)  # the pace of customers; nobody waits for it


def _one(daemon: Installation, question: str) -> int:
    with sqlite3.connect(f"file:{daemon.folder}/mailflow.db?mode=ro", uri=True) as connection:
        return int(connection.execute(question).fetchone()[0])


def _filed(daemon: Installation) -> list[float]:
    """Seconds from when each mail of others was received to when it was filed."""
    with sqlite3.connect(f"file:{daemon.folder}/mailflow.db?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT received, settled FROM entry WHERE mail_from LIKE '%@kunde.example' AND disposition = 'filed'"
        ).fetchall()
    return [(datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds() for begin, end in rows]
