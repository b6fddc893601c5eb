"""What rules change of a decision: on a new ticket, on one that goes on, on a mail that was released or is a copy."""

from dataclasses import replace
from typing import Any

import pytest

from mailflow.desk.actions import (
    AddParticipants,
    AddTags,
    Append,
    Assign,
    Note,
    OpenTicket,
    Route,
    Send,
    SetPriority,
    SetTimer,
    SetType,
)
from mailflow.desk.context import Context, Earlier
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.rules.effects import Effects, End
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.desk.ticket import Priority
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import write
from mailflow.mail.template import Templates
from mailflow.standing import names_in
from tests.mail.test_template import FILES

SETS = (
    """then = { department = "billing", priority = "urgent", tag = "x", type = "t", assign = "ewa", language = "es" }"""
)


def decided(desk: Any, text: str, *, follow_up: bool = False, subject: str = "Drukarka", **entry: Any) -> Decision:
    rules = Rulebook(rules_in(text, "filters/10.toml", names_in(desk.policy.config, desk.policy.templates, {})))
    desk.policy = replace(desk.policy, rules=rules)
    context: Context = desk.contact()
    message = desk.message(subject=subject)
    if follow_up:
        message = desk.message(subject=subject, in_reply_to=("9@x",))
        context = replace(context, tickets={42: desk.ticket()}, by_message_id={"9@x": 42})
    decision: Decision = desk.decide(message, desk.entry(**entry), context)
    return decision


def only(decision: Decision, kind: type) -> Any:
    (action,) = [action for action in decision.actions if isinstance(action, kind)]
    return action


def kinds(decision: Decision) -> set[type]:
    return {type(action) for action in decision.actions}


def test_a_new_ticket_is_opened_with_what_a_rule_sets(desk: Any) -> None:
    decision = decided(desk, f'[[rule]]\nname = "one"\n{SETS}\n')
    ticket = only(decision, OpenTicket)
    assert (ticket.department, ticket.priority, ticket.language, ticket.also) == ("billing", Priority.URGENT, "es", ())
    assert only(decision, AddTags) == AddTags(ticket=None, tags=("x",))
    assert only(decision, SetType) == SetType(ticket=None, type="t")
    assert only(decision, Assign) == Assign(ticket=None, assignee="ewa")
    assert only(decision, Send).language == "es"
    weighed, matched = (action.text for action in decision.actions if isinstance(action, Note))
    assert weighed == "urgent: rule one"
    assert matched.startswith("one (filters/10.toml:1): department billing, priority urgent")


CC = 'then.cc = ["Lead@Kunde.example", "karl@kunde.example"]'


@pytest.mark.parametrize(
    ("condition", "follow_up", "ticket"),
    [("", False, (None,)), ("if.follow_up = true", True, (42,)), ("", True, ())],
)
def test_a_rule_lets_fixed_addresses_take_part(desk: Any, condition: str, follow_up: bool, ticket: Any) -> None:
    decision = decided(desk, f'[[rule]]\nname = "one"\n{condition}\n{CC}\n', follow_up=follow_up)
    wanted = [
        AddParticipants(
            ticket=number, addresses=("lead@kunde.example", "karl@kunde.example"), why="rule one (filters/10.toml:1)"
        )
        for number in ticket
    ]
    assert [each for each in decision.actions if isinstance(each, AddParticipants)] == wanted


def test_a_follow_up_is_tagged_and_keeps_what_agents_may_have_changed(desk: Any) -> None:
    decision = decided(desk, f'[[rule]]\nname = "one"\n{SETS}\n', follow_up=True)
    assert kinds(decision) == {Append, SetTimer, AddTags, Note}


def test_a_rule_that_asks_for_follow_ups_changes_them(desk: Any) -> None:
    decision = decided(desk, f'[[rule]]\nname = "one"\nif.follow_up = true\n{SETS}\n', follow_up=True)
    assert kinds(decision) == {Append, SetTimer, AddTags, SetType, Route, SetPriority, Assign, Note}
    assert only(decision, SetPriority) == SetPriority(ticket=42, priority=Priority.URGENT)


def test_the_history_says_what_was_done_and_not_what_was_not(desk: Any) -> None:
    text = f'[[rule]]\nname = "one"\n{SETS}\n[[rule]]\nname = "two"\nthen.priority = "low"\n'
    notes = [each.text for each in decided(desk, text, follow_up=True).actions if isinstance(each, Note)]
    assert notes == ["one (filters/10.toml:1): tag x", "two (filters/10.toml:4): nothing"]


def test_what_a_pattern_captured_is_a_department_only_if_there_is_one(desk: Any) -> None:
    text = '[[rule]]\nname = "one"\nif.subject.matches = "*"\nthen.department = "${1}"\nthen.tag = "x"\n'
    decision = decided(desk, text)
    assert only(decision, OpenTicket).department == "support"
    assert only(decision, Note).text == "one (filters/10.toml:1): tag x"


