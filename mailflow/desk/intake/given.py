"""One item of a request as somebody gave it, with the evidence (R1.3)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Without a value it is taken back: what was said of it last is unclear."""

    item: str
    value: str
    words: str  # as they were written
    by: str  # an address, or an agent
    at: datetime
    entry: int | None = None  # of the journal; None: an agent set it
    line: int = 0  # of the new words of that message; 0: a file, or within the form that we sent

    @property
    def evidence(self) -> str:
        where = f"entry {self.entry}" + (f", line {self.line}" if self.line else "") if self.entry else f"by {self.by}"
        return where + (f": «{self.words}»" if self.words else "")

    def __str__(self) -> str:
        return f"{self.item} = {self.value or 'unclear'} ({self.evidence})"
