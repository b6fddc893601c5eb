"""`mailflow ticket split`: a second matter gets a ticket of its own, and what answers it is found there."""

from typing import Any

import pytest

MORE = b"""\
From: Anna Nowak <anna@kunde.example>
To: support@firma.example
Subject: And the invoice
Message-ID: <second@kunde.example>
In-Reply-To: <first@kunde.example>
Date: Mon, 2 Nov 2026 11:00:00 +0100

The invoice is wrong, too.
"""


def answer(to: str, text: str = "Any details?", subject: str = "Re: x", author: str = "anna@kunde.example") -> bytes:
    head = f"From: <{author}>\nTo: support@firma.example\nSubject: {subject}\nMessage-ID: <late-{to}>\n"
    return f"{head}In-Reply-To: <{to}>\n\n{text}\n".encode()


@pytest.fixture
def both(company: Any) -> Any:
    """#1 about two matters: answered in the first, not in the second."""
    company.deliver()
    company.run("ticket", "reply", 1, "--text", "Use water.", "--agent", "ewa")
    company.deliver(MORE)
    return company


def shown(company: Any, number: int) -> Any:
    return company.run("ticket", "show", number, "--json").json


def words(company: Any, number: int) -> list[str]:
    return [each["reply"].strip().splitlines()[-1] for each in shown(company, number)["messages"]]


def answered(company: Any) -> tuple[str, str]:
    """The Message-ID of our answer to the second matter, and where it wants answers."""
    company.run("ticket", "reply", 1, "--text", "We look at the invoice.", "--agent", "ewa")
    raw = company.run("outbox", "show", 3, "--raw").octets.decode()
    reply_to = raw.partition("Reply-To: <")[2].partition(">")[0]
    return shown(company, 1)["messages"][-1]["message_id"], reply_to


def test_a_matter_gets_a_ticket_of_its_own_and_nobody_is_told(both: Any) -> None:
    mails = len(both.run("outbox", "list", "--json").lines)
    ran = both.run("ticket", "split", 1, "--from", 2, "--agent", "ewa")
    assert (ran.code, ran.out, ran.err) == (0, "#1 was split into #2\n", "")
    assert (words(both, 1), words(both, 2)) == (["it burns.", "Use water."], ["The invoice is wrong, too."])
    first, second = shown(both, 1), shown(both, 2)
    assert (second["subject"], second["requester"], second["department"]) == (
        "And the invoice",
        "anna@kunde.example",
        "support",
    )
    assert (first["split_into"], second["split_from"]) == ([2], 1)
    assert (first["waiting_since"], second["status"]) == (None, "open")
    assert second["waiting_since"]
    assert (first["due"]["next_response"], bool(second["due"]["first_response"])) == (None, True)
    assert len(both.run("outbox", "list", "--json").lines) == mails
    assert both.run("journal", "show", 2, "--json").json["ticket"] == 2
    assert [each["number"] for each in both.run("ticket", "list", "--queue", "--json").lines] == [2]
    assert both.run("audit").code == 0


def test_people_see_where_it_came_from_and_what_went(both: Any) -> None:
    both.run("ticket", "split", 1, "--from", 2, "--agent", "ewa", "--subject", "Invoice 12")
    assert "\nof it were split: #2\n" in both.run("ticket", "show", 1).out
    assert "split: #2 was split from this" in both.run("ticket", "show", 1).out
    gone = both.run("ticket", "show", 2).out
    assert "#2 Invoice 12\n" in gone
    assert "\nsplit from #1\n" in gone
    assert "split: from #1 by ewa, with 1 message" in gone


def test_the_requester_hears_of_it_only_if_it_is_asked_for(both: Any) -> None:
    ran = both.run("ticket", "split", 1, "--from", 2, "--tell")
    assert ran.out == "#1 was split into #2, told anna@kunde.example (outbox 3)\n"
    raw = both.run("outbox", "show", 3, "--raw").octets
    assert b"Subject: [#2] A number of its own: And the invoice" in raw
    assert b"your request #1 is about two matters" in raw


