"""How much of the machine a daemon holds, looked at from outside while it lives."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.running import Installation

PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1 << 20
TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds


@dataclass
class Vitals:
    """The worst that was seen of any of its lives. Of the main process, without children."""

    memory: int = 0  # octets, resident
    descriptors: int = 0
    recovery: float = 0.0  # seconds from the start of a new process to its `ready` line
    work: float = 0.0  # of processor time in that, children included: what it takes where nothing else runs
    first: float = 0.0  # the same of the first start, which finds nothing to take up
    lives: int = 0

    async def start(self, installation: Installation) -> None:
        begun = monotonic()
        await installation.start()
        self.lives += 1
        work = sum(map(_processor_time, _family(installation)))
        if self.lives == 1:
            self.first = work
            return
        self.recovery = max(self.recovery, monotonic() - begun)
        self.work = max(self.work, work)

    def look(self, installation: Installation) -> None:
        assert installation.daemon
        try:
            process = Path(f"/proc/{installation.daemon.pid}")
            self.memory = max(self.memory, int((process / "statm").read_text().split()[1]) * PAGE)
            self.descriptors = max(self.descriptors, len(list((process / "fd").iterdir())))
        except OSError:  # it is dead
            pass

    async def watch(self, installation: Installation) -> None:
        """Until it is cancelled."""
        while True:
            self.look(installation)
            await asyncio.sleep(0.2)


def _family(installation: Installation) -> list[int]:
    assert installation.daemon
    pid = installation.daemon.pid
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def _processor_time(pid: int) -> float:
    """Seconds (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK
