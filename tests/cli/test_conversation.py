"""`mailflow ticket show` reads like a conversation."""

from typing import Any

import pytest

from mailflow.cli.conversation import MACHINES, conversation
from mailflow.cli.output import size
from mailflow.mail.message import AutomaticKind

TICKET: dict[str, Any] = {
    "number": 42,
    "subject": "The printer burns",
    "status": "awaiting_customer",
    "priority": "normal",
    "department": "support",
    "account": None,
    "requester": "anna@kunde.example",
    "requester_name": "Anna Nowak",
    "assignee": "",
    "created": "2026-11-02T09:00:00+00:00",
    "last_activity": "2026-11-02T10:00:00+00:00",
    "due": {"first_response": None, "resolution": None},
    "messages": [
        {
            "direction": "in",
            "from": "anna@kunde.example",
            "from_name": "Anna Nowak",
            "date": "2026-11-02T09:00:00+00:00",
            "reply": "Hello,\n\nit burns.\n",
            "message_id": "first@kunde.example",
            "attachments": [{"filename": "fire.jpg", "content_type": "image/jpeg", "size": 34_816}],
        },
        {
            "direction": "out",
            "from": "piotr",
            "from_name": "",
            "date": "2026-11-02T10:00:00+00:00",
            "reply": "Which model?",
            "message_id": "x@firma.example",
            "attachments": [],
        },
    ],
    "events": [
        {"at": "2026-11-02T09:00:00+00:00", "kind": "opened", "text": "by anna@kunde.example"},
        {"at": "2026-11-02T10:00:00+00:00", "kind": "status", "text": "open -> awaiting_customer: piotr answered"},
    ],
}


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Any:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_ticket_reads_like_a_conversation() -> None:
    assert (
        conversation(TICKET)
        == """\
#42 The printer burns
awaiting_customer · normal · support · assigned to nobody
from Anna Nowak <anna@kunde.example>
created 2026-11-02 09:00 · last activity 2026-11-02 10:00


-- Anna Nowak <anna@kunde.example> wrote · 2026-11-02 09:00 ------------------
   Hello,

   it burns.
   [1: fire.jpg, image/jpeg, 34 KiB]

  * 2026-11-02 09:00  opened: by anna@kunde.example

-- piotr answered · 2026-11-02 10:00 -----------------------------------------
   Which model?

  * 2026-11-02 10:00  status: open -> awaiting_customer: piotr answered"""
    )


def test_other_departments_and_a_possible_parent_are_named() -> None:
    shown = conversation({**TICKET, "departments": ["support", "billing"], "possible_parent": 12})
    assert " · support, billing · " in shown
    assert "\nmay continue #12\n" in shown


def test_a_warning_to_the_agent_is_shown_with_the_message() -> None:
    message = {**TICKET["messages"][0], "warning": "the token was issued to another address"}
    assert "   ! the token was issued to another address\n" in conversation({**TICKET, "messages": [message]})


def test_what_mail_says_cannot_command_the_terminal() -> None:  # M10
    message = {
        **TICKET["messages"][0],
        "from": "a\x9b2J@x",
        "from_name": "\x1b]0;owned\x07",
        "reply": "\x1b[2Jgone\r\u202eevil",
        "attachments": [{"filename": "\x1b[8m.exe", "content_type": "x\x1b", "size": 1}],
    }
    shown = conversation({**TICKET, "subject": "\x1b[31m", "messages": [message]})
    assert not {"\x1b", "\x07", "\x9b", "\r", "\u202e"} & set(shown)
    assert "\\x1b[2Jgone" in shown


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (AutomaticKind.NONE, "wrote"),
        (AutomaticKind.AUTO_REPLY, "wrote · automatic reply"),
        (AutomaticKind.BOUNCE, "wrote · delivery report"),
    ],
)
def test_mail_of_a_machine_is_marked(kind: AutomaticKind, said: str) -> None:
    message = {**TICKET["messages"][0], "automatic": kind.value}
    assert f"> {said} · 2026-11-02 09:00 " in conversation({**TICKET, "messages": [message]})


def test_every_kind_of_machine_has_a_name() -> None:
    assert set(MACHINES) == set(AutomaticKind) - {AutomaticKind.NONE}


@pytest.mark.parametrize(
    ("due", "said"),
    [("first_response", "first response due"), ("next_response", "answer due"), ("resolution", "resolution due")],
)
def test_what_is_due_is_named(due: str, said: str) -> None:
    ticket = {**TICKET, "status": "open", "due": {due: "2026-11-02T13:00:00+00:00"}}
    assert f"\n{said} 2026-11-02 13:00\n" in conversation(ticket)


def test_what_ends_by_itself_is_nothing_that_we_owe() -> None:
    ticket = {**TICKET, "status": "awaiting_customer", "due": {"resolution": "2026-11-02T13:00:00+00:00"}}
    assert "\nresolved 2026-11-02 13:00 unless the customer answers\n" in conversation(ticket)


def test_a_message_without_words_says_so() -> None:
    assert "\n   (no text)\n" in conversation({**TICKET, "messages": [{**TICKET["messages"][0], "reply": " \n"}]})


@pytest.mark.parametrize(
    ("octets", "shown"), [(0, "0 octets"), (1023, "1023 octets"), (1024, "1 KiB"), (5 << 30, "5.0 GiB")]
)
def test_sizes_have_a_unit(octets: int, shown: str) -> None:
    assert size(octets) == shown
