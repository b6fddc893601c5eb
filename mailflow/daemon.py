"""The daemon, from the first step to the last: read what stands, open the database, take up what was left, listen,
say `ready`, and on SIGTERM finish what was begun. Wires the rooms (`rooms` makes them) and judges nothing.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from mailflow import maillog, rooms
from mailflow.flow.clock import Clock
from mailflow.flow.lag import LoopLag
from mailflow.flow.monitor import monitored
from mailflow.flow.patience import kept_alive
from mailflow.flow.watch import Hangup, Watch
from mailflow.inforce import InForce
from mailflow.notify import notify

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
EACH_SECOND = frozenset({"filer", "dispatch", "escalate", "reach", "paging", "watch"})
"""Loops that look so often whether something is due; the others look once a minute."""
LAST_MAIL = 15.0
"""Seconds after SIGTERM for what is being received. With the next: less than TimeoutStopSec=, when systemd kills."""
LAST_WORK = 10.0
"""Seconds after that for what was begun with it."""


class Ends(Protocol):
    """Runs until it is told to stop, and then finishes what it began."""

    async def run(self) -> None: ...
    def stop(self) -> None: ...


class Loop(Ends, Protocol):
    """Of flow: looks at once when it is woken."""

    wake: asyncio.Event


async def serve(file: Path) -> None:
    """Run until SIGTERM or SIGINT. Raises ConfigurationError and Trouble before it is ready, nothing after."""
    files = InForce(file, rooms.now)
    stop, hangup = _signals()
    async with AsyncExitStack() as house:
        lag = house.enter_context(LoopLag())
        core = rooms.core(house, files)
        readers = await rooms.readers(house, core.config)
        dispatch = rooms.dispatch(core, filing=lambda: filer.busy)
        filer = rooms.filer(core, readers, filed=dispatch.wake.set)
        await dispatch.recover()
        doors = await rooms.doors(core, received=filer.wake.set)
        parts = rooms.parts(core, doors, filer, lag, readers)
        housekeep = rooms.housekeep(core, dispatch, doors, parts)
        watch = Watch(files, core.writer, core.database, node=core.config.node, hangup=hangup, told=housekeep.beat)
        loops: dict[str, Loop] = {
            "filer": filer, "dispatch": dispatch, "housekeep": housekeep, "watch": watch,
            **rooms.sweepers(core, written=dispatch.wake.set),
        }  # fmt: skip

        await _wind_up(house, loops, core)
        everybody: dict[str, Ends] = {**loops, "timepiece": core.timepiece, "watchdog": rooms.watchdog(core, filer)}
        running = [_running(name, each.run) for name, each in everybody.items()]
        for mailbox in doors.mailboxes:
            mailbox.start()
        address = core.config.monitor.address
        monitor = await house.enter_async_context(monitored(address, core.writer, parts, rooms.now))
        await housekeep.beat()  # who is ready can be asked to reload
        _say_ready(core, doors, monitor)

        await stop.wait()
        _say_stopping(doors)
        await _close(doors)
        await _finish(everybody.values(), running)
    maillog.stopped()


def _signals() -> tuple[asyncio.Event, Hangup]:
    """The first is set by the first SIGTERM or SIGINT."""
    loop, stop, hangup = asyncio.get_running_loop(), asyncio.Event(), Hangup()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, hangup.hear)
    return stop, hangup


async def _wind_up(house: AsyncExitStack, loops: Mapping[str, Loop], core: rooms.Core) -> None:
    clock = await house.enter_async_context(Clock())
    core.timepiece.when_set_back = clock.begin_anew
    clock.rings(SECOND, *(loop.wake for name, loop in loops.items() if name in EACH_SECOND))
    clock.rings(MINUTE, *(loop.wake for name, loop in loops.items() if name not in EACH_SECOND))


def _running(name: str, run: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
    return asyncio.create_task(kept_alive(name, run), name=name)


def _say_ready(core: rooms.Core, doors: rooms.Doors, monitor: str) -> None:
    config, addresses = core.config, doors.listeners.addresses
    maillog.ready(
        listen=addresses,
        imap=[f"{imap.user}@{imap.host}/{imap.folder}" for imap in config.imap],
        outgoing=str(rooms.way_out(config)),
        database=str(core.database.file or core.database.engine.url),
        monitor=monitor,
    )
    notify(READY=1)


def _say_stopping(doors: rooms.Doors) -> None:
    maillog.stopping(because="a signal")
    clients = len(doors.listeners.gate.guests)
    notify(STOPPING=1, STATUS=f"finishing what was begun, {clients} clients are connected")


async def _close(doors: rooms.Doors) -> None:
    """Nothing comes in any more; what is on its way in is kept."""
    stopping = [asyncio.to_thread(mailbox.stop) for mailbox in doors.mailboxes]
    await asyncio.gather(doors.listeners.close(LAST_MAIL), *stopping)


async def _finish(loops: Iterable[Ends], running: Iterable["asyncio.Task[None]"]) -> None:
    """The loops end by themselves; what takes too long is in the database and goes on at the next start."""
    for loop in loops:
        loop.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_WORK):
            await asyncio.gather(*running)
