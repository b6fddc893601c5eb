"""The daemon, from the first step to the last: read what stands, open the database, take up what was left, listen,
say `ready`, and on SIGTERM finish what was begun.

Wires the rooms and judges nothing. Everything is made here and handed on as an argument; `Policy` changes on a reload,
so it is handed on as a question.
"""

import asyncio
import signal
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from mailflow import maillog
from mailflow.config import Config
from mailflow.edge.imap import ImapMailbox
from mailflow.edge.listen import Listeners, listen
from mailflow.edge.pager import Pager
from mailflow.edge.parser import Parser
from mailflow.edge.prove import Prover
from mailflow.edge.relay import Smarthost
from mailflow.edge.resolver import Resolver
from mailflow.edge.sent import SentFolder
from mailflow.flow.clock import Clock
from mailflow.flow.deadlines import Deadlines
from mailflow.flow.digests import Digests
from mailflow.flow.dispatch import Dispatch
from mailflow.flow.door import Door
from mailflow.flow.escalate import Escalate
from mailflow.flow.filer import Filer
from mailflow.flow.held import HeldMail
from mailflow.flow.housekeep import Housekeep
from mailflow.flow.incidents import Incidents
from mailflow.flow.lag import LoopLag
from mailflow.flow.monitor import monitored
from mailflow.flow.page import Paging
from mailflow.flow.patience import kept_alive
from mailflow.flow.shore import Landing
from mailflow.flow.vitals import Children, Parts, told
from mailflow.flow.watch import Hangup, Watch
from mailflow.inforce import InForce
from mailflow.notify import notify
from mailflow.standing import allowance, password_in, secret_of
from mailflow.store.database import Database
from mailflow.store.pulse import Pulse
from mailflow.store.sole_use import NodeName, claim_sole_use
from mailflow.store.writer import Writer

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
GRACE = 20.0
"""Seconds for what was begun; systemd kills after TimeoutStopSec."""
FIRST_LOOK = 4.0
"""Seconds at most to read a message that has neighbours: they wait for it. Alone it gets limits.parse_seconds."""
PROVERS = 2
"""Children that check signatures: one that meets a hostile message leaves the other to its neighbours."""
FILES_AT_ONCE = 32
"""Mails that are written to the folder in one go while there is no smarthost."""


class Loop(Protocol):
    """Of flow: runs until it is told to stop, and then finishes what it began."""

    async def run(self) -> None: ...
    def stop(self) -> None: ...


async def serve(file: Path) -> None:
    """Run until SIGTERM or SIGINT. Raises ConfigurationError and Trouble before it is ready, nothing after."""
    files = InForce(file, _now)
    policy, config = files.policy, files.policy().config
    stop, hangup = _signals()
    async with AsyncExitStack() as house:
        lag = house.enter_context(LoopLag())
        database, still_alone = _database(house, config)
        writer = Writer(database)
        house.push_async_callback(writer.close)
        parser, alone = _parser(house, config, FIRST_LOOK), _parser(house, config)
        await parser.start()
        prover = _prover(house, config)
        dispatch = Dispatch(
            writer,
            _way_out(config),
            node=config.node,
            policy=policy,
            now=_now,
            connections=_connections(config),
            filing=lambda: filer.busy,
        )
        filer = Filer(
            writer,
            parser,
            alone,
            node=config.node,
            policy=policy,
            now=_now,
            filed=dispatch.wake.set,
            prove=prover.prove,
            block=files.block,
        )
        escalate = Escalate(writer, policy=policy, now=_now, written=dispatch.wake.set)
        paging = Paging(
            writer, Pager(password_in), node=config.node, policy=policy, now=_now, written=dispatch.wake.set
        )
        held = HeldMail(writer, policy=policy, now=_now)
        digests = Digests(writer, database, policy=policy, now=_now, written=dispatch.wake.set)
        deadlines = Deadlines(writer, policy=policy, now=_now)
        incidents = Incidents(writer, policy=policy, now=_now, written=dispatch.wake.set)
        housekeep = Housekeep(
            writer,
            database,
            now=_now,
            under_way=dispatch.under_way,
            still_alone=still_alone,
            pulse=lambda: _pulse(config.node, parts, listeners, dispatch, files),
        )
        watch = Watch(files, writer, database, node=config.node, hangup=hangup, told=housekeep.beat)
        await dispatch.recover()

        door = Door(writer, policy=policy, now=_now, received=filer.wake.set, free_space=database.free_space)
        listeners = await listen(
            config.listen, door, limits=config.limits, hostname=config.hostname, credentials=files.credentials
        )
        landing = Landing(writer, now=_now, received=filer.wake.set)
        mailboxes = [ImapMailbox(each, secret_of(each), landing, config.limits) for each in config.imap]
        clock = await house.enter_async_context(Clock())
        clock.rings(SECOND, filer.wake, dispatch.wake, escalate.wake, paging.wake, watch.wake)
        clock.rings(MINUTE, housekeep.wake, held.wake, digests.wake, deadlines.wake, incidents.wake)
        loops: dict[str, Loop] = {
            "filer": filer, "dispatch": dispatch, "escalate": escalate, "held": held, "digests": digests,
            "housekeep": housekeep, "watch": watch, "deadlines": deadlines, "incidents": incidents, "paging": paging,
        }  # fmt: skip
        running = [asyncio.create_task(kept_alive(name, loop.run), name=name) for name, loop in loops.items()]
        for mailbox in mailboxes:
            mailbox.start()

        children: dict[str, Children] = {"parser": parser, "alone": alone, "prover": prover}
        parts = Parts(_now(), database, listeners.gate, filer, lag, children, mailboxes)
        monitor = await house.enter_async_context(monitored(config.monitor.address, writer, parts, _now))
        await housekeep.beat()  # who is ready can be asked to reload
        _say_ready(config, database, listeners, monitor)
        await stop.wait()
        _say_stopping()
        await _close_doors(listeners, mailboxes)
        await _finish(loops.values(), running)
    maillog.stopped()


