"""Paging whoever is on call, until somebody takes it (R4.7): mail by the outbox, commands and webhooks from here.

    waiting ─► claimed ─► waiting again … until taken, or given up

What is due is found and claimed in one transaction, and the ticket's history says of each attempt by which way and with
which result. A crash between an attempt and its record brings the attempt again: nobody is paged by two of us for one
step at the same time, and everybody at least once. Woken by the clock's tick.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from mailflow import maillog
from mailflow.config import OnCall, Step, zone_named
from mailflow.desk.actions import Action, Note
from mailflow.desk.paging import oncall
from mailflow.desk.paging.oncall import GiveUp, Page, Try
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.edge.pager import Tried
from mailflow.errors import Refused
from mailflow.flow.patience import insist
from mailflow.flow.savepoint import apart
from mailflow.store import apply, pages
from mailflow.store.database import Connection
from mailflow.store.tickets import tickets
from mailflow.store.writer import Writer

T = TypeVar("T")
AT_ONCE = 32
"""Attempts under way."""
SPARE = timedelta(minutes=1)
"""That a claim lasts longer than its attempt may take."""
WRITTEN = "written"


class Ways(Protocol):
    """edge.pager.Pager"""

    async def page(self, step: Step, page: Mapping[str, str | int], seconds: float) -> Tried: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that is ours to make, or, with `tried`, one that is made."""

    page: Page
    on_call: OnCall
    next: Try
    ticket: Ticket
    tried: Tried | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    page: Page
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A mistake of ours keeps it from being tried; it is taken up again."""

    page: Page
    error: Exception


class Paging:
    """The loop."""

    def __init__(
        self,
        writer: Writer,
        ways: Ways,
        *,
        node: str,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        written: Callable[[], None] = lambda: None,
    ) -> None:
        self.wake = asyncio.Event()
        self._writer = writer
        self._ways = ways
        self._node = node
        self._policy = policy
        self._now = now
        self._written = written
        self._under_way: dict[asyncio.Task[None], int] = {}
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`, and then what was begun. First of all what a crash left behind."""
        await self._write(partial(pages.recover, node=self._node))
        while not self._stopping:
            self.wake.clear()
            if not await self.sweep():
                await self.wake.wait()
        if self._under_way:
            await asyncio.wait(self._under_way)

    def stop(self) -> None:
        self._stopping = True
        self.wake.set()

    async def sweep(self) -> bool:
        """Begin what is due, as far as there is room; was there anything?"""
        room = AT_ONCE - len(self._under_way)
        if not room:
            return False
        take_up = partial(
            take_up_due, node=self._node, policy=self._policy(), now=self._now(), room=room, under_way=self.under_way
        )
        found = await self._write(take_up)
        for each in found:
            if isinstance(each, Attempt) and each.tried is None:
                task = asyncio.create_task(self._attempt(each))
                self._under_way[task] = each.page.number
                task.add_done_callback(self._finished)
            else:
                _tell(each)
        if found:
            self._written()
        return bool(found)

    @property
    def under_way(self) -> frozenset[int]:
        """Numbers of what is in hand, however long it takes."""
        return frozenset(self._under_way.values())

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self.wake.set()

    async def _attempt(self, attempt: Attempt) -> None:
        """One step, one try, one outcome in the database."""
        body, seconds = oncall.as_json(attempt.page, attempt.ticket), attempt.on_call.timeout.total_seconds()
        try:
            tried = await self._ways.page(attempt.next.step, body, seconds)
        except Exception as error:  # noqa: BLE001  # our bug: the ladder goes on
            maillog.trouble(error, "page", page=attempt.page.number)
            tried = Tried(False, "trouble of our own")
        made = replace(attempt, tried=tried)
        try:
            await self._write(lambda connection: record(connection, made, self._policy(), self._now()))
        except Refused as error:  # it was not ours any more
            maillog.trouble(error, "page", page=attempt.page.number)
        else:
            _tell(made)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await insist(lambda: self._writer.write(work), "page")


def take_up_due(
    connection: Connection, *, node: str, policy: Policy, now: datetime, room: int, under_way: frozenset[int]
) -> Sequence[Attempt | Ended | Failed]:
    """What is still due once nobody else can move its ticket, each claimed; mails are written, and what nobody took in
    time is ended."""
    found = {page.ticket for page in pages.due(connection, now, room, under_way)}
    if not found:
        return ()
    locked = tickets.load_all(connection, found, lock=True)
    still_due = pages.due(connection, now, room, under_way)
    return [
        _taken_up(connection, page, locked[page.ticket], node, policy, now)
        for page in still_due
        if page.ticket in locked
    ]


def _taken_up(
    connection: Connection, page: Page, ticket: Ticket, node: str, policy: Policy, now: datetime
) -> Attempt | Ended | Failed:
    """Apart: what is wrong with one must not keep the others from being woken."""
    outcome = apart(connection, partial(_take_up, connection, page, ticket, node, policy, now))
    if not isinstance(outcome, Exception):
        return outcome
    pages.postpone(connection, page, now + oncall.AFTER_TROUBLE)
    return Failed(page, outcome)


def _take_up(
    connection: Connection, page: Page, ticket: Ticket, node: str, policy: Policy, now: datetime
) -> Attempt | Ended:
    on_call = policy.on_call.get(page.on_call)
    decided = oncall.next_try(page, on_call, now)
    if isinstance(decided, GiveUp) or on_call is None:
        ended = Ended(page, decided.why if isinstance(decided, GiveUp) else "")
        pages.give_up(connection, page, now)
        _note(connection, page, f"given up: {ended.why}", policy, now)
        return ended
    page = replace(page, step=decided.number, attempts=page.attempts + 1)
    until = now + on_call.timeout + SPARE
    pages.claim(connection, page, oncall.way_of(decided.step), node, until)
    attempt = Attempt(page, on_call, decided, ticket)
    if not decided.step.mail:
        return attempt
    made = replace(attempt, tried=Tried(True, WRITTEN))
    record(
        connection, made, policy, now, *oncall.letters(page, ticket, decided.step, zone_named(policy.config.time_zone))
    )
    return made


def record(connection: Connection, made: Attempt, policy: Policy, now: datetime, *also: Action) -> None:
    """What came of it, with an event of the ticket; Refused when another attempt was begun since."""
    page, tried = made.page, made.tried
    if tried is None:
        return
    tickets.load_all(connection, {page.ticket}, lock=True)
    again = oncall.due_again(page, made.on_call, made.next, now, reached=tried.reached)
    pages.record(connection, page, tried.said, again, now if tried.reached else None)
    _note(connection, page, f"step {page.step}, {oncall.way_of(made.next.step)}: {tried.said}", policy, now, *also)


def _note(connection: Connection, page: Page, text: str, policy: Policy, now: datetime, *also: Action) -> None:
    note = Note(ticket=page.ticket, kind="page", text=f"page {page.number}, {page.on_call}: {text}")
    apply.carry_out(connection, page.ticket, (note, *also), policy, now)


def _tell(each: Attempt | Ended | Failed) -> None:
    page = each.page
    if isinstance(each, Ended):
        maillog.page_given_up(page=page.number, ticket=page.ticket, on_call=page.on_call, because=each.why)
    elif isinstance(each, Failed):
        maillog.trouble(each.error, "page", page=page.number)
    elif each.tried:
        maillog.paged(
            page=page.number,
            ticket=page.ticket,
            on_call=page.on_call,
            step=page.step,
            way=oncall.way_of(each.next.step),
            result=each.tried.said,
            reached=each.tried.reached,
        )
