"""A lane of its own for messages whose author must be proved: the DNS may take its time, and no neighbour waits.

What is proved comes back with its evidence and is filed with the next batch, what finds no room as `Crowded`. Nothing
here is kept: an entry in the lane is claimed, and if we end it is claimed again. Between edge.prove, which gathers, and
flow.filer, whose lane it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from mailflow import maillog
from mailflow.config import Config
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.trust.proof import believed_servers, has_to_be_proved
from mailflow.edge.question import Question
from mailflow.flow.filing import Crowded, Read
from mailflow.flow.lane import Lane
from mailflow.mail.address import canonical
from mailflow.mail.identity.evidence import Dmarc, Evidence, Result
from mailflow.mail.message import Message

AT_THE_EDGE = ("smtp", "explain")

Prove = Callable[[bytes, Question], Awaitable[Evidence]]


class Proofs:
    """`ready` is called when something was proved. Without `prove` nobody is asked for proof."""

    def __init__(self, prove: Prove | None, *, policy: Callable[[], Policy], ready: Callable[[], None]) -> None:
        self._prove = prove
        self._policy = policy
        self._ready = ready
        self._lane = Lane()
        self._begun: set[asyncio.Task[None]] = set()
        self._proved: list[Read] = []

    def part(self, read: Sequence[Read]) -> list[Read]:
        """Those that can be filed at once. The others are begun; `take` has them later."""
        at_once = []
        for each in read:
            if self._needs_proof(each):
                self._begin(each)
            else:
                at_once.append(each)
        return at_once

    def take(self) -> list[Read]:
        """Those that were proved since."""
        proved, self._proved = self._proved, []
        return proved

    @property
    def any_proved(self) -> bool:
        return bool(self._proved)

    async def proved(self, read: Sequence[Read]) -> list[Read]:
        """All of them, whenever they are."""
        return [await self._with_evidence(each) if self._needs_proof(each) else each for each in read]

    async def stop(self) -> None:
        """What is under way is given up; its entries are claimed again."""
        for task in self._begun:
            task.cancel()
        await asyncio.gather(*self._begun, return_exceptions=True)

    def _needs_proof(self, read: Read) -> bool:
        claimed, answer = read
        return self._prove is not None and isinstance(answer, Message) and has_to_be_proved(answer, claimed.entry)

    def _begin(self, read: Read) -> None:
        claimed, message = read
        if not isinstance(message, Message):
            return
        peer = question_of(claimed.entry, message, self._policy().config).counted_for
        if not self._lane.has_room(peer, len(claimed.octets)):
            self._proved.append((claimed, Crowded()))
            return
        self._lane.enter(peer, len(claimed.octets))
        task = asyncio.create_task(self._run(read, peer))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def _run(self, read: Read, peer: str) -> None:
        try:
            proved = await self._with_evidence(read)
            self._proved.append(proved)  # not before: `take` has changed the list meanwhile
            self._ready()
        finally:
            self._lane.leave(peer, len(read[0].octets))

    async def _with_evidence(self, read: Read) -> Read:
        """A bug of ours or a child that does not start is no verdict: it is looked at again."""
        claimed, message = read
        if self._prove is None or not isinstance(message, Message):
            return read
        try:
            question = question_of(claimed.entry, message, self._policy().config)
            return _with(read, await self._prove(claimed.octets, question))
        except Exception as error:  # noqa: BLE001
            maillog.trouble(error, "proof", entry=claimed.entry.number)
            return _with(read, Evidence(dmarc=Dmarc(result=Result.TEMPERROR, why="it could not be checked")))


def question_of(entry: Entry, message: Message, config: Config) -> Question:
    """What there is to prove. A stranger at our own edge has an address to ask about, and nobody vouches for him."""
    envelope = entry.envelope
    stranger = envelope.source in AT_THE_EDGE and not envelope.relayed and envelope.peer not in ("", "unix")
    return Question(
        author=canonical(message.author or ""),
        peer=envelope.peer if stranger else "",
        mail_from=canonical(envelope.mail_from),
        helo=envelope.helo,
        authserv_ids=() if stranger else believed_servers(envelope.source, config),
        forwarders=config.trust.arc_forwarders,
    )


def _with(read: Read, evidence: Evidence) -> Read:
    claimed, answer = read
    return replace(claimed, entry=replace(claimed.entry, evidence=evidence)), answer
