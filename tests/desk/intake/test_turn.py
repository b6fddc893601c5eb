"""R1.3: whose turn it is when a mail gives something of what a request needs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config.request import RequestType
from mailflow.desk.actions import Append, CancelTimers, ChangeStatus, Give, Send, TimerKind
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.ticket import Move, Status
from mailflow.desk.writing.kind import Kind

HOUR = timedelta(hours=1)
ITEMS = [
    {"name": "date", "kind": "date", "label": {"en": "Date"}},
    {"name": "place", "kind": "text", "label": {"en": "Place"}},
]
MOVE = RequestType.model_validate({"title": {"en": "Move"}, "item": ITEMS})


@pytest.fixture
def moving(desk: Any) -> Any:
    return type(desk)(replace(desk.policy, kinds=Catalogue.of({"move": MOVE})))


def gives(desk: Any, text: str, **ticket: Any) -> Any:
    entry = desk.entry(f"support+{desk.token()}@firma.example", mail_from=desk.anna)
    message = desk.message(author=desk.anna, name="", text=text, reply=text)
    ticket = {"status": Status.AWAITING_CUSTOMER, "type": "move", "collects": True, "question_at": desk.now, **ticket}
    return desk.decide(message, entry, desk.contact(), tickets={42: desk.ticket(**ticket)})


def moves(decision: Any, only: Any) -> list[Move]:
    return [change.move for change in only(decision.actions, ChangeStatus)]


def test_what_is_missing_is_asked_for_and_waited_for(moving: Any, only: Any) -> None:
    decision = gives(moving, "Date: 3 December 2026")
    assert moves(decision, only) == [Move.QUESTION_MAILED]
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.MISSING]
    assert [append.waits_for_us for append in only(decision.actions, Append)] == [False]


def test_the_last_of_it_is_our_turn(moving: Any, only: Any) -> None:
    decision = gives(moving, "Date: 3 December 2026\nPlace: Warsaw")
    assert moves(decision, only) == [Move.CUSTOMER_WROTE]
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.COMPLETE]
    assert [give.complete for give in only(decision.actions, Give)] == [True]


@pytest.mark.parametrize(
    ("text", "ticket"),
    [
        ("Date: 3 December 2026\nWhat does it cost?", {}),
        ("Date: 3 December 2026", {"status": Status.OPEN, "waiting_since": -HOUR}),
    ],
    ids=["now", "before"],
)
def test_a_question_to_us_stays_in_the_queue(text: str, ticket: dict[str, Any], moving: Any, only: Any) -> None:
    if since := ticket.get("waiting_since"):
        ticket = {**ticket, "waiting_since": moving.now + since}
    decision = gives(moving, text, **ticket)
    assert Move.QUESTION_MAILED not in moves(decision, only)
    assert [append.waits_for_us for append in only(decision.actions, Append)] == [True]
    cancelled = {kind for cancel in only(decision.actions, CancelTimers) for kind in cancel.kinds}
    assert TimerKind.ESCALATE not in cancelled
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.MISSING]


def test_a_short_mail_is_answered_in_the_language_of_the_words_that_recognise_it(desk: Any, only: Any) -> None:
    shape = MOVE.model_copy(update={"words": {"de": ("Umzug",)}})
    moving = type(desk)(replace(desk.policy, kinds=Catalogue.of({"move": shape})))
    message = desk.message(subject="Umzug", text="5.1.", reply="5.1.")
    decision = moving.decide(message, context=desk.contact(language=""))
    assert [send.language for send in only(decision.actions, Send)] == ["de"]
