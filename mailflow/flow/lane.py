"""How much is being proved at once, and how much of it for one peer: nobody alone keeps the others out.

What is small is counted and not weighed, so that large mail never keeps small mail out. Used by flow.proof.
"""

from collections import Counter

MOST = 200
SMALL = 256 << 10
"""Octets. MOST of them are less than MOST_OCTETS."""
MOST_OCTETS = 64 << 20
"""Of what is larger; one alone may be more."""
SHARE = 4
"""One peer has a quarter at most, and always one."""


class Lane:
    """Who is in it. `peer` is whoever they are counted for (edge.prove_child.Question)."""

    def __init__(self) -> None:
        self._mails: Counter[str] = Counter()
        self._octets: Counter[str] = Counter()

    def has_room(self, peer: str, size: int) -> bool:
        mine, octets, weight = self._mails[peer], self._octets.total(), _weight(size)
        if self._mails.total() >= MOST or (weight and octets and octets + weight > MOST_OCTETS):
            return False
        if not mine:
            return True
        return mine < MOST // SHARE and (not weight or self._octets[peer] + weight <= MOST_OCTETS // SHARE)

    def enter(self, peer: str, size: int) -> None:
        self._mails[peer] += 1
        self._octets[peer] += _weight(size)

    def leave(self, peer: str, size: int) -> None:
        self._mails[peer] -= 1
        self._octets[peer] -= _weight(size)
        if not self._mails[peer]:
            del self._mails[peer], self._octets[peer]


def _weight(size: int) -> int:
    return size if size > SMALL else 0
