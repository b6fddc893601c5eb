"""`mailflow ticket`: what agents do, through the commands they use, on a real database."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from mailflow.store.database import Database

ANSWER = b"""\
From: Anna Nowak <anna@kunde.example>
To: support@firma.example
Subject: Re: The printer burns
Message-ID: <second@kunde.example>
In-Reply-To: <first@kunde.example>
Date: Mon, 2 Nov 2026 11:00:00 +0100

It is a Model 3.
"""


@pytest.fixture
def ticket(company: Any) -> Any:
    """Anna's, #1."""
    company.deliver()
    return company


def shown(company: Any) -> Any:
    return company.run("ticket", "show", "1", "--json").json


def outbox(company: Any) -> list[tuple[str, list[str]]]:
    return [(each["kind"], each["to"]) for each in company.run("outbox", "list", "--json").lines]


def test_a_mail_becomes_a_ticket_that_is_listed(ticket: Any) -> None:
    (row,) = ticket.run("ticket", "list", "--json").lines
    assert (row["number"], row["subject"], row["status"]) == (1, "The printer burns", "open")
    assert (row["requester"], row["department"], row["assignee"]) == ("anna@kunde.example", "support", None)
    assert row["due"]["first_response"] is not None


def test_people_get_a_table(ticket: Any) -> None:
    out = ticket.run("ticket", "list").out
    assert "The printer burns" in out
    assert "active" in out


def test_tickets_can_be_narrowed_down(ticket: Any) -> None:
    def count(*arguments: str) -> int:
        return len(ticket.run("ticket", "list", "--json", *arguments).lines)

    assert count("--status", "open", "--department", "support", "--requester", "anna@kunde.example") == 1
    assert count("--status", "resolved") == 0
    ticket.run("ticket", "reply", 1, "--text", "Which model?", "--ask")
    assert count("--status", "awaiting") == count("--status", "awaiting_customer") == 1
    ticket.run("ticket", "reopen", 1)
    wrong = ticket.run("ticket", "list", "--status", "waiting")
    assert wrong.code == 2
    assert "'waiting' is none of open, awaiting_customer, on_hold, resolved, closed" in " ".join(wrong.err.split())
    assert count("--status", "resolved", "--status", "open") == 1
    assert count("--department", "billing") == 0
    for view in ((), ("--queue",)):
        misspelt = ticket.run("ticket", "list", *view, "--department", "suport")
        why = "mailflow: there is no [[department]] named 'suport'; did you mean 'support'?\n"
        assert (misspelt.code, misspelt.out, misspelt.err) == (1, "", why)
    assert count("--assignee", "piotr") == 0


def test_the_queue_is_in_the_order_in_which_it_is_taken_up(ticket: Any) -> None:  # R2.3
    ticket.deliver(ANSWER.replace(b"In-Reply-To: <first@kunde.example>\n", b"").replace(b"Re: ", b"Now "))
    before = ticket.run("ticket", "list", "--queue", "--json").lines
    assert [row["number"] for row in before] == [1, 2]
    ticket.deliver(ANSWER.replace(b"second", b"third"))  # a chaser of the first (R3.9)
    after = ticket.run("ticket", "list", "--queue", "--json").lines
    moved = [row["last_activity"] for row in after] != [row["last_activity"] for row in before]
    assert moved
    assert [(row["number"], row["waiting_since"]) for row in after] == [
        (row["number"], row["waiting_since"]) for row in before
    ]
    ticket.run("ticket", "priority", 2, "high")
    assert [row["number"] for row in ticket.run("ticket", "list", "--queue", "--json").lines] == [2, 1]
    head, _, first, _ = ticket.run("ticket", "list", "--queue", "--department", "support").out.splitlines()
    assert head.split() == ["#", "prio", "waits", "since", "due", "assignee", "from", "subject"]
    assert first.split()[:2] == ["2", "high"]
    assert ticket.run("ticket", "list", "--queue", "--department", "billing").err == "nothing waits for us\n"
    ticket.run("ticket", "reply", 2, "--text", "Which model?", "--ask")
    assert [row["number"] for row in ticket.run("ticket", "list", "--queue", "--json").lines] == [1]
    wrong = ticket.run("ticket", "list", "--queue", "--tag", "x")
    assert wrong.code == 2
    assert "--department and --assignee only" in " ".join(wrong.err.split())


