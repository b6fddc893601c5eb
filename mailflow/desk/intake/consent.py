"""A yes that a request needs besides its items: of a party, or of a department for a gate (R1.4, R1.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConsentState(StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    VOID = "void"  # it rested on something that has changed, or was asked again


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One question and what came of it. A party that is asked anew has another."""

    number: int
    name: str  # of the party or gate in its kind of request
    is_gate: bool
    address: str  # canonical, of the party; '' of a gate: agents of its department are asked
    language: str  # that it was to be asked in
    seen: Mapping[str, str]  # by item, what it was shown, or rests on
    state: ConsentState
    asked: datetime
    answered: datetime | None = None
    entry: int | None = None  # of the journal, that answered; None: an agent said so
    words: str = ""
    by: str = ""  # an address, or an agent

    @property
    def evidence(self) -> str:
        where = f"entry {self.entry}" if self.entry else f"by {self.by}" if self.by else ""
        return ": ".join(filter(None, (where, f"«{self.words}»" if self.words else "")))

    def __str__(self) -> str:
        whom = f"gate {self.name}" if self.is_gate else f"{self.name}, {self.address}"
        return f"{whom}: {self.state}" + (f" ({self.evidence})" if self.evidence else "")
