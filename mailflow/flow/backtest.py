"""The journal of the past through rules of today: read again, judged again, nothing written (`mailflow backtest`).

The path of the filer without its last step. `before` judges by other rules under the same conditions; without it the
past is what the journal says of it.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from mailflow.desk.context import Context
from mailflow.desk.outcome import Change, Outcome, changes
from mailflow.desk.past import again, case_of
from mailflow.desk.policy import Policy
from mailflow.desk.thread import clues_of
from mailflow.edge.parser import Answer, Parser
from mailflow.errors import ParserDied
from mailflow.mail.message import Message
from mailflow.store.database import Database
from mailflow.store.entries import past
from mailflow.store.entries.past import Kept, Span
from mailflow.store.recall import recall_all

BATCH = 64
BATCH_OCTETS = 16 << 20
"""In memory at once, besides what a single message takes that is larger."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One message, then and by the rules that are tried."""

    kept: Kept
    before: Outcome
    after: Outcome

    @property
    def changes(self) -> tuple[Change, ...]:
        return changes(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Unread:
    """It cannot be read, now."""

    kept: Kept
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    database: Database
    parser: Parser
    after: Policy
    before: Policy | None = None

    async def run(self, of: Span) -> AsyncGenerator[Sequence[Compared | Unread], None]:
        """The newest first, as many at once as are read together."""
        below = of.last + 1
        while batch := self._batch(of, below):
            below = batch[-1].entry.number
            answers = await self.parser.parse_many([(each.entry.octets, 1 + each.failures) for each in batch])
            yield self._compared(batch, answers)

    def _batch(self, of: Span, below: int) -> Sequence[Kept]:
        with self.database.connect() as connection:
            return past.batch(connection, of, below, BATCH, BATCH_OCTETS)

    def _compared(self, batch: Sequence[Kept], answers: Sequence[Answer]) -> list[Compared | Unread]:
        together = list(zip(batch, answers, strict=True))
        read = [(kept, answer) for kept, answer in together if isinstance(answer, Message)]
        contexts = iter(self._contexts(read))
        return [
            Unread(kept, str(answer)) if isinstance(answer, ParserDied) else self._one(kept, answer, next(contexts))
            for kept, answer in together
        ]

    def _contexts(self, read: Sequence[tuple[Kept, Message]]) -> Sequence[Context]:
        """What the store knows today."""
        if not read:
            return ()
        clues = [clues_of(message, kept.entry, self.after) for kept, message in read]
        with self.database.connect() as connection:
            return recall_all(connection, clues, read[0][0].entry.received)

    def _one(self, kept: Kept, message: Message, context: Context) -> Compared:
        def judged(policy: Policy) -> Outcome:
            return again(case_of(message, kept.entry, context, policy, kept.past), kept.past)

        before = judged(self.before) if self.before else kept.past.outcome
        return Compared(kept, before, judged(self.after))