def test_a_later_answer_to_what_was_moved_is_put_there(both: Any) -> None:
    both.run("ticket", "split", 1, "--from", 2)
    both.deliver(answer("second@kunde.example", "About the invoice."))
    both.deliver(answer("first@kunde.example", "About the fire."))
    assert words(both, 2)[-1] == "About the invoice."
    assert words(both, 1)[-1] == "About the fire."


def test_an_answer_to_our_mail_that_was_moved_is_put_there_though_its_token_is_of_the_first(both: Any) -> None:
    ours, reply_to = answered(both)
    both.run("ticket", "split", 1, "--from", 2)
    assert words(both, 2) == ["The invoice is wrong, too.", "We look at the invoice."]
    assert shown(both, 2)["waiting_since"] is None
    assert both.run("outbox", "show", 3, "--json").json["ticket"] == 2
    both.deliver(answer(ours, "Thanks."), rcpt_to=reply_to)
    assert words(both, 2)[-1] == "Thanks."
    (both.folder / "late.eml").write_bytes(answer(ours))
    explained = both.run("explain", "late.eml", "--rcpt-to", reply_to).out
    assert "; what it answers was split from #1; anna@kunde.example takes part" in explained
    assert both.run("audit").code == 0


def test_what_was_split_twice_is_found_by_a_token_of_the_first(both: Any) -> None:
    third = MORE.replace(b"And the invoice", b"And the toner").replace(b"<second@", b"<third@")
    both.deliver(third.replace(b"The invoice is wrong, too.", b"The toner is empty, too."))
    ours, reply_to = answered(both)
    both.run("ticket", "split", 1, "--from", 2)
    both.run("ticket", "split", 2, "--from", 3)
    assert words(both, 3) == ["The toner is empty, too.", "We look at the invoice."]
    both.deliver(answer(ours, "Black, please."), rcpt_to=reply_to)
    assert words(both, 3)[-1] == "Black, please."


def test_a_stranger_with_our_token_is_put_there_with_a_warning_and_nothing_more(both: Any) -> None:  # T1
    ours, reply_to = answered(both)
    both.run("ticket", "split", 1, "--from", 2)
    mails = len(both.run("outbox", "list", "--json").lines)
    both.deliver(answer(ours, "Let me in.", author="eve@fremd.example"), rcpt_to=reply_to)
    (message,) = [each for each in shown(both, 2)["messages"] if each["from"] == "eve@fremd.example"]
    assert "takes no part in this ticket" in message["warning"]
    assert shown(both, 2)["participants"] == ["anna@kunde.example"]
    assert len(both.run("outbox", "list", "--json").lines) == mails


def test_who_takes_part_takes_part_in_both(both: Any) -> None:
    both.run("ticket", "cc", 1, "add", "karl@kunde.example", "--agent", "ewa")
    both.run("ticket", "split", 1, "--from", 2)
    assert shown(both, 2)["participants"] == ["anna@kunde.example", "karl@kunde.example"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ((1, "--from", 1), "entry 1 is the first mail of #1: nothing would be left there"),
        ((1, "--from", 9), "entry 9 is no mail of a customer's in #1; `mailflow ticket show 1` has them"),
        ((1, "--from", 3), "entry 3 is no mail of a customer's in #1; `mailflow ticket show 1` has them"),
        ((9, "--from", 1), "there is no ticket #9"),
        ((3, "--from", 1), "#3 was merged into #2; work on that"),
    ],
)
def test_what_cannot_be_split_says_why(both: Any, command: tuple[object, ...], why: str) -> None:
    other = MORE.replace(b"In-Reply-To: <first@kunde.example>\n", b"")
    for number in (3, 4):
        both.deliver(other.replace(b"second@", f"{number}@".encode()).replace(b"invoice", f"bill {number}".encode()))
    both.run("ticket", "merge", 3, "--into", 2, "--yes")
    before = [shown(both, number) for number in (1, 2, 3)]
    ran = both.run("ticket", "split", *command)
    assert (ran.code, ran.err) == (1, f"mailflow: {why}\n")
    assert [shown(both, number) for number in (1, 2, 3)] == before
