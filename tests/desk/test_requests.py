"""R3.4: who asks for a list of their requests gets it, and nothing of anybody else's."""

from typing import Any

import pytest

from mailflow.desk.actions import OpenTicket, Send
from mailflow.desk.context import NOTHING_KNOWN, Request
from mailflow.desk.decision import Disposition
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import Kind


def asked(desk: Any, *, subject: str = "Moje zgłoszenia", text: str = "", trusted: bool = True, **said: Any) -> Any:
    requests = tuple(
        Request(number=number, subject=title, status=status, created=desk.now, last_activity=desk.now)
        for number, title, status in ((12, "Drukarka", Status.ON_HOLD), (9, "Faktura " * 20, Status.CLOSED))
    )
    message = desk.message(subject=subject, text=text, reply=text, **said)
    return desk.decide(message, desk.entry(trusted=trusted), requests=requests)


def test_the_list_is_in_the_words_of_its_reader(desk: Any, only: Any) -> None:
    decision = asked(desk)
    assert (decision.disposition, decision.rule, decision.ticket) == (Disposition.FILED, OwnRule.LIST, None)
    (told,) = only(decision.actions, Send)
    assert (told.kind, told.to, told.ticket) == (Kind.REQUESTS, desk.anna, None)
    first, second = told.values["requests"].split("\n")[:2]
    assert first == "    #12  2 lis 2026  2 lis 2026  Otwarte"  # on hold is open in public
    assert second == "        Drukarka"
    assert max(map(len, told.values["requests"].split("\n"))) <= 72


def test_who_is_not_served_and_has_no_requests_is_told_how_to_be(desk: Any, only: Any) -> None:
    message = desk.message(author="bob@stranger.example", subject="list", text="", reply="")
    decision = desk.decide(message, desk.entry(mail_from="bob@stranger.example"), NOTHING_KNOWN)
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.REGISTRATION]


def test_the_words_may_be_in_the_text(desk: Any, only: Any) -> None:
    assert asked(desk, subject="Prośba", text="Lista zgłoszeń\n").rule == OwnRule.LIST


@pytest.mark.parametrize(
    "said",
    [
        {"text": "Lista zgłoszeń, a drukarka płonie."},
        {"trusted": False},  # T1
        {"robot": "auto-generated"},
        {"auto_submitted": "auto-generated"},  # nobody is answered, so an agent reads it
    ],
)
def test_of_others_it_is_a_request_as_any(said: Any, desk: Any, only: Any) -> None:
    decision = asked(desk, **said)
    assert decision.rule != OwnRule.LIST
    assert Kind.REQUESTS not in [send.kind for send in only(decision.actions, Send)]
    assert decision.disposition is Disposition.HELD or only(decision.actions, OpenTicket)


@pytest.mark.parametrize(("status", "is_list"), [(Status.AWAITING_CUSTOMER, False), (Status.OPEN, True)])
def test_who_is_asked_answers(status: Status, is_list: bool, desk: Any, only: Any) -> None:
    """ "A table or a list?" """
    message = desk.message(subject="Re: Drukarka", text="Lista.", reply="Lista.", in_reply_to=("9@x",))
    decision = desk.decide(message, tickets={42: desk.ticket(status=status)}, by_message_id={"9@x": 42})
    assert (decision.rule == OwnRule.LIST, decision.ticket) == (is_list, None if is_list else 42)
