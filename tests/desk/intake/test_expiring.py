"""A request that is not complete in the time its kind gives it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config.request import RequestType
from mailflow.desk.actions import CancelTimers, ChangeStatus, OurTurn, Send, SetTimer, TimerKind
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.given import Given
from mailflow.desk.ticket import Move, Status
from mailflow.desk.timing import sla
from mailflow.desk.writing.kind import Kind

GATED = {"gate": [{"name": "paid", "department": "billing", "question": {"en": "Paid?"}}]}
BOSS = {"party": [{"name": "boss", "title": {"en": "the boss"}, "address": "requester"}]}


def having(desk: Any, **more: Any) -> Any:
    item = {"name": "date", "kind": "date", "label": {"en": "Date"}}
    shape = RequestType.model_validate(
        {"title": {"en": "Move"}, "words": {"en": "move us"}, "item": [item], "expires": "30d", **more}
    )
    return type(desk)(replace(desk.policy, kinds=Catalogue.of({"move": shape})))


def over(desk: Any, **ticket: Any) -> Any:
    held = {"status": Status.AWAITING_CUSTOMER, "type": "move", "collects": True, "question_at": desk.now, **ticket}
    now = desk.now + timedelta(days=30)
    return sla.due_actions(desk.ticket(language="en", **held), TimerKind.EXPIRE, 1, desk.policy, now)


def moves(actions: Any, only: Any) -> list[Move]:
    return [each.move for each in only(actions, ChangeStatus)]


@pytest.mark.parametrize(
    ("expired", "then", "reopens"),
    [("resolve", [Move.RESOLVE], "yes"), ("close", [Move.RESOLVE, Move.CLOSE], "")],
)
def test_it_is_over_and_its_requester_is_told(
    expired: str, then: list[Move], reopens: str, desk: Any, only: Any
) -> None:
    actions = over(having(desk, expired=expired))
    assert moves(actions, only) == then
    (send,) = only(actions, Send)
    assert (send.kind, send.to, send.values["missing"], send.values["reopens"]) == (
        Kind.EXPIRED, desk.anna, "- Date", reopens,
    )  # fmt: skip


def test_it_begins_with_the_request_and_outlives_questions(desk: Any, only: Any) -> None:
    desk = having(desk)
    decision = desk.decide(desk.message(text="Please move us.", reply="Please move us."))
    (timer,) = [each for each in only(decision.actions, SetTimer) if each.kind is TimerKind.EXPIRE]
    assert timer.due == desk.now + timedelta(days=30)
    ended = {kind for each in sla.timers_of_question(desk.policy, desk.now, 42)[:1] for kind in each.kinds}
    assert TimerKind.EXPIRE not in ended
    said = "Please move us.\nDate: 3 December 2026"
    decision = desk.decide(desk.message(text=said, reply=said))
    assert TimerKind.EXPIRE not in {each.kind for each in only(decision.actions, SetTimer)}


DONE = Given(item="date", value="2026-12-03", words="", by="anna@kunde.example", at=None)  # type: ignore[arg-type]
OURS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "agent": ({"expired": "agent"}, {}),
    "somebody-waits": ({}, {"status": Status.OPEN, "waiting_since": True}),
    "gate": (GATED, {"status": Status.ON_HOLD, "given": (DONE,)}),
}


@pytest.mark.parametrize("why", OURS)
def test_an_agent_is_told_where_the_next_move_is_ours(why: str, desk: Any, only: Any) -> None:
    shape, ticket = OURS[why]
    ticket = {**ticket, **({"waiting_since": desk.now} if ticket.get("waiting_since") else {})}
    actions = over(having(desk, **shape), **ticket)
    assert Move.RESOLVE not in moves(actions, only)
    assert len(only(actions, OurTurn)) == 1
    assert Kind.EXPIRED not in {each.kind for each in only(actions, Send)}


def test_who_did_not_agree_is_named(desk: Any, only: Any) -> None:
    (send,) = only(over(having(desk, **BOSS), status=Status.ON_HOLD, given=(DONE,)), Send)
    assert (send.values["missing"], send.values["waits_for"]) == ("", "- the boss")


@pytest.mark.parametrize(
    "ticket",
    [{"complete_at": True}, {"status": Status.RESOLVED}, {"status": Status.CLOSED}, {"collects": False}, {"type": "x"}],
)
def test_nothing_happens_to_what_was_complete_or_is_over(ticket: dict[str, Any], desk: Any) -> None:
    assert over(having(desk), **{**ticket, **({"complete_at": desk.now} if "complete_at" in ticket else {})}) == ()


def test_late_words_open_it_again_and_its_time_begins_anew(desk: Any, only: Any) -> None:
    two = [{"name": name, "kind": "date", "label": {"en": name}} for name in ("from", "until")]
    desk = having(desk, item=two)
    entry = desk.entry(f"support+{desk.token()}@firma.example", mail_from=desk.anna)
    ticket = desk.ticket(status=Status.RESOLVED, type="move", collects=True)
    message = desk.message(
        name="", subject="Re: Drukarka", text="From: 3 May 2027", reply="From: 3 May 2027", language="en"
    )
    decision = desk.decide(message, entry, tickets={42: ticket})
    assert moves(decision.actions, only) == [Move.QUESTION_MAILED]
    timers = [each for each in only(decision.actions, SetTimer) if each.kind is TimerKind.EXPIRE]
    cancelled = [each for each in only(decision.actions, CancelTimers) if TimerKind.EXPIRE in each.kinds]
    assert (len(timers), len(cancelled)) == (1, 1)
