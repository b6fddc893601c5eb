"""kill -9 at each of the 24 named points, on both databases: exactly these rows are left, and it ends like this (D2).

In `make test` one of them, in `make endure` all.
"""

import asyncio
import signal
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailflow.store.database import Database
from tests.crash.altered import POINTS
from tests.crash.checker import Told, check, rows, settled
from tests.crash.senders import Mail, Senders, mailbox, world
from tests.far_end import far_end
from tests.running import Installation, eventually, figure, running

BY_SMTP, BY_IMAP = Mail("00000"), Mail("00008")
ESCALATES = 'escalate_after = "1s"\nescalate_to = ["lead@firma.example"]\n'


@dataclass(frozen=True, slots=True)
class Left:
    """Rows when the daemon is dead."""

    entries: str = ""  # their dispositions, in order
    tickets: int = 0
    outgoing: str = ""  # their states, in order


@dataclass(frozen=True, slots=True)
class End:
    """Rows when everything has settled, and what the far end has."""

    entries: str = "filed"
    outgoing: str = "sent"
    letters: int = 1


NOTHING, KEPT = Left(), Left("received")
FILED, ONCE, KNOWN_AGAIN = Left("filed", 1, "waiting"), End(), End("filed duplicate")
STORIES: dict[str, tuple[Left, End]] = {
    "s1": (NOTHING, ONCE),
    "s2": (NOTHING, ONCE),
    "s3": (KEPT, KNOWN_AGAIN),  # its sender read no 250 and sends it again
    "s4": (KEPT, KNOWN_AGAIN),
    "s5": (KEPT, ONCE),
    "f1": (KEPT, ONCE),
    "f2": (KEPT, ONCE),
    "f3": (KEPT, ONCE),
    "f4": (KEPT, ONCE),
    "f5": (FILED, ONCE),
    "o1": (Left("filed", 1, "claimed"), ONCE),
    "o2": (Left("filed", 1, "claimed"), ONCE),
    "o3": (Left("filed", 1, "claimed"), ONCE),
    "o4": (Left("filed", 1, "sending"), End(outgoing="unknown", letters=0)),
    "o5": (Left("filed", 1, "sending"), End(outgoing="unknown", letters=1)),
    "o6": (Left("filed", 1, "sending"), End(outgoing="unknown", letters=1)),
    "o7": (Left("filed", 1, "sent"), ONCE),
    "p4": (Left("filed", 1, "sent sending"), End(outgoing="sent sent", letters=2)),
    "p5": (Left("filed", 1, "sent sending"), End(outgoing="sent sent", letters=3)),
    "p6": (Left("filed", 1, "sent sending"), End(outgoing="sent sent", letters=3)),
    "i1": (NOTHING, ONCE),
    "i2": (KEPT, ONCE),
    "i3": (KEPT, ONCE),
    "i4": (KEPT, ONCE),
    "t1": (Left("filed", 1, "sent"), End(outgoing="sent sent", letters=2)),
    "t2": (Left("filed", 1, "sent"), End(outgoing="sent sent", letters=2)),
    "t3": (Left("filed", 1, "sent waiting"), End(outgoing="sent sent", letters=2)),
}
CHOSEN = list(POINTS) if figure("POINTS", 0, 1) else ["o5"]

pytestmark = [pytest.mark.endure, pytest.mark.timeout(300)]


class Altered(Installation):
    """Its daemon runs with `change` of tests.crash.altered."""

    change = ""

    def command(self, *words: str) -> list[str]:
        command = super().command(*words)
        if self.change and words == ("run",):
            command[1:3] = [str(Path(__file__).with_name("altered.py")), self.change]
        return command


def test_every_point_has_its_story() -> None:
    assert STORIES.keys() == POINTS.keys()
    assert Counter(name[0] for name in POINTS) == {"s": 5, "f": 5, "o": 7, "p": 3, "i": 4, "t": 3}


@pytest.mark.parametrize("point", CHOSEN)
async def test_a_crash_at_this_point_leaves_these_rows_and_ends_well(
    point: str, database: Database, database_url: str, tmp_path: Path
) -> None:
    left, end = STORIES[point]
    mail = BY_IMAP if point.startswith("i") else BY_SMTP
    with mailbox() if point.startswith("i") else nullcontext() as imap:
        async with far_end() as far:
            more = ESCALATES if point[0] in "pt" else ""
            more += world(tmp_path, smarthost=far.port, imap=imap, when_done="move" if point == "i4" else "flag")
            async with running(Altered(tmp_path, database_url, more)) as installation:
                installation.change = point
                await installation.start()
                senders = Senders(installation, imap or 0, [mail])
                sending = asyncio.create_task(senders.work())
                assert await died(installation) == -signal.SIGKILL
                assert now(database) == left
                installation.change = ""
                await installation.start()
                await sending
                await eventually(lambda: now(database).outgoing == end.outgoing, every=0.1)
                await settled(database, 1)
                assert await installation.stop() == 0
                check(database, installation, Told(senders.acknowledged, [mail.name], far.taken))
            assert (now(database).entries, now(database).outgoing, len(far.taken)) == (
                end.entries,
                end.outgoing,
                end.letters,
            )


async def died(installation: Installation) -> int:
    assert installation.daemon
    async with asyncio.timeout(30):
        return await installation.daemon.wait()


def now(database: Database) -> Left:
    return Left(
        " ".join(row.disposition for row in rows(database, "SELECT disposition FROM entry ORDER BY id")),
        len(rows(database, "SELECT id FROM ticket")),
        " ".join(row.state for row in rows(database, "SELECT state FROM outbox ORDER BY id")),
    )
