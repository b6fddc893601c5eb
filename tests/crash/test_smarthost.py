"""The smarthost dead, slow, refusing, cut, with a certificate that nobody vouches for; a log that nobody takes (O8).

Mail goes on coming in, what cannot leave waits, and leaves once when the other side is well again.
"""

import asyncio
import os
import ssl
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from mailflow.store.database import Database
from tests.crash.checker import Told, check, rows, settled
from tests.crash.faults import Sender
from tests.crash.senders import world
from tests.crash.test_points import Altered
from tests.far_end import FarEnd, far_end
from tests.running import Installation, eventually, only_at_length, running
from tests.test_two_daemons import free_port

ILLNESSES: dict[str, dict[str, str]] = {
    "greets with 421": {"": "421 4.3.2 not now"},
    "greets with 554": {"": "554 5.3.2 never"},
    "hangs up at once": {"": "", "EHLO": ""},
    "451 to MAIL": {"MAIL": "451 4.3.0 later"},
    "452 to RCPT": {"RCPT": "452 4.2.2 full"},
    "hangs up at RCPT": {"RCPT": ""},
    "454 to DATA": {"DATA": "451 4.7.0 later"},
    "452 to the content": {".": "452 4.3.1 no room"},
}
"""Each is temporary, also the 554: it is about the connection, not about the mail."""

pytestmark = [pytest.mark.endure, pytest.mark.timeout(300)]


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with far_end() as far:
        yield far


def states(database: Database) -> Counter[str]:
    return Counter(row.state for row in rows(database, "SELECT state FROM outbox"))


def tried(database: Database, least: int) -> int:
    return len(rows(database, f"SELECT id FROM outbox WHERE state = 'waiting' AND attempts >= {least}"))


async def test_a_smarthost_that_is_ill_keeps_mail_waiting_and_is_sent_all_of_it_once(
    sqlite_url: str, far: FarEnd, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    installation = Altered(tmp_path, sqlite_url, world(tmp_path, smarthost=far.port))
    installation.change = "backoff=0.5"
    async with running(installation):
        await installation.start()
        sender = Sender(installation)
        for number, (name, replies) in enumerate(ILLNESSES.items()):
            far.replies = replies
            assert await sender.offer() == {"250": 1}
            await eventually(lambda: tried(database, least=1) == 1)
            assert len(far.taken) == number, name
            far.replies = {}
            await eventually(lambda n=number: len(far.taken) == n + 1)
        far.open.clear()  # it takes the content and thinks
        assert await sender.offer(3) == {"250": 3}
        far.open.set()
        await settled(database, len(sender.acknowledged))
        far.replies = {"RCPT": "550 5.1.1 nobody"}
        assert await sender.offer() == {"250": 1}
        await eventually(lambda: states(database)["refused"] == 1)
        assert await installation.stop() == 0
        check(database, installation, Told(sender.acknowledged, sender.sent, far.taken))
    assert states(database) == {"sent": len(ILLNESSES) + 3, "refused": 1}
    database.close()


@only_at_length
async def test_a_dead_smarthost_or_one_without_a_good_certificate_gets_nothing_until_it_is_well(
    sqlite_url: str, tmp_path: Path
) -> None:
    ours, theirs, database, port = trustme.CA(), trustme.CA(), Database(sqlite_url), free_port()
    ours.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    more = world(tmp_path, smarthost=port).replace('tls = "none"', 'tls = "implicit"\nca_file = "ca.pem"')
    installation = Altered(tmp_path, sqlite_url, more)
    installation.change = "backoff=0.5"
    async with running(installation):
        await installation.start()
        sender = Sender(installation)
        assert await sender.offer(2) == {"250": 2}
        await eventually(lambda: tried(database, least=1) == 2)
        async with far_end(port, certified(theirs)) as wrong:
            await eventually(lambda: tried(database, least=3) == 2)
        async with far_end(port, certified(ours)) as right:
            await settled(database, 2)
            assert await installation.stop() == 0
        check(database, installation, Told(sender.acknowledged, sender.sent, right.taken))
    assert (len(wrong.taken), len(right.taken), states(database)) == (0, 2, {"sent": 2})
    database.close()


def certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


class Unheard(Installation):
    """Its log goes where nobody takes it: to a disk that is full, or into a pipe that nobody reads."""

    target = "full"

    async def start(self) -> None:
        self.log.touch()
        reader, writer = os.pipe()
        descriptor = writer if self.target == "closed" else os.open("/dev/full", os.O_WRONLY)
        self.daemon = await asyncio.create_subprocess_exec(
            *self.command("run"), stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor, start_new_session=True
        )
        for each in {reader, writer, descriptor}:
            os.close(each)


@only_at_length
@pytest.mark.parametrize("target", ["full", "closed"])
async def test_a_log_that_nobody_takes_stops_no_mail(target: str, sqlite_url: str, far: FarEnd, tmp_path: Path) -> None:
    installation, database = Unheard(tmp_path, sqlite_url, world(tmp_path, smarthost=far.port)), Database(sqlite_url)
    installation.target, port = target, free_port()
    installation.configure(installation.file.read_text(encoding="utf-8").replace("127.0.0.1:0", f"127.0.0.1:{port}"))
    async with running(installation):
        await installation.start()
        installation.port, sender = port, Sender(installation)
        await sender.until_taken()
        assert await sender.offer(3) == {"250": 3}
        await settled(database, 4)
        assert await installation.stop() == 0
        check(database, installation, Told(sender.acknowledged, sender.sent, far.taken))
    database.close()
