"""Rules in order: what a later one sets replaces, tags add up, `stop` and an end end, captures fill values."""

from typing import Any

import pytest

from mailflow.desk.case import Case
from mailflow.desk.rules.effects import Effects, End
from mailflow.desk.rules.facts import FactsOf
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rulebook, Ruling
from mailflow.desk.rules.rulefile import rules_in
from mailflow.desk.ticket import Priority

NAMES = Names(departments=frozenset({"support", "billing"}), languages=frozenset({"pl"}))


def ruling(text: str, desk: Any, **mail: Any) -> Ruling:
    case = Case.of(desk.message(**mail), desk.entry(), desk.contact(), desk.policy, desk.now)
    return Rulebook(rules_in(text, "filters/10.toml", NAMES)).judge(FactsOf(case))


def test_no_rule_says_nothing(desk: Any) -> None:
    assert ruling("", desk) == Ruling()


def test_a_rule_without_conditions_is_for_every_message(desk: Any) -> None:
    ruled = ruling('[[rule]]\nname = "all"\nthen.tag = "x"\n', desk)
    assert ruled.effects == Effects(tags=("x",))
    assert (ruled.matches[0].rule.name, ruled.matches[0].rule.place) == ("all", "filters/10.toml:1")


def test_a_later_rule_replaces_and_adds(desk: Any) -> None:
    ruled = ruling(
        """
[[rule]]
name = "first"
then = { department = "support", priority = "low", tag = ["a", "b"], acknowledge = false }

[[rule]]
name = "not this one"
if.subject = "no"
then.priority = "urgent"

[[rule]]
name = "second"
then = { priority = "high", tag = ["b", "c"], acknowledge = true }
""",
        desk,
    )
    assert [match.rule.name for match in ruled.matches] == ["first", "second"]
    assert [rule.name for rule, _ in ruled.asked] == ["first", "not this one", "second"]
    assert ruled.effects == Effects(
        department="support",
        priority=Priority.HIGH,
        tags=("a", "b", "c"),
        acknowledge=True,
    )


@pytest.mark.parametrize("end", ["stop = true", "drop = true", 'hold = "look at it"', 'reject = "not here"'])
def test_what_ends_is_the_last_rule(desk: Any, end: str) -> None:
    ruled = ruling(f'[[rule]]\nname = "1"\nthen.{end}\n[[rule]]\nname = "2"\nthen.tag = "x"\n', desk)
    assert [match.rule.name for match in ruled.matches] == ["1"]
    assert ruled.effects.tags == ()


def test_what_ends_a_message_is_named(desk: Any) -> None:
    ruled = ruling('[[rule]]\nname = "1"\nthen.tag = "x"\n[[rule]]\nname = "2"\nthen.hold = "why"\n', desk)
    assert ruled.ended_by is not None
    assert (ruled.ended_by.rule.name, ruled.effects.end, ruled.effects.because) == ("2", End.HOLD, "why")
    assert ruling('[[rule]]\nname = "1"\nthen.stop = true\n', desk).ended_by is None


def test_captures_fill_values_on_one_line_and_bounded(desk: Any) -> None:
    text = """
[[rule]]
name = "orders"
if.subject.regex = 'order (\\S+) of\\s(.*)'
then.tag = ["order-${1}", "${2}"]
then.assign = "${9}"
"""
    with pytest.raises(Exception, match="capture only"):
        ruling(text, desk)
    text = text.replace('then.assign = "${9}"', "")
    assert ruling(text, desk, subject="Order 17 of \t a  lot").effects.tags == ("order-17", "a lot")
    assert len(ruling(text, desk, subject="order 17 of " + "x" * 900).effects.tags[1]) == 200


def test_a_capture_that_is_empty_makes_no_tag(desk: Any) -> None:
    text = '[[rule]]\nname = "o"\nif.subject.matches = "order*"\nthen.tag = "${1}"\n'
    assert ruling(text, desk, subject="order").effects.tags == ()


def test_what_a_person_released_is_held_no_more(desk: Any) -> None:
    text = '[[rule]]\nname = "1"\nthen.hold = "why"\n[[rule]]\nname = "2"\nthen.tag = "x"\n'
    case = Case.of(desk.message(), desk.entry(), desk.contact(), desk.policy, desk.now)
    ruled = Rulebook(rules_in(text, "filters/10.toml", NAMES)).judge(FactsOf(case), released=True)
    assert [match.rule.name for match in ruled.matches] == ["2"]
