"""From the outbox to the far end. Automatic mail at most once, people's words at least once (DESIGN rule 5).

    waiting ─► claimed ─► sending ─► sent | refused | unknown
       ▲          │          │
       └──────────┴──────────┘  not this time: backoff, up to five days

`sending` is committed right before the content leaves: it is the only doubt there is. What was found in it after a
crash, or got no answer, is `unknown` for ever if it is automatic, and sent again with the same octets if it is not.

Automatic mail of all keeps a pace (flow.pace); people's words do not wait for it.

Woken when mail was written, else by the clock's tick. store.outbox gives, edge.relay or edge.sent takes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar, assert_never

from mailflow import errors, maillog
from mailflow.desk.actions import Note
from mailflow.desk.policy import Policy
from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.outcome import BeforeContent, Deferred, Delivered, Refused, Reply, Result, Unanswered
from mailflow.flow.pace import Pace
from mailflow.flow.patience import insist
from mailflow.store import apply, outbox
from mailflow.store.database import Connection
from mailflow.store.outbox import Claimed, State
from mailflow.store.writer import Writer

T = TypeVar("T")
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (60, 300, 900, 3600))
"""The wait until the next attempt is the first of these that is longer than the mail has waited; the last repeats."""
GIVE_UP = timedelta(days=5)  # as long as mail servers keep trying (RFC 5321 section 4.5.4.1)
PASSES = 5
"""Ticks of the clock for which what is written may wait while new mail is being filed."""
LEASE = timedelta(minutes=90)  # longer than an attempt can take: every step of edge.relay with all its Patience


class Relay(Protocol):
    """edge.relay.Smarthost or edge.sent.SentFolder."""

    async def deliver(self, number: int, outgoing: Outgoing, before_content: BeforeContent) -> Result: ...

    async def rest(self) -> None: ...


class Dispatch:
    """The loop. At most `connections` attempts at a time."""

    def __init__(
        self,
        writer: Writer,
        relay: Relay,
        *,
        node: str,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        connections: int = 4,
        filing: Callable[[], bool] = lambda: False,
    ) -> None:
        self.wake = asyncio.Event()
        self._filing = filing
        self._passed = 0
        self._writer = writer
        self._relay = relay
        self._node = node
        self._policy = policy
        self._now = now
        self._connections = connections
        self._pace = Pace(now)
        self._under_way: dict[asyncio.Task[None], int] = {}
        self._stopping = False

    async def recover(self) -> None:
        """Once, before the first `run`: what a crash left behind is ours. Trouble is told: nobody waits yet."""
        await self._writer.write(partial(outbox.recover, node=self._node, now=self._now()))

    async def run(self) -> None:
        """Until `stop`, and then what was begun."""
        while not self._stopping:
            self.wake.clear()
            if self._passes() or not await self._begin():
                if not self._under_way:
                    await self._relay.rest()
                await self.wake.wait()
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._relay.rest()

    def stop(self) -> None:
        self._stopping = True
        self.wake.set()

    def under_way(self) -> frozenset[int]:
        """Numbers of what is in hand: nobody takes it for stale, however long it takes."""
        return frozenset(self._under_way.values())

    @property
    def slowed(self) -> datetime | None:
        """Since when automatic mail waits, because there is more of it than may leave."""
        return self._pace.slowed

    def _passes(self) -> bool:
        """A burst of new mail is filed before the first of it is answered; after a few ticks both have their share."""
        self._passed = self._passed + 1 if self._filing() else 0
        return 0 < self._passed <= PASSES

    async def _begin(self) -> bool:
        """Claim as much as there is room for; was there anything?"""
        room = self._connections - len(self._under_way)
        if not room:
            return False
        people_only = not self._pace.allows(self._policy().config.limits.automatic_per_minute)
        claimed = await self._write(
            lambda connection: outbox.claim(connection, self._node, self._now(), LEASE, room, people_only=people_only)
        )
        self._pace.count(sum(each.outgoing.automatic for each in claimed))
        for each in claimed:
            task = asyncio.create_task(self._attempt(each))
            self._under_way[task] = each.number
            task.add_done_callback(self._finished)
        return bool(claimed)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self.wake.set()

    async def _attempt(self, claimed: Claimed) -> None:
        """One mail, one try, one outcome in the database."""
        result = await self._delivered(claimed)
        if result is None:
            return
        ending = _ending(claimed, result, self._now())
        try:
            await self._write(partial(self._record, claimed=claimed, ending=ending))
            _tell(claimed, ending)
        except Exception as error:  # noqa: BLE001  # it was not ours any more: our lease was over
            maillog.trouble(error, "dispatch", outgoing=claimed.number)

    async def _delivered(self, claimed: Claimed) -> Result | None:
        """None: before the content left it had become somebody else's to send."""
        in_doubt = False

        async def before_content() -> None:
            nonlocal in_doubt
            await self._enter_doubt(claimed)
            in_doubt = True

        try:
            return await self._relay.deliver(claimed.number, claimed.outgoing, before_content)
        except errors.Refused:
            return None
        except Exception as error:  # noqa: BLE001  # the database is away, or our bug
            maillog.trouble(error, "dispatch", outgoing=claimed.number)
            reply = Reply(451, "4.3.0 trouble of our own")
            return Unanswered(reply) if in_doubt else Deferred(reply)

    async def _enter_doubt(self, claimed: Claimed) -> None:
        """Not insisted on: the far end would wait for it."""
        await self._writer.write(partial(outbox.mark_sending, claimed=claimed))

    def _record(self, connection: Connection, claimed: Claimed, ending: "Ending") -> None:
        outgoing, now = claimed.outgoing, self._now()
        if ending.again:
            outbox.postpone(connection, claimed, ending.again, str(ending.reply))
            return
        outbox.settle(connection, claimed, ending.state, str(ending.reply), now)
        if ending.state is not State.SENT and outgoing.ticket is not None:
            note = f"{outgoing.kind} to {outgoing.rcpt_to}: {ending.reply}"
            action = Note(ticket=outgoing.ticket, kind=f"mail {ending.state}", text=note)
            apply.carry_out(connection, outgoing.ticket, [action], self._policy(), now)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await insist(lambda: self._writer.write(work), "dispatch")


