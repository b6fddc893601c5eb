"""`mailflow digest`: what a department would be told now."""

import sqlite3
from typing import Any

SPAM = b"From: x@strangers.example\r\nSubject: release 1\r\nMessage-ID: <i@strangers.example>\r\n\r\nPlease pay.\r\n"


def test_it_shows_the_mail_and_counts(company: Any) -> None:
    company.config.write_text(company.config.read_text() + '\n[[due]]\nfirst_response = "30d"\n')
    company.deliver()
    company.deliver(SPAM, "billing@firma.example", trusted=False)
    database = sqlite3.connect(company.folder / "var/mailflow.db")
    with database:
        database.execute("UPDATE ticket SET due = '2026-01-05 08:15:00.000000' WHERE id = 1")
    database.close()
    told = company.run("digest", "support").out.splitlines()
    assert told[:2] == ["    To: lead@staff.example", "    Subject: Support, 1 overdue"]
    assert "        #1  Mon 5 Jan 08:15 UTC  anna@kunde.example" in told
    assert company.run("digest", "billing").out.startswith(
        "    To: billing@firma.example\n    Subject: Billing, 1 held"
    )
    counted = company.run("digest", "support", "--json").json
    assert (counted["department"], counted["overdue"], counted["held"]) == ("support", 1, 0)
    assert company.run("outbox", "list", "--json").out.count("digest") == 0


def test_where_there_is_nothing_to_tell(company: Any) -> None:
    assert company.run("digest", "support").out == "nothing to tell: support would get no digest\n"
    wrong = company.run("digest", "suport")
    assert (wrong.code, wrong.err) == (
        1,
        "mailflow: there is no [[department]] named 'suport'; did you mean 'support'?\n",
    )
