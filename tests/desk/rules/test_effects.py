"""How the effects of several rules add up."""

import pytest

from mailflow.desk.rules.effects import Effects


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (Effects(tags=("a",)), Effects(tags=("b", "a")), Effects(tags=("a", "b"))),
        (Effects(pages=("night",)), Effects(pages=("boss", "night")), Effects(pages=("night", "boss"))),
        (Effects(answer="a"), Effects(answer="b"), Effects(answer="b")),
        (Effects(answer="a"), Effects(ask="b"), Effects(ask="b")),
        (Effects(ask="a"), Effects(answer="b"), Effects(answer="b")),
        (Effects(ask="a"), Effects(type="x"), Effects(ask="a", type="x")),
        (Effects(ask="a"), Effects(acknowledge=False), Effects(acknowledge=False)),
        (Effects(acknowledge=False), Effects(ask="a"), Effects(acknowledge=False, ask="a")),
    ],
)
def test_what_a_later_rule_sets_replaces_or_adds(first: Effects, second: Effects, both: Effects) -> None:
    assert first.then(second) == both
