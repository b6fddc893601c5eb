"""Machines without any mark that answer all they are sent, and all they send besides, and a live daemon (L2)."""

from collections.abc import AsyncIterator, Callable
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from tests.running import Conversation, Installation, eventually, figure, running

ROUNDS = figure("ROUNDS", 200, 1_000)
ROBOT, SUPPORT = "robot@kunde.example", "support@firma.example"
RELAY = "\n[limits]\nsender_per_minute = 10000\nsender_per_hour = 10000\n"
"""What comes by LMTP is a relay's, which says that it checked: no network is exempt from ceilings."""


def robots_mail(n: int, subject: str, *fields: str) -> bytes:
    lines = (
        "Authentication-Results: mx.firma.example; dmarc=pass header.from=kunde.example",
        "Received: from mail.kunde.example by mx.firma.example; Mon, 02 Nov 2026 10:00:00 +0100",
        f"From: {ROBOT}",
        f"Subject: {subject}",
        f"Message-ID: <{n}@kunde.example>",
        *fields,
        "",
        f"Thank you, we have seen this. {n}",
        "",
    )
    return "\r\n".join(lines).encode()


def answers(n: int, last: Message) -> tuple[bytes, str]:
    """In the same conversation, to the address that it was given."""
    said = robots_mail(n, f"Re: {last['Subject']}", f"In-Reply-To: {last['Message-ID']}")
    return said, str(last["Reply-To"]).strip("<>")


def begins_anew(n: int, _last: Message) -> tuple[bytes, str]:
    """With another subject, to the address of the mailbox."""
    return robots_mail(n, f"Notice {n}"), SUPPORT


@pytest.fixture
async def firma(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path, sqlite_url, RELAY)
    text = installation.file.read_text(encoding="utf-8")
    text = text.replace('networks = ["127.0.0.0/8", "unix"]', 'networks = []\nauthserv_ids = ["mx.firma.example"]')
    installation.configure(text)
    async with running(installation):
        await installation.start()
        yield installation


def written(firma: Installation) -> list[Path]:
    return sorted((firma.folder / "var/sent").glob("*.eml"), key=lambda file: int(file.name.partition("-")[0]))


def ended(firma: Installation) -> int:
    return sum(line.startswith(("filed", "held", "dropped", "duplicate")) for line in firma.said().splitlines())


@pytest.mark.endure
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("robot", "rounds", "mails", "tickets"), [(answers, ROUNDS, 1, 1), (begins_anew, 100, 5, 10)])
async def test_l2_who_answers_everything_a_thousand_times_gets_at_most_five_mails(
    firma: Installation, robot: Callable[[int, Message], tuple[bytes, str]], rounds: int, mails: int, tickets: int
) -> None:
    conversation = await Conversation.begin_lmtp(firma.folder / "lmtp.sock")
    await conversation.send_lmtp(robots_mail(0, "Notice"), ROBOT, [SUPPORT])
    await eventually(lambda: written(firma))
    for n in range(1, rounds):
        octets, to = robot(n, message_from_bytes(written(firma)[-1].read_bytes()))
        await conversation.send_lmtp(octets, ROBOT, [to])
    conversation.close()
    await eventually(lambda: ended(firma) == rounds, within=120.0)
    assert await firma.stop() == 0
    assert len(written(firma)) == mails
    assert {message_from_bytes(file.read_bytes())["To"] for file in written(firma)} == {f"<{ROBOT}>"}
    opened = [line for line in firma.said().splitlines() if line.startswith("filed") and "a new ticket" in line]
    assert len(opened) == tickets
