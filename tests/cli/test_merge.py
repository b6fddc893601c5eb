"""`mailflow ticket merge`: two tickets become one, and what answers either is found in the one that stands."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mailflow.store.database import Database

AGAIN = b"""\
From: Anna Nowak <anna@kunde.example>
To: support@firma.example
Subject: It still burns
Message-ID: <again@kunde.example>
Date: Mon, 2 Nov 2026 10:05:00 +0100

And smokes.
"""
FROM_BEN = AGAIN.replace(b"Anna Nowak <anna@", b"Ben <ben@")


def answer(to: str, author: str = "anna@kunde.example") -> bytes:
    head = f"From: <{author}>\nTo: support@firma.example\nSubject: Re: x\nMessage-ID: <late@kunde.example>\n"
    return f"{head}In-Reply-To: <{to}>\n\nAny news?\n".encode()


@pytest.fixture
def two(company: Any) -> Any:
    """#1 and #2, both Anna's."""
    company.deliver()
    company.deliver(AGAIN)
    return company


def shown(company: Any, number: int) -> Any:
    return company.run("ticket", "show", number, "--json").json


def outbox(company: Any) -> list[tuple[str, int, str]]:
    return [(each["kind"], each["ticket"], each["state"]) for each in company.run("outbox", "list", "--json").lines]


def test_two_tickets_become_one(two: Any) -> None:
    ran = two.run("ticket", "merge", 2, "--into", 1, "--yes", "--agent", "ewa")
    assert (ran.code, ran.out, ran.err) == (0, "#2 merged into #1\n", "")
    one = shown(two, 1)
    assert [(each["ticket"], each["reply"].strip()) for each in one["messages"]] == [
        (1, "Hello,\n\nit burns."),
        (2, "And smokes."),
    ]
    assert (one["merged"], shown(two, 2)["merged_into"]) == ([2], 1)
    assert [row["number"] for row in two.run("ticket", "list", "--json").lines] == [1]
    assert outbox(two) == [("acknowledgement", 2, "cancelled"), ("acknowledgement", 1, "waiting")]
    assert two.run("audit").code == 0


def test_people_see_where_it_went_and_where_it_came_from(two: Any) -> None:
    two.run("ticket", "merge", 2, "--into", 1, "--yes", "--agent", "ewa")
    gone, one = two.run("ticket", "show", 2).out, two.run("ticket", "show", 1).out
    assert "\nmerged into #1, where it goes on\n" in gone
    assert "merged: into #1 by ewa\n" in gone
    assert "\nwith what was merged into it: #2\n" in one
    assert "merged: #2 was merged into this by ewa" in one
    heads = [line for line in one.splitlines() if line.startswith("-- ")]
    assert [" · #2 · entry 2 " in line for line in heads] == [False, True]


def test_a_later_answer_is_put_into_the_one_that_stands(two: Any) -> None:
    two.run("ticket", "merge", 2, "--into", 1, "--yes")
    (two.folder / "late.eml").write_bytes(answer("again@kunde.example"))
    arguments = ("--peer", "127.0.0.1", "--rcpt-to", "support@firma.example")
    explained = two.run("explain", "late.eml", *arguments, "--mail-from", "anna@kunde.example").out
    assert "#1 follow-up" in explained
    assert "In-Reply-To names a message of it; #2 was merged into #1; anna@kunde.example takes part" in explained
    two.deliver(answer("again@kunde.example"))
    assert shown(two, 1)["messages"][-1]["message_id"] == "late@kunde.example"
    assert two.run("audit").code == 0


@pytest.mark.parametrize(
    "command",
    [
        ("reply", 2, "--text", "x"),
        ("note", 2, "--text", "x"),
        ("assign", 2, "ewa"),
        ("resolve", 2),
        ("reopen", 2),
        ("hold", 2),
        ("close", 2),
        ("priority", 2, "high"),
    ],
)
def test_nothing_is_done_to_what_was_merged(two: Any, command: tuple[object, ...]) -> None:
    two.run("ticket", "merge", 2, "--into", 1, "--yes")
    before = shown(two, 2)
    ran = two.run("ticket", *command)
    assert (ran.code, ran.err) == (1, "mailflow: #2 was merged into #1; work on that\n")
    assert shown(two, 2) == before


def test_an_attachment_of_what_was_merged_is_taken_out_of_the_one_that_stands(company: Any) -> None:
    company.deliver()
    company.deliver(
        b"From: <anna@kunde.example>\nTo: support@firma.example\nSubject: y\nMessage-ID: <p@kunde.example>\n"
        b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png; name="a.png"\n'
        b"Content-Transfer-Encoding: base64\n\nAAECAw==\n--b--\n"
    )
    company.run("ticket", "merge", 2, "--into", 1, "--yes")
    assert company.run("ticket", "attachment", 1, "a.png").octets == b"\0\1\2\3"


