"""Digests in the morning, on both databases."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from mailflow.config import Config
from mailflow.desk.actions import Block
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.digests import digest
from mailflow.desk.policy import Policy
from mailflow.flow.digests import Digests, letters, write
from mailflow.flow.filing import file_batch
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.parse import parse
from mailflow.store import apply, journal
from mailflow.store.database import Database
from mailflow.store.entries import held
from mailflow.store.health.audit import audit
from mailflow.store.tables import ENTRY, OUTBOX
from mailflow.store.writer import Writer
from tests.conftest import ORGANISATION
from tests.flow.conftest import Now

Rows = Callable[[str], list[Any]]
KEYS = "SELECT key FROM outbox ORDER BY id"
MAIL = b"From: x@strangers.example\r\nSubject: Invoice\r\nMessage-ID: <i@strangers.example>\r\n\r\nPlease pay.\r\n"
TO = "billing@firma.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def office(policy: Policy) -> Policy:
    """Billing is told at ten."""
    support, billing, sales = ORGANISATION["department"]
    departments = [{**support, "escalate_to": []}, {**billing, "digest_to": ["ewa@staff.example"]}, sales]  # type: ignore[dict-item]
    held = {"digest_at": "10:00"}
    config = Config.model_validate({**ORGANISATION, "department": departments, "held": held})
    return Policy(config, policy.blocked, policy.templates, policy.keyring)


@pytest.fixture
def rounds(database: Database, writer: Writer, office: Policy, now: Now) -> Callable[[], Digests]:
    """As if the daemon had just started."""
    return lambda: Digests(writer, database, policy=lambda: office, now=now)


@pytest.fixture
def hold(database: Database, office: Policy, clock: Any) -> Callable[..., int]:
    def hold(rcpt_to: str = TO) -> int:
        with database.begin() as connection:
            envelope = Envelope(source="smtp", mail_from="", rcpt_tos=(rcpt_to,))
            (number,) = journal.receive(connection, [Arrival(envelope=envelope, octets=MAIL)], clock.now())
            (claimed,) = journal.claim(connection, "main", clock.now(), HOUR, 1, 1 << 20)
            decision = Decision(disposition=Disposition.HELD, reason="nobody knows it")
            apply.file(connection, claimed.entry, parse(MAIL), decision, office, clock.now())
        return number

    return hold


async def test_one_mail_a_day_while_something_is_held(rounds: Any, hold: Any, rows: Rows, clock: Any) -> None:
    hold()
    hold("support@firma.example")  # whose department is told by nobody
    loop = rounds()
    await loop.round()
    assert rows(KEYS) == []  # it is nine
    clock.forward(HOUR)
    for _ in range(3):
        await loop.round()
        await rounds().round()  # another daemon, or a restart
        clock.forward(HOUR)
    today = f"digest:billing:ewa@staff.example:{clock.now():%Y-%m-%d}"
    assert rows(KEYS) == [(today,)]
    clock.forward(DAY)
    await loop.round()
    assert len(rows(KEYS)) == 2


async def test_what_is_held_later_waits_for_the_next_day(rounds: Any, hold: Any, rows: Rows, clock: Any) -> None:
    clock.forward(HOUR)
    await rounds().round()
    clock.forward(HOUR)
    hold()
    await rounds().round()
    assert rows(KEYS) == []
    clock.forward(DAY - HOUR)
    await rounds().round()
    assert len(rows(KEYS)) == 1


async def test_days_without_a_daemon_are_told_of_once(rounds: Any, hold: Any, rows: Rows, clock: Any) -> None:
    hold()
    clock.forward(3 * DAY)
    await rounds().round()
    assert rows(KEYS) == []  # it is nine, and at ten comes today's
    clock.forward(5 * HOUR)  # or nobody is there at ten
    await rounds().round()
    assert len(rows(KEYS)) == 1


async def test_while_the_clock_is_doubted_none_is_written(
    database: Database, writer: Writer, office: Policy, now: Now, hold: Any, rows: Rows, clock: Any
) -> None:
    hold()
    clock.forward(DAY + HOUR)
    rests = True
    loop = Digests(writer, database, policy=lambda: office, now=now, rests=lambda: rests)
    await loop.round()
    assert rows(KEYS) == []
    rests = False
    await loop.round()
    assert len(rows(KEYS)) == 1


async def test_what_was_decided_is_not_told(rounds: Any, hold: Any, rows: Rows, clock: Any, database: Database) -> None:
    first, second = hold(), hold()
    with database.begin() as connection:
        journal.release(connection, first, "ewa")
        held.reject(connection, second, "ewa", "", clock.now())
    clock.forward(HOUR)
    await rounds().round()
    assert rows(KEYS) == []


def test_two_daemons_write_one(
    office: Policy, rounds: Any, hold: Any, rows: Rows, clock: Any, database: Database
) -> None:
    hold()
    now = clock.forward(HOUR)
    (day,) = (day for day in digest.days(office, now) if day.department.name == "billing")
    with database.connect() as connection:
        both = [letters(connection, day, office, now) for _ in range(2)]  # each has read before the other writes
    for each in both:
        with database.begin() as connection:
            write(connection, each, office, now)
    assert len(rows(KEYS)) == 1


async def test_an_agent_who_decided_much_gets_the_next_digest(
    rounds: Any, hold: Any, rows: Rows, clock: Any, database: Database, office: Policy
) -> None:
    hold()
    clock.forward(HOUR)
    await rounds().round()
    most = office.config.limits.automatic_per_address
    with database.begin() as connection:
        row = dict(connection.execute(OUTBOX.select()).one()._mapping)
        others = [{**row, "id": 100 + each, "key": f"k{each}", "created": clock.now() + DAY} for each in range(most)]
        connection.execute(OUTBOX.insert(), others)
    clock.forward(DAY + HOUR)
    await rounds().round()
    assert len(rows(KEYS)) == 2 + most


async def test_half_of_it_does_not_stand_in_the_way_of_the_rest(
    rounds: Any, hold: Any, rows: Rows, clock: Any, database: Database
) -> None:
    """An entry of another version, without words."""
    hold()
    with database.begin() as connection:
        connection.execute(update(ENTRY).values(author="", subject="", reason=""))
    clock.forward(HOUR)
    await rounds().round()
    assert len(rows(KEYS)) == 1


ANSWER = """\
From: ewa@staff.example
To: {to}
Subject: Re: held
Message-ID: <answer@staff.example>