@dataclass(frozen=True, slots=True)
class Ending:
    """What an attempt means for its row. `again`: when it is tried next, None if it has ended."""

    state: State
    reply: Reply
    again: datetime | None = None


def _ending(claimed: Claimed, result: Result, now: datetime) -> Ending:
    match result:
        case Delivered(reply):
            return Ending(State.SENT, reply)
        case Refused(reply):
            return Ending(State.REFUSED, reply)
        case Unanswered(reply) if claimed.outgoing.automatic:
            return Ending(State.UNKNOWN, reply)
        case Deferred(reply) | Unanswered(reply):
            return _once_more(reply, now - claimed.created, now)
    assert_never(result)


def _once_more(reply: Reply, waited: timedelta, now: datetime) -> Ending:
    if waited >= GIVE_UP:
        return Ending(State.REFUSED, Reply(reply.code, f"given up after {waited.days} days: {reply.text}"))
    return Ending(State.WAITING, reply, now + next((step for step in BACKOFF if step > waited), BACKOFF[-1]))


def _tell(claimed: Claimed, ending: Ending) -> None:
    number, to, reply = claimed.number, claimed.outgoing.rcpt_to, ending.reply
    match ending.state:
        case State.SENT:
            maillog.sent(outgoing=number, to=to, reply=reply)
        case State.REFUSED:
            maillog.refused_by(outgoing=number, to=to, reply=reply)
        case State.UNKNOWN:
            maillog.unknown(outgoing=number, to=to, because=str(reply))
        case _:
            maillog.deferred(outgoing=number, to=to, reply=reply, due=ending.again)