PROMISES = """
[[due]]
priority = "high"
first_response = "4h"

[[due]]
contract = "gold"
first_response = "1h"

[[contract]]
name = "gold"
priority = "normal"
"""


def test_what_is_due_is_listed_and_explained(company: Any) -> None:
    assert company.run("ticket", "list", "--due").err == "nothing is due\n"
    company.config.write_text(company.config.read_text() + PROMISES)
    company.run(
        *("contact", "add", "--account", "4711", "--name", "Anna", "--address", "anna@kunde.example"),
        *("--role", "primary", "--contract", "bronze"),
    )
    company.deliver()
    assert company.run("ticket", "list", "--due").err == "nothing is due\n"
    company.run("ticket", "priority", "1", "high")
    (row,) = company.run("ticket", "list", "--due", "--department", "support", "--json").lines
    assert row["next_due"] == row["due"]["first_response"]
    (promise,) = shown(company)["promises"]
    assert (promise["promise"], promise["due"], promise["paused"]) == ("first_response", row["next_due"], None)
    told = next(line for line in company.run("ticket", "show", 1).out.splitlines() if "due" in line)
    assert re.fullmatch(
        r"first response due \w{3} \d+ \w{3} \d\d:\d\d UTC, because of high priority: "
        r"4 hours from \w{3} \d+ \w{3} \d\d:\d\d UTC, around the clock",
        told,
    )
    company.run("ticket", "hold", 1)
    assert company.run("ticket", "list", "--due").err == "nothing is due\n"
    assert ", on hold: " in company.run("ticket", "show", 1).out


def test_the_level_of_escalation_that_comes_next_is_shown(company: Any) -> None:
    level = """escalation = [{ at = "75%", tell = ["lead@staff.example"] }]\n"""
    text = company.config.read_text().replace('escalate_after = "4h"\n', level)
    company.config.write_text(text + '[[due]]\nfirst_response = "4h"\n')
    company.run(
        *("contact", "add", "--account", "4711", "--name", "Anna", "--address", "anna@kunde.example"),
        *("--role", "primary"),
    )
    company.deliver()
    found = shown(company)["escalation"]
    assert found["level"] == 1
    assert datetime.fromisoformat(found["due"]) < datetime.fromisoformat(shown(company)["next_due"])
    told = next(line for line in company.run("ticket", "show", 1).out.splitlines() if line.startswith("escalation"))
    assert re.fullmatch(
        r"escalation \w{3} \d+ \w{3} \d\d:\d\d UTC: level 1 of 1, at 75% of the first response: "
        r"tells lead@staff\.example",
        told,
    )
    company.run("ticket", "hold", 1)
    assert shown(company)["escalation"] is None


def test_another_contract_promises_otherwise(company: Any) -> None:
    """Given to the account by a contact that is added, and taken from it by a table."""
    company.config.write_text(company.config.read_text() + PROMISES)
    add = ("contact", "add", "--account", "4711", "--role", "primary", "--name")
    company.run(*add, "Anna", "--address", "anna@kunde.example")
    company.deliver()
    assert shown(company)["next_due"] is None
    company.run(*add, "Ewa", "--address", "ewa@kunde.example", "--contract", "Gold")
    assert shown(company)["next_due"] is not None
    table = company.folder / "contacts.csv"
    table.write_text("account,contract,name,addresses\n4711,,Ewa,ewa@kunde.example\n4711,,Anna,anna@kunde.example\n")
    assert company.run("contact", "import", table, "--apply").code == 0
    assert shown(company)["next_due"] is None


