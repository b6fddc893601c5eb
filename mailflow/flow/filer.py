"""From the journal to tickets. While one batch is committed, the next one is read by the parsing child.

`file_message` is the heart of mailflow: look up what the mail points at, judge, write. A batch is one transaction with
a savepoint for each message, so that a bad one costs its neighbours nothing: it is tried again alone, later, with less
effort each time, and after the last attempt it is `failed` with its traceback, raw kept, for a person to look at.
A database that is away is nobody's fault and costs no attempt: everything waits where it is.

Woken when a message was received, else by the clock's tick. Its neighbours: store.journal gives, store.apply takes,
edge.parser reads.
"""

import asyncio
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from mailflow import maillog
from mailflow.desk.actions import Decision, Disposition
from mailflow.desk.clues import Entry
from mailflow.desk.decide import decide
from mailflow.desk.policy import Policy
from mailflow.desk.thread import clues_of
from mailflow.edge.parser import Answer, Parser
from mailflow.errors import ParserDied, Refused
from mailflow.flow.apart import apart
from mailflow.flow.patience import insist
from mailflow.mail.message import Message
from mailflow.store import apply, journal
from mailflow.store.database import Connection
from mailflow.store.journal import Claimed
from mailflow.store.recall import recall
from mailflow.store.writer import Writer

T = TypeVar("T")
BATCH = 32
BATCH_OCTETS = 8 << 20
LEASE = timedelta(minutes=10)
"""Longer than any batch takes: who holds a claim for longer has died."""
AGAIN = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
"""Before the second attempt, the third …; the last repeats."""


@dataclass(frozen=True, slots=True)
class Filed:
    entry: Entry
    decision: Decision
    ticket: int | None


@dataclass(frozen=True, slots=True)
class Postponed:
    entry: Entry
    error: Exception
    due: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    entry: Entry
    error: Exception


Outcome = Filed | Postponed | Failed
Read = tuple[Claimed, Answer]


def file_message(
    connection: Connection, entry: Entry, message: Message, policy: Policy, now: datetime
) -> tuple[Decision, int | None]:
    """Everything that comes of one message, and the ticket it is in now."""
    context = recall(connection, clues_of(message, entry, policy), now)
    decision = decide(message, entry, context, policy, now)
    return decision, apply.file(connection, entry, message, decision, policy, now)


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
    ) -> None:
        self.wake = asyncio.Event()
        self._writer = writer
        self._parser, self._alone = parser, alone
        self._node = node
        self._policy = policy
        self._now = now
        self._filed = filed
        self._stopping = False
        self._suspects: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until `stop`, and then what was begun."""
        await self._write(partial(journal.release_claims, node=self._node))
        claimed: Sequence[Claimed] = ()
        read: Sequence[Read] = ()
        while claimed or read or not self._stopping:
            self.wake.clear()
            claimed, read = await self._stroke(claimed, read)
            if not (claimed or read or self._stopping):
                await self.wake.wait()
        if self._suspects:
            await asyncio.wait(self._suspects)

    def stop(self) -> None:
        self._stopping = True
        self.wake.set()

    async def _stroke(self, claimed: Sequence[Claimed], read: Sequence[Read]) -> tuple[Sequence[Claimed], list[Read]]:
        """Commit one batch, read the next and claim the one after it, all at once."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._file(read))
            claiming = group.create_task(self._claim())
            reading = group.create_task(self._read(self._parser, claimed))
        return claiming.result(), reading.result()

    async def _claim(self) -> Sequence[Claimed]:
        if self._stopping:
            return ()
        claimed = await self._write(
            lambda connection: journal.claim(connection, self._node, self._now(), LEASE, BATCH, BATCH_OCTETS)
        )
        for suspect in (each for each in claimed if each.entry.attempts > 1):
            task = asyncio.create_task(self._file_alone(suspect))
            self._suspects.add(task)
            task.add_done_callback(self._suspects.discard)
        return [each for each in claimed if each.entry.attempts == 1]

    async def _read(self, parser: Parser, claimed: Sequence[Claimed]) -> list[Read]:
        if not claimed:
            return []
        requests = [(each.octets, each.entry.attempts) for each in claimed]
        answers = await insist(lambda: parser.parse_many(requests), "parser")
        return list(zip(claimed, answers, strict=True))

    async def _file(self, read: Sequence[Read]) -> None:
        if not read:
            return
        outcomes = await self._write(partial(file_batch, read=read, policy=self._policy(), now=self._now()))
        for outcome in outcomes:
            _tell(outcome)
        self._filed()

    async def _file_alone(self, suspect: Claimed) -> None:
        try:
            await self._file(await self._read(self._alone, [suspect]))
        except Exception as error:  # noqa: BLE001  # its claim expires, and it comes again
            maillog.trouble(error, "filer", entry=suspect.entry.number)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await insist(lambda: self._writer.write(work), "filer")


def file_batch(connection: Connection, read: Sequence[Read], policy: Policy, now: datetime) -> list[Outcome]:
    """Each of them for itself. What is no longer ours to file has no outcome."""
    outcomes = (_file_one(connection, claimed.entry, answer, policy, now) for claimed, answer in read)
    return [outcome for outcome in outcomes if outcome]


def _file_one(connection: Connection, entry: Entry, answer: Answer, policy: Policy, now: datetime) -> Outcome | None:
    outcome = _judged(connection, entry, answer, policy, now)
    if not isinstance(outcome, Exception):
        return Filed(entry, *outcome)
    if isinstance(outcome, Refused) and entry.attempts < policy.config.limits.parse_attempts:
        return None  # a commit that was in doubt had happened, or our lease was over; if not, the lease will be
    put_off = apart(connection, partial(_put_off, connection, entry, outcome, policy, now))
    if isinstance(put_off, Refused):
        return None
    if isinstance(put_off, Exception):
        raise put_off
    return put_off


def _judged(
    connection: Connection, entry: Entry, answer: Answer, policy: Policy, now: datetime
) -> tuple[Decision, int | None] | Exception:
    if isinstance(answer, ParserDied):
        return answer
    return apart(connection, partial(file_message, connection, entry, answer, policy, now))


def _put_off(connection: Connection, entry: Entry, error: Exception, policy: Policy, now: datetime) -> Outcome:
    """Later, or never."""
    told = str(error) if isinstance(error, ParserDied) else "".join(traceback.format_exception(error))
    if entry.attempts >= policy.config.limits.parse_attempts:
        journal.fail(connection, entry.number, told, now)
        return Failed(entry, error)
    due = now + AGAIN[min(entry.attempts, len(AGAIN)) - 1]
    journal.postpone(connection, entry.number, due, told)
    return Postponed(entry, error, due)


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
        case Disposition.DUPLICATE:
            maillog.duplicate(entry=number, of=decision.duplicate_of)
        case _:
            maillog.filed(entry=number, ticket=ticket, because=decision.reason)
