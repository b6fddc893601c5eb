"""One message we answered for."""

from dataclasses import dataclass, field
from datetime import datetime

from mailflow.mail.envelope import Envelope
from mailflow.mail.identity.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Its row of the journal."""

    number: int
    envelope: Envelope
    received: datetime  # aware, UTC
    size: int
    attempts: int = 0  # claims since it was received, by mail or by hand
    claims: int = 0  # all of them: who claimed it last may settle it
    backlog: bool = False  # it was there before we were: file it, answer nothing
    released: bool = False  # a person let it through: the hold does not apply again
    released_by: str = ""  # who that was, where it is known
    confirmed_by: int | None = None  # the entry in which its author answered our challenge
    former_ticket: int | None = (
        None  # where a database that was replaced had filed it, and written what it has; 0: in none
    )
    evidence: Evidence | None = None  # of who wrote it; None: none was gathered
    octets: bytes = field(default=b"", repr=False)  # rules may ask for any field of its header
