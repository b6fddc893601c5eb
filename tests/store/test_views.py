"""The JSON of DESIGN section 5: these keys are relied on by others."""

import json
from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import AddDepartments, AddTags, Assign, ChangeStatus, Say, SetTimer, SetType, TimerKind
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ticket import Move
from mailflow.errors import Refused
from mailflow.store.contacts import contacts
from mailflow.store.entries import cursors
from mailflow.store.shown import mail_views, overview, ticket_views

TICKET_KEYS = {
    "number", "subject", "status", "priority", "department", "account", "requester", "assignee", "created",
    "last_activity", "due",
}  # fmt: skip
ENTRY_KEYS = {
    "id", "received", "source", "mail_from", "rcpt_tos", "message_id", "from", "subject", "size", "disposition",
    "reason", "rule", "ticket", "attempts",
}  # fmt: skip
OUTGOING_KEYS = {
    "id", "kind", "automatic", "to", "subject", "message_id", "ticket", "state", "attempts", "due", "last_reply",
}  # fmt: skip


def seen(desk: Any, view: Any, *given: Any, **filters: Any) -> Any:
    with desk.database.connect() as connection:
        found = view(connection, *given, **filters)
    json.dumps(found)
    return found


def test_a_ticket_is_shown_as_its_conversation(desk: Any) -> None:
    now = desk.clock.now()
    number = desk.open(SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=now + timedelta(hours=4)))
    first = {"first_response": "2026-11-02T13:00:00+00:00", "next_response": None, "resolution": None}
    assert seen(desk, ticket_views.ticket, number)["due"] == first
    desk.clock.forward(timedelta(hours=1))
    desk.act(
        number,
        Say(ticket=number, text="Pour water.", author="Piotr", internal=False, message_id="r@firma.example"),
        AddDepartments(ticket=number, departments=("billing",)),
        AddTags(ticket=number, tags=("vip", "paper")),
        SetType(ticket=number, type="printer"),
    )
    ticket = seen(desk, ticket_views.ticket, number)
    assert set(ticket) > TICKET_KEYS
    assert ticket["due"] == {**first, "first_response": None, "next_response": first["first_response"]}
    assert seen(desk, ticket_views.tickets)[0]["due"] == ticket["due"]
    assert (ticket["requester"], ticket["account"], ticket["assignee"]) == ("anna@kunde.example", None, None)
    assert (ticket["created"], ticket["last_activity"]) == ("2026-11-02T09:00:00+00:00", "2026-11-02T10:00:00+00:00")
    assert ticket["departments"] == ["support", "billing"]
    assert (ticket["type"], ticket["tags"]) == ("printer", ["paper", "vip"])
    assert [(each["direction"], each["from"], each["reply"]) for each in ticket["messages"]] == [
        ("in", "anna@kunde.example", "It burns."),
        ("out", "Piotr", "Pour water."),
    ]
    assert ticket["messages"][0]["attachments"][0]["filename"] == "fire.jpg"
    assert ticket["messages"][1]["message_id"] == "r@firma.example"
    assert [each["kind"] for each in ticket["events"]] == ["opened", "mail", "department"]
    with pytest.raises(Refused, match=f"there is no ticket #{number + 1}"):
        seen(desk, ticket_views.ticket, number + 1)


def test_tickets_are_found_by_what_people_ask_for(desk: Any) -> None:
    first, second = desk.open(), desk.open()
    desk.clock.forward(timedelta(hours=1))
    desk.act(
        first,
        Say(ticket=first, text="x", author="Piotr", internal=False),
        Assign(ticket=first, assignee="piotr"),
        ChangeStatus(ticket=first, move=Move.RESOLVE, cause="by hand"),
    )
    desk.act(second, AddDepartments(ticket=second, departments=("billing",)), AddTags(ticket=second, tags=("vip",)))
    desk.act(second, AddTags(ticket=second, tags=("vip", "paper")))

    def numbers(**filters: Any) -> list[int]:
        return [each["number"] for each in seen(desk, ticket_views.tickets, **filters)]

    assert numbers() == [first, second]  # what moved last comes first
    assert set(seen(desk, ticket_views.tickets)[0]) >= TICKET_KEYS
    assert numbers(status=["open"]) == [second]
    assert numbers(status=["open", "resolved"], limit=1) == [first]
    assert numbers(department="billing") == [second]
    assert numbers(department="support") == [first, second]
    assert numbers(assignee="piotr") == [first]
    assert numbers(tag="vip") == [second]
    listed = seen(desk, ticket_views.tickets, tag="vip")
    assert [each["tags"] for each in listed] == [["paper", "vip"]]
    assert numbers(tag="VIP") == []
    assert numbers(requester="nobody@kunde.example") == []
    with pytest.raises(ValueError, match="lost"):
        numbers(status=["lost"])