def _now() -> datetime:
    return datetime.now(UTC)


def _signals() -> tuple[asyncio.Event, Hangup]:
    """The first is set by the first SIGTERM or SIGINT."""
    loop, stop, hangup = asyncio.get_running_loop(), asyncio.Event(), Hangup()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, hangup.hear)
    return stop, hangup


def _parser(house: AsyncExitStack, config: Config, at_most: float = float("inf")) -> Parser:
    parser = Parser(allowance(config.limits, at_most))
    house.push_async_callback(parser.close)
    return parser


def _prover(house: AsyncExitStack, config: Config) -> Prover:
    """Its children start with the first message that a stranger sends."""
    resolver = Resolver(config.dns.timeout.total_seconds(), config.dns.servers)
    prover = Prover(resolver, replace(allowance(config.limits), proves=True), children=PROVERS)
    house.push_async_callback(prover.close)
    return prover


def _database(house: AsyncExitStack, config: Config) -> tuple[Database, Callable[[], None]]:
    """Open, ours alone if it is a file, else the only one of our name, and of the newest form. The second makes sure
    that we are alone still."""
    database = Database(config.database.url)
    house.callback(database.close)
    if database.lock_file:
        house.enter_context(claim_sole_use(database.lock_file))
        database.upgrade()
        return database, lambda: None
    name = NodeName(database, config.node)
    house.callback(name.close)
    name.hold()
    database.upgrade()
    return database, name.hold


def _pulse(node: str, parts: Parts, listeners: Listeners, dispatch: Dispatch, files: InForce) -> Pulse:
    outdated, counters = files.outdated, listeners.gate.counters
    return Pulse(
        node=node,
        started=parts.started,
        at=_now(),
        limits={str(name): count for name, count in counters.reached.items()},
        refused=counters.refused,
        slowed=dispatch.slowed,
        outdated=outdated.since if outdated else None,
        problems=outdated.problems if outdated else (),
        restart_needed=files.restart_needed,
        listens=listeners.addresses,
        imap=told(parts.mailboxes),
        worst_lag=parts.lag.worst,
    )


def _way_out(config: Config) -> Smarthost | SentFolder:
    if config.smarthost is None:
        return SentFolder(config.state / "sent")
    return Smarthost(config.smarthost, config.hostname, password_in(config.smarthost.password_file))


def _connections(config: Config) -> int:
    return config.smarthost.connections if config.smarthost else FILES_AT_ONCE


def _say_ready(config: Config, database: Database, listeners: Listeners, monitor: str) -> None:
    maillog.ready(
        listen=listeners.addresses,
        imap=[f"{imap.user}@{imap.host}/{imap.folder}" for imap in config.imap],
        outgoing=str(_way_out(config)),
        database=str(database.file or database.engine.url),
        monitor=monitor,
    )
    notify(READY=1, STATUS=f"listening on {', '.join(listeners.addresses) or 'no address'}")


def _say_stopping() -> None:
    maillog.stopping(because="a signal")
    notify(STOPPING=1, STATUS="finishing what was begun")


async def _close_doors(listeners: Listeners, mailboxes: Iterable[ImapMailbox]) -> None:
    """Nothing comes in any more; what is on its way in is kept."""
    stopping = [asyncio.to_thread(mailbox.stop) for mailbox in mailboxes]
    await asyncio.gather(listeners.close(GRACE / 2), *stopping)


async def _finish(loops: Iterable[Loop], running: Iterable["asyncio.Task[None]"]) -> None:
    """The loops end by themselves; what takes too long is in the database and goes on at the next start."""
    for loop in loops:
        loop.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE / 2):
            await asyncio.gather(*running)
