"""Where mail comes in: what the door answers, and the shore on which the threads of mailboxes land theirs."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mailflow.desk.actions import OpenTicket
from mailflow.desk.policy import Policy
from mailflow.desk.trust.proof import WAITS
from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.doorkeeper import Recipient
from mailflow.errors import Refused, StoreAway
from mailflow.flow.dispatch import BACKOFF
from mailflow.flow.door import Door
from mailflow.flow.housekeep import Housekeep
from mailflow.flow.shore import Landing
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.store import apply, journal, outbox
from mailflow.store.database import Database
from mailflow.store.instants import AT_ONCE
from mailflow.store.tables import ENTRY, OUTBOX, PAGE
from mailflow.store.writer import Writer
from tests.flow.conftest import Now

Rows = Callable[[str], list[Any]]
ARRIVAL = Arrival(
    envelope=Envelope(source="imap:a", mail_from="anna@kunde.example", rcpt_tos=("support@firma.example",)),
    octets=b"Subject: x\r\n\r\nx\r\n",
    key="imap:a/INBOX/1/1",
)


class Bell:
    def __init__(self) -> None:
        self.rung = 0

    def __call__(self) -> None:
        self.rung += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def door(writer: Writer, policy: Policy, now: Now, bell: Bell) -> Door:
    return Door(writer, policy=lambda: policy, now=now, received=bell)


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("support@firma.example", Recipient.OURS),
        ("SUPPORT@FIRMA.EXAMPLE", Recipient.OURS),
        ("support+token@firma.example", Recipient.OURS),
        ("postmaster", Recipient.OURS),  # RFC 5321 4.5.1
        ("postmaster@firma.example", Recipient.OURS),
        ("nobody@firma.example", Recipient.UNKNOWN),
        ("support@other.example", Recipient.FOREIGN),
        ("support@sub.firma.example", Recipient.FOREIGN),
        ("postmaster@other.example", Recipient.FOREIGN),
    ],
)
async def test_whom_the_door_knows(door: Door, address: str, answer: Recipient) -> None:  # S7
    assert door.accepts(address) is answer


async def test_the_door_rings_when_a_mail_is_kept_and_not_before(door: Door, bell: Bell, rows: Rows) -> None:
    kept = asyncio.ensure_future(door.receive(ARRIVAL))
    assert bell.rung == 0
    number = await kept
    assert (rows("SELECT id FROM entry"), bell.rung) == ([(number,)], 1)


async def test_a_thread_lands_mail_and_what_is_known_is_no_error(
    writer: Writer, now: Now, bell: Bell, rows: Rows
) -> None:  # I1
    landing = Landing(writer, now=now, received=bell)
    other = replace(ARRIVAL, key="imap:a/INBOX/1/2")
    await asyncio.to_thread(landing.receive, [ARRIVAL])
    await asyncio.to_thread(landing.receive, [ARRIVAL, other])
    assert rows("SELECT source_key FROM entry ORDER BY id") == [(ARRIVAL.key,), (other.key,)]
    await asyncio.sleep(0)
    assert bell.rung == 2


async def test_a_thread_keeps_its_place(writer: Writer, now: Now, bell: Bell) -> None:
    landing = Landing(writer, now=now, received=bell)
    assert await asyncio.to_thread(landing.load_cursor, "a", "INBOX") is None
    await asyncio.to_thread(landing.save_cursor, "a", "INBOX", 7, 42, now())
    cursor = await asyncio.to_thread(landing.load_cursor, "a", "INBOX")
    assert cursor
    assert (cursor.uidvalidity, cursor.last_uid, cursor.adopted) == (7, 42, now())


async def test_a_database_that_is_away_is_trouble_in_the_thread_too(
    writer: Writer, now: Now, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(work: Any) -> None:
        raise StoreAway("no connection")

    monkeypatch.setattr(writer, "write", away)
    with pytest.raises(StoreAway):
        await asyncio.to_thread(Landing(writer, now=now, received=bell).receive, [ARRIVAL])
    assert bell.rung == 0


async def test_mail_that_a_dead_node_had_claimed_is_sent_by_another(
    writer: Writer, database: Database, now: Now, clock: Any, letter: Callable[..., Outgoing], rows: Rows,
    policy: Policy,
) -> None:  # fmt: skip  # P12
    with database.begin() as connection:
        outbox.insert(connection, letter(), now())
        outbox.claim(connection, "dead", now(), timedelta(minutes=20), 1)
    housekeep = Housekeep(writer, database, policy=lambda: policy, now=now)
    await housekeep.round()
    assert rows("SELECT state FROM outbox") == [("claimed",)]
    clock.forward(timedelta(minutes=21))
    await housekeep.round()
    assert rows("SELECT state FROM outbox") == [("waiting",)]


async def test_a_name_that_another_daemon_took_is_said_and_the_house_is_kept(
    writer: Writer, database: Database, now: Now, capsys: pytest.CaptureFixture[str], rows: Rows, clock: Any,
    letter: Callable[..., Outgoing], policy: Policy,
) -> None:  # fmt: skip
    def taken() -> None:
        raise Refused("another mailflow runs on this database as 'main'")

    with database.begin() as connection:
        outbox.insert(connection, letter(), now())
        outbox.claim(connection, "dead", now(), timedelta(minutes=20), 1)
    clock.forward(timedelta(minutes=21))
    await Housekeep(writer, database, policy=lambda: policy, now=now, still_alone=taken).round()
    assert "another mailflow runs" in capsys.readouterr().err
    assert rows("SELECT state FROM outbox") == [("waiting",)]


async def test_once_a_day_the_database_is_tidied(
    writer: Writer, database: Database, policy: Policy, now: Now, clock: Any
) -> None:
    tidied = []
    housekeep = Housekeep(writer, database, policy=lambda: policy, now=now)
    database.tidy = lambda: tidied.append(clock.now())  # type: ignore[method-assign]  # what it does is tested in store
    for _ in range(49):
        await housekeep.round()
        clock.forward(timedelta(hours=1))
    assert len(tidied) == 2


async def test_it_is_tidied_at_once_when_the_clock_was_put_back(
    writer: Writer, database: Database, policy: Policy, now: Now
) -> None:
    tidied, ahead = [], timedelta(days=365)
    housekeep = Housekeep(writer, database, policy=lambda: policy, now=lambda: now() + ahead)
    database.tidy = lambda: tidied.append(now())  # type: ignore[method-assign]
    ahead = timedelta(0)
    await housekeep.round()
    await housekeep.round()
    assert len(tidied) == 1


async def test_what_a_wrong_clock_put_off_for_a_year_is_due_when_it_is_right(
    writer: Writer,
    database: Database,
    policy: Policy,
    now: Now,
    clock: Any,
    rows: Rows,
    letter: Callable[..., Outgoing],
) -> None:
    """And what is put off for as long as anything may be waits on."""
    year, hour = timedelta(days=365), timedelta(hours=1)
    with database.begin() as connection:
        journal.receive(connection, [ARRIVAL, replace(ARRIVAL, key="2", octets=b"2")], now())
        for at, waits in ((now() + year, hour), (now(), WAITS[-1])):
            (entry, *_) = journal.claim(connection, "main", at, hour, 1, 1 << 20)
            journal.postpone(connection, entry.entry, at + waits, "the DNS cannot tell")
        for number, at in ((1, now() + year), (2, now())):
            outbox.insert(connection, letter(str(number)), now())
            (claimed,) = outbox.claim(connection, "main", now(), hour, 1)
            outbox.postpone(connection, claimed, at + BACKOFF[-1], "later")
        begun = OpenTicket(
            subject="Printer", department="support", also=(), mailbox="support@firma.example",
            requester="anna@kunde.example", requester_name="", contact=None, account=None, language="en",
        )  # fmt: skip
        ticket = apply.carry_out(connection, None, (begun,), policy, now())
        page = {"ticket": ticket, "on_call": "night", "cause": "x", "state": "waiting", "created": now(), "step": 1}
        connection.execute(PAGE.insert(), {**page, "due": now() + year})
    await Housekeep(writer, database, policy=lambda: policy, now=now).round()
    with database.connect() as connection:
        due = {
            table.name: list(connection.execute(select(table.c.due).order_by(table.c.id)).scalars())
            for table in (ENTRY, OUTBOX, PAGE)
        }
    assert due["entry"] == [AT_ONCE, now() + WAITS[-1]]
    assert due["outbox"][:2] == [AT_ONCE, now() + BACKOFF[-1]]
    assert due["page"] == [AT_ONCE]