def test_the_queue_and_what_is_due_are_two_lists(company: Any) -> None:
    asked = company.run("ticket", "list", "--due", "--queue")
    assert asked.code == 2
    assert "--queue and --due are narrowed down by --department and --assignee only" in asked.err.replace("\n", " ")


def test_no_tickets_are_said_beside_the_output(company: Any) -> None:
    ran = company.run("ticket", "list")
    assert (ran.code, ran.out, ran.err) == (0, "", "no tickets\n")


def test_a_ticket_reads_like_a_conversation(ticket: Any) -> None:
    out = ticket.run("ticket", "show", 1).out
    assert out.startswith("#1 The printer burns\nopen · normal · support · assigned to nobody\nfrom Anna Nowak <anna@")
    assert "-- Anna Nowak <anna@kunde.example> wrote · " in out
    assert "\n   Hello,\n\n   it burns.\n" in out
    assert "opened" in out


def test_ticket_json_has_the_agreed_keys(ticket: Any) -> None:
    found = shown(ticket)
    keys = {"number", "subject", "status", "priority", "department", "account", "requester", "assignee", "created"}
    assert keys | {"last_activity", "due", "messages", "events"} <= set(found)
    (message,) = found["messages"]
    assert {"direction", "from", "date", "reply", "message_id", "attachments"} <= set(message)
    assert message["message_id"] == "first@kunde.example"


def test_files_go_along_with_an_answer(ticket: Any) -> None:
    plan = ticket.folder / "Plan ü.pdf"
    plan.write_bytes(b"%PDF \x00\xff")
    ran = ticket.run("ticket", "reply", 1, "--text", "See the plan.", "--attach", plan, "--attach", ticket.config)
    assert ran.code == 0
    sent = next(each for each in shown(ticket)["messages"] if each["direction"] == "out")
    assert [each["filename"] for each in sent["attachments"]] == ["Plan ü.pdf", "config.toml"]
    assert ticket.run("ticket", "attachment", 1, "Plan ü.pdf").octets == b"%PDF \x00\xff"
    missing = ticket.run("ticket", "reply", 1, "--text", "x", "--attach", ticket.folder / "none.pdf")
    assert (missing.code, "none.pdf: No such file" in missing.err) == (1, True)
    with plan.open("r+b") as file:
        file.truncate((10 << 20) + 1)
    large = ticket.run("ticket", "reply", 1, "--text", "x", "--attach", plan)
    assert (large.code, "10,485,760 is the most" in large.err) == (1, True)


def test_a_question_awaits_the_customer(ticket: Any) -> None:  # R3.5
    ran = ticket.run("ticket", "reply", 1, "--ask", "--text", "Which model?", "--agent", "piotr")
    assert (ran.code, ran.out) == (
        0,
        "answer queued for anna@kunde.example (outbox 2), #1 awaiting_customer, was open\n",
    )
    found = shown(ticket)
    assert found["messages"][-1]["direction"] == "out"
    assert found["messages"][-1]["from"] == "piotr"
    assert found["messages"][-1]["reply"] == "Which model?"
    assert found["due"] == {"first_response": None, "next_response": None, "resolution": found["due"]["resolution"]}
    assert outbox(ticket)[0] == ("reply", ["anna@kunde.example"])


def test_the_answer_to_a_question_continues_the_ticket(ticket: Any) -> None:
    ticket.run("ticket", "reply", 1, "--ask", "--text", "Which model?")
    ticket.deliver(ANSWER)
    found = shown(ticket)
    assert found["status"] == "open"
    assert [message["direction"] for message in found["messages"]] == ["in", "out", "in"]


def test_words_come_from_a_file_or_from_standard_input(ticket: Any) -> None:
    (ticket.folder / "words.txt").write_text("Dzień dobry,\n\nto naprawione.\n")
    assert ticket.run("ticket", "reply", 1, "--file", "words.txt", "--resolve").code == 0
    assert ticket.run("ticket", "note", 1, stdin="from the shelf\n").code == 0
    replies = [message["reply"] for message in shown(ticket)["messages"]]
    assert "to naprawione." in replies[1]
    assert replies[2].strip() == "from the shelf"


