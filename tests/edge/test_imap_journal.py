"""A fetched mailbox on the real journal, on both databases: keys make no second row, the cursor stays where it was."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from mailflow.config import Limits
from mailflow.edge.imap import ImapMailbox
from mailflow.flow.shore import Landing
from mailflow.store.database import Database
from mailflow.store.entries import cursors
from mailflow.store.health.audit import audit
from mailflow.store.shown import mail_views
from mailflow.store.tables import ENTRY, OCTETS
from mailflow.store.writer import Writer
from tests.edge.fake_imap import CLOSE, DAY, FakeImap
from tests.edge.test_imap import QUICK, Pauses, mail, settings


@pytest.fixture
def server() -> Iterator[FakeImap]:
    with FakeImap() as server:
        yield server


@contextmanager
def fetching(server: FakeImap, landing: Landing, limits: Limits | None = None, **changes: object) -> Iterator[None]:
    pauses = Pauses()
    mailbox = ImapMailbox(
        settings(server.port, **changes),
        lambda: "secret",
        landing,
        limits,
        now=lambda: DAY,
        wait=pauses,
        patience=QUICK,
    )
    mailbox.start()
    try:
        yield
    finally:
        pauses.stop.set()
        mailbox.stop()
        mailbox._thread.join(5)


def kept(database: Database) -> list[tuple[str, bytes, bool]]:
    with database.connect() as connection:
        rows = connection.execute(select(ENTRY, OCTETS.c.octets).join(OCTETS).order_by(ENTRY.c.id)).all()
        return [(row.source_key, row.octets, row.backlog) for row in rows]


async def test_a_crash_between_commit_and_flag_makes_no_second_row(server: FakeImap, database: Database) -> None:
    writer, woken = Writer(database), asyncio.Event()
    landing = Landing(writer, now=lambda: DAY, received=woken.set)
    server.deliver(mail(1), date=DAY - timedelta(days=1))
    server.deliver(mail(2), mail(3))
    server.script = [("STORE", CLOSE)]

    with fetching(server, landing):
        await asyncio.to_thread(server.until, lambda: len(server.commands("UID STORE")) == 1)
    with fetching(server, landing):  # as after a restart: only the database remembers
        await asyncio.to_thread(server.until, lambda: len(server.commands("UID STORE")) == 2)
        await asyncio.to_thread(server.until, lambda: "UID SEARCH UID 4:*" in server.seen)
    await writer.close()

    assert kept(database) == [
        ("imap:support/INBOX/1/1", mail(1), True),
        ("imap:support/INBOX/1/2", mail(2), False),
        ("imap:support/INBOX/1/3", mail(3), False),
    ]
    with database.connect() as connection:
        assert cursors.load(connection, "support", "INBOX") == cursors.Cursor(1, 3, DAY)
    assert woken.is_set()


async def test_what_is_too_large_is_one_row_however_often_it_is_looked_at(server: FakeImap, database: Database) -> None:
    writer = Writer(database)
    landing = Landing(writer, now=lambda: DAY, received=lambda: None)
    server.deliver(mail(1), mail(2, "x" * 2_000))

    for last in (1, 2):  # as after a restart
        with fetching(server, landing, when_done="move", limits=Limits(message_size=1_000)):
            await asyncio.to_thread(server.until, lambda n=last: len(server.commands("UID FETCH 2 (BODY")) == n)
            before = len(server.commands("UID SEARCH"))
            await asyncio.to_thread(server.until, lambda n=before: len(server.commands("UID SEARCH")) > n + 1)
    await writer.close()

    assert [key for key, _, _ in kept(database)] == ["imap:support/INBOX/1/2/header", "imap:support/INBOX/1/1"]
    with database.connect() as connection:
        assert audit(connection, DAY).problems == ()
        first = mail_views.entry(connection, 1)
    assert first | {"disposition": "held", "subject": "no. 2"} == first
    assert list(server.folder) == [2]


async def test_a_new_uidvalidity_is_new_keys_for_the_digest_to_recognise(server: FakeImap, database: Database) -> None:
    writer = Writer(database)
    landing = Landing(writer, now=lambda: DAY, received=lambda: None)
    server.deliver(mail(1), mail(2))

    with fetching(server, landing):
        await asyncio.to_thread(server.until, lambda: "UID SEARCH UID 3:*" in server.seen)
        server.rebuild()
        server.hang_up()
        await asyncio.to_thread(server.until, lambda: server.seen.count("UID SEARCH UID 1:*") == 2)
        before = server.seen.count("UID SEARCH UID 3:*")
        await asyncio.to_thread(server.until, lambda: server.seen.count("UID SEARCH UID 3:*") > before)
    await writer.close()

    assert [(key, octets) for key, octets, _ in kept(database)] == [
        ("imap:support/INBOX/1/1", mail(1)),
        ("imap:support/INBOX/1/2", mail(2)),
        ("imap:support/INBOX/2/1", mail(1)),
        ("imap:support/INBOX/2/2", mail(2)),
    ]