def test_the_journal_is_listed_newest_first(desk: Any) -> None:
    ticket = desk.open()
    desk.file(Decision(disposition=Disposition.DROPPED, reason="qq.com is blocked", rule="blocked-domain"))
    desk.receive()
    entries = seen(desk, mail_views.entries)
    assert [each["disposition"] for each in entries] == ["received", "dropped", "filed"]
    assert all(set(each) > ENTRY_KEYS for each in entries)
    assert (entries[1]["rule"], entries[2]["ticket"], entries[2]["rcpt_tos"]) == (
        "blocked-domain", ticket, ["support@firma.example"]
    )  # fmt: skip
    assert seen(desk, mail_views.entries, disposition=["dropped"]) == [entries[1]]
    assert seen(desk, mail_views.entries, ticket=ticket) == [entries[2]]
    assert seen(desk, mail_views.entry, entries[0]["id"]) == entries[0]
    assert seen(desk, mail_views.entry, 99) is None


def test_the_outbox_is_listed_without_its_octets(desk: Any) -> None:
    ticket = desk.open()
    (mail,) = seen(desk, mail_views.outgoing, state=["waiting"], ticket=ticket)
    assert set(mail) > OUTGOING_KEYS
    assert (mail["to"], mail["kind"], mail["automatic"]) == (["anna@kunde.example"], "acknowledgement", True)
    assert seen(desk, mail_views.outgoing, state=["sent"]) == []
    assert seen(desk, mail_views.outgoing_mail, mail["id"]) == mail
    assert seen(desk, mail_views.outgoing_mail, 99) is None


def test_the_account_of_a_ticket_is_shown_by_its_code(desk: Any) -> None:
    from mailflow.store.tables import TICKET

    number = desk.open()
    with desk.database.begin() as connection:
        new = contacts.NewContact(account="4711", name="Anna", addresses=("anna@kunde.example",))
        contact = contacts.add(connection, new, agent="ewa", at=desk.clock.now())
        connection.execute(TICKET.update().values(account=1, contact=contact))
    assert seen(desk, ticket_views.ticket, number)["account"] == "4711"


def test_the_status_says_how_far_each_folder_was_read(desk: Any) -> None:
    with desk.database.begin() as connection:
        for account, folder, uid in (("support", "INBOX", 7), ("sales", "Kunden", 12)):
            cursors.save(connection, account, folder, 1, uid, desk.clock.now())
    since = "2026-11-02T09:00:00+00:00"
    assert seen(desk, overview.status, desk.clock.now())["imap"] == [
        {"account": "sales", "folder": "Kunden", "last_uid": 12, "since": since},
        {"account": "support", "folder": "INBOX", "last_uid": 7, "since": since},
    ]


def test_the_status_names_what_waits_and_what_needs_a_person(desk: Any) -> None:
    desk.open(SetTimer(ticket=None, kind=TimerKind.ESCALATE, step=1, due=desk.clock.now()))
    desk.file(Decision(disposition=Disposition.HELD, reason="not registered"))
    desk.receive()
    status = seen(desk, overview.status, desk.clock.now())
    assert status["journal"] == {"waiting": 1, "oldest_waiting": "2026-11-02T09:00:00+00:00", "held": 1, "failed": 0}
    assert (status["outbox"]["waiting"], status["outbox"]["unknown"]) == (1, 0)
    assert (status["tickets"]["open"], status["timers"]) == (1, {"overdue": 1, "next": None})
