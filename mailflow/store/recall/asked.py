"""What is asked of the store: the clues of some messages, in one transaction. Each look-up answers with fields of a
Context for each message, in their order, and may use what those before it found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from mailflow.desk.clues import Clues

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    connection: Connection
    clues: Sequence[Clues]
    now: datetime
    found: Sequence[Fields]
    lock: bool = False  # what is found stays true until the transaction ends

    @property
    def authors(self) -> set[str]:
        return {clues.author for clues in self.clues if clues.author}


LookUp = Callable[[Asked], list[Fields]]
