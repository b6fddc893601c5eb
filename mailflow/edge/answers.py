"""What the DNS has told about one message so far: the libraries that judge it ask here, and never the network.

What is not here yet is `Wanted`, and asked for before the next attempt; what nobody can tell now is `Later`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Told = Mapping[str, tuple[Sequence[str], str]]
"""'TXT _dmarc.kunde.example': records, and why they cannot be known now."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Records as text: addresses, names, 'PREFERENCE NAME' of MX, TXT joined and one character an octet."""

    records: tuple[str, ...] = ()
    trouble: str = ""  # why it cannot be known now


class Wanted(Exception):
    """It has to be asked for first."""


class Later(Exception):
    """It cannot be known now; says why."""


class Answers:
    def __init__(self, told: Told) -> None:
        self._told = told
        self.wanted: dict[str, None] = {}  # in their order

    def of(self, kind: str, name: str) -> Sequence[str]:
        """Raises Wanted or Later."""
        asked = f"{kind} {name.lower().rstrip('.')}"
        if asked not in self._told:
            self.wanted[asked] = None
            raise Wanted(asked)
        records, trouble = self._told[asked]
        if trouble:
            raise Later(trouble)
        return records
