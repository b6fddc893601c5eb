"""Two daemons on one PostgreSQL, of which one dies or stands still: nothing twice, nothing waits for long (D7).

NODES is how often; the odd ones are kill -9, the even ones SIGSTOP for two leases and SIGCONT. LEASE is in seconds: ten
minutes in the product, which no test waits for.
"""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from time import monotonic

import pytest

from mailflow.store.database import Database
from tests.crash.checker import Told, check, rows, settled, silent
from tests.crash.senders import AWAY, Mail, by_smtp, mails, world
from tests.crash.test_points import Altered
from tests.far_end import FarEnd, far_end
from tests.running import Installation, eventually, figure, only_at_length, running

ROUNDS = figure("NODES", 10, 10)
LEASE = 3.0
TAKEOVER = LEASE + 5.0
MAILS = 20  # a round
SENDERS = 6

pytestmark = [pytest.mark.endure, pytest.mark.timeout(300 + 30 * ROUNDS)]


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with far_end() as far:
        yield far


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    database = Database(postgresql_url)
    yield database
    database.close()


@pytest.fixture
async def nodes(postgresql_url: str, far: FarEnd, tmp_path: Path) -> AsyncIterator[list[Installation]]:
    """Running, with shorter leases and the same keys."""
    async with AsyncExitStack() as house:
        found: list[Installation] = []
        for name in ("one", "two"):
            folder = tmp_path / name
            (folder / "var").mkdir(parents=True)
            node = Altered(folder, postgresql_url, world(folder, smarthost=far.port))
            node.configure(f'node = "{name}"\n' + node.file.read_text(encoding="utf-8"))
            node.change = f"lease={LEASE}"
            await house.enter_async_context(running(node))
            if found:
                shutil.copyfile(found[0].folder / "var/token.key", folder / "var/token.key")
            await node.start()
            found.append(node)
        yield found


@only_at_length
async def test_one_node_dies_or_stands_still_and_the_other_goes_on(
    nodes: list[Installation], far: FarEnd, database: Database
) -> None:
    heap, acknowledged = mails(MAILS * ROUNDS), set[str]()
    slowest, waiting = 0.0, list(heap)
    for number in range(ROUNDS):
        some, waiting = waiting[:MAILS], waiting[MAILS:]
        sending = [asyncio.create_task(send(part, nodes, acknowledged)) for part in dealt(some)]
        await eventually(lambda there=number * MAILS + MAILS // 3: len(acknowledged) > there)
        ill = nodes[number // 2 % 2]
        slowest = max(slowest, await (stand_still if number % 2 else die)(ill, database))
        await asyncio.gather(*sending)
    await settled(database, len(heap))
    assert [await node.stop() for node in nodes] == [0, 0]
    check(database, nodes[0], Told(acknowledged, acknowledged, far.taken))
    silent(nodes[1])
    taken_over = len(rows(database, "SELECT id FROM entry WHERE claims > 1"))
    print(f"{ROUNDS} times, {len(heap)} mails: {taken_over} were taken over, the slowest after {slowest:.1f} s")
    assert slowest < TAKEOVER


def dealt(some: list[Mail]) -> list[list[Mail]]:
    return [some[start::SENDERS] for start in range(SENDERS)]


async def send(some: list[Mail], nodes: list[Installation], acknowledged: set[str]) -> None:
    """Each until it is acknowledged, by the one node or the other, as to two MX."""
    for mail in some:
        for node in cycle(nodes if int(mail.name) % 2 else nodes[::-1]):
            try:
                await by_smtp(node, mail)
                acknowledged.add(mail.name)
                break
            except AWAY:
                await asyncio.sleep(0.05)


async def die(node: Installation, database: Database) -> float:
    """Seconds until the other has taken up what it left."""
    await node.kill()
    took = await freed(database, node)
    await node.start()
    return took


async def stand_still(node: Installation, database: Database) -> float:
    """As `die`. It wakes up with claims in its hands that it has no more."""
    assert node.daemon
    begun = monotonic()
    os.kill(node.daemon.pid, signal.SIGSTOP)
    try:
        took = await freed(database, node)
        await asyncio.sleep(max(0.0, begun + 2 * LEASE - monotonic()))  # the story; nothing is waited for
    finally:
        os.kill(node.daemon.pid, signal.SIGCONT)
    return took


async def freed(database: Database, node: Installation) -> float:
    begun = monotonic()
    held = (
        f"SELECT id FROM entry WHERE claimed_by = '{node.folder.name}' AND disposition = 'received' UNION ALL "
        f"SELECT id FROM outbox WHERE claimed_by = '{node.folder.name}'"
    )
    await eventually(lambda: not rows(database, held), within=4 * TAKEOVER, every=0.1)
    return monotonic() - begun
