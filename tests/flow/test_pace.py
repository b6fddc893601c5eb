"""Automatic mail of all keeps a pace: an hour's worth at once, then so many a minute, and one alarm."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.flow.pace import BURST, Pace

ALARM = "automatic_ceiling per_minute=2 "


def test_an_hours_worth_leaves_at_once_and_then_so_many_a_minute(clock: Any) -> None:
    pace = Pace(clock.now)
    pace.count(2 * BURST - 1)
    assert pace.allows(2)
    pace.count(1)
    assert not pace.allows(2)
    clock.forward(timedelta(seconds=29))
    assert not pace.allows(2)
    clock.forward(timedelta(seconds=31))
    assert pace.allows(2)
    clock.forward(timedelta(days=1))
    assert pace.allows(2)
    pace.count(2 * BURST - 1)  # and no more than an hour's worth is ever saved
    assert pace.allows(2)
    pace.count(1)
    assert not pace.allows(2)


def test_it_is_told_once_in_each_flood(clock: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pace = Pace(clock.now)
    for _ in range(2):
        pace.count(2 * BURST)
        for _ in range(3):
            assert not pace.allows(2)
            clock.forward(timedelta(seconds=1))
        assert capsys.readouterr().err.count(ALARM) == 1
        assert pace.slowed == clock.now() - timedelta(seconds=3)
        clock.forward(timedelta(hours=2))
        assert pace.allows(2)
        assert pace.slowed is None
