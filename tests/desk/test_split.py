"""Which mails begin a ticket of their own, and who waits for whom then."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import AddParticipants, CancelTimers, OpenTicket, Send, SetTimer, Split
from mailflow.desk.agents.split import split
from mailflow.desk.context import Said
from mailflow.desk.writing.kind import Kind
from mailflow.errors import Refused
from tests.desk.conftest import ANNA, NOW, of_type

HOUR = timedelta(hours=1)
TALK = ("in 1", "out", "in 2", "note", "in 3", "out", "in 4")


def conversation(*said: str) -> list[Said]:
    """Each an hour after the one before; the number is its entry."""
    return [
        Said(
            id=place,
            direction=each.split()[0],
            entry=int(each.split()[1]) if " " in each else None,
            at=NOW + place * HOUR,
            subject=f"Re: Sprawa {each}",
        )
        for place, each in enumerate(said)
    ]


@pytest.mark.parametrize(
    ("entry", "waiting", "first", "stays", "moved"),
    [
        (2, 6, 2, None, 6),  # what waits is among what goes
        (4, 6, 6, None, 6),
        (4, 2, 6, 2, 6),  # something else waited before
        (3, None, 4, None, None),  # all was answered
        (4, None, 6, None, 6),  # answered as far as it is known; nobody answered this
    ],
)
def test_who_waits(
    entry: int, waiting: int | None, first: int, stays: int | None, moved: int | None, desk: Any
) -> None:
    def at(place: int | None) -> Any:
        return None if place is None else NOW + place * HOUR

    ticket = desk.ticket(waiting_since=at(waiting))
    actions = split(ticket, conversation(*TALK), entry, "ewa", desk.policy)
    (done,) = of_type(actions, Split)
    assert (done.ticket, done.first, done.last_activity) == (42, first, NOW + 6 * HOUR)
    assert (done.waiting_since, done.other_waiting_since) == (at(stays), at(moved))
    assert bool(of_type(actions, SetTimer)) == (moved is not None)
    assert bool(of_type(actions, CancelTimers)) == (waiting is not None and stays is None)
    assert of_type(actions, Send) == []


@pytest.mark.parametrize(("entry", "answered"), [(2, 5), (3, 5), (4, None)])
def test_when_the_other_matter_was_answered_first(entry: int, answered: int | None, desk: Any) -> None:
    (done,) = of_type(split(desk.ticket(), conversation(*TALK), entry, "ewa", desk.policy), Split)
    assert done.other_answered_at == (answered and NOW + answered * HOUR)


def test_the_other_ticket_is_of_the_same_people(desk: Any) -> None:
    ticket = desk.ticket(participants=frozenset({ANNA, "karl@kunde.example"}), department="billing")
    actions = split(ticket, conversation(*TALK), 2, "ewa", desk.policy)
    (opened,) = of_type(actions, OpenTicket)
    assert (opened.subject, opened.requester, opened.contact, opened.account) == ("Sprawa in 2", ANNA, 7, 3)
    assert (opened.department, opened.language, opened.believed) == ("billing", "pl", True)
    assert [each.addresses for each in of_type(actions, AddParticipants)] == [("karl@kunde.example",)]
    named = split(ticket, conversation(*TALK), 2, "ewa", desk.policy, subject="Faktura\n12")
    assert of_type(named, OpenTicket)[0].subject == "Faktura 12"


@pytest.mark.parametrize(
    ("ticket", "sent"), [({}, [Kind.SPLIT]), ({"believed": False}, []), ({"requester": ""}, [])], ids=str
)
def test_who_is_told_if_an_agent_wants_it(ticket: dict[str, Any], sent: list[Kind], desk: Any) -> None:
    actions = split(desk.ticket(**ticket), conversation(*TALK), 2, "ewa", desk.policy, tell=True)
    sends = of_type(actions, Send)
    assert [each.kind for each in sends] == sent
    assert all((each.ticket, each.key, each.values["split"]) == (None, "split:entry:2", "42") for each in sends)


@pytest.mark.parametrize(
    ("said", "entry", "why"),
    [
        (TALK, 1, "entry 1 is the first mail of #42"),
        (("out", "note", "in 5"), 5, "entry 5 is the first mail of #42"),
        (TALK, 9, "entry 9 is no mail of a customer"),
        ((), 1, "entry 1 is no mail of a customer"),
    ],
)
def test_what_cannot_go(said: tuple[str, ...], entry: int, why: str, desk: Any) -> None:
    with pytest.raises(Refused, match=why):
        split(desk.ticket(), conversation(*said), entry, "ewa", desk.policy)
