"""The database opens durable or not at all, and its tables are what the code says."""

import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from mailflow.errors import ConfigurationError, Refused, StoreAway, StoreFull
from mailflow.store import migrations, postgresql
from mailflow.store.database import HEAD, PRAGMAS, Database, revision
from mailflow.store.durability import assert_durable
from mailflow.store.health.sole_use import NodeName, claim_sole_use, is_running
from mailflow.store.tables.row import Row

BROKEN = f"""
    import sqlalchemy as sa
    from alembic import op
    revision, down_revision = "9999", "{HEAD}"

    def upgrade():
        op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
        raise RuntimeError("half way")
"""


def tables(database: Database) -> set[str]:
    with database.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_an_upgraded_database_is_exactly_what_the_tables_say(database: Database) -> None:
    assert database.check() == []


def test_an_empty_database_becomes_what_the_tables_say(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    database.upgrade()
    assert tables(database) == set(Row.metadata.tables) | {"alembic_version"}
    assert database.check() == []
    database.close()


def test_check_names_what_is_missing(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("DROP TABLE cursor"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    problems = database.check()
    assert problems[0] == f"the tables are of revision 0000, this mailflow needs {HEAD}"
    assert "cursor" in problems[1]


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(migrations.FOLDER)).get_current_head() == HEAD


def test_a_current_database_is_opened_without_alembic(sqlite_url: str) -> None:
    program = f"""
        import sys
        from mailflow.store.database import Database
        Database({sqlite_url!r}).upgrade()
        assert "alembic" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_a_migration_that_fails_half_way_leaves_the_database_as_before(database: Database, tmp_path: Path) -> None:
    # X29
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    (folder / "versions" / "0002_broken.py").write_text(textwrap.dedent(BROKEN))
    before = tables(database)
    with pytest.raises(RuntimeError, match="half way"), database.begin() as connection:
        migrations.upgrade(connection, folder)
    assert tables(database) == before
    with database.connect() as connection:
        assert revision(connection) == HEAD


COPIES_A_PARENT = f"""
    import sqlalchemy as sa
    from alembic import op
    revision, down_revision = "9999", "{HEAD}"

    def upgrade():
        with op.batch_alter_table("entry") as entry:
            entry.alter_column("subject", type_=sa.Text())
"""
LEAVES_ORPHANS = (
    COPIES_A_PARENT
    + """
        op.execute("DELETE FROM entry")
"""
)
IMPOSSIBLE = f"""
    from alembic import op
    revision, down_revision = "9999", "{HEAD}"

    def upgrade():
        op.create_unique_constraint("all_the_same", "entry", ["subject"])
"""


@pytest.fixture
def coming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The next version of mailflow, which brings one migration more."""

    def coming(migration: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(migrations.FOLDER, folder)
        (folder / "versions" / "9999_next.py").write_text(textwrap.dedent(migration))
        monkeypatch.setattr(migrations, "FOLDER", folder)
        monkeypatch.setattr("mailflow.store.database.HEAD", "9999")

    return coming


def test_a_table_whose_rows_have_children_can_be_changed(desk: Any, coming: Callable[[str], None]) -> None:
    # X29: SQLite copies the table, drops the old one and renames the copy
    database = desk.database
    desk.open()
    with database.connect() as connection:
        before = list(connection.execute(text("SELECT id, subject FROM entry")))
    coming(COPIES_A_PARENT)
    database.upgrade()
    with database.connect() as connection:
        assert revision(connection) == "9999"
        assert list(connection.execute(text("SELECT id, subject FROM entry"))) == before
    with pytest.raises(StoreAway), database.begin() as connection:  # the pragma is what it was
        connection.execute(text("INSERT INTO octets (entry, octets) VALUES (77, '')"))


def test_rows_that_would_lose_their_parent_are_no_upgrade(sqlite_desk: Any, coming: Callable[[str], None]) -> None:
    sqlite_desk.open()
    coming(LEAVES_ORPHANS)
    with pytest.raises(Refused, match=r"2 rows would have no parent \(message of entry, octets of entry\)"):
        sqlite_desk.database.upgrade()
    with sqlite_desk.database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM entry")).scalar() == 1


def test_an_upgrade_that_cannot_be_done_says_so_and_is_no_trouble_for_later(
    desk: Any, coming: Callable[[str], None]
) -> None:
    desk.open()
    desk.open()
    coming(IMPOSSIBLE)
    with pytest.raises(Refused, match="cannot be brought to this version, and are as they were: "):
        desk.database.upgrade()


def test_tables_of_a_newer_mailflow_are_left_alone(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match="of a newer mailflow"):
        database.upgrade()


def test_what_fails_in_a_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(StoreAway, match="nowhere"), database.begin() as connection:  # noqa: PT012
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        connection.execute(text("DELETE FROM nowhere"))
    assert "half" not in tables(database)


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(StoreAway, match=r"readonly|read-only"), database.connect() as connection:
        connection.execute(text("DELETE FROM entry"))


# --- SQLite


def test_every_sqlite_connection_commits_to_the_disk(sqlite_url: str) -> None:
    # D10, X9
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "auto_vacuum": 2}
    database = Database(sqlite_url)
    for opened in (database.begin, database.connect):
        with opened() as connection:
            assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted} == wanted
    database.close()


@pytest.mark.parametrize("weakness", ["synchronous=NORMAL", "journal_mode=DELETE"])
def test_a_connection_that_could_lose_commits_is_refused(weakness: str, tmp_path: Path) -> None:
    # D10, X9
    connection = sqlite3.connect(tmp_path / "weak.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA {weakness}")
    with pytest.raises(StoreAway, match="power cut"):
        assert_durable(connection, "sqlite")
    connection.close()


def test_a_missing_file_is_an_error_and_stays_missing(tmp_path: Path) -> None:
    file = tmp_path / "mailflow.db"
    database = Database(f"sqlite:///{file}")
    with pytest.raises(StoreAway, match="mailflow db upgrade"), database.begin():
        pass
    assert not file.exists()


def test_a_database_that_is_gone_is_not_begun_anew(tmp_path: Path) -> None:
    # D5
    file = tmp_path / "mailflow.db"
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    database.close()
    file.unlink()
    with pytest.raises(StoreAway, match=r"delete .*mailflow\.db\.known"):
        database.upgrade()
    assert not file.exists()


def test_nobody_else_reads_a_new_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/neu für uns/mail #1.db")
    database.upgrade()
    database.close()
    (file,) = (tmp_path / "neu für uns").glob("*.db")
    assert file.stat().st_mode & 0o077 == 0


def test_a_file_that_was_replaced_is_not_written_behind_its_back(sqlite_url: str, tmp_path: Path) -> None:
    # D5: what is open is the old file, which is gone with the last who has it open
    database, file, aside = Database(sqlite_url), tmp_path / "mailflow.db", tmp_path / "aside"
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE mine (number INTEGER)"))
    shutil.copyfile(file, tmp_path / "restored")
    file.rename(aside)
    (tmp_path / "restored").rename(file)
    with pytest.raises(StoreAway, match="is another file than before: restart mailflow"), database.begin():
        pass
    aside.rename(file)
    with database.begin() as connection:
        connection.execute(text("INSERT INTO mine VALUES (1)"))
    database.close()


def test_a_second_daemon_on_one_file_is_refused(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    lock_file = database.lock_file
    assert lock_file
    assert not is_running(database, "main")
    first = claim_sole_use(lock_file)
    assert is_running(database, "main")
    with pytest.raises(Refused, match="another mailflow"):
        claim_sole_use(lock_file)
    first.close()
    assert not is_running(database, "main")
    claim_sole_use(lock_file).close()


def test_a_full_disk_has_its_own_name(sqlite_url: str) -> None:
    # D4
    database = Database(sqlite_url)
    with pytest.raises(StoreFull), database.begin() as connection:  # noqa: PT012
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        connection.exec_driver_sql("CREATE TABLE large AS SELECT zeroblob(3000000)")
    database.close()


def test_what_deleted_mail_took_is_given_back(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    assert database.file
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE large AS SELECT zeroblob(3000000)")
    with database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE large")
    database.tidy()
    assert database.file.stat().st_size < 1_000_000
    assert database.file.with_name("mailflow.db-wal").stat().st_size == 0
    database.close()


def test_tidying_a_busy_database_is_trouble_for_later(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailflow.store.database.PRAGMAS", (*PRAGMAS, "busy_timeout=1"))
    database, other = Database(sqlite_url), Database(sqlite_url)
    with pytest.raises(StoreAway, match="locked"), other.begin():
        database._outside_transactions("PRAGMA user_version = 1")
    database.close()
    other.close()


def test_a_backup_is_whole(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    database.backup(tmp_path / "copy.db")
    database.tidy()
    database.close()
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    assert copy.check() == []
    copy.close()
    with pytest.raises(Refused, match="exists already"):
        database.backup(tmp_path / "copy.db")


# --- PostgreSQL


def test_postgresql_that_could_lose_commits_is_refused(postgresql_url: str, postgresql_server: Any) -> None:
    # D10, X9
    database = Database(postgresql_url)
    with database.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar()
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    database.close()
    with pytest.raises(StoreAway, match="synchronous_commit says 'off'"), database.begin():
        pass
    database.close()


def test_a_connection_that_postgresql_dropped_costs_nobody_anything(postgresql_url: str) -> None:
    database, other = Database(postgresql_url), Database(postgresql_url)
    with database.begin() as connection:
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    with other.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})
    with database.begin() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    database.close()
    other.close()


def test_who_stands_still_in_a_transaction_keeps_nobody_waiting_for_long(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # D7: a machine that sleeps with rows locked
    monkeypatch.setattr(postgresql, "FROZEN", 0.2)
    asleep, awake = Database(postgresql_url), Database(postgresql_url)
    with asleep.begin() as connection:
        connection.execute(text("CREATE TABLE one (number INTEGER)"))
        connection.execute(text("INSERT INTO one VALUES (1)"))

    def sleep_while_another_writes() -> None:
        with asleep.begin() as connection:
            connection.execute(text("UPDATE one SET number = 2"))
            with awake.begin() as other:
                other.execute(text("SET lock_timeout = '5s'"))
                other.execute(text("UPDATE one SET number = 3"))

    with pytest.raises(StoreAway):
        sleep_while_another_writes()
    with awake.connect() as connection:
        assert connection.execute(text("SELECT number FROM one")).scalars().all() == [3]
    asleep.close()
    awake.close()


def test_a_second_daemon_of_the_same_name_is_refused(postgresql_url: str) -> None:
    # P12: each would take what the other sends for left behind by a crash
    database, short = Database(postgresql_url), timedelta(milliseconds=10)
    first, second, other = (NodeName(database, node, short) for node in ("main", "main", "other"))
    assert not is_running(database, "main")
    first.hold()
    first.hold()
    assert (is_running(database, "main"), is_running(database, "other")) == (True, False)
    other.hold()
    assert is_running(database, "other")
    with pytest.raises(Refused, match="another mailflow runs on this database as 'main'"):
        second.hold()
    first.close()
    second.hold()
    with pytest.raises(Refused):
        first.hold()
    second.close()
    other.close()
    database.close()


def test_a_name_that_was_lost_with_its_connection_is_taken_again(postgresql_url: str) -> None:
    database, short = Database(postgresql_url), timedelta(milliseconds=10)
    name, rival = NodeName(database, "main", short), NodeName(database, "main", short)
    for holder in (name, rival):
        name.hold()
        with database.begin() as connection:
            lost = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
            connection.execute(text(lost))
        holder.hold()
    with pytest.raises(Refused, match="another mailflow"):
        name.hold()
    name.close()
    rival.close()
    database.close()


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'mailflowd\[postgres\]'"):
        Database("postgresql://someone@somewhere/mail")


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://x@y/z", "mail", "postgresql+asyncpg://x/y"]
)
def test_other_urls_are_mistakes(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"database\.url"):
        Database(url)


def test_a_database_that_cannot_be_opened_is_named_with_who_tried(tmp_path: Path) -> None:
    (tmp_path / "mail.db").mkdir()
    found = rf"{tmp_path}/mail.db: unable to open database file; .* writable for \w+"
    with pytest.raises(StoreAway, match=found), Database(f"sqlite:///{tmp_path}/mail.db").connect():
        pass


def test_a_state_folder_that_cannot_be_made_is_named_with_who_tried(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    with pytest.raises(StoreAway, match=rf"{tmp_path}/var/mail.db: .*; {tmp_path}/var must be writable for \w+"):
        Database(f"sqlite:///{tmp_path}/var/mail.db").upgrade()
