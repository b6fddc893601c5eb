"""A PostgreSQL that keeps its connections and never answers (D6): temporary trouble within a known time, and it goes
on by itself. SILENCES is how often, each in a burst of BURST mails; PATIENCE is in seconds: ten in the product.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest

from mailflow.store.database import Database
from tests.crash.checker import Told, check, settled
from tests.crash.faults import Sender, only_temporary
from tests.crash.senders import world
from tests.crash.silence import frozen, wire
from tests.crash.test_points import Altered
from tests.far_end import far_end
from tests.running import eventually, figure, only_at_length, running

SILENCES = figure("SILENCES", 1, 10)
BURST = figure("BURST", 4, 20)
PATIENCE = 1.0
CONNECT = 2  # seconds; what libpq takes for the least
LONGEST = 2 * PATIENCE + 4 * CONNECT
"""Until a sender is told: what the writer is at, what waits there before it, itself."""

pytestmark = [pytest.mark.endure, pytest.mark.timeout(120 + 60 * SILENCES)]


async def test_a_frozen_postgresql_is_451_and_it_goes_on_by_itself(
    postgresql_url: str, postgresql_server: Any, tmp_path: Path
) -> None:
    @asynccontextmanager
    async def silent() -> AsyncIterator[None]:
        with frozen(postgresql_server):
            yield

    await goes_on(f"{postgresql_url}&connect_timeout={CONNECT}", silent, postgresql_url, tmp_path)


@only_at_length
async def test_a_network_that_swallows_everything_is_451_and_it_goes_on_by_itself(
    postgresql_url: str, postgresql_server: Any, tmp_path: Path
) -> None:
    async with wire(f"{postgresql_server.get_postmaster_info().socket_dir}/.s.PGSQL.5432") as (between, port):
        name = urlsplit(postgresql_url).path[1:]
        url = f"postgresql://postgres:@127.0.0.1:{port}/{name}?connect_timeout={CONNECT}"
        await goes_on(url, between.broken, postgresql_url, tmp_path)


async def goes_on(
    url: str, silent: Callable[[], AbstractAsyncContextManager[None]], beside: str, tmp_path: Path
) -> None:
    """`beside`: how the database is asked by who tells the story."""
    database = Database(beside)
    async with far_end() as far:
        installation = Altered(tmp_path, url, world(tmp_path, smarthost=far.port))
        installation.change = f"patience={PATIENCE}"
        async with running(installation):
            await installation.start()
            sender, told, slowest = Sender(installation), Counter[str](), 0.0
            for _ in range(SILENCES):
                offering, before = asyncio.create_task(sender.offer(BURST)), len(sender.acknowledged)
                await eventually(lambda before=before: len(sender.acknowledged) > before + BURST // 4)
                async with silent():
                    begun = monotonic()
                    told += await sender.offer()
                    slowest = max(slowest, monotonic() - begun)
                told += await offering
                await sender.until_taken()
            print(dict(told), f"the slowest after {slowest:.1f} s")
            assert only_temporary(told)
            assert told["451"] >= SILENCES
            assert slowest < LONGEST
            await settled(database, len(sender.acknowledged))
            assert await installation.stop() == 0
            check(database, installation, Told(sender.acknowledged, sender.sent, far.taken), trouble=True)
    database.close()
