"""`mailflow outbox`: every mail of ours, and how far it got."""

from typing import Any

import pytest

OUTBOX = "id kind automatic to subject message_id ticket state attempts due last_reply".split()


@pytest.fixture
def acknowledged(company: Any) -> Any:
    """Anna's mail was acknowledged: mail 1 waits."""
    company.deliver()
    return company


def test_mail_of_ours_is_listed(acknowledged: Any) -> None:
    row = acknowledged.run("outbox", "list", "--json").json
    assert set(OUTBOX) <= set(row)
    assert (row["kind"], row["automatic"], row["to"]) == ("acknowledgement", True, ["anna@kunde.example"])
    assert (row["ticket"], row["state"]) == (1, "waiting")
    assert "octets" not in row
    assert "acknowledgement" in acknowledged.run("outbox", "list").out


def test_the_list_can_be_narrowed_down(acknowledged: Any) -> None:
    assert len(acknowledged.run("outbox", "list", "--json", "--state", "waiting", "--ticket", 1).lines) == 1
    assert acknowledged.run("outbox", "list", "--json", "--state", "unknown").lines == []
    assert acknowledged.run("outbox", "list", "--json", "--ticket", 2).lines == []


def test_one_mail_is_shown_and_printed_as_it_goes_out(acknowledged: Any) -> None:
    shown = acknowledged.run("outbox", "show", 1, "--json").json
    raw = acknowledged.run("outbox", "show", 1, "--raw").octets
    assert shown["message_id"].strip("<>").encode() in raw
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in raw
    assert "kind           acknowledgement\n" in acknowledged.run("outbox", "show", 1).out


def test_waiting_mail_is_cancelled_and_brought_back(acknowledged: Any) -> None:
    def state() -> str:
        return str(acknowledged.run("outbox", "show", 1, "--json").json["state"])

    assert acknowledged.run("outbox", "cancel", 1).out == "mail 1 will not be sent\n"
    assert state() == "cancelled"
    assert acknowledged.run("outbox", "cancel", 1).code == 1
    assert acknowledged.run("outbox", "retry", 1).out == "mail 1 will be sent\n"
    assert state() == "waiting"


def test_mail_that_is_not_there_is_refused(company: Any) -> None:
    for arguments in (("show", 5), ("show", 5, "--raw"), ("retry", 5), ("cancel", 5)):
        ran = company.run("outbox", *arguments)
        assert (ran.code, ran.err) == (1, "mailflow: there is no outgoing mail 5\n")


@pytest.mark.parametrize("command", ["retry", "cancel"])
def test_of_several_all_are_changed_or_none_and_that_is_said(acknowledged: Any, command: str) -> None:
    before = acknowledged.run("outbox", "show", 1, "--json").json
    ran = acknowledged.run("outbox", command, 1, 5)
    assert (ran.code, ran.err) == (1, "mailflow: there is no outgoing mail 5; nothing is changed, nor of the others\n")
    assert acknowledged.run("outbox", "show", 1, "--json").json == before
