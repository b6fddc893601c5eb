"""A daemon that finds a database of long ago takes mail, and leaves alone what is due until a person says so (D8)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailflow import rooms
from mailflow.desk.policy import Policy
from mailflow.inforce import InForce
from mailflow.store.database import Database
from mailflow.store.health.pulse import Pulse, beat, last_beat
from mailflow.store.shown import overview
from tests.running import Conversation, Installation, running
from tests.store.test_corrections import Office

MAIL = b"From: anna@kunde.example\r\nSubject: Drukarka\r\n\r\nNie dziala.\r\n"


@pytest.fixture
async def installation(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Installation]:
    async with running(Installation(tmp_path, sqlite_url)) as installation:
        yield installation


async def test_a_database_of_long_ago_is_asked_about(installation: Installation, sqlite_url: str) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=40)
    why = f"nothing was heard of this database since {long_ago:%Y-%m-%d}"
    database = Database(sqlite_url)
    with database.begin() as connection:
        beat(connection, Pulse(node="main", started=long_ago, at=long_ago, limits={}, refused={}))
    await installation.start()
    assert f'clock_doubted because="{why}: what is due waits until' in installation.said()
    conversation = await Conversation.begin(installation.port)
    await conversation.send(MAIL, "anna@kunde.example")
    conversation.close()
    with database.connect() as connection:
        (daemon,) = overview.daemons(connection)
        assert last_beat(connection, "main") > long_ago + timedelta(days=39)
    database.close()
    assert daemon["doubted"].startswith(why)


async def test_what_contacts_have_corrected_waits_with_the_rest(
    tmp_path: Path, sqlite_url: str, policy: Policy
) -> None:
    database, files = Database(sqlite_url), InForce(Installation(tmp_path, sqlite_url).file, rooms.now)
    office = Office(database, policy)
    office.corrects(name="Anna Nowak")
    long_ago = datetime.now(UTC) - timedelta(days=40)
    with database.begin() as connection:
        beat(connection, Pulse(node="main", started=long_ago, at=long_ago, limits={}, refused={}))
    async with AsyncExitStack() as house:
        core = rooms.core(house, files)
        await rooms.sweepers(core, written=lambda: None)["corrections"].round()  # type: ignore[union-attr]
    assert office.on_file()[0] == "Anna"
    database.close()
