"""R3.7: the customer says that it is settled, and who thanks opens nothing again."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import Append, ChangeStatus, Send, SetAway, SetTimer, TimerKind
from mailflow.desk.context import NOTHING_KNOWN
from mailflow.desk.ticket import Move, Status
from mailflow.desk.writing.kind import Kind

SETTLED, THANKS, MORE = "It works again, thank you!", "Thanks for your help!", "Thanks, but it burns again."


def said(desk: Any, text: str, status: Status, *, trusted: bool = True, author: str = "", **ticket: Any) -> Any:
    author = author or desk.anna
    entry = desk.entry(f"support+{desk.token()}@firma.example", mail_from=author, trusted=trusted)
    context = desk.contact() if author == desk.anna else NOTHING_KNOWN
    message = desk.message(author=author, name="", text=text, reply=text)
    return desk.decide(message, entry, context, tickets={42: desk.ticket(status=status, **ticket)})


@pytest.mark.parametrize("status", [Status.OPEN, Status.AWAITING_CUSTOMER, Status.ON_HOLD])
def test_the_customer_settles_it(status: Status, desk: Any, only: Any) -> None:
    decision = said(desk, SETTLED, status, waiting_since=desk.now)
    assert [change.move for change in only(decision.actions, ChangeStatus)] == [Move.RESOLVE]
    assert [append.waits_for_us for append in only(decision.actions, Append)] == [False]
    assert [send.kind for send in only(decision.actions, Send)] == [Kind.RESOLVED]
    assert [timer.kind for timer in only(decision.actions, SetTimer)] == [TimerKind.CLOSE]


@pytest.mark.parametrize("text", [SETTLED, THANKS])
def test_what_is_resolved_stays_so(text: str, desk: Any) -> None:
    decision = said(desk, text, Status.RESOLVED)
    assert [type(action) for action in decision.actions] == [Append]
    assert decision.ticket == 42


def test_who_has_more_to_say_opens_it_again(desk: Any, only: Any) -> None:
    decision = said(desk, MORE, Status.RESOLVED)
    assert [change.move for change in only(decision.actions, ChangeStatus)] == [Move.CUSTOMER_WROTE]


def test_who_settles_it_is_back(desk: Any, only: Any) -> None:
    away = desk.now + timedelta(days=9)
    decision = said(desk, SETTLED, Status.AWAITING_CUSTOMER, question_at=desk.now, away_until=away)
    assert only(decision.actions, SetAway) == [SetAway(ticket=42, until=None)]


def test_thanks_settle_nothing_that_is_open(desk: Any, only: Any) -> None:
    decision = said(desk, THANKS, Status.OPEN)
    assert only(decision.actions, ChangeStatus) == []
    assert [append.waits_for_us for append in only(decision.actions, Append)] == [True]


@pytest.mark.parametrize(("author", "trusted"), [("bob@stranger.example", True), ("anna@kunde.example", False)])
def test_nobody_else_settles_it(author: str, trusted: bool, desk: Any, only: Any) -> None:  # T1
    decision = said(desk, SETTLED, Status.OPEN, author=author, trusted=trusted)
    assert only(decision.actions, ChangeStatus) == []


def test_a_colleague_does_not_settle_it(desk: Any, only: Any) -> None:
    colleague = "karl@kunde.example"
    both = frozenset({desk.anna, colleague})
    decision = said(desk, SETTLED, Status.OPEN, author=colleague, participants=both)
    assert only(decision.actions, ChangeStatus) == []
