"""`mailflow db`."""

import sqlite3
import stat
from typing import Any


def test_a_new_database_is_as_expected(company: Any) -> None:
    assert company.run("db", "check").code == 0
    assert company.run("db", "upgrade").out == f"sqlite:///{company.folder}/var/mailflow.db is up to date\n"


def test_a_table_that_differs_is_named(company: Any) -> None:
    with sqlite3.connect(company.folder / "var/mailflow.db") as connection:
        connection.execute("ALTER TABLE ticket DROP COLUMN assignee")
    connection.close()
    ran = company.run("db", "check")
    assert ran.code == 1
    assert "assignee" in ran.err
    assert "mailflow db upgrade" in ran.err


def test_tables_of_another_version_are_told_with_what_to_do(company: Any) -> None:
    company.deliver()
    with sqlite3.connect(company.folder / "var/mailflow.db") as connection:
        connection.execute("ALTER TABLE ticket DROP COLUMN assignee")
    connection.close()
    ran = company.run("ticket", "show", "1")
    assert ran.code == 75
    assert "its tables are not of this version: restart mailflow, or mailflow db upgrade\n" in ran.err


def test_a_backup_is_a_whole_database_that_others_cannot_read(company: Any) -> None:
    company.deliver()
    copy = company.folder / "copy.db"
    assert company.run("db", "backup", copy).code == 0
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM ticket").fetchone() == (1,)
    connection.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_backup_overwrites_nothing(company: Any) -> None:
    copy = company.folder / "copy.db"
    copy.write_text("precious")
    ran = company.run("db", "backup", copy)
    assert ran.code == 1
    assert "exists already" in ran.err
    assert copy.read_text() == "precious"


def test_a_backup_into_a_folder_that_is_not_there_is_refused(company: Any) -> None:
    ran = company.run("db", "backup", "away/copy.db")
    assert ran.code == 1
    assert ran.err == f"mailflow: the folder of the copy, {company.folder}/away, is not there\n"


def test_the_password_of_a_database_is_not_shown() -> None:
    from mailflow.cli.db import _shown

    assert _shown("postgresql://mailflow:secret@db/mailflow") == "postgresql://mailflow@db/mailflow"
    assert _shown("sqlite:////srv/mail.db") == "sqlite:////srv/mail.db"