def test_a_note_is_not_mailed(ticket: Any) -> None:
    before = outbox(ticket)
    assert ticket.run("ticket", "note", 1, "--text", "he is angry", "--agent", "piotr").out == "note added to #1\n"
    assert outbox(ticket) == before
    assert "-- piotr noted (not for customers) · " in ticket.run("ticket", "show", 1).out


def test_an_answer_settles_it(ticket: Any) -> None:
    ran = ticket.run("ticket", "reply", 1, "--resolve", "--text", "Fixed.")
    assert ran.out == "answer queued for anna@kunde.example (outbox 2), #1 resolved, was open\n"


def test_resolving_and_reopening_tells_the_customer(ticket: Any) -> None:  # R3.2
    assert ticket.run("ticket", "resolve", 1).out == "#1 resolved, was open, told anna@kunde.example (outbox 2)\n"
    assert ticket.run("ticket", "reopen", 1).out == "#1 open, was resolved, told anna@kunde.example (outbox 3)\n"
    assert [kind for kind, _ in outbox(ticket)][:2] == ["reopened", "resolved"]


def test_a_ticket_can_be_held_and_closed(ticket: Any) -> None:
    assert ticket.run("ticket", "hold", 1).out == "#1 on_hold, was open\n"
    assert ticket.run("ticket", "resolve", 1).code == 0
    assert ticket.run("ticket", "close", 1).out == "#1 closed, was resolved\n"


def test_a_ticket_is_given_to_an_agent_and_back(ticket: Any) -> None:
    assert ticket.run("ticket", "assign", 1, "piotr").out == "#1 assigned to piotr\n"
    assert shown(ticket)["assignee"] == "piotr"
    assert ticket.run("ticket", "assign", 1, "").out == "#1 assigned to nobody\n"
    assert shown(ticket)["assignee"] is None


def test_a_priority_is_set(ticket: Any) -> None:
    assert ticket.run("ticket", "priority", 1, "urgent").out == "#1 priority urgent\n"
    assert shown(ticket)["priority"] == "urgent"
    again = ticket.run("ticket", "priority", 1, "urgent")
    assert (again.code, again.err) == (1, "mailflow: #1 has priority urgent already\n")


def test_whoever_is_logged_in_does_it(ticket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("LOGNAME", "ola")
    ticket.run("ticket", "note", 1, "--text", "x")
    monkeypatch.setenv("SUDO_USER", "ewa")
    ticket.run("ticket", "note", 1, "--text", "x")
    monkeypatch.setenv("MAILFLOW_AGENT", "piotr")
    ticket.run("ticket", "note", 1, "--text", "y")
    assert [message["from"] for message in shown(ticket)["messages"]][1:] == ["ola", "ewa", "piotr"]


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("show", 7), 1, "mailflow: there is no ticket #7\n"),
        (("reply", 7, "--text", "x"), 1, "mailflow: there is no ticket #7\n"),
        (("reply", 1, "--text", "  "), 1, "mailflow: there is nothing to say: the answer is empty\n"),
        (("reopen", 1), 1, "mailflow: #1 is open: 'reopen' is not possible; possible: resolve, hold, merge\n"),
        (("reply", 1, "--file", "nothing.txt"), 1, "mailflow: nothing.txt: No such file or directory\n"),
        (("reply", 1, "--ask", "--resolve", "--text", "x"), 2, "a question does not settle it"),
        (("reply", 1, "--text", "x", "--file", "y"), 2, "write either --text or --file"),
        (("show", "one"), 2, "NUMBER"),
        (("show", 99999999999), 2, "NUMBER"),
        (("priority", 1, "extreme"), 2, "low"),
    ],
)
def test_what_cannot_be_done_says_why(ticket: Any, arguments: tuple[object, ...], code: int, why: str) -> None:
    ran = ticket.run("ticket", *arguments)
    assert ran.code == code
    assert ran.out == ""
    assert why == ran.err if code == 1 else why in ran.err
    assert len(shown(ticket)["messages"]) == 1


