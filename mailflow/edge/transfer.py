"""One message between the 354 and its reply: read up to the dot, judged, committed. Used by edge.session; says nothing
to the client itself.
"""

import asyncio
from dataclasses import dataclass

from mailflow.edge import replies
from mailflow.edge.alarm import Alarm
from mailflow.edge.content import Intake
from mailflow.edge.gate import Gate
from mailflow.edge.reception import Reception, Transaction, sorry


@dataclass(frozen=True, slots=True)
class Transfer:
    reader: asyncio.StreamReader
    alarm: Alarm
    gate: Gate
    reception: Reception

    async def receive(self, mail: Transaction) -> str:
        """What is said of it. Raises IncompleteReadError and ConnectionError, of the client's stream."""
        with Intake(self.reader, self.gate, self.reception.limits.message_size, mail.caller) as intake:
            await self._read(intake)
            if intake.refusal and intake.limit:
                self.gate.counters.reach(intake.limit, mail.caller.peer, intake.refusal)
                return self.reception.refused(mail, intake.refusal, f"{intake.received} octets")
            judged = await self._judged(mail, intake.content())
        return judged if isinstance(judged, str) else await self._kept(mail, judged)

    async def _read(self, intake: Intake) -> None:
        """Each chunk buys time, until the content is refused; but never more than there was in the beginning, or who
        sent much at once could be silent for hours, and keep the room of others."""
        limits, clock = self.reception.limits, asyncio.get_running_loop().time
        patience, before = limits.data_timeout.total_seconds(), 0
        deadline = clock() + patience
        self.alarm.set(patience)
        while await intake.read():
            if intake.refusal is None:
                bought, before = (intake.received - before) / limits.upload_rate, intake.received
                deadline = min(deadline + bought, clock() + patience)
                self.alarm.set(deadline - clock())

    async def _judged(self, mail: Transaction, content: bytes) -> bytes | str:
        try:
            return await self.reception.content(mail, content, self.gate)
        except Exception as error:  # noqa: BLE001  whatever it is, the session lives on
            return sorry(error, where=mail.caller.source)

    async def _kept(self, mail: Transaction, content: bytes) -> str:
        """The client, its timeout and the end of its stream can end this wait, but not the commit."""
        commit = self.gate.commit(self.reception.keep(mail, content), len(content))
        self.alarm.hold()  # it has said all: now it waits for us
        await asyncio.wait({commit}, timeout=self.reception.limits.commit_timeout.total_seconds())
        if commit.done():
            return commit.result()
        return self.gate.counters.reach("commit_timeout", mail.caller.peer, replies.TRY_LATER)
