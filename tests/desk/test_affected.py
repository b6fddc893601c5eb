"""The tickets of an incident: what becomes of them, and what their requesters are told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.actions import (
    Attach,
    CancelTimers,
    ChangeStatus,
    Detach,
    KnowState,
    Note,
    OpenTicket,
    Route,
    Send,
    SetTimer,
    TimerKind,
)
from mailflow.desk.incidents import affected
from mailflow.desk.incidents.incident import Incident, cause_of
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.desk.ticket import Move, Priority, Status
from mailflow.desk.timing.pause import Pause, Why
from mailflow.desk.writing.kind import Kind
from mailflow.errors import Refused
from tests.desk.conftest import NOW, Desk, of_type

RULES = """
[[rule]]
name = "shops"
if.subject.contains = "Drukarka"
then.incident = "shops"
"""
SHOPS = Incident(
    id=3, name="shops", title="Shops are down", department="", texts={"": "We work.", "pl": "Pracujemy."}, state=2,
    opened=NOW - timedelta(hours=1),
)  # fmt: skip
OVER = replace(SHOPS, state=3, tell=3, ended=NOW)


@pytest.fixture
def ruled(desk: Desk) -> Any:
    def ruled(text: str = RULES) -> Desk:
        names = Names(departments=frozenset({"support", "billing"}), answers=frozenset({"help"}))
        return Desk(replace(desk.policy, rules=Rulebook(rules_in(text, "filters/10.toml", names))))

    return ruled


def reason(decision: Any, question: str) -> tuple[str, str]:
    return next((each.answer, each.why) for each in decision.reasons if each.question == question)


def test_a_new_ticket_is_set_aside_and_its_author_hears_how_it_stands(ruled: Any) -> None:
    decision = ruled().decide(incidents=(SHOPS,))
    assert of_type(decision.actions, Attach) == [Attach(ticket=None, incident=3, name="shops", state=2)]
    assert [each.move for each in of_type(decision.actions, ChangeStatus)] == [Move.HOLD]
    assert of_type(decision.actions, SetTimer) == []
    (send,) = of_type(decision.actions, Send)
    assert (send.kind, send.key) == (Kind.INCIDENT, "incident:3:anna@kunde.example")
    assert send.values == {"incident": "Shops are down", "state": "Pracujemy."}
    assert reason(decision, "incident") == ("shops", "open: Shops are down")
    assert [each.text for each in of_type(decision.actions, Note)] == [
        "attached to shops: Shops are down",
        "shops (filters/10.toml:2): incident shops",
    ]


@pytest.mark.parametrize(
    "incidents", [(), (replace(SHOPS, name="other"),), (OVER,), (replace(SHOPS, opened=NOW + timedelta(1)),)]
)
def test_while_none_is_open_it_does_nothing_and_says_so(ruled: Any, incidents: Any) -> None:
    decision = ruled().decide(incidents=incidents)
    assert of_type(decision.actions, Attach) == []
    assert [each.kind for each in of_type(decision.actions, Send)] == [Kind.ACKNOWLEDGEMENT]
    assert reason(decision, "incident") == ("none", "no incident shops is open")
    assert [each.told for each in decision.applied] == ["shops (filters/10.toml:2): nothing"]


def test_of_two_with_one_name_the_open_one_counts(ruled: Any) -> None:
    ended = replace(SHOPS, id=1, ended=NOW - timedelta(minutes=1))
    decision = ruled().decide(incidents=(ended, SHOPS))
    assert [each.incident for each in of_type(decision.actions, Attach)] == [3]


def test_who_was_told_is_not_told_again(ruled: Any) -> None:
    decision = ruled().decide(incidents=(SHOPS,), told_of=frozenset({3}))
    assert of_type(decision.actions, Send) == []
    assert len(of_type(decision.actions, Attach)) == 1
    assert reason(decision, "mail") == ("none", "anna@kunde.example was told of shops before")


@pytest.mark.parametrize("then", ["acknowledge = false", 'answer = "help"'])
def test_what_else_a_rule_says_of_the_answer(ruled: Any, then: str) -> None:
    decision = ruled(f"{RULES}then.{then}\n").decide(incidents=(SHOPS,))
    kinds = [each.kind for each in of_type(decision.actions, Send)]
    assert kinds == ([] if "false" in then else [Kind.INCIDENT])


def test_a_ticket_goes_to_who_deals_with_it_unless_a_rule_says_otherwise(ruled: Any) -> None:
    incident = replace(SHOPS, department="billing")
    (opened,) = of_type(ruled().decide(incidents=(incident,)).actions, OpenTicket)
    assert (opened.department, opened.also) == ("billing", ())
    routed = ruled(f'{RULES}then.department = "support"\n').decide(incidents=(incident,))
    assert [each.department for each in of_type(routed.actions, OpenTicket)] == ["support"]
    gone = ruled().decide(incidents=(replace(SHOPS, department="gone"),))
    assert [each.department for each in of_type(gone.actions, OpenTicket)] == ["support"]


def test_a_follow_up_attaches_nothing(ruled: Any) -> None:
    desk = ruled(RULES.replace("then.", "if.follow_up = true\nthen."))
    message = desk.message(in_reply_to=("1@mail.firma.example",))
    decision = desk.decide(
        message, tickets={42: desk.ticket()}, by_message_id={"1@mail.firma.example": 42}, incidents=(SHOPS,)
    )
    assert decision.ticket == 42
    assert of_type(decision.actions, Attach) == []


@pytest.mark.parametrize(
    ("status", "waits_for", "moves"),
    [
        (Status.ON_HOLD, "shops", []),
        (Status.ON_HOLD, "", [Move.CUSTOMER_WROTE]),  # of what is over
        (Status.AWAITING_CUSTOMER, "shops", [Move.CUSTOMER_WROTE]),  # an agent took it up
        (Status.RESOLVED, "shops", [Move.CUSTOMER_WROTE]),
    ],
)
def test_what_a_customer_adds_brings_up_only_what_does_not_wait(
    desk: Desk, status: Status, waits_for: str, moves: list[Move]
) -> None:
    ticket = desk.ticket(status=status, incident=3, waits_for=waits_for, waiting_since=NOW)
    message = desk.message(in_reply_to=("1@mail.firma.example",))
    decision = desk.decide(message, tickets={42: ticket}, by_message_id={"1@mail.firma.example": 42})
    assert [each.move for each in of_type(decision.actions, ChangeStatus)] == moves
    if not moves:
        assert of_type(decision.actions, SetTimer) == []
        assert reason(decision, "status") == ("on_hold", "it waits for the end of shops")


def test_an_agent_attaches_one_that_was_open(desk: Desk) -> None:
    actions = affected.attach(desk.ticket(waiting_since=NOW), SHOPS, "ewa", desk.policy, tell=True)
    assert of_type(actions, Attach) == [Attach(ticket=42, incident=3, name="shops", state=2)]
    assert [each.move for each in of_type(actions, ChangeStatus)] == [Move.HOLD]
    assert len(of_type(actions, CancelTimers)) == 1
    (send,) = of_type(actions, Send)
    assert (send.kind, send.key) == (Kind.INCIDENT, cause_of(SHOPS, "anna@kunde.example"))
    silent = affected.attach(desk.ticket(status=Status.ON_HOLD), SHOPS, "ewa", desk.policy, tell=False)
    assert of_type(silent, Send) == of_type(silent, ChangeStatus) == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"waits_for": "mail", "incident": 1}, "#42 is attached to mail already"),
        ({"status": Status.RESOLVED}, "#42 is resolved: it waits for nothing"),
        ({"status": Status.CLOSED}, "#42 is closed: it waits for nothing"),
    ],
)
def test_what_cannot_be_attached(desk: Desk, said: Any, why: str) -> None:
    with pytest.raises(Refused, match=why):
        affected.attach(desk.ticket(**said), SHOPS, "ewa", desk.policy, tell=False)


@pytest.mark.parametrize(("since", "stays"), [(NOW, True), (None, False)])
def test_the_time_of_a_request_waits_with_it_if_it_is_known_when_it_began(since: Any, stays: bool, desk: Any) -> None:
    ticket = desk.ticket(expires_since=since)
    actions = affected.attach(ticket, SHOPS, "ewa", desk.policy, tell=False)
    (cancelled,) = [each.kinds for each in actions if isinstance(each, CancelTimers)]
    assert (TimerKind.EXPIRE not in cancelled) == stays


def test_a_ticket_that_is_detached_waits_for_us_again(desk: Desk) -> None:
    ticket = desk.ticket(status=Status.ON_HOLD, incident=3, waits_for="shops", waiting_since=NOW)
    actions = affected.detach(ticket, "ewa", desk.policy, NOW)
    assert of_type(actions, Detach) == [Detach(ticket=42)]
    assert [each.move for each in of_type(actions, ChangeStatus)] == [Move.REOPEN]
    assert len(of_type(actions, SetTimer)) == 1  # escalation
    open_ = affected.detach(replace(ticket, status=Status.OPEN), "ewa", desk.policy, NOW)
    assert of_type(open_, ChangeStatus) == []
    with pytest.raises(Refused, match="attached to no incident"):
        affected.detach(desk.ticket(), "ewa", desk.policy, NOW)


@pytest.mark.parametrize(
    ("status", "moves"),
    [(Status.ON_HOLD, [Move.RESOLVE]), (Status.OPEN, []), (Status.AWAITING_CUSTOMER, []), (Status.CLOSED, [])],
)
def test_at_the_end_all_are_told_and_what_waits_is_resolved(desk: Desk, status: Status, moves: list[Move]) -> None:
    actions = affected.news(desk.ticket(status=status, incident=3), OVER, desk.policy, NOW, told=False)
    assert [each.move for each in of_type(actions, ChangeStatus)] == moves
    assert of_type(actions, KnowState) == [KnowState(ticket=42, state=3)]
    (send,) = of_type(actions, Send)
    assert (send.kind, send.key) == (Kind.INCIDENT_OVER, "incident:3:3:anna@kunde.example")
    assert send.values["state"] == "Pracujemy."


def test_meanwhile_nothing_is_resolved(desk: Desk) -> None:
    ticket = desk.ticket(status=Status.ON_HOLD, incident=3, waits_for="shops")
    actions = affected.news(ticket, replace(SHOPS, tell=2), desk.policy, NOW, told=False)
    assert [each.kind for each in of_type(actions, Send)] == [Kind.INCIDENT_UPDATE]
    assert of_type(actions, ChangeStatus) == []


@pytest.mark.parametrize(
    ("said", "told", "why"),
    [
        ({}, True, "its requester is told in another ticket"),
        ({"believed": False}, False, "its requester cannot be told"),
        ({"requester": "support@firma.example"}, False, "its requester cannot be told"),
        ({"requester": ""}, False, "its requester cannot be told"),
    ],
)
def test_who_is_not_written_to_has_a_line_that_says_so(desk: Desk, said: Any, told: bool, why: str) -> None:
    ticket = desk.ticket(**{"status": Status.ON_HOLD, "priority": Priority.NORMAL, **said})
    actions = affected.news(ticket, OVER, desk.policy, NOW, told=told)
    assert of_type(actions, Send) == []
    assert [each.move for each in of_type(actions, ChangeStatus)] == [Move.RESOLVE if told else Move.REOPEN]
    assert why in of_type(actions, Note)[0].text
    assert of_type(actions, Route) == []


@pytest.mark.parametrize(
    ("added", "waiting", "moves"),
    [(0, True, [Move.RESOLVE]), (1, True, [Move.REOPEN]), (1, False, [Move.RESOLVE])],  # answered by an agent
)
def test_at_the_end_an_agent_takes_up_what_was_added_to(
    desk: Desk, added: int, waiting: bool, moves: list[Move]
) -> None:
    ticket = desk.ticket(
        status=Status.ON_HOLD, incident=3, waiting_since=NOW if waiting else None, pauses=(Pause(NOW, Why.ON_HOLD),),
        last_activity=NOW + timedelta(seconds=added),
    )  # fmt: skip
    actions = affected.news(ticket, OVER, desk.policy, NOW + timedelta(minutes=1), told=False)
    assert [each.move for each in of_type(actions, ChangeStatus)] == moves
    assert [each.kind for each in of_type(actions, Send)] == [Kind.INCIDENT_OVER]
    assert [each.kind for each in of_type(actions, SetTimer)] == (
        [TimerKind.ESCALATE] if moves == [Move.REOPEN] else [TimerKind.CLOSE]
    )
