"""The outbox empties itself: automatic mail at most once, people's words at least once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailflow.config import Smarthost
from mailflow.desk.policy import Policy
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.outcome import BeforeContent, Result
from mailflow.edge.relay import Patience
from mailflow.edge.sent import SentFolder
from mailflow.errors import StoreAway
from mailflow.flow.dispatch import GIVE_UP, LEASE, PASSES, Dispatch, Relay
from mailflow.flow.housekeep import Housekeep
from mailflow.store import outbox
from mailflow.store.database import Database
from mailflow.store.writer import Writer
from tests.far_end import FarEnd
from tests.flow.conftest import Now, smarthost
from tests.running import eventually

STATES = "SELECT state FROM outbox ORDER BY id"
Rows = Callable[[str], list[Any]]
Letter = Callable[..., Outgoing]


@asynccontextmanager
async def dispatching(dispatch: Dispatch) -> AsyncIterator[None]:
    """Runs until what is under way has ended."""
    task = asyncio.create_task(dispatch.run())
    try:
        yield
        dispatch.stop()
        await asyncio.wait_for(task, 10)
    finally:
        task.cancel()


@pytest.fixture
def put(database: Database, clock: Any) -> Callable[..., None]:
    def put(*letters: Outgoing) -> None:
        with database.begin() as connection:
            outbox.insert_all(connection, letters, clock.now())

    return put


@pytest.fixture
def dispatch_to(writer: Writer, policy: Policy, now: Now) -> Callable[..., Dispatch]:
    def make(relay: Relay, connections: int = 4) -> Dispatch:
        return Dispatch(writer, relay, node="main", policy=lambda: policy, now=now, connections=connections)

    return make


@pytest.fixture
def once(dispatch_to: Callable[..., Dispatch], far: FarEnd) -> Callable[[], Any]:
    """All that is due, one attempt each."""

    async def once() -> None:
        dispatch = dispatch_to(smarthost(far))
        while await dispatch._begin():
            await asyncio.wait(dispatch._under_way)
        await dispatch._relay.rest()

    return once


async def test_what_is_waiting_is_sent_once(put: Any, once: Any, far: FarEnd, rows: Rows, letter: Letter) -> None:
    put(letter("anna"), letter("ben"))
    await once()
    await once()
    assert sorted(far.letters) == ["anna@kunde.example", "ben@kunde.example"]
    assert rows("SELECT state, last_reply, claimed_by FROM outbox") == [("sent", "250 kept", "")] * 2


async def test_the_loop_sends_what_comes_while_it_runs(
    put: Any, dispatch_to: Any, far: FarEnd, rows: Rows, letter: Letter
) -> None:
    dispatch = dispatch_to(smarthost(far))
    async with dispatching(dispatch):
        put(letter())
        dispatch.wake.set()
        await eventually(lambda: far.letters)
    assert rows(STATES) == [("sent",)]


async def test_it_opens_as_many_connections_as_it_may_and_no_more(
    put: Any, dispatch_to: Any, far: FarEnd, rows: Rows, letter: Letter
) -> None:
    put(*(letter(str(number)) for number in range(9)))
    far.open.clear()
    async with dispatching(dispatch := dispatch_to(smarthost(far), connections=3)):
        await eventually(lambda: far.at_once == 3)
        far.open.set()
        await eventually(lambda: len(far.letters) == 9)
    assert far.most_at_once == 3
    assert not dispatch._under_way
    assert set(rows(STATES)) == {("sent",)}


async def test_a_temporary_refusal_is_tried_again_later_and_later(
    put: Any, once: Any, far: FarEnd, clock: Any, rows: Rows, letter: Letter
) -> None:
    put(letter())
    far.replies["RCPT"] = "450 4.2.1 greylisted"
    for minutes in (1, 5, 15, 60, 60):
        await once()
        assert rows("SELECT state, last_reply FROM outbox") == [("waiting", "450 4.2.1 greylisted")]
        clock.forward(timedelta(minutes=minutes) - timedelta(seconds=1))
        far.replies["RCPT"] = "250 ok"
        await once()  # too early
        assert far.letters == []
        far.replies["RCPT"] = "450 4.2.1 greylisted"
        clock.forward(timedelta(seconds=1))
    del far.replies["RCPT"]
    await once()
    assert far.letters == ["anna@kunde.example"]


async def test_after_five_days_it_gives_up(
    put: Any, once: Any, far: FarEnd, clock: Any, rows: Rows, letter: Letter
) -> None:
    put(letter())
    far.replies["MAIL"] = "451 4.3.0 later"
    clock.forward(GIVE_UP)
    await once()
    assert rows("SELECT state, last_reply FROM outbox") == [("refused", "451 given up after 5 days: 4.3.0 later")]


async def test_a_final_refusal_is_seen_on_the_ticket(
    put: Any, once: Any, far: FarEnd, rows: Rows, letter: Letter, desk_ticket: int
) -> None:
    put(letter(kind=Kind.REPLY, ticket=desk_ticket))
    far.replies["RCPT"] = "550 5.1.1 nobody here"
    await once()
    assert rows(STATES) == [("refused",)]
    events = rows(f"SELECT kind, text FROM event WHERE ticket = {desk_ticket} AND kind LIKE 'mail%'")
    assert events == [("mail refused", "reply to anna@kunde.example: 550 5.1.1 nobody here")]


@pytest.mark.parametrize(("kind", "state"), [(Kind.ACKNOWLEDGEMENT, "unknown"), (Kind.REPLY, "waiting")])
async def test_no_answer_after_the_content_is_a_doubt(
    put: Any, once: Any, far: FarEnd, rows: Rows, letter: Letter, kind: Kind, state: str
) -> None:  # P4
    put(letter(kind=kind))
    far.replies["."] = ""
    await once()
    assert rows(STATES) == [(state,)]


@pytest.mark.parametrize(("kind", "state"), [(Kind.ACKNOWLEDGEMENT, "unknown"), (Kind.REPLY, "waiting")])
@pytest.mark.parametrize("far_enough", [True, False])
async def test_a_mistake_of_ours_is_a_doubt_once_the_content_may_have_left(
    put: Any, dispatch_to: Any, rows: Rows, letter: Letter, kind: Kind, state: str, far_enough: bool
) -> None:  # P4
    class Clumsy:
        async def deliver(self, number: int, outgoing: Outgoing, before_content: BeforeContent) -> Result:
            if far_enough:
                await before_content()
            raise ZeroDivisionError("our bug")

        async def rest(self) -> None: ...

    put(letter(kind=kind))
    dispatch = dispatch_to(Clumsy())
    await dispatch._begin()
    await asyncio.wait(dispatch._under_way)
    assert rows(STATES) == [(state if far_enough else "waiting",)]


@pytest.mark.parametrize("kind", [Kind.ACKNOWLEDGEMENT, Kind.REPLY])
async def test_a_crash_before_the_content_is_no_doubt(
    put: Any, dispatch_to: Any, far: FarEnd, database: Database, now: Now, rows: Rows, letter: Letter, kind: Kind
) -> None:
    put(letter(kind=kind))
    with database.begin() as connection:
        outbox.claim(connection, "main", now(), timedelta(minutes=20), 1)
    await dispatch_to(smarthost(far)).recover()
    assert rows(STATES) == [("waiting",)]


@pytest.mark.parametrize(("kind", "state"), [(Kind.ACKNOWLEDGEMENT, "unknown"), (Kind.REPLY, "waiting")])
async def test_a_crash_while_the_content_was_leaving_is_one(
    put: Any, dispatch_to: Any, far: FarEnd, database: Database, now: Now, rows: Rows, letter: Letter, kind: Kind,
    state: str,
) -> None:  # fmt: skip
    put(letter(kind=kind))
    with database.begin() as connection:
        (claimed,) = outbox.claim(connection, "main", now(), timedelta(minutes=20), 1)
        outbox.mark_sending(connection, claimed)
    await dispatch_to(smarthost(far)).recover()
    assert rows(STATES) == [(state,)]


async def test_the_row_says_sending_while_the_content_is_on_its_way(
    put: Any, dispatch_to: Any, far: FarEnd, rows: Rows, letter: Letter
) -> None:
    put(letter())
    far.open.clear()
    async with dispatching(dispatch_to(smarthost(far))):
        await eventually(lambda: rows(STATES) == [("sending",)])
        assert far.letters == []
        far.open.set()
    assert rows(STATES) == [("sent",)]


def test_a_lease_outlasts_the_longest_attempt() -> None:
    # every kept connection has died and says so by silence; then a new one, TLS, password, and all commands of a mail
    patience, most = Patience(), Smarthost.model_fields["connections"].metadata
    connections = next(limit.le for limit in most if hasattr(limit, "le"))
    assert (connections + 12) * patience.command + patience.content < LEASE.total_seconds()


async def test_a_clock_that_jumps_sends_nothing_twice(
    put: Any, dispatch_to: Any, far: FarEnd, rows: Rows, letter: Letter, writer: Writer, database: Database, clock: Any,
    now: Now, policy: Policy,
) -> None:  # fmt: skip
    # P4: a virtual machine is resumed while mail is on its way
    put(letter())
    far.open.clear()
    dispatch = dispatch_to(smarthost(far))
    housekeep = Housekeep(writer, database, policy=lambda: policy, now=now, under_way=dispatch.under_way)
    async with dispatching(dispatch):
        await eventually(lambda: rows(STATES) == [("sending",)])
        clock.forward(2 * LEASE)
        await housekeep.round()
        dispatch.wake.set()
        far.open.set()
    await dispatch_to(smarthost(far))._begin()
    assert far.letters == ["anna@kunde.example"]
    assert rows("SELECT state, attempts FROM outbox") == [("sent", 1)]


@pytest.mark.parametrize("state", ["claimed", "sending"])
async def test_an_attempt_that_lost_its_claim_ends_before_the_content(
    put: Any, dispatch_to: Any, database: Database, now: Now, rows: Rows, letter: Letter, state: str
) -> None:
    class Late:
        async def deliver(self, number: int, outgoing: Outgoing, before_content: BeforeContent) -> Result:
            with database.begin() as connection:
                outbox.recover(connection, "main", now())
                (claimed,) = outbox.claim(connection, "other", now(), LEASE, 1)
                if state == "sending":
                    outbox.mark_sending(connection, claimed)
            await before_content()
            raise AssertionError("the content left")

        async def rest(self) -> None: ...

    put(letter())
    dispatch = dispatch_to(Late())
    await dispatch._begin()
    await asyncio.wait(dispatch._under_way)
    assert rows("SELECT state, claimed_by, attempts FROM outbox") == [(state, "other", 2)]


async def test_a_folder_takes_mail_while_there_is_no_smarthost(
    put: Any, dispatch_to: Any, rows: Rows, letter: Letter, tmp_path: Path
) -> None:
    put(letter("anna"), letter("ben", Kind.REPLY))
    dispatch = dispatch_to(SentFolder(tmp_path / "sent"), connections=1)
    while await dispatch._begin():
        await asyncio.wait(dispatch._under_way)
    names = await asyncio.to_thread(lambda: sorted(path.name for path in (tmp_path / "sent").iterdir()))
    assert names == ["1-acknowledgement.eml", "2-reply.eml"]
    assert set(rows(STATES)) == {("sent",)}


@pytest.fixture
def desk_ticket(database: Database, policy: Policy, clock: Any) -> Iterator[int]:
    """A ticket for mail to be about."""
    from mailflow.desk.actions import OpenTicket
    from mailflow.store import apply

    opening = OpenTicket(
        subject="Printer on fire",
        department="support",
        also=(),
        mailbox="support@firma.example",
        requester="anna@kunde.example",
        requester_name="Anna",
        contact=None,
        account=None,
        language="en",
    )
    with database.begin() as connection:
        number = apply.carry_out(connection, None, [opening], policy, clock.now())
    assert number
    return number


async def test_a_start_without_a_database_is_told_and_not_waited_out(
    tmp_path: Path, policy: Policy, now: Now
) -> None:  # exit 75: systemd tries again, and shows why
    database = Database(f"sqlite:///{tmp_path}/gone.db")
    writer = Writer(database)
    dispatch = Dispatch(writer, SentFolder(tmp_path), node="main", policy=lambda: policy, now=now, connections=1)
    try:
        with pytest.raises(StoreAway, match=r"no database .*gone\.db"):
            await asyncio.wait_for(dispatch.recover(), 5)
    finally:
        await writer.close()
        database.close()


async def test_a_burst_of_new_mail_is_filed_first_and_holds_nothing_up_for_ever(
    put: Callable[..., None], letter: Letter, writer: Writer, policy: Policy, now: Now, rows: Rows, tmp_path: Path
) -> None:
    put(letter())
    asked: list[bool] = []

    def filing() -> bool:
        asked.append(True)
        return True

    dispatch = Dispatch(writer, SentFolder(tmp_path), node="main", policy=lambda: policy, now=now, filing=filing)
    async with dispatching(dispatch):
        for tick in range(1, PASSES + 1):
            await eventually(lambda n=tick: len(asked) == n)
            assert rows(STATES) == [("waiting",)]
            dispatch.wake.set()
        await eventually(lambda: rows(STATES) == [("sent",)])


async def test_in_a_flood_automatic_mail_waits_and_peoples_words_leave(
    put: Any, dispatch_to: Any, far: FarEnd, rows: Rows, letter: Letter
) -> None:
    dispatch = dispatch_to(smarthost(far))
    assert dispatch.slowed is None
    dispatch._pace.count(1_000_000)
    put(letter("anna"), letter("ben", kind=Kind.REPLY))
    assert await dispatch._begin()
    await asyncio.wait(dispatch._under_way)
    await dispatch._relay.rest()
    assert rows(STATES) == [("waiting",), ("sent",)]
    assert dispatch.slowed is not None