def test_who_is_assigned_is_not_assigned_again(desk: Any) -> None:
    rule = '[[rule]]\nname = "one"\nif.follow_up = true\nthen = { assign = "ewa", department = "support" }\n'
    assert Assign in kinds(decided(desk, rule, follow_up=True))
    context = replace(desk.contact(), tickets={42: desk.ticket(assignee="ewa")}, by_message_id={"9@x": 42})
    decision: Decision = desk.decide(desk.message(in_reply_to=("9@x",)), desk.entry(), context)
    assert kinds(decision).isdisjoint({Assign, Route})


@pytest.mark.parametrize(
    ("end", "disposition"),
    [("drop = true", "dropped"), ('reject = "no"', "dropped"), ('hold = "look"', "held")],
)
def test_an_end_is_the_end(desk: Any, end: str, disposition: str) -> None:
    for follow_up in (False, True):
        decision = decided(desk, f'[[rule]]\nname = "one"\nthen.{end}\n', follow_up=follow_up)
        assert decision.disposition == disposition
        assert (decision.rule, decision.actions) == ("one", ())
        assert decision.reason.endswith("(filters/10.toml:1)")


def test_what_was_released_is_not_held_and_still_dropped(desk: Any) -> None:
    held = '[[rule]]\nname = "one"\nthen.hold = "look"\n'
    assert decided(desk, held, released=True).disposition is Disposition.FILED
    dropped = held + '[[rule]]\nname = "two"\nthen.drop = true\n'
    assert decided(desk, dropped, released=True).rule == "two"


def test_a_copy_of_what_was_filed_is_a_copy(desk: Any) -> None:
    decided(desk, '[[rule]]\nname = "one"\nthen.drop = true\n')
    decision: Decision = desk.decide(earlier=Earlier(number=5, ticket=3))
    assert decision.disposition is Disposition.DUPLICATE


def test_an_answer_stands_in_the_place_of_the_acknowledgement(desk: Any) -> None:
    words = {"en/answers/password.txt": "Subject: Your password\n\nPress the key, {{ name }}.\n"}
    desk.policy = replace(desk.policy, templates=Templates.of({**FILES, **words}))
    decision = decided(desk, '[[rule]]\nname = "one"\nthen = { answer = "password", acknowledge = false }\n')
    send = only(decision, Send)
    assert (send.kind, send.template) == (Kind.ACKNOWLEDGEMENT, "answers/password")
    outgoing = write(send, desk.ticket(), desk.policy, desk.now)
    assert outgoing.subject == "[#42] Your password"
    assert b"Press the key, Anna Nowak." in outgoing.octets
    assert any(reason.answer == "en/answers/password.txt to anna@kunde.example" for reason in decision.reasons)


def test_a_later_silence_takes_an_answer_back() -> None:
    assert Effects(answer="x").then(Effects(acknowledge=False)).answer == ""
    assert Effects(acknowledge=False).then(Effects(answer="x")) == Effects(acknowledge=False, answer="x")


def test_no_acknowledgement_is_a_reason(desk: Any) -> None:
    decision = decided(desk, '[[rule]]\nname = "one"\nthen.acknowledge = false\n')
    assert Send not in kinds(decision)
    assert any(reason.why == "a rule wants no acknowledgement" for reason in decision.reasons)


BOTH = """
[[rule]]
name = "all"
then = { department = "billing", tag = "x" }

[[rule]]
name = "follow-ups"
if.follow_up = true
then.priority = "urgent"

[[rule]]
name = "end"
if.subject.contains = "spam"
then.drop = "it is spam"
"""


@pytest.mark.parametrize(
    ("follow_up", "subject", "applied"),
    [
        (False, "Drukarka", {"all": Effects(department="billing", tags=("x",))}),
        (True, "Drukarka", {"all": Effects(tags=("x",)), "follow-ups": Effects(priority=Priority.URGENT)}),
        (False, "Spam", {"all": Effects(), "end": Effects(end=End.DROP, because="it is spam")}),
    ],
)
def test_what_each_rule_did_is_told(desk: Any, follow_up: bool, subject: str, applied: dict[str, Effects]) -> None:
    decision = decided(desk, BOTH, follow_up=follow_up, subject=subject)
    assert {each.rule: each.effects for each in decision.applied} == applied
    assert decision.applied[0].place == "filters/10.toml:2"


def test_what_was_known_before_the_rules_is_not_asked_of_them(desk: Any) -> None:
    decided(desk, BOTH)
    decision: Decision = desk.decide(earlier=Earlier(number=5, ticket=3))
    assert (decision.applied, [each for each in decision.reasons if each.question == "rule"]) == ((), [])
