"""Who takes part, on a real database: from when, why, until when."""

from datetime import timedelta
from typing import Any

from mailflow.desk.actions import Action, AddParticipants, RemoveParticipants, Send
from mailflow.desk.writing.kind import Kind
from mailflow.store.contacts import contacts
from mailflow.store.contacts.contacts import NewContact
from mailflow.store.shown import ticket_views
from mailflow.store.tables import EVENT, OUTBOX, PARTICIPANT
from mailflow.store.tickets import tickets

ANNA, KARL, LENA = "anna@kunde.example", "karl@kunde.example", "lena@kunde.example"


def added(number: int | None, *addresses: str, why: str = "by ewa") -> AddParticipants:
    return AddParticipants(ticket=number, addresses=addresses, why=why)


def removed(number: int, *addresses: str) -> RemoveParticipants:
    return RemoveParticipants(ticket=number, addresses=addresses, by="ewa")


def letter(number: int, to: str, kind: Kind = Kind.REPLY) -> Action:
    mailbox = "support@firma.example"
    values = {"text": "Ja.", "agent": "ewa", "status": "Open"}
    return Send(
        kind=kind, to=to, to_name="", language="en", mailbox=mailbox, ticket=number, key=f"{kind}:{to}", values=values
    )


def loaded(desk: Any, number: int) -> Any:
    with desk.database.connect() as connection:
        return tickets.load(connection, number)


def events(desk: Any, number: int) -> list[str]:
    return [row.text for row in desk.rows(EVENT, ticket=number) if row.kind == "participants"]


def test_who_is_added_takes_part_beside_the_requester(desk: Any) -> None:
    number, other = desk.open(), desk.open()
    desk.act(number, added(number, KARL, LENA))
    ticket = loaded(desk, number)
    assert (ticket.participants, ticket.removed) == (frozenset({ANNA, KARL, LENA}), frozenset())
    assert loaded(desk, other).participants == {ANNA}
    assert events(desk, number) == [f"{KARL}, {LENA} added: by ewa"]


def test_a_ticket_may_be_opened_with_participants(desk: Any) -> None:
    number = desk.open(added(None, KARL, why="rule one (filters/10.toml:1)"), added(None, KARL, ANNA, LENA))
    assert loaded(desk, number).participants == {ANNA, KARL, LENA}
    assert events(desk, number) == [f"{KARL} added: rule one (filters/10.toml:1)", f"{LENA} added: by ewa"]


def test_who_takes_part_already_stays_as_they_came(desk: Any) -> None:
    number = desk.open(added(None, KARL, why="first"))
    desk.clock.forward(timedelta(hours=1))
    desk.act(number, added(number, KARL, ANNA, why="again"))
    (row,) = desk.rows(PARTICIPANT)
    assert (row.why, row.since) == ("first", desk.clock.now() - timedelta(hours=1))
    assert events(desk, number) == [f"{KARL} added: first"]


def test_who_is_removed_is_remembered_and_what_waits_for_them_is_not_sent(desk: Any) -> None:
    number = desk.open(added(None, KARL, LENA))
    desk.act(number, letter(number, ANNA), letter(number, KARL), letter(number, LENA))
    desk.act(number, removed(number, KARL))
    ticket = loaded(desk, number)
    assert (ticket.participants, ticket.removed) == (frozenset({ANNA, LENA}), frozenset({KARL}))
    states = {row.rcpt_to: row.state for row in desk.rows(OUTBOX, kind="reply")}
    assert states == {ANNA: "waiting", KARL: "cancelled", LENA: "waiting"}
    texts = [row.text for row in desk.rows(EVENT, ticket=number)]
    assert texts[-2:] == [f"{KARL} removed by ewa", f"mail to {KARL} cancelled before it was sent"]


def test_who_was_removed_can_be_added_again(desk: Any) -> None:
    number = desk.open(added(None, KARL))
    desk.act(number, removed(number, KARL))
    desk.act(number, added(number, KARL))
    ticket = loaded(desk, number)
    assert (ticket.participants, ticket.removed) == (frozenset({ANNA, KARL}), frozenset())


def test_people_and_programs_are_shown_who_takes_part(desk: Any) -> None:
    number = desk.open(added(None, LENA))
    desk.clock.forward(timedelta(hours=1))
    desk.act(number, added(number, KARL))
    desk.act(number, removed(number, LENA))
    desk.act(number, added(number, "zoe@kunde.example"))
    with desk.database.connect() as connection:
        shown = ticket_views.ticket(connection, number)
    assert shown is not None
    assert shown["participants"] == [ANNA, KARL, "zoe@kunde.example"]
    at = desk.clock.now().isoformat()
    assert shown["cc"][0] == {"address": KARL, "since": at, "why": "by ewa"}


def test_who_is_removed_is_so_by_each_of_their_addresses(desk: Any) -> None:
    with desk.database.begin() as connection:
        new = NewContact(account="4711", name="Karl", addresses=(KARL, "k.maj@kunde.example"))
        contacts.add(connection, new, agent="ewa", at=desk.clock.now())
    number = desk.open(added(None, KARL, LENA))
    desk.act(number, removed(number, KARL))
    ticket = loaded(desk, number)
    assert (ticket.participants, ticket.removed) == ({ANNA, LENA}, {KARL, "k.maj@kunde.example"})
