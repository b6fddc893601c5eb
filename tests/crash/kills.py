"""When the daemon is killed, and how: the same for the same seed."""

import os
import random
from dataclasses import dataclass

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1 << 30)
"""Printed by each test that uses it; SEED=… tells the same story again."""
GROUPS = 0.2
"""Of the kills, those that take the children along, as when a service is killed by its control group."""


@dataclass(frozen=True, slots=True)
class Kill:
    after: int  # mails that were acknowledged
    pause: float  # seconds from there
    whole_group: bool


def planned(mails: int, kills: int, seed: int = SEED) -> list[Kill]:
    chance = random.Random(seed)
    moments = sorted(chance.randrange(1, mails) for _ in range(kills))
    return [Kill(after, chance.random() * 0.05, chance.random() < GROUPS) for after in moments]
