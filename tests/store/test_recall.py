"""What the store knows of a message's clues, and nothing more."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import Append, ChangeStatus, MarkUndeliverable, Say, Send
from mailflow.desk.clues import Clues, Copies, TokenSeen
from mailflow.desk.contacts.contact import Account, Contact, Role
from mailflow.desk.context import NOTHING_KNOWN, Context, Earlier, Known
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.ticket import Move
from mailflow.desk.writing.kind import Kind
from mailflow.mail.replies.wish import Wish
from mailflow.store.contacts import contacts
from mailflow.store.recall import recall
from mailflow.store.tables import ENTRY, OUTBOX, TICKET

ANNA = "anna@kunde.example"
NOTHING = Clues(digest="nothing like it", author=None, tokens=(), message_ids=(), tag=None)
DAY = timedelta(days=1)


def known(desk: Any, **clues: Any) -> Context:
    with desk.database.connect() as connection:
        return recall(connection, replace(NOTHING, **clues), desk.clock.now())


def test_of_a_stranger_nothing_is_known(desk: Any) -> None:
    desk.open()
    assert known(desk, author="stranger@other.example") == NOTHING_KNOWN


def test_a_registered_author_is_known_by_any_address(desk: Any) -> None:
    # R2.1
    with desk.database.begin() as connection:
        contacts.add(
            connection,
            contacts.NewContact(
                account="4711",
                account_name="Kunde",
                contract="gold",
                region="eu",
                domains=("kunde.example",),
                name="Anna Nowak",
                language="pl",
                roles=(Role.TECHNICAL, Role.BILLING),
                addresses=(ANNA, "a.nowak@kunde.example"),
            ),
            agent="ewa",
            at=desk.clock.now(),
        )
    account = Account(id=1, code="4711", name="Kunde", contract="gold", region="eu")
    anna = Contact(id=1, name="Anna Nowak", language="pl", roles=frozenset({Role.TECHNICAL, Role.BILLING}))
    for address in (ANNA, "a.nowak@kunde.example"):
        context = known(desk, author=address)
        assert (context.contact, context.account) == (anna, account)
        assert context.addresses == {ANNA, "a.nowak@kunde.example"}
    colleague = known(desk, author="somebody@kunde.example")
    assert (colleague.contact, colleague.account, colleague.addresses) == (None, account, frozenset())


@pytest.mark.parametrize(
    ("disposition", "is_known"),
    [
        (Disposition.FILED, True),
        (Disposition.HELD, True),
        (Disposition.DROPPED, False),  # the copy may fare better: the list of blocked domains changes
        (Disposition.DUPLICATE, False),
    ],
)
def test_an_earlier_copy_counts_if_it_was_kept(desk: Any, disposition: Disposition, is_known: bool) -> None:
    # P3
    message = desk.message()
    desk.file(Decision(disposition=disposition, reason="", rule="x", duplicate_of=1), message)
    (row,) = desk.rows(ENTRY)
    earlier = Earlier(number=row.id, ticket=None, held=disposition is Disposition.HELD)
    assert known(desk, digest=row.digest).earlier == (earlier if is_known else None)


def test_a_copy_that_was_filed_counts_before_one_that_is_held(desk: Any) -> None:
    message = desk.message()
    desk.file(Decision(disposition=Disposition.HELD, reason=""), message)
    number = desk.open(message=message)
    _, filed = desk.rows(ENTRY)
    assert known(desk, digest=filed.digest).earlier == Earlier(number=filed.id, ticket=number)


def test_every_way_a_message_points_at_a_ticket_is_followed(desk: Any) -> None:
    by_token, by_tag, by_reply, by_acknowledgement, unrelated = (desk.open() for _ in range(5))
    token = TokenSeen(ticket=by_token, for_author=True, where="recipient address")
    desk.act(by_reply, Say(ticket=by_reply, text="x", author="Piotr", internal=False, message_id="r@firma.example"))
    letter = desk.rows(OUTBOX, ticket=by_acknowledgement)[0].message_id
    context = known(desk, tokens=(token,), tag=by_tag, message_ids=("r@firma.example", "?"), reported=letter)
    assert context.by_message_id == {"r@firma.example": by_reply}
    assert context.reported == by_acknowledgement
    assert set(context.tickets) == {by_token, by_tag, by_reply, by_acknowledgement}
    assert context.tickets[by_reply].last_message_id == "3@kunde.example"  # the customer's, not our own after it
    assert unrelated not in context.tickets


def test_numbers_of_no_ticket_are_no_trouble(desk: Any) -> None:
    for tag in (77, 1 << 40):
        assert known(desk, tag=tag).tickets == {}


def test_a_borrowed_message_id_leads_to_its_first_owner(desk: Any) -> None:
    # threats 4: who sends a known Message-ID again must not draw replies to his ticket
    message = desk.message(message_id="known@kunde.example")
    first = desk.open(message=message)
    desk.open(message=replace(message, digest="other words"))
    assert known(desk, message_ids=("known@kunde.example",)).by_message_id == {"known@kunde.example": first}


def test_a_report_is_about_mail_of_ours(desk: Any) -> None:
    # threats 10: a stranger's report that names the customer's own Message-ID leads nowhere
    message = desk.message(message_id="known@kunde.example")
    number = desk.open(message=message)
    assert known(desk, reported="known@kunde.example") == NOTHING_KNOWN
    (ours,) = desk.rows(OUTBOX)
    context = known(desk, reported=ours.message_id)
    assert (context.reported, set(context.tickets)) == (number, {number})


def test_ceilings_count_what_was_written_in_a_day(desk: Any) -> None:
    desk.open()
    registration = Send(
        kind=Kind.REGISTRATION, to=ANNA, to_name="", language="en", mailbox="support@firma.example", ticket=None,
        key="registration:entry:1",
    )  # fmt: skip
    desk.file(Decision(disposition=Disposition.HELD, reason="", actions=(registration,)))
    context = known(desk, author=ANNA)
    assert (context.automatic_today, context.registration_at) == (2, desk.clock.now())
    told = desk.clock.forward(DAY) - DAY
    context = known(desk, author=ANNA)
    assert (context.automatic_today, context.registration_at) == (0, told)
    assert known(desk, author="anna@other.example").automatic_today == 0


def test_a_conversation_of_any_length_is_named_by_its_last_ids(desk: Any) -> None:
    number = desk.open()
    wrote = ChangeStatus(ticket=number, move=Move.CUSTOMER_WROTE, cause="a reply")
    for each in range(30):
        reply = Decision(
            disposition=Disposition.FILED, reason="", ticket=number, actions=(Append(ticket=number), wrote)
        )
        desk.file(reply, desk.message(message_id=f"{each}@kunde.example"))
    ticket = known(desk, tag=number).tickets[number]
    assert ticket.last_message_id == "29@kunde.example"
    assert ticket.references == tuple(f"{each}@kunde.example" for each in range(10, 29))


def test_of_whom_a_mail_shows_it_is_known_whose_they_are_and_whether_mail_arrives(desk: Any) -> None:
    with desk.database.begin() as connection:
        for name, address in (("Karl", "karl@kunde.example"), ("Lena", "lena@kunde.example")):
            new = contacts.NewContact(account="4711", name=name, addresses=(address,))
            contacts.add(connection, new, agent="ewa", at=desk.clock.now())
    number, until = desk.open(), desk.clock.now() + DAY
    dead = ("lena@kunde.example", "bob@fremd.example")
    desk.act(
        number,
        *(MarkUndeliverable(ticket=number, address=each, until=until, status="5.1.1", diagnostic="") for each in dead),
    )
    others = ("karl@kunde.example", *dead, "eve@evil.example")
    assert known(desk, copies=Copies(others=others)).copied == {
        "karl@kunde.example": Known(contact=1, account=1),
        "lena@kunde.example": Known(contact=2, account=1, undeliverable=True),
        "bob@fremd.example": Known(undeliverable=True),
    }
    desk.clock.forward(2 * DAY)
    assert known(desk, copies=Copies(others=dead)).copied == {"lena@kunde.example": Known(contact=2, account=1)}


def test_who_asks_for_news_waits_for_what_is_not_settled_and_was_believed(desk: Any) -> None:
    # R3.9
    first, second, forged, other = (desk.open() for _ in range(4))
    with desk.database.begin() as connection:
        connection.execute(TICKET.update().where(TICKET.c.id == forged).values(believed=False))
        connection.execute(TICKET.update().where(TICKET.c.id == other).values(requester="bob@other.example"))
    asked = {"author": ANNA, "wish": Wish.NEWS}
    assert known(desk, **asked).waiting == (first, second)
    assert known(desk, **asked).tickets.keys() == {first, second}
    desk.act(first, ChangeStatus(ticket=first, move=Move.RESOLVE, cause="settled"))
    assert known(desk, **asked).waiting == (second,)
    assert known(desk, author=ANNA).waiting == ()


def test_when_it_was_told_where_a_ticket_stands_is_known_to_who_asks(desk: Any) -> None:
    number = desk.open()
    told = Send(
        kind=Kind.STANDING, to=ANNA, to_name="", language="en", mailbox="support@firma.example", ticket=number, key="s"
    )
    desk.act(number, told)
    assert known(desk, author=ANNA, wish=Wish.NEWS).standing_at == {number: desk.clock.now()}
    assert known(desk, author=ANNA, tag=number).standing_at == {}


def test_the_operations_contacts_of_an_account_are_found_where_they_are_asked_for(desk: Any) -> None:
    people = (
        ("4711", "Anna", (Role.TECHNICAL,), (ANNA,)),
        ("4711", "Ops", (Role.BILLING, Role.OPERATIONS), ("ops@kunde.example", "night@kunde.example")),
        ("4711", "Zoe", (Role.OPERATIONS,), ("zoe@kunde.example",)),
        ("4712", "Dora", (Role.OPERATIONS,), ("dora@andere.example",)),
    )
    with desk.database.begin() as connection:
        for account, name, roles, addresses in people:
            new = contacts.NewContact(
                account=account, name=name, roles=roles, addresses=addresses, domains=(f"{account}.example",)
            )
            contacts.add(connection, new, agent="ewa", at=desk.clock.now())
    assert known(desk, author=ANNA, copies=Copies(named=())).operations == ("ops@kunde.example", "zoe@kunde.example")
    assert known(desk, author=ANNA).operations == ()
    assert known(desk, author="x@4712.example", copies=Copies(named=())).operations == ()  # registered nowhere
    named = known(desk, author=ANNA, copies=Copies(named=("zoe@kunde.example",)))
    assert named.copied["zoe@kunde.example"] == Known(contact=3, account=1)


def test_it_is_known_of_operations_contacts_where_no_mail_arrives(desk: Any) -> None:
    desk.open()
    ops = "ops@kunde.example"
    with desk.database.begin() as connection:
        for name, role, address in (("Anna", Role.TECHNICAL, ANNA), ("Ops", Role.OPERATIONS, ops)):
            new = contacts.NewContact(account="4711", name=name, roles=(role,), addresses=(address,))
            contacts.add(connection, new, agent="ewa", at=desk.clock.now())
    asked = {"author": ANNA, "copies": Copies(named=())}
    assert known(desk, **asked).copied == {ops: Known(contact=2, account=1)}
    until = desk.clock.now() + DAY
    desk.act(1, MarkUndeliverable(ticket=1, address=ops, until=until, status="5.1.1", diagnostic=""))
    assert known(desk, **asked).copied == {ops: Known(contact=2, account=1, undeliverable=True)}


def test_who_asks_for_a_list_has_requests_from_any_address(desk: Any) -> None:
    # R3.4
    first, second, forged, other = (desk.open() for _ in range(4))
    with desk.database.begin() as connection:
        connection.execute(TICKET.update().where(TICKET.c.id == forged).values(believed=False))
        connection.execute(TICKET.update().where(TICKET.c.id == other).values(requester="bob@other.example"))
    desk.clock.forward(DAY)
    said = Say(ticket=first, text="x", author="ewa", internal=False)
    desk.act(first, ChangeStatus(ticket=first, move=Move.RESOLVE, cause="settled"), said)
    listed = known(desk, author=ANNA, wish=Wish.LIST).requests
    assert [(each.number, each.status.value) for each in listed] == [(first, "resolved"), (second, "open")]
    assert listed[0].last_activity == desk.clock.now()
    assert known(desk, author=ANNA).requests == ()
