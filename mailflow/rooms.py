"""The rooms of the daemon, each made of the others it needs; `daemon` says in which order.

What only some need is imported where it is made: a daemon without mailboxes or smarthost does not carry their
libraries. `Policy` changes on a reload, so it is handed on as a question.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailflow.config import Config
from mailflow.edge.certificate import Certificate
from mailflow.edge.inherited import assigned, passed
from mailflow.edge.listen import Listeners, listen
from mailflow.edge.pager import Pager
from mailflow.edge.parser import Parser
from mailflow.edge.prove import Asks, Prover, WhenAsked
from mailflow.edge.sent import SentFolder
from mailflow.flow.corrections import Corrections
from mailflow.flow.deadlines import Deadlines
from mailflow.flow.digests import Digests
from mailflow.flow.dispatch import Dispatch, Relay
from mailflow.flow.door import Door
from mailflow.flow.escalate import Escalate
from mailflow.flow.filer import Filer
from mailflow.flow.held import HeldMail
from mailflow.flow.housekeep import Housekeep
from mailflow.flow.incidents import Incidents
from mailflow.flow.lag import LoopLag
from mailflow.flow.page import Paging
from mailflow.flow.reach import Reach
from mailflow.flow.retain import Retain
from mailflow.flow.rounds import Rounds
from mailflow.flow.shore import Landing
from mailflow.flow.timepiece import Timepiece
from mailflow.flow.vitals import Children, Parts, good_until, told
from mailflow.flow.watchdog import Watchdog
from mailflow.inforce import InForce
from mailflow.notify import migrating, watchdog_period
from mailflow.standing import allowance, password_in, secret_of
from mailflow.store.database import Database
from mailflow.store.health.pulse import Pulse, last_beat
from mailflow.store.health.sole_use import NodeName, claim_sole_use
from mailflow.store.writer import Writer

if TYPE_CHECKING:
    from mailflow.edge.imap import ImapMailbox

FIRST_LOOK = 4.0
"""Seconds at most to read a message that has neighbours: they wait for it. Alone it gets limits.parse_seconds."""
PROVERS = 2
"""Children that check signatures: one that meets a hostile message leaves the other to its neighbours."""
PATIENCE = 10.0
"""Seconds that PostgreSQL may be silent. With three connections that cannot be made after that, of 5 s each (of who is
given up, and of what waits before us), it is less than the half of WatchdogSec that may pass without a step. So is what
an unhurried transaction has, which is twice as long."""
FILES_AT_ONCE = 32
"""Mails that are written to the folder in one go while there is no smarthost."""


@dataclass(frozen=True, slots=True)
class Core:
    """What everybody works with."""

    files: InForce
    config: Config  # of the start: listeners, mailboxes, database
    database: Database
    writer: Writer
    still_alone: Callable[[], None]
    timepiece: Timepiece


@dataclass(frozen=True, slots=True)
class Readers:
    """Of strangers' octets, in children."""

    parser: Parser
    alone: Parser
    prover: Prover


@dataclass(frozen=True, slots=True)
class Doors:
    """By which mail comes in."""

    listeners: Listeners
    mailboxes: "Sequence[ImapMailbox]"


def now() -> datetime:
    return datetime.now(UTC)


def core(house: AsyncExitStack, files: InForce) -> Core:
    config = files.policy().config
    database, still_alone = _database(house, config)
    writer = Writer(database)
    house.push_async_callback(writer.close)
    with database.connect() as connection:
        timepiece = Timepiece(now, last_beat=last_beat(connection, config.node))
    return Core(files, config, database, writer, still_alone, timepiece)


def _database(house: AsyncExitStack, config: Config) -> tuple[Database, Callable[[], None]]:
    """Open, ours alone if it is a file, else the only one of our name, and of the newest form. The second makes sure
    that we are alone still."""
    database = Database(config.database.url, patience=PATIENCE)
    house.callback(database.close)
    if database.lock_file:
        house.enter_context(claim_sole_use(database.lock_file))
        database.upgrade(migrating)
        return database, lambda: None
    name = NodeName(database, config.node)
    house.callback(name.close)
    name.hold()
    database.upgrade(migrating)
    return database, name.hold


def dispatch(core: Core, *, filing: Callable[[], bool]) -> Dispatch:
    config = core.config
    connections = config.smarthost.connections if config.smarthost else FILES_AT_ONCE
    return Dispatch(
        core.writer,
        way_out(config),
        node=config.node,
        policy=core.files.policy,
        now=now,
        connections=connections,
        filing=filing,
    )


def way_out(config: Config) -> Relay:
    if config.smarthost is None:
        return SentFolder(config.state / "sent")
    from mailflow.edge.relay import Smarthost

    file = config.smarthost.password_file
    return Smarthost(config.smarthost, config.hostname, lambda: password_in(file))


