"""L2 at length: who answers everything for a thousand rounds gets five mails, however fast it is."""

from datetime import timedelta

import pytest

from tests.hostile.test_loops import RESPONDERS, goes_on
from tests.hostile.world import World

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

ROUNDS = 1000
PACES = {"within-an-hour": (timedelta(seconds=2), 10), "within-a-day": (timedelta(minutes=1), 20)}
"""A round a thousand times, and as many tickets as `[limits]` lets one author open in that time."""


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("responder", RESPONDERS)
def test_l2_a_thousand_rounds_bring_five_mails(responder: str, pace: str, world: World) -> None:
    every, most = PACES[pace]
    mails, opened = goes_on(responder, world, ROUNDS, every)
    print(f"\n{responder}, {ROUNDS} rounds {pace}: {mails} mails to one address, {opened} tickets")
    assert mails <= 5
    assert opened <= most
