"""The one thread that writes, and group commit: whatever is waiting shares a transaction and its fsync.

`receive` is the fast path of the journal: the rows of a group are one INSERT and one commit, before anything else that
is waiting. `write` runs any function of a connection. A future resolves after the commit, never before: that is what
a `250` waits for.

One fault must not fail its neighbours. A group that fails is done again, each piece in a transaction of its own
(savepoints would not do: on a full disk SQLite rolls back all of it). Unless the database itself is gone: then
everybody hears so at once, and nothing is done twice that might have been committed. A statement that was ended because
it took too long is such a fault, not such an end.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from mailflow.errors import StoreAway
from mailflow.mail.envelope import Arrival
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.trouble import hits_everyone, is_slow, trouble_of

T = TypeVar("T")
GROUP_ITEMS = 64
GROUP_OCTETS = 8 << 20  # beyond it grouping gains nothing and everybody waits for all of it (measured)

Work = Callable[[Connection], Any]


@dataclass(frozen=True, slots=True)
class _Received:
    """A row of the fast path."""

    arrival: Arrival
    now: datetime


@dataclass(frozen=True, slots=True)
class _Item:
    work: _Received | Work
    future: asyncio.Future[Any]

    @property
    def octets(self) -> int:
        return len(self.work.arrival.octets) if isinstance(self.work, _Received) else 0


class Writer:
    """Belongs to the event loop it was made in; its methods are called from there only."""

    def __init__(self, database: Database) -> None:
        self.commits = 0  # groups committed, for status and tests
        self._asked = self._done = 0  # pieces of work
        self._tried = 0  # of them, also those that are done again
        self._database = database
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()  # None: no more after this
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def receive(self, arrival: Arrival, now: datetime) -> int:
        """The journal's number for it, once it is safe. StoreAway and StoreFull mean that nothing was kept."""
        number: int = await self._submit(_Received(arrival, now))
        return number

    async def write(self, work: Callable[[Connection], T]) -> T:
        """`work` inside a transaction; its result once that is committed. It may run twice: only the last counts."""
        result: T = await self._submit(work)
        return result

    @property
    def progress(self) -> int | None:
        """Grows with each piece of work, also with those that failed; None while nothing waits for the thread."""
        return None if self._done == self._asked else self._tried

    async def close(self) -> None:
        """Everything submitted before is still done."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _submit(self, work: _Received | Work) -> asyncio.Future[Any]:
        if self._closed:
            raise StoreAway("mailflow is stopping")
        future: asyncio.Future[Any] = self._loop.create_future()
        self._asked += 1
        self._queue.put(_Item(work, future))
        return future

    def _run(self) -> None:
        closing = False
        while not closing:
            group, closing = self._next_group()
            for part in _in_turn(group):
                outcomes = self._commit([item.work for item in part])
                self._done += len(part)
                with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    self._loop.call_soon_threadsafe(_resolve, part, outcomes)

    def _next_group(self) -> tuple[list[_Item], bool]:
        """What is waiting, and whether it was the last."""
        group: list[_Item] = []
        octets = 0
        item = self._queue.get()
        while item is not None:
            group.append(item)
            octets += item.octets
            if len(group) == GROUP_ITEMS or octets >= GROUP_OCTETS:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, works: Sequence[_Received | Work]) -> list[Any]:
        """A result or an exception for each; everything without an exception is on the disk when this returns."""
        try:
            return self._together(works)
        except BaseException as error:  # noqa: BLE001  # the thread lives on; whose fault it was is found out below
            self._tried += 1
            if len(works) == 1 or _ends_all(error):
                return [_outcome(error)] * len(works)
        return list(self._one_by_one(works))

    def _one_by_one(self, works: Sequence[_Received | Work]) -> Iterator[Any]:
        for position, work in enumerate(works):
            try:
                yield self._together([work])[0]
            except BaseException as error:  # noqa: BLE001  # as above
                self._tried += 1
                if _ends_all(error):
                    yield from [_outcome(error)] * (len(works) - position)
                    return
                yield _outcome(error)

    def _together(self, works: Sequence[_Received | Work]) -> list[Any]:
        if not works:
            return []
        with self._database.begin() as connection:
            numbers = iter(_received(connection, [work for work in works if isinstance(work, _Received)]))
            results = []
            for work in works:
                results.append(next(numbers) if isinstance(work, _Received) else work(connection))
                self._tried += 1
        self.commits += 1
        return results


def _in_turn(group: Sequence[_Item]) -> list[list[_Item]]:
    """New mail first, in a transaction of its own: it costs little, and a sender waits for it."""
    received = [item for item in group if isinstance(item.work, _Received)]
    others = [item for item in group if not isinstance(item.work, _Received)]
    return [part for part in (received, others) if part]


def _received(connection: Connection, received: Sequence[_Received]) -> list[int]:
    if not received:
        return []
    return journal.receive_each(connection, [(each.arrival, each.now) for each in received])


def _ends_all(error: BaseException) -> bool:
    return hits_everyone(error) and not is_slow(error)


def _outcome(error: BaseException) -> Exception:
    """What the caller gets; a future takes neither StopIteration nor what would end the thread."""
    if trouble := trouble_of(error):
        return trouble
    return error if isinstance(error, Exception) and not isinstance(error, StopIteration) else RuntimeError(repr(error))


def _resolve(group: Sequence[_Item], outcomes: Sequence[Any]) -> None:
    for item, outcome in zip(group, outcomes, strict=True):
        if item.future.done():  # its caller was cancelled: set_result would raise, and the rest would wait for ever
            continue
        if isinstance(outcome, BaseException):
            item.future.set_exception(outcome)
        else:
            item.future.set_result(outcome)
