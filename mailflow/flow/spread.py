"""How long something took, many times over: how often at most so long, and the sum. A histogram of fixed size."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

LONG = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""Seconds a mail may wait."""
SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds a step may take."""


class Spread:
    """`bounds`: ascending. What is longer than the last is counted, too."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.sum = 0.0
        self._counts = [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        """Less than nothing, as after a step of the clock, is nothing."""
        value = max(0.0, value)
        self._counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    @property
    def count(self) -> int:
        return sum(self._counts)

    def up_to(self) -> Iterator[tuple[float, int]]:
        """Each bound, the last is infinite, and how many were at most that."""
        return zip((*self.bounds, float("inf")), accumulate(self._counts), strict=True)
