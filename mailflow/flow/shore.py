"""Where the threads of fetched mailboxes land what they bring: blocking calls from there, done on the daemon's loop.

A thread waits until its batch is committed, which is all the backpressure there is. Implements edge.imap_intake.Shore
with store.journal and store.entries.cursors.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import TimeoutError as TooLong
from datetime import datetime
from functools import partial
from typing import TypeVar

from mailflow import maillog
from mailflow.edge.imap_intake import Cursor
from mailflow.errors import StoreAway
from mailflow.mail.envelope import Arrival
from mailflow.store import journal
from mailflow.store.database import Connection
from mailflow.store.entries import cursors
from mailflow.store.writer import Writer

T = TypeVar("T")
PATIENCE = 60.0  # seconds for a commit; what comes later is recognised when it is fetched again


class Landing:
    """Made in the loop that `writer` belongs to."""

    def __init__(self, writer: Writer, *, now: Callable[[], datetime], received: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._writer = writer
        self._now = now
        self._received = received

    def receive(self, arrivals: list[Arrival]) -> None:
        numbers = self._wait(partial(journal.receive_new, arrivals=arrivals, now=self._now()))
        for number, arrival in zip(numbers, arrivals, strict=True):
            if number is not None:
                envelope = arrival.envelope
                maillog.accepted(
                    entry=number,
                    source=envelope.source,
                    mail_from=envelope.mail_from,
                    rcpt_tos=envelope.rcpt_tos,
                    size=len(arrival.octets),
                )
                if arrival.held:
                    maillog.held(entry=number, because=arrival.held)
        self._loop.call_soon_threadsafe(self._received)

    def load_cursor(self, account: str, folder: str) -> Cursor | None:
        return self._wait(partial(cursors.load, account=account, folder=folder))

    def save_cursor(self, account: str, folder: str, uidvalidity: int, last_uid: int, adopted: datetime) -> None:
        self._wait(lambda connection: cursors.save(connection, account, folder, uidvalidity, last_uid, adopted))

    def _wait(self, work: Callable[[Connection], T]) -> T:
        done = asyncio.run_coroutine_threadsafe(self._writer.write(work), self._loop)
        try:
            return done.result(PATIENCE)
        except TooLong:
            done.cancel()
            raise StoreAway("the database takes too long") from None
