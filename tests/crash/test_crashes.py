"""kill -9 at random moments, the senders retrying: nothing that was answered `250` is lost or doubled (D1, P1–P4).

MAILS, KILLS and SEED come from the environment for longer runs: make endure MAILS=10000 KILLS=200.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from mailflow.store.database import Database
from tests.crash.checker import Figures, Told, check, settled
from tests.crash.kills import SEED, Kill, planned
from tests.crash.senders import Senders, mailbox, mails, world
from tests.crash.vitals import MEGABYTE, Vitals
from tests.far_end import far_end
from tests.running import Installation, eventually, figure, running

MAILS = figure("MAILS", 200, 1_000)
KILLS = figure("KILLS", 4, 25)

pytestmark = [pytest.mark.endure, pytest.mark.timeout(300 + MAILS + 10 * KILLS)]


async def test_what_was_acknowledged_is_in_exactly_one_ticket(
    database: Database, database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    print(f"SEED={SEED}")
    vitals, begun = Vitals(), monotonic()
    with mailbox() as imap:
        async with far_end() as far:
            more = world(tmp_path, smarthost=far.port, imap=imap)
            async with running(Installation(tmp_path, database_url, more)) as installation:
                senders = Senders(installation, imap, mails(MAILS))
                await storm(installation, senders, planned(MAILS, KILLS), vitals)
                await settled(database, MAILS, within=60 + MAILS / 10)
                assert await installation.stop() == 0
                told = Told(senders.acknowledged, senders.acknowledged, far.taken)
                figures = check(database, installation, told, vitals)
    assert len(senders.acknowledged) == figures.mails == MAILS
    record_property("figures", row(database, senders, figures, vitals, monotonic() - begun))


async def storm(installation: Installation, senders: Senders, kills: list[Kill], vitals: Vitals) -> None:
    """All mails sent, all kills done."""
    await vitals.start(installation)
    watching = asyncio.create_task(vitals.watch(installation))
    sending = asyncio.create_task(senders.work())
    for kill in kills:
        await eventually(partial(senders.have, kill.after), within=120)
        await asyncio.sleep(kill.pause)
        await installation.kill(kill.whole_group)
        await vitals.start(installation)
    await sending
    watching.cancel()


def row(database: Database, senders: Senders, figures: Figures, vitals: Vitals, seconds: float) -> dict[str, object]:
    """For docs/reliability.md."""
    return {
        "D1": database.dialect,
        "mails": MAILS,
        "kills": KILLS,
        "attempts to send": senders.copies,
        "rows": figures.entries,
        "known as copies": figures.entries - figures.mails,
        "lost": MAILS - figures.mails,
        "doubled": figures.events - figures.mails,
        "answers taken": figures.letters,
        "twice": figures.repeated,
        "in doubt": figures.unknown,
        "slowest restart": f"{vitals.recovery:.1f} s",
        "processor time of it": f"{vitals.work:.1f} s",
        "memory": f"{vitals.memory // MEGABYTE} MB",
        "descriptors": vitals.descriptors,
        "took": f"{seconds:.0f} s",
        "seed": SEED,
    }