def test_a_broken_rule_does_not_keep_an_agent_from_answering(ticket: Any) -> None:
    (ticket.folder / "filters/99.toml").write_text("[[rule]\n")
    assert ticket.run("ticket", "reply", "1", "--text", "Pour water.").code == 0
    assert ticket.run("check").code == 78


def test_a_broken_template_does_not_keep_anybody_from_reading(ticket: Any) -> None:
    (ticket.folder / "templates/en/acknowledgement.txt").write_text("nothing")
    assert ticket.run("ticket", "show", 1).code == 0
    assert ticket.run("ticket", "reply", 1, "--text", "x").code == 78


def test_programs_are_told_what_was_done(ticket: Any) -> None:
    done = ticket.run("ticket", "reply", 1, "--text", "Soon.", "--json").json
    assert done["done"] == "answer queued for anna@kunde.example (outbox 2), #1 stays open"
    assert done["mail"] == [{"id": 2, "kind": "reply", "to": ["anna@kunde.example"]}]
    assert ticket.run("ticket", "assign", 1, "ola", "--json").json["assignee"] == "ola"


PHOTO = b"""\
From: Anna Nowak <anna@kunde.example>
To: support@firma.example
Subject: Photos
Message-ID: <photos@kunde.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

a\tb
--b
Content-Type: image/png
Content-Disposition: attachment; filename="fire.png"
Content-Transfer-Encoding: base64

AAECAw==
--b
Content-Type: image/png
Content-Disposition: attachment; filename="../../smoke.png"
Content-Transfer-Encoding: base64

BAUG
--b--
"""


@pytest.fixture
def photos(company: Any) -> Any:
    company.deliver(PHOTO)
    return company


def test_attachments_are_shown_with_their_position_and_the_entry_they_came_in(photos: Any) -> None:
    out = photos.run("ticket", "show", 1).out
    assert " · entry 1 ---" in out
    assert "\n   a       b\n" in out
    assert "[1: fire.png, image/png, 4 octets]\n" in out
    assert "[2: smoke.png, " in out


@pytest.mark.parametrize(("which", "octets"), [("1", b"\0\1\2\3"), ("fire.png", b"\0\1\2\3"), (2, b"\4\5\6")])
def test_an_attachment_is_taken_out_as_it_was_sent(photos: Any, which: object, octets: bytes) -> None:
    assert photos.run("ticket", "attachment", 1, which).octets == octets


def test_an_attachment_goes_where_the_agent_says_and_overwrites_nothing(photos: Any) -> None:
    before = set(photos.folder.rglob("*"))
    ran = photos.run("ticket", "attachment", 1, "smoke.png", "--to", "here.png")
    assert (ran.code, ran.out) == (0, "here.png: 3 octets\n")
    assert {each.name for each in set(photos.folder.rglob("*")) - before} == {"here.png"}
    assert (photos.folder / "here.png").stat().st_mode & 0o777 == 0o600
    again = photos.run("ticket", "attachment", 1, "fire.png", "--to", "here.png")
    assert (again.code, again.err) == (1, "mailflow: here.png exists already\n")
    assert (photos.folder / "here.png").read_bytes() == b"\4\5\6"


def test_an_attachment_that_is_not_there_is_refused_with_those_that_are(photos: Any) -> None:
    ran = photos.run("ticket", "attachment", 1, "3")
    assert (ran.code, ran.err) == (1, "mailflow: #1 has no attachment 3; it has 1: fire.png, 2: smoke.png\n")
    assert photos.run("ticket", "attachment", 2, "1").err == "mailflow: there is no ticket #2\n"


