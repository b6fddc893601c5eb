"""How long something had is told in a unit that fits."""

from datetime import timedelta

import pytest

from mailflow.config import duration
from mailflow.desk.timing.span import in_words, undecided


@pytest.mark.parametrize(
    ("time", "words"),
    {
        "30d": "30 days", "12h": "12 hours", "36h": "36 hours", "1d": "1 day", "90m": "90 minutes", "1h": "1 hour",
        "90s": "90 seconds", "2w": "14 days", "0s": "0 seconds",
    }.items(),
)  # fmt: skip
def test_in_the_greatest_unit_that_fits(time: str, words: str) -> None:
    assert in_words(duration(time)) == words


def test_nobody_decided() -> None:
    assert undecided(timedelta(hours=12)) == "nobody decided about it for 12 hours"
