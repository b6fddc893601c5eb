"""The pauses after trouble."""

from datetime import timedelta

import pytest

from mailflow.edge.backoff import SPREAD, Backoff

STEPS = (timedelta(seconds=1), timedelta(seconds=10), timedelta(seconds=60))


def test_pauses_grow_and_the_last_one_repeats() -> None:
    backoff = Backoff(STEPS, chance=lambda: 0.5)

    assert [backoff.next() for _ in range(5)] == [1, 10, 60, 60, 60]


def test_success_begins_anew() -> None:
    backoff = Backoff(STEPS, chance=lambda: 0.5)
    backoff.next()
    backoff.next()

    backoff.reset()

    assert backoff.next() == 1


@pytest.mark.parametrize(("chance", "share"), [(0.0, 1 - SPREAD), (0.999999, 1 + SPREAD)])
def test_chance_spreads_by_a_fifth(chance: float, share: float) -> None:
    assert Backoff(STEPS, chance=lambda: chance).next() == pytest.approx(share, abs=1e-3)


def test_two_clients_do_not_keep_step() -> None:
    first, second = Backoff(STEPS), Backoff(STEPS)

    assert [first.next() for _ in range(5)] != [second.next() for _ in range(5)]