def test_the_customer_is_told_only_if_it_is_asked_for(two: Any) -> None:
    ran = two.run("ticket", "merge", 2, "--into", 1, "--yes", "--tell")
    assert ran.out == "#2 merged into #1, told anna@kunde.example (outbox 3)\n"
    assert outbox(two)[0] == ("merged", 1, "waiting")
    raw = two.run("outbox", "show", 3, "--raw").octets
    assert b"Subject: [#1] Your requests are one: The printer burns" in raw
    assert b"requests #2 and #1 together" in raw


def test_programs_are_told_what_was_done(two: Any) -> None:
    two.run("ticket", "resolve", 1)
    done = two.run("ticket", "merge", 2, "--into", 1, "--yes", "--json").json
    assert done["done"] == "#2 merged into #1, #1 open, was resolved"
    assert (done["ticket"], done["status"], done["was"], done["mail"]) == (1, "open", "resolved", [])


def test_two_peoples_tickets_are_merged_only_on_purpose(company: Any) -> None:  # T4
    company.deliver()
    company.deliver(FROM_BEN)
    refused = company.run("ticket", "merge", 2, "--into", 1, "--yes")
    assert refused.code == 1
    assert "#2 is ben@kunde.example's and #1 is anna@kunde.example's" in refused.err
    assert company.run("ticket", "merge", 2, "--into", 1, "--yes", "--other-requester").code == 0
    company.run("ticket", "reply", 1, "--text", "Solved.")
    replies = [each["to"] for each in company.run("outbox", "list", "--json").lines if each["kind"] == "reply"]
    assert replies == [["anna@kunde.example"]]
    company.deliver(answer("again@kunde.example", "ben@kunde.example"))
    assert shown(company, 1)["messages"][-1]["warning"] == (
        "ben@kunde.example takes part in #2, which was merged into this, and not in this ticket"
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((1, "--into", 1), "#1 cannot be merged into itself"),
        ((7, "--into", 1), "there is no ticket #7"),
        ((1, "--into", 7), "there is no ticket #7"),
    ],
)
def test_what_cannot_be_merged_says_why(two: Any, arguments: tuple[object, ...], why: str) -> None:
    ran = two.run("ticket", "merge", *arguments, "--yes")
    assert (ran.code, ran.out, ran.err) == (1, "", f"mailflow: {why}\n")


def test_there_is_no_way_round(two: Any) -> None:
    two.run("ticket", "merge", 2, "--into", 1, "--yes")
    again = two.run("ticket", "merge", 2, "--into", 1, "--yes")
    assert again.err == "mailflow: #2 was merged into #1 already\n"
    back = two.run("ticket", "merge", 1, "--into", 2, "--yes")
    assert back.err == "mailflow: #2 was merged into #1 already\n"


def test_it_asks_first(two: Any) -> None:
    ran = two.run("ticket", "merge", 2, "--into", 1)
    assert (ran.code, ran.err) == (1, "mailflow: a merge is for good; add --yes\n")
    ran = two.run("ticket", "merge", 2, "--into", 1, stdin="n\n", terminal=True)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        "#2 It still burns · open · from anna@kunde.example",
        "into #1 The printer burns · open · from anna@kunde.example",
        "Merge them for good? [y/N] mailflow: nothing was merged",
    ]
    assert shown(two, 2)["merged_into"] is None
    ran = two.run("ticket", "merge", 2, "--into", 1, stdin="y\n", terminal=True)
    assert (ran.code, ran.out) == (0, "#2 merged into #1\n")


def test_a_merge_locks_what_it_takes_along_in_the_order_that_everybody_keeps(company: Any, postgresql_url: str) -> None:
    text = company.config.read_text()
    company.config.write_text(f'{text}\n[database]\nurl = "{postgresql_url}"\n')
    for number in (1, 2, 3):
        company.deliver(mail(number))
    company.run("ticket", "merge", 1, "--into", 3, "--yes")
    database = Database(postgresql_url)
    with ThreadPoolExecutor(1) as thread:
        with database.begin() as filer:  # an answer to #1, which is read in #3
            filer.exec_driver_sql("SELECT id FROM ticket WHERE id = 1 FOR UPDATE")
            merging = thread.submit(company.run, "ticket", "merge", 3, "--into", 2, "--yes")
            waits = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            while not filer.exec_driver_sql(waits).scalar():
                assert not merging.done()
            filer.exec_driver_sql("SELECT id FROM ticket WHERE id = 3 FOR UPDATE NOWAIT")
        assert merging.result(10).code == 0
    database.close()
    assert [shown(company, number)["merged_into"] for number in (1, 2, 3)] == [2, None, 2]


def mail(number: int) -> bytes:
    return AGAIN.replace(b"again@", b"%d@" % number).replace(b"smokes", b"smokes %d" % number)