release 1
reject 2 spam
block 3 domain
block 4
"""


async def test_an_agent_decides_by_a_reply(
    rounds: Any, hold: Any, rows: Rows, clock: Any, database: Database, office: Policy
) -> None:
    for _ in range(4):
        hold()
    clock.forward(HOUR)
    await rounds().round()
    wanted: list[Block] = []

    def block(entries: Sequence[Block], now: datetime) -> dict[int, str]:
        wanted.extend(entries)
        return {each.entry: "no space" for each in entries if each.entry != 3}

    with database.begin() as connection:
        (octets,) = connection.execute(select(OUTBOX.c.octets)).scalars()
        to = parse(octets).reply_to[0].address
        answer = ANSWER.format(to=to).encode()
        envelope = Envelope(source="smtp", mail_from="ewa@staff.example", rcpt_tos=(to,), trusted=True)
        journal.receive(connection, [Arrival(envelope=envelope, octets=answer)], clock.now())
        while claimed := journal.claim(connection, "main", clock.now(), HOUR, 10, 1 << 20):
            file_batch(connection, [(each, parse(each.octets)) for each in claimed], office, clock.now(), block)
    assert rows("SELECT disposition, rule, ticket, released_by FROM entry ORDER BY id") == [
        ("filed", "", 1, "ewa@staff.example"),
        *[("dropped", "rejected", None, "")] * 3,
        ("filed", "digest", None, ""),
    ]
    assert [each.value for each in wanted] == ["strangers.example", "x@strangers.example"]
    ((octets,),) = rows("SELECT octets FROM outbox WHERE kind = 'handled'")
    assert "4: x@strangers.example is not blocked: no space" in parse(bytes(octets)).text
    assert "Blocked: strangers.example\n" in parse(bytes(octets)).text
    assert [kind for (kind,) in rows("SELECT kind FROM outbox ORDER BY id")][:2] == ["digest", "handled"]
    with database.connect() as connection:
        assert audit(connection, clock.now()).problems == ()
