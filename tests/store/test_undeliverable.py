"""Addresses that mail does not reach: marked, asked, over, on both databases."""

from datetime import timedelta
from typing import Any

from mailflow.desk.actions import ClearUndeliverable, MarkUndeliverable, Send
from mailflow.desk.clues import Clues
from mailflow.desk.writing.kind import Kind
from mailflow.store.contacts import undeliverable
from mailflow.store.recall import recall
from mailflow.store.tables import EVENT, OUTBOX, UNDELIVERABLE

ANNA, ZOE = "anna@kunde.example", "zoe@kunde.example"


def mark(desk: Any, ticket: int, address: str = ANNA, days: int = 30) -> MarkUndeliverable:
    until = desk.clock.now() + timedelta(days=days)
    return MarkUndeliverable(ticket=ticket, address=address, until=until, status="5.2.2", diagnostic="mailbox full")


def reminder(desk: Any, ticket: int, key: str, kind: Kind = Kind.REMINDER) -> Send:
    values = {"text": "?", "agent": "ewa", "status": "Open", "resolves_on": ""}
    return Send(
        kind=kind, to="Anna@kunde.example", to_name="", language="en", mailbox="support@firma.example", ticket=ticket,
        key=key, values=values,
    )  # fmt: skip


def asked(desk: Any, **clues: Any) -> Any:
    with desk.database.connect() as connection:
        known = Clues(**{"digest": "x", "author": ANNA, "tokens": (), "message_ids": (), "tag": None, **clues})
        return recall(connection, known, desk.clock.now())


def standing(desk: Any) -> list[str]:
    with desk.database.connect() as connection:
        return [*undeliverable.standing(connection, [ANNA, ZOE], desk.clock.now())]


def test_while_it_stands_no_automatic_mail_is_written_and_the_ticket_says_why(desk: Any) -> None:
    number = desk.open()
    before = len(desk.rows(OUTBOX))
    desk.act(number, mark(desk, number))
    desk.act(number, reminder(desk, number, "1"))
    day = desk.clock.now().date()

    assert len(desk.rows(OUTBOX)) == before
    assert [row.text for row in desk.rows(EVENT, kind="silence")] == [
        f"reminder to Anna@kunde.example not written: mail to {ANNA} did not arrive on {day} "
        f"(5.2.2 mailbox full; see #{number})"
    ]
    desk.act(number, reminder(desk, number, "2", Kind.REPLY))
    assert len(desk.rows(OUTBOX)) == before + 1


def test_it_ends_when_its_time_is_over(desk: Any) -> None:
    number = desk.open()
    desk.act(number, mark(desk, number, days=1), mark(desk, number, ZOE, days=3))
    desk.clock.forward(timedelta(days=1))

    assert standing(desk) == [ZOE]
    assert not asked(desk).undeliverable
    desk.act(number, mark(desk, number, ZOE))
    assert [row.address for row in desk.rows(UNDELIVERABLE)] == [ZOE]  # what is over goes


def test_it_ends_when_its_owner_writes(desk: Any) -> None:
    number = desk.open()
    desk.act(number, mark(desk, number))
    assert asked(desk).undeliverable
    before = len(desk.rows(OUTBOX))
    desk.act(number, reminder(desk, number, "1"), ClearUndeliverable(ticket=number, address=ANNA))

    assert standing(desk) == []
    assert not asked(desk).undeliverable
    assert len(desk.rows(OUTBOX)) == before + 1  # cleared before anything is written


def test_the_last_report_counts_and_the_first_says_since_when(desk: Any) -> None:
    number, since = desk.open(), desk.clock.now()
    desk.act(number, mark(desk, number, days=1))
    desk.clock.forward(timedelta(hours=1))
    desk.act(number, mark(desk, number, days=1))
    (row,) = desk.rows(UNDELIVERABLE)

    assert (row.since, row.until) == (since, desk.clock.now() + timedelta(days=1))


def test_a_report_is_told_whom_the_mail_it_names_was_written_to(desk: Any) -> None:
    desk.open()
    (letter,) = desk.rows(OUTBOX)

    assert asked(desk, reported=letter.message_id).reported_to == {ANNA}
    assert asked(desk, reported="guessed@x").reported_to == frozenset()
