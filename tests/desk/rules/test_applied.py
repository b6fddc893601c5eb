"""What the journal keeps of a rule that matched comes back as it was."""

import json

import pytest

from mailflow.desk.rules.applied import Applied, sum_of
from mailflow.desk.rules.effects import Effects, End
from mailflow.desk.ticket import Priority

ALL = Effects(
    department="billing",
    priority=Priority.HIGH,
    tags=("a", "b"),
    type="t",
    language="pl",
    assign="ewa",
    cc=("karl@kunde.example",),
    acknowledge=False,
    stop=True,
)


@pytest.mark.parametrize("effects", [Effects(), ALL, Effects(end=End.HOLD, because="why")])
def test_it_is_the_same_after_json(effects: Effects) -> None:
    applied = Applied("one", "filters/10.toml:1", effects)
    assert Applied.of_json(json.loads(json.dumps(applied.as_json()))) == applied


def test_only_what_a_rule_sets_is_kept() -> None:
    applied = Applied("one", "filters/10.toml:1", Effects(tags=("a",)))
    assert applied.as_json()["effects"] == {"tags": ("a",)}


def test_what_another_version_kept_is_left_out() -> None:
    told = {"rule": "one", "place": "f:1", "effects": {"tags": ["a"], "page": "duty"}}
    assert Applied.of_json(told) == Applied("one", "f:1", Effects(tags=("a",)))


def test_effects_add_up_in_order() -> None:
    first, second = Applied("1", "f:1", ALL), Applied("2", "f:5", Effects(priority=Priority.LOW, tags=("b", "c")))
    effects = sum_of([first, second])
    assert (effects.priority, effects.tags, effects.department) == (Priority.LOW, ("a", "b", "c"), "billing")
