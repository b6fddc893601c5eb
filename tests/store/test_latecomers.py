"""Tickets of those who are registered after they wrote."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailflow.desk.actions import Action, ChangeStatus, OpenTicket
from mailflow.desk.decision import Decision
from mailflow.desk.ticket import Move
from mailflow.store.contacts import contacts
from mailflow.store.newcomers import latecomers
from mailflow.store.newcomers.latecomers import Tied
from mailflow.store.tables import ACCOUNT, CONTACT, EVENT, TICKET
from tests.store.conftest import ANNA, new_ticket

REGISTERED = contacts.NewContact(account="4711", name="Anna Nowak", addresses=("a.nowak@kunde.example", ANNA))


def opened(desk: Any, *, believed: bool = True, requester: str = ANNA) -> int:
    """A ticket of nobody who is registered."""

    def as_wanted(action: Action) -> Action:
        return replace(action, believed=believed, requester=requester) if isinstance(action, OpenTicket) else action

    entry = desk.entry()
    decision: Decision = new_ticket(entry)
    number: int = desk.file(replace(decision, actions=tuple(map(as_wanted, decision.actions))), None, entry)
    return number


def register(desk: Any) -> list[Tied]:
    with desk.database.begin() as connection:
        contacts.add(connection, REGISTERED, agent="ewa", at=desk.clock.now())
        return latecomers.tie(connection, agent="ewa", at=desk.clock.now())


def test_a_ticket_is_its_authors_account_when_the_author_is_registered_later(desk: Any) -> None:
    first, second = opened(desk), opened(desk)
    assert register(desk) == [Tied(first, "4711"), Tied(second, "4711")]
    (contact,), (account,) = desk.rows(CONTACT), desk.rows(ACCOUNT)
    assert [(row.contact, row.account) for row in desk.rows(TICKET)] == [(contact.id, account.id)] * 2
    (event,) = desk.rows(EVENT, ticket=first, kind="contact")
    assert event.text == "ewa registered Anna Nowak for account 4711"
    with desk.database.begin() as connection:
        assert latecomers.tie(connection, agent="ewa", at=desk.clock.now()) == []


@pytest.mark.parametrize(
    "other",
    [
        lambda desk: opened(desk, requester="ben@kunde.example"),
        lambda desk: opened(desk, believed=False),  # a forger's: no more than a From line
    ],
    ids=["another's", "not believed"],
)
def test_what_is_not_theirs_is_not_tied(desk: Any, other: Callable[[Any], int]) -> None:
    number = other(desk)
    assert register(desk) == []
    (row,) = desk.rows(TICKET, id=number)
    assert (row.contact, row.account) == (None, None)


def test_what_is_closed_stays_as_it_was(desk: Any) -> None:
    number = opened(desk)
    for move in (Move.RESOLVE, Move.CLOSE):
        desk.act(number, ChangeStatus(ticket=number, move=move, cause="a test"))
    assert register(desk) == []
