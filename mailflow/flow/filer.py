"""The loop from the journal to tickets. While one batch is filed, the next one is read by the parsing child.

A message that failed is tried again alone, later, with less effort each time: nobody waits behind it, nor behind one
whose author has to be proved (flow.proof). What was read before one that kills the parser is filed at once, what comes
after it is read first thing next. A database that is away is nobody's fault and costs no attempt: everything waits
where it is. Where it is too slow for a batch, each message is filed by itself; what is too slow even so gets more
time, once, and then comes again later.

Woken when a message was received, else by the clock's tick. Its neighbours: store.journal gives, edge.parser reads,
flow.filing files.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from mailflow import maillog
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.policy import Policy
from mailflow.edge.parser import Parser
from mailflow.errors import StoreAway
from mailflow.flow.filing import (
    Blocker,
    Failed,
    Filed,
    Outcome,
    Postponed,
    Read,
    file_batch,
    no_list,
    too_slow,
)
from mailflow.flow.patience import Hindered, Hindrance
from mailflow.flow.proof import Proofs, Prove
from mailflow.flow.spread import LONG, Spread
from mailflow.store import journal
from mailflow.store.database import Connection
from mailflow.store.journal import Claimed
from mailflow.store.trouble import is_slow
from mailflow.store.unhurried import unhurried
from mailflow.store.writer import Writer

T = TypeVar("T")
BATCH = 32
BATCH_OCTETS = 8 << 20
"""Read together and filed in one transaction; whoever waits for a `250` waits for no more than one of these."""
GATHERING = 0.02  # seconds
LEASE = timedelta(minutes=10)
"""Longer than any batch takes: who holds a claim for longer has died."""

UNHURRIED = LEASE.total_seconds() / 4
"""Seconds after which nothing of a batch gets more time: the rest, tried in the usual time, is still ours then."""


class Filer:
    """The loop. `alone` is a second parser for messages that failed before: nobody waits behind them."""

    def __init__(
        self,
        writer: Writer,
        parser: Parser,
        alone: Parser,
        *,
        node: str,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        filed: Callable[[], None] = lambda: None,
        prove: Prove | None = None,
        block: Blocker = no_list,
    ) -> None:
        self.wake = asyncio.Event()
        self.busy = False  # there is mail in hand
        self.latency = Spread(LONG)  # from accepted to settled
        self._writer = writer
        self._parser, self._alone = parser, alone
        self._node = node
        self._policy = policy
        self._now = now
        self._filed = filed
        self._block = block
        self._stopping = False
        self._proofs = Proofs(prove, policy=policy, ready=self.wake.set)
        self._suspects: set[asyncio.Task[None]] = set()
        self._steps = 0
        self._hindered = Hindered()

    async def run(self) -> None:
        """Until `stop`, and then what was begun."""
        await self._write(partial(journal.release_claims, node=self._node))
        claimed: Sequence[Claimed] = ()
        read: Sequence[Read] = ()
        while claimed or read or self._proofs.any_proved or not self._stopping:
            self.wake.clear()
            claimed, read = await self._stroke(claimed, read)
            was_busy, self.busy = self.busy, bool(claimed or read)
            if self.busy:
                await self._gather(len(claimed))
                continue
            if was_busy:
                self._filed()
            if not self._stopping:
                await self.wake.wait()
        await self._proofs.stop()
        if self._suspects:
            await asyncio.wait(self._suspects)

    @property
    def progress(self) -> int:
        """It grows with each tick, each message read and each step that is tried again because of trouble elsewhere."""
        return self._steps + self._parser.parsed + self._alone.parsed

    @property
    def hindrance(self) -> Hindrance | None:
        """What keeps mail from being filed, though steps are tried again and again."""
        return self._hindered.longest

    def stop(self) -> None:
        self._stopping = True
        self.wake.set()

    async def _gather(self, claimed: int) -> None:
        """The first of many wait for some of the rest: filed together they cost half of what they cost apart."""
        if 0 < claimed < BATCH and not self._stopping:
            await asyncio.sleep(GATHERING)

    async def _stroke(self, claimed: Sequence[Claimed], read: Sequence[Read]) -> tuple[Sequence[Claimed], list[Read]]:
        """Commit one batch, read the next and claim the one after it, all at once."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._file(read))
            claiming = group.create_task(self._claim(len(claimed)))
            reading = group.create_task(self._read(self._parser, claimed[:BATCH]))
        done = reading.result()
        return [*claimed[len(done) :], *claiming.result()], [*self._proofs.part(done), *self._proofs.take()]

    async def _claim(self, in_hand: int) -> Sequence[Claimed]:
        if self._stopping or in_hand > BATCH:
            return ()
        claimed = await self._write(
            lambda connection: journal.claim(connection, self._node, self._now(), LEASE, BATCH, BATCH_OCTETS)
        )
        for suspect in (each for each in claimed if each.failures):
            task = asyncio.create_task(self._file_alone(suspect))
            self._suspects.add(task)
            task.add_done_callback(self._suspects.discard)
        return [each for each in claimed if not each.failures]

    async def _read(self, parser: Parser, claimed: Sequence[Claimed]) -> list[Read]:
        """As far as the first that cannot be read."""
        if not claimed:
            return []
        requests = [(each.octets, each.look) for each in claimed]
        answers = await self._insist(lambda: parser.parse_some(requests), "parser")
        return list(zip(claimed, answers, strict=False))

    async def _file(self, read: Sequence[Read]) -> None:
        if not read:
            return
        for outcome in await self._outcomes(read, asyncio.get_running_loop().time() + UNHURRIED):
            _tell(outcome)
            if isinstance(outcome, Filed) and outcome.decision.disposition is not Disposition.RECEIVED:
                self.latency.add((self._now() - outcome.entry.received).total_seconds())

    async def _outcomes(self, read: Sequence[Read], until: float) -> Sequence[Outcome]:
        """Of all of them together; where that is too slow, of each. None has more time after `until`."""
        file = partial(file_batch, read=read, policy=self._policy(), now=self._now(), block=self._block)
        outcomes = await self._unless_slow(file)
        if outcomes is not None:
            return outcomes
        if self._stopping:
            return ()  # claimed still: filed after the next start
        if len(read) > 1:
            return [outcome for each in read for outcome in await self._outcomes([each], until)]
        if asyncio.get_running_loop().time() < until:
            outcomes = await self._unless_slow(partial(self._unhurried, file))
        return await self._write(partial(too_slow, read=read, now=self._now())) if outcomes is None else outcomes

    def _unhurried(self, work: Callable[[Connection], T], connection: Connection) -> T:
        self._steps += 1  # it waited for its turn, and that was no standstill
        with unhurried(connection):
            return work(connection)

    async def _unless_slow(self, work: Callable[[Connection], T]) -> T | None:
        """None: a statement of it took too long, and nothing was done."""

        async def tried() -> T | None:
            try:
                return await self._writer.write(work)
            except StoreAway as error:
                if not is_slow(error):
                    raise
                maillog.trouble(error, "filer")
                return None

        return await self._insist(tried, "filer")

    async def _file_alone(self, suspect: Claimed) -> None:
        try:
            await self._file(await self._proofs.proved(await self._read(self._alone, [suspect])))
            self._filed()
        except Exception as error:  # noqa: BLE001  # its claim expires, and it comes again
            maillog.trouble(error, "filer", entry=suspect.entry.number)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._insist(lambda: self._writer.write(work), "filer")

    async def _insist(self, step: Callable[[], Awaitable[T]], where: str) -> T:
        def counted() -> Awaitable[T]:
            self._steps += 1
            return step()

        return await self._hindered.insist(counted, where)


def _tell(outcome: Outcome) -> None:
    number = outcome.entry.number
    match outcome:
        case Filed(_, decision, ticket):
            _tell_decision(number, decision, ticket)
        case Postponed(entry, error, due):
            maillog.postponed(entry=number, error=error, due=due, attempts=entry.attempts)
        case Failed(_, error):
            maillog.failed(entry=number, error=error)


def _tell_decision(number: int, decision: Decision, ticket: int | None) -> None:
    match decision.disposition:
        case Disposition.DROPPED:
            maillog.dropped(entry=number, rule=decision.rule, because=decision.reason)
        case Disposition.HELD:
            maillog.held(entry=number, because=decision.reason)
        case Disposition.RECEIVED:
            maillog.waits(entry=number, because=decision.reason)
        case Disposition.DUPLICATE:
            maillog.duplicate(entry=number, of=decision.duplicate_of)
        case _:
            maillog.filed(entry=number, ticket=ticket, because=decision.reason)