def test_no_mail_is_signed_with_a_new_key_when_the_old_one_is_gone(ticket: Any) -> None:
    (key,) = ticket.folder.rglob("token.key")
    key.unlink()
    ran = ticket.run("ticket", "reply", "1", "--text", "Please restart it.", "--agent", "ewa")
    assert (ran.code, ran.out) == (78, "")
    assert "token.key: key: is gone" in ran.err
    assert not key.exists()
    assert ticket.run("ticket", "show", "1").code == 0


def test_a_command_judges_by_the_ticket_as_it_is_once_nobody_else_changes_it(company: Any, postgresql_url: str) -> None:
    # two agents at the same time: it was given to another customer
    text = company.config.read_text()
    company.config.write_text(f'{text}\n[database]\nurl = "{postgresql_url}"\n')
    company.deliver()
    database = Database(postgresql_url)
    with ThreadPoolExecutor(1) as thread:
        with database.begin() as other:
            other.exec_driver_sql("UPDATE ticket SET requester = 'ben@kunde.example'")
            resolving = thread.submit(company.run, "ticket", "resolve", "1", "--agent", "ewa")
            waits = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            while not other.exec_driver_sql(waits).scalar():
                assert not resolving.done()
        assert resolving.result(10).code == 0
    database.close()
    assert outbox(company)[0] == ("resolved", ["ben@kunde.example"])


def test_others_take_part_until_an_agent_ends_it(ticket: Any) -> None:
    added = ticket.run("ticket", "cc", 1, "add", "Karl@Kunde.example", "lena@kunde.example", "--agent", "ewa")
    assert added.out == "karl@kunde.example, lena@kunde.example will be sent what is answered in #1\n"
    assert "cc karl@kunde.example, lena@kunde.example\n" in ticket.run("ticket", "show", "1").out
    ticket.run("ticket", "reply", 1, "--text", "Which model?")
    assert [to for kind, to in outbox(ticket) if kind == "reply"] == [
        ["lena@kunde.example"], ["karl@kunde.example"], ["anna@kunde.example"]
    ]  # fmt: skip
    gone = ticket.run("ticket", "cc", 1, "remove", "lena@kunde.example", "--agent", "ewa", "--json")
    assert gone.json["done"] == "lena@kunde.example will be sent nothing more of #1"
    assert shown(ticket)["participants"] == ["anna@kunde.example", "karl@kunde.example"]
    assert [(each["address"], each["why"]) for each in shown(ticket)["cc"]] == [("karl@kunde.example", "by ewa")]
    states = {each["to"][0]: each["state"] for each in ticket.run("outbox", "list", "--json").lines}
    assert states["lena@kunde.example"] == "cancelled"


@pytest.mark.parametrize(
    ("deed", "address", "why"),
    [
        ("add", "support@firma.example", "support@firma.example is a [[mailbox]] of ours"),
        ("add", "anna@kunde.example", "anna@kunde.example takes part in #1 already"),
        ("remove", "anna@kunde.example", "anna@kunde.example is whose request #1 is"),
        ("remove", "karl@kunde.example", "karl@kunde.example takes no part in #1"),
    ],
)
def test_who_cannot_take_part_or_does_not_is_told(ticket: Any, deed: str, address: str, why: str) -> None:
    done = ticket.run("ticket", "cc", 1, deed, address)
    assert (done.code, done.err) == (1, f"mailflow: {why}\n")
    assert shown(ticket)["participants"] == ["anna@kunde.example"]


def test_a_call_ends_with_a_recap_by_mail(company: Any) -> None:
    # R3.12
    company.deliver()
    ran = company.run("ticket", "call", 1, "--text", "We bring water.", "--with", "Karl", "--agent", "ewa", "--resolve")
    assert (ran.code, ran.err) == (0, "")
    assert "answer queued for anna@kunde.example" in ran.out
    (mail,) = (each for each in company.run("outbox", "list", "--json").lines if each["kind"] == "recap")
    assert mail["subject"] == "[#1] Our call: The printer burns"
    assert "called" in company.run("ticket", "show", 1).out
    assert company.run("ticket", "call", 1, "--text", "x", "--ask", "--resolve").code == 2
