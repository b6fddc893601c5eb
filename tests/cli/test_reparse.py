"""`mailflow reparse`: raw mail is the truth."""

import sqlite3
from contextlib import closing
from typing import Any

SECOND = b"From: Jan <jan@kunde.example>\r\nSubject: Two\r\nMessage-ID: <2@kunde.example>\r\n\r\nTwo.\r\n"


def change(company: Any, statement: str) -> None:
    with closing(sqlite3.connect(company.folder / "var/mailflow.db")) as connection, connection:
        connection.execute(statement)


def texts(company: Any) -> list[Any]:
    with closing(sqlite3.connect(company.folder / "var/mailflow.db")) as connection:
        return connection.execute("SELECT text, language, digest, verdict FROM message ORDER BY id").fetchall()


def test_what_this_version_reads_itself_does_not_differ(company: Any) -> None:
    company.deliver()
    ran = company.run("reparse")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "1 read, 0 differ")


def test_what_another_version_read_is_shown_and_changed_only_if_asked(company: Any) -> None:
    company.deliver()
    company.deliver(SECOND)
    before = texts(company)
    change(company, "UPDATE message SET text = 'garbled', language = 'xx' WHERE id = 1")
    ran = company.run("reparse")
    assert ran.out.splitlines()[:2] == [
        "entry 1 in #1: language, text",
        "2 read, 1 differ (language 1, text 1); nothing is changed yet: add --apply",
    ]
    assert texts(company)[0][0] == "garbled"
    assert company.run("reparse", "--apply").code == 0
    assert texts(company) == before
    assert "2 read, 0 differ" in company.run("reparse").out
    assert company.run("audit").code == 0


def test_it_goes_on_where_it_was(company: Any) -> None:
    company.deliver()
    company.deliver(SECOND)
    change(company, "UPDATE message SET text = 'garbled'")
    ran = company.run("reparse", "--apply", "--after", "1", "--json")
    assert [line.get("entry", line.get("last")) for line in ran.lines] == [2, 2]
    assert [text for text, *_ in texts(company)] == ["garbled", "Two."]


def test_what_an_agent_passed_on_stays_and_so_does_what_has_no_raw_mail(company: Any) -> None:
    company.deliver()
    company.deliver(SECOND)
    change(company, "UPDATE message SET text = 'of a mail within', author = 'other@kunde.example' WHERE id = 1")
    change(company, "UPDATE message SET text = 'kept' WHERE id = 2")
    change(company, "DELETE FROM octets WHERE entry = 2")
    assert "1 read, 0 differ" in company.run("reparse", "--apply").out
    assert [text for text, *_ in texts(company)] == ["of a mail within", "kept"]
