"""What mailflow takes while nothing happens: memory and processor time of the daemon and its children, and how long it
starts, beside a Python that does nothing and a bare aiosmtpd, in the same run.

    python -m bench.idle [--seconds 60]

Memory is that of the whole process group as if it were alone on the machine: what is each process's own, and each file
that is mapped once. (PSS would be less where other programs run the same Python, and says so only by luck.) Linux only.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.__main__ import CONFIG, cpu_seconds, free_port

ROOT = Path(__file__).parent.parent
SETTLES = 3.0
"""Seconds after `ready` for what is done once."""
NOTHING = "import asyncio, sys; print('ready', file=sys.stderr, flush=True); asyncio.run(asyncio.sleep(1e6))"
_MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ (\S+) \S+ (\d+)")
KIB = 1024


@dataclass(frozen=True, slots=True)
class Idle:
    """Of one program: seconds until it was ready by the clock and of the processor, octets, share of one core."""

    ready: float
    start: float
    memory: int
    share: float


def group(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in group(int(child)))]


def memory(pids: Sequence[int]) -> int:
    """Octets: proc(5), smaps."""
    own, files = 0, dict[tuple[str, str], int]()
    for pid in pids:
        file: tuple[str, str] | None = None
        resident = 0
        for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
            if mapping := _MAPPING.match(line):
                file = (mapping[2], mapping[1]) if mapping[2] != "0" else None
            elif line.startswith("Rss:"):
                resident = int(line.split()[1]) * KIB
            elif line.startswith("Anonymous:"):
                anonymous = int(line.split()[1]) * KIB
                own += anonymous
                if file:
                    files[file] = max(files.get(file, 0), resident - anonymous)
    return own + sum(files.values())


@contextmanager
def started(*command: str) -> Iterator[tuple[int, float]]:
    """Its pid, and how long it took until it said `ready`."""
    begin = time.monotonic()
    child = subprocess.Popen([sys.executable, *command], stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stderr is not None
    try:
        if not any("ready" in line for line in child.stderr):
            raise SystemExit(f"{command} did not start")
        yield child.pid, time.monotonic() - begin
    finally:
        child.terminate()
        child.stderr.read()
        child.wait(30)


def measured(seconds: float, *command: str) -> Idle:
    with started(*command) as (pid, ready):
        start = cpu_seconds(pid)
        time.sleep(SETTLES)
        before = cpu_seconds(pid)
        time.sleep(seconds)
        return Idle(ready, start, memory(group(pid)), (cpu_seconds(pid) - before) / seconds)


def told(name: str, idle: Idle, beside: Idle) -> str:
    times = idle.memory / beside.memory
    return (
        f"{name:<34}{idle.memory / (1 << 20):6.0f} MB {times:5.1f} ×   {idle.share:7.2%} of a core   "
        f"ready after {idle.ready:.1f} s, {idle.start:.1f} s of processor time"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.idle", description="What mailflow takes while idle.")
    parser.add_argument("--seconds", type=float, default=60, help="for which each is watched")
    seconds = parser.parse_args().seconds
    print(f"{seconds:.0f} s each; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    nothing = measured(seconds, "-c", NOTHING)
    print(told("a Python that does nothing", nothing, nothing), flush=True)
    print(told("a bare aiosmtpd", measured(seconds, "-m", "bench.bare", str(free_port())), nothing), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "config.toml"
        url = f"sqlite:///{folder}/bench.db"
        config.write_text(CONFIG.format(folder=folder, root=ROOT, url=url, port=free_port()))
        run = ("-m", "mailflow", "run", "--config", str(config))
        print(told("mailflow, first start", measured(seconds, *run), nothing), flush=True)
        print(told("mailflow", measured(seconds, *run), nothing), flush=True)


if __name__ == "__main__":
    main()
