"""How long to stay away from a server that did not answer: growing, capped, and never in step with the others.

Used by edge.imap; knows no clock and waits for nothing.
"""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta

SPREAD = 0.2
"""A fifth more or less: a hundred clients that lost one server do not come back as one."""

_chance = random.SystemRandom().random


class Backoff:
    """The next pause after trouble. The last step repeats; `reset` when there was success."""

    def __init__(self, steps: Sequence[timedelta], chance: Callable[[], float] = _chance) -> None:
        self._steps = tuple(steps)
        self._chance = chance
        self._step = 0

    def next(self) -> float:
        """Seconds."""
        seconds = self._steps[self._step].total_seconds()
        self._step = min(self._step + 1, len(self._steps) - 1)
        return seconds * (1 - SPREAD + 2 * SPREAD * self._chance())

    def reset(self) -> None:
        self._step = 0