async def readers(house: AsyncExitStack, config: Config) -> Readers:
    parser, alone = _parser(house, config, FIRST_LOOK), _parser(house, config)
    await parser.start()
    return Readers(parser, alone, _prover(house, config))


def filer(core: Core, readers: Readers, *, filed: Callable[[], None]) -> Filer:
    return Filer(
        core.writer,
        readers.parser,
        readers.alone,
        node=core.config.node,
        policy=core.files.policy,
        now=now,
        filed=filed,
        prove=readers.prover.prove,
        block=core.files.block,
    )


def _parser(house: AsyncExitStack, config: Config, at_most: float = float("inf")) -> Parser:
    parser = Parser(allowance(config.limits, at_most))
    house.push_async_callback(parser.close)
    return parser


def _prover(house: AsyncExitStack, config: Config) -> Prover:
    """Its children, and who asks for them, start with the first message that a stranger sends."""

    def resolver() -> Asks:
        from mailflow.edge.resolver import Resolver

        return Resolver(config.dns.timeout.total_seconds(), config.dns.servers)

    prover = Prover(WhenAsked(resolver), replace(allowance(config.limits), proves=True), children=PROVERS)
    house.push_async_callback(prover.close)
    return prover


async def doors(core: Core, *, received: Callable[[], None]) -> Doors:
    config = core.config
    door = Door(core.writer, policy=core.files.policy, now=now, received=received, free_space=core.database.free_space)
    listeners = await listen(
        config.listen,
        door,
        limits=config.limits,
        hostname=config.hostname,
        inherited=assigned(passed(), config.listen),
        credentials=core.files.credentials,
    )
    return Doors(listeners, _mailboxes(core, received) if config.imap else ())


def _mailboxes(core: Core, received: Callable[[], None]) -> "Sequence[ImapMailbox]":
    from mailflow.edge.imap import ImapMailbox

    landing = Landing(core.writer, now=now, received=received)
    return [ImapMailbox(each, secret_of(each), landing, core.config.limits) for each in core.config.imap]


def parts(core: Core, doors: Doors, filer: Filer, lag: LoopLag, readers: Readers) -> Parts:
    children: dict[str, Children] = {"parser": readers.parser, "alone": readers.alone, "prover": readers.prover}

    def certificates() -> Sequence[Certificate]:
        return core.files.credentials().said

    def missing() -> int:
        return len(core.files.missing)

    gate, mailboxes = doors.listeners.gate, doors.mailboxes
    return Parts(now(), core.database, gate, filer, lag, children, mailboxes, certificates, missing)


def housekeep(core: Core, dispatch: Dispatch, doors: Doors, parts: Parts) -> Housekeep:
    return Housekeep(
        core.writer,
        core.database,
        policy=core.files.policy,
        now=now,
        under_way=dispatch.under_way,
        still_alone=core.still_alone,
        pulse=lambda: _pulse(core, dispatch, doors, parts),
    )


def _pulse(core: Core, dispatch: Dispatch, doors: Doors, parts: Parts) -> Pulse:
    counters, outdated = parts.gate.counters, core.files.outdated
    return Pulse(
        node=core.config.node,
        started=parts.started,
        at=now(),
        limits={str(name): count for name, count in counters.reached.items()},
        refused=counters.refused,
        slowed=dispatch.slowed,
        outdated=outdated.since if outdated else None,
        problems=outdated.problems if outdated else (),
        changed=core.files.changed,
        missing=core.files.missing,
        restart_needed=core.files.restart_needed,
        listens=doors.listeners.addresses,
        imap=told(parts.mailboxes),
        worst_lag=parts.lag.worst,
        doubted=core.timepiece.why,
        certificates=good_until(parts.certificates(), core.files.policy().config.hostname, now()),
    )


def sweepers(core: Core, *, written: Callable[[], None]) -> Mapping[str, Rounds | Paging]:
    """Who does what falls due by itself."""
    writer, policy, node, rests = core.writer, core.files.policy, core.config.node, core.timepiece.rests
    return {
        "escalate": Escalate(writer, policy=policy, now=now, written=written, rests=rests),
        "held": HeldMail(writer, policy=policy, now=now, rests=rests),
        "digests": Digests(writer, core.database, policy=policy, now=now, written=written, rests=rests),
        "deadlines": Deadlines(writer, policy=policy, now=now),
        "incidents": Incidents(writer, policy=policy, now=now, written=written),
        "corrections": Corrections(writer, policy=policy, now=now, written=written, rests=rests),
        "reach": Reach(writer, policy=policy, now=now, written=written, rests=rests),
        "retain": Retain(writer, core.database, policy=policy, now=now, rests=rests),
        "paging": Paging(writer, Pager(password_in), node=node, policy=policy, now=now, written=written),
    }


def watchdog(core: Core, filer: Filer) -> Watchdog:
    return Watchdog({"writer": lambda: core.writer.progress, "filer": lambda: filer.progress}, watchdog_period())
