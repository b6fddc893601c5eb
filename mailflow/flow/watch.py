"""What changes beside us is noticed: files are looked at whenever the clock ticks, and read again when somebody asks
for it, by SIGHUP or by `mailflow reload`, whose question lies in the database. Who reads them is handed in.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from mailflow import maillog
from mailflow.errors import MailflowError
from mailflow.flow.rounds import Rounds
from mailflow.store.database import Database
from mailflow.store.health import reloads
from mailflow.store.writer import Writer


class Files(Protocol):
    """What is in force."""

    async def reload(self) -> None: ...
    async def take_up_lists(self) -> bool: ...


@dataclass(slots=True)
class Hangup:
    """SIGHUP, which may come before there is a loop that reads files again."""

    heard: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self) -> None:
        self.heard = True
        self.wake.set()


class Watch(Rounds):
    """The loop. `told` says in the database what came of it, and answers True when it could."""

    def __init__(
        self,
        files: Files,
        writer: Writer,
        database: Database,
        *,
        node: str,
        hangup: Hangup,
        told: Callable[[], Awaitable[bool]],
    ) -> None:
        super().__init__()
        self.wake = hangup.wake
        self._hangup = hangup
        self._files = files
        self._writer = writer
        self._database = database
        self._node = node
        self._told = told
        self._done = 0  # the last question that was heard
        self._untold = False

    async def round(self) -> None:
        question = await asyncio.to_thread(self._question)
        if self._hangup.heard or question > self._done:
            self._hangup.heard = False  # before the files are read: who asks while they are is not heard yet
            await self._files.reload()
            self._done = max(question, self._done)
            self._untold = True
        elif await self._files.take_up_lists():
            self._untold = True
        if self._untold:
            self._untold = not (await self._told() and await self._answer())

    def _question(self) -> int:
        """That the database is away is said by those who need it; files can be read all the same."""
        try:
            with self._database.connect() as connection:
                return reloads.open_question(connection, self._node)
        except MailflowError:
            return 0

    async def _answer(self) -> bool:
        if not self._done:
            return True
        try:
            await self._writer.write(partial(reloads.answer, node=self._node, number=self._done))
        except MailflowError as error:
            maillog.trouble(error, "watch")
            return False
        return True
