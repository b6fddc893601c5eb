"""What fails around a running daemon: disk, system calls, file, locks, descriptors (D3–D5, O8).

Temporary trouble is 4xx and nothing else, what was acknowledged is there, and when the trouble is over it goes on by
itself. POSITIONS is how many system calls of each kind are tried as the first that fails, STOPS how often PostgreSQL
goes away.
"""

import asyncio
import os
import resource
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text

from mailflow.store.database import Database
from tests.crash.checker import Told, check, settled
from tests.crash.faults import Ext4, Sender, descriptors, failing, limited, needs_strace, only_temporary, small_disk
from tests.crash.senders import world
from tests.crash.test_points import Altered
from tests.far_end import FarEnd, far_end
from tests.running import Installation, eventually, figure, only_at_length, running
from tests.test_daemon import switch

POSITIONS = figure("POSITIONS", 1, 5)
STOPS = figure("STOPS", 10, 10)
OF_SQLITE = [
    ("fdatasync", "EIO"),
    ("fdatasync", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EROFS"),
    ("pread64", "EIO"),
    ("openat", "EMFILE"),
    ("openat", "EROFS"),
    ("sendto", "EPIPE"),
    ("recvfrom", "ECONNRESET"),
]
OF_POSTGRESQL = [
    ("sendto", "EPIPE"),
    ("recvfrom", "ECONNRESET"),
    ("connect", "ETIMEDOUT"),
    ("openat", "EMFILE"),
]

pytestmark = [pytest.mark.endure, pytest.mark.timeout(300)]


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with far_end() as far:
        yield far


async def ended_well(installation: Installation, database: Database, sender: Sender, far: FarEnd) -> None:
    await sender.until_taken()
    await settled(database, len(sender.acknowledged))
    assert await installation.stop() == 0
    check(database, installation, Told(sender.acknowledged, sender.sent, far.taken), trouble=True)


@only_at_length
async def test_system_calls_that_fail_lose_nothing(
    database: Database, database_url: str, far: FarEnd, tmp_path: Path
) -> None:  # D3
    needs_strace()
    calls = OF_SQLITE if database.dialect == "sqlite" else OF_POSTGRESQL
    async with running(Installation(tmp_path, database_url, world(tmp_path, smarthost=far.port))) as installation:
        await installation.start()
        sender, told = Sender(installation), Counter[str]()
        for call, error in calls:
            for position in range(1, 1 + POSITIONS):
                async with failing(installation, call, error, when=f"{position}+"):
                    answers = await sender.offer(2)
                    if error == "EPIPE" and database.dialect == "postgresql":
                        await asyncio.to_thread(closed_by_the_other_side, database)
                assert only_temporary(answers), (call, error, position, answers)
                told += answers
                await sender.until_taken()
        print(dict(told))
        assert told.total() > told["250"]  # something did fail
        await ended_well(installation, database, sender, far)


async def test_a_full_disk_is_452_until_there_is_room(sqlite_template: Path, far: FarEnd, tmp_path: Path) -> None:  # D4
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        shutil.copyfile(sqlite_template, disk / "mailflow.db")
        more = world(tmp_path, smarthost=far.port) + "free_space = 0\n"
        async with running(Installation(tmp_path, f"sqlite:///{disk}/mailflow.db", more)) as installation:
            await installation.start()
            database, sender, ballast = (
                Database(f"sqlite:///{disk}/mailflow.db"),
                Sender(installation),
                disk / "ballast",
            )
            assert await sender.offer(2) == {"250": 2}
            await eventually(lambda: len(far.taken) == 2)
            await fills_and_empties(sender, ballast, 1 + POSITIONS)
            await ended_well(installation, database, sender, far)
            database.close()


@only_at_length
async def test_a_disk_that_became_read_only_takes_nothing_until_it_is_mounted_again(
    sqlite_template: Path, far: FarEnd, tmp_path: Path
) -> None:  # D5
    with Ext4(tmp_path / "disk") as disk:
        url = f"sqlite:///{disk.folder}/mailflow.db"
        copied(sqlite_template, disk.folder / "mailflow.db")
        more = world(tmp_path, smarthost=far.port) + "free_space = 0\n"
        async with running(Installation(tmp_path, url, more)) as installation:
            await installation.start()
            sender = Sender(installation)
            assert await sender.offer(5) == {"250": 5}
            await eventually(lambda: len(far.taken) == 5)
            disk.err()
            assert await sender.offer(3) == {"451": 3}
            assert await installation.stop() == 0
            disk.mount_again()
            await installation.start()
            database = Database(url)
            await ended_well(installation, database, sender, far)
            database.close()


def copied(file: Path, to: Path) -> None:
    """As who makes a database leaves it: on the disk."""
    with to.open("wb") as copy:
        copy.write(file.read_bytes())
        os.fsync(copy.fileno())


def fill(file: Path) -> None:
    """To the last octet."""
    with file.open("ab", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    ballast.write(b"\0" * size)
            except OSError:
                continue


async def test_whatever_becomes_of_the_file_nothing_acknowledged_is_missing(
    sqlite_url: str, far: FarEnd, tmp_path: Path
) -> None:  # D4, D5, O8
    file, aside = tmp_path / "mailflow.db", tmp_path / "aside"
    installation = Altered(tmp_path, sqlite_url, world(tmp_path, smarthost=far.port))
    installation.change = "backoff=0.5"  # without a descriptor nothing leaves
    async with running(installation):
        await installation.start()
        sender = Sender(installation)
        assert await sender.offer(2) == {"250": 2}
        await eventually(lambda: len(far.taken) == 2)

        with limited(installation, resource.RLIMIT_FSIZE, 1 << 12):  # no file may grow
            assert only_temporary(told := await sender.offer(3)), told
            assert not told["250"]
        await sender.until_taken()

        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # for longer than anybody waits for a lock
            assert await sender.offer() == {"451": 1}
        await sender.until_taken()

        file.rename(aside)
        assert await sender.offer() == {"451": 1}
        assert not file.exists()  # no empty one in its place
        shutil.copyfile(aside, file)
        assert await sender.offer() == {"451": 1}  # it is another
        aside.rename(file)
        await sender.until_taken()

        with limited(installation, resource.RLIMIT_NOFILE, descriptors(installation) + 1):
            assert only_temporary(told := await offered_at_once(sender, 5)), told
        await sender.until_taken()
        assert installation.said().count("accept") < 20  # asyncio says it a thousand times a second

        database = Database(sqlite_url)
        await ended_well(installation, database, sender, far)
        database.close()


@only_at_length
async def test_postgresql_that_comes_and_goes_loses_and_doubles_nothing(
    postgresql_url: str, postgresql_server: Any, far: FarEnd, tmp_path: Path
) -> None:  # D6
    name, database = urlsplit(postgresql_url).path[1:], Database(postgresql_url)
    async with running(Installation(tmp_path, postgresql_url, world(tmp_path, smarthost=far.port))) as installation:
        await installation.start()
        sender, told = Sender(installation), Counter[str]()
        for _ in range(STOPS):
            offering = asyncio.create_task(sender.offer(10))
            for _ in range(3):
                await asyncio.sleep(0.1)  # mail is on its way, in whatever state
                await asyncio.to_thread(hang_up, postgresql_server, name)
            await asyncio.to_thread(switch, postgresql_server, name, False)
            told += await sender.offer(2)
            await asyncio.to_thread(switch, postgresql_server, name, True)
            told += await offering
            await sender.until_taken()
        print(dict(told))
        assert only_temporary(told)
        assert told["451"] >= STOPS
        await ended_well(installation, database, sender, far)
    database.close()


@only_at_length
async def test_a_full_disk_of_postgresql_is_452_until_there_is_room(
    postgresql_url: str, postgresql_server: Any, far: FarEnd, tmp_path: Path
) -> None:  # D4
    with (
        tempfile.TemporaryDirectory(prefix="mailflow-test-") as folder,  # its server may not look into pytest's
        small_disk(Path(folder) / "disk", megabytes=64) as disk,
        moved(postgresql_server, urlsplit(postgresql_url).path[1:], disk),
    ):
        database, ballast = Database(postgresql_url), disk / "ballast"
        async with running(Installation(tmp_path, postgresql_url, world(tmp_path, smarthost=far.port))) as installation:
            await installation.start()
            sender = Sender(installation)
            assert await sender.offer(2) == {"250": 2}
            await fills_and_empties(sender, ballast, POSITIONS)
            await ended_well(installation, database, sender, far)
        database.close()


async def fills_and_empties(sender: Sender, ballast: Path, times: int) -> None:
    """The disk that `ballast` is on: 452 while it is full, and all mail is taken when it is not."""
    told = Counter[str]()
    for _ in range(times):
        fill(ballast)
        told += await sender.offer(20)
        await asyncio.to_thread(ballast.unlink)
        await sender.until_taken()
    print(dict(told))
    assert only_temporary(told)
    assert told["452"]


@contextmanager
def moved(server: Any, name: str, disk: Path) -> Iterator[None]:
    """The tables of a database are on `disk`, and nothing of the server's besides."""
    disk.parent.chmod(0o755)
    place = disk / "tables"
    place.mkdir()
    shutil.chown(place, Path(server.pgdata).owner())
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        connection.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
        yield
        connection.execute(f"ALTER DATABASE {name} SET TABLESPACE pg_default")
        connection.execute("DROP TABLESPACE small")


def closed_by_the_other_side(database: Database) -> None:
    """What makes a socket say EPIPE: libpq then reads what the server said last, and strace has closed nothing."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with database.begin() as connection:
        connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))


def hang_up(server: Any, name: str) -> None:
    """Every connection but ours, in the middle of whatever it does."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


async def offered_at_once(sender: Sender, count: int) -> Counter[str]:
    """Whoever is not let in waits in the queue of the kernel, and is cut when it has waited long enough."""
    offers = [asyncio.create_task(sender.offer()) for _ in range(count)]
    done, waiting = await asyncio.wait(offers, timeout=3)
    for each in waiting:
        each.cancel()
    await asyncio.wait(offers)
    return sum((each.result() for each in done), Counter[str]())


async def test_a_damaged_file_is_an_error_that_names_it_and_never_an_empty_database(
    sqlite_url: str, far: FarEnd, tmp_path: Path
) -> None:  # D5
    file = tmp_path / "mailflow.db"
    async with running(Installation(tmp_path, sqlite_url, world(tmp_path, smarthost=far.port))) as installation:
        await installation.start()
        sender = Sender(installation)
        assert await sender.offer(5) == {"250": 5}
        await eventually(lambda: len(far.taken) == 5)
        assert await installation.stop() == 0
        whole = file.read_bytes()
        for damaged in damages(whole):
            file.write_bytes(damaged)
            with pytest.raises(AssertionError, match=r"mailflow\.db is damaged: stop mailflow") as told:
                await installation.start()
            assert "Traceback" not in str(told.value)
            assert file.read_bytes()[: 1 << 12] == damaged[: 1 << 12]
        file.write_bytes(whole)
        await installation.start()
        database = Database(sqlite_url)
        await ended_well(installation, database, sender, far)
        database.close()


def damages(whole: bytes) -> list[bytes]:
    """The first page; all pages behind it."""
    return [b"\xff" * (1 << 12) + whole[1 << 12 :], whole[: 1 << 12] + b"\xff" * (len(whole) - (1 << 12))]
