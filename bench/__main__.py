"""Messages a second from the first byte to the committed ticket, as a ratio to a bare aiosmtpd in the same run.

    python -m bench [--messages 1000] [--rounds 11] [--connections 20] [--database URL]

Both servers are processes of their own, the load comes from this one, and they take turns, so that a machine that is
slow today is slow for both. mailflow's clock stops when the last message has a disposition in the journal; the next
round begins when its last answer is out. CPU is all of the daemon's and its parser's, answers included.
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from bench.mix import Mail, mails
from bench.sender import send

RECIPIENT = "support@support.example"
CONFIG = """
hostname = "support.example"
state = "{folder}/var"
filters = "{root}/filters"
templates = "{root}/templates"
log_level = "warning"
database.url = "{url}"
trust.networks = ["127.0.0.0/8"]
limits.automatic_per_address = 1000
limits.automatic_per_minute = 1_000_000
[[listen]]
protocol = "smtp"
address = "127.0.0.1:{port}"
[[department]]
name = "support"
title = "Support"
[[mailbox]]
address = "support@support.example"
department = "support"
registered_only = false
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def server(*command: str) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-m", *command], stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent
    )
    assert child.stderr is not None
    try:
        for line in child.stderr:
            if "ready" in line:
                break
        else:
            raise SystemExit(f"{command} did not start")
        yield child
    finally:
        child.terminate()
        child.stderr.read()
        child.wait(30)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, those that have ended included."""
    pids, ticks = [pid], 0
    for one in pids:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
        pids += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
    return ticks / os.sysconf("SC_CLK_TCK")


def bare_round(batch: list[Mail], connections: int, port: int) -> float:
    start = time.perf_counter()
    kept = asyncio.run(send(batch, RECIPIENT, port, connections))
    assert kept == len(batch)
    return len(batch) / (time.perf_counter() - start)


def mailflow_round(batch: list[Mail], connections: int, port: int, url: str) -> tuple[float, float]:
    """Messages a second; seconds after the last ticket until the last answer was out."""
    engine = create_engine(url)
    with engine.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM entry WHERE disposition = 'filed'"))
    start = time.perf_counter()
    kept = asyncio.run(send(batch, RECIPIENT, port, connections))
    assert kept == len(batch), f"{kept} of {len(batch)} were accepted"
    wait_for_none(engine, "SELECT count(*) FROM entry WHERE disposition = 'received'")
    elapsed = time.perf_counter() - start
    wait_for_none(engine, "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'claimed', 'sending')")
    answered = time.perf_counter() - start
    with engine.connect() as connection:
        filed = connection.scalar(text("SELECT count(*) FROM entry WHERE disposition = 'filed'"))
    assert filed - before == len(batch), f"{filed - before} of {len(batch)} were filed"
    engine.dispose()
    return len(batch) / elapsed, answered - elapsed


def wait_for_none(engine: Engine, count: str) -> None:
    while True:
        with engine.connect() as connection:
            if not connection.scalar(text(count)):
                return
        time.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=1000, help="in each round")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--database", help="postgresql://…, default a new SQLite file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = options.database or f"sqlite:///{folder}/bench.db"
        bare_port, port = free_port(), free_port()
        config = folder / "config.toml"
        config.write_text(CONFIG.format(folder=folder, root=Path.cwd(), url=url, port=port))
        with server("bench.bare", str(bare_port)), server("mailflow", "run", "--config", str(config)) as daemon:
            rounds(options, bare_port, port, url.replace("postgresql://", "postgresql+psycopg://"), daemon.pid)


def rounds(options: argparse.Namespace, bare_port: int, port: int, url: str, pid: int) -> None:
    ratios = []
    warm = list(mails(100, RECIPIENT, 0))
    bare_round(warm, options.connections, bare_port)
    mailflow_round(warm, options.connections, port, url)
    for number in range(1, options.rounds + 1):
        batch = list(mails(options.messages, RECIPIENT, number))
        bare = bare_round(batch, options.connections, bare_port)
        cpu = cpu_seconds(pid)
        ours, later = mailflow_round(batch, options.connections, port, url)
        cpu = (cpu_seconds(pid) - cpu) / len(batch) * 1000
        ratios.append(ours / bare)
        print(f"round {number}: mailflow {ours:6.0f}/s, {cpu:.2f} ms CPU each", end="   ")
        print(f"bare aiosmtpd {bare:6.0f}/s   ratio {ours / bare:.2f}   answers out {later:.1f} s later", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f}, {options.messages} mails a round, ", end="")
    print(f"{options.connections} connections")


if __name__ == "__main__":
    main()
