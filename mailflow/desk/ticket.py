"""The life of a ticket as one table: which status follows which event.

open ── question mailed ──► awaiting_customer ── customer wrote ──► open
any ── resolved ──► resolved ── customer wrote ──► open (R3.8)
                       └─ long ago ──► closed ── customer wrote ──► a ticket of its own, that continues it
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailflow.desk.intake.consent import Consent
from mailflow.desk.intake.given import Given
from mailflow.desk.reach.reaching import Reaching
from mailflow.desk.timing.pause import ASIDE, Pause


class Status(StrEnum):
    OPEN = "open"
    AWAITING_CUSTOMER = "awaiting_customer"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Move(StrEnum):
    """What can happen to a ticket's status."""

    CUSTOMER_WROTE = "customer wrote"
    QUESTION_MAILED = "question mailed"
    RESOLVE = "resolve"
    HOLD = "hold"
    REOPEN = "reopen"
    CLOSE = "close"
    MERGE = "merge"
    RETIRE = "retire"  # it was there before we were, and is old


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


TRANSITIONS: dict[tuple[Status, Move], Status] = {
    (Status.OPEN, Move.QUESTION_MAILED): Status.AWAITING_CUSTOMER,  # R3.5
    (Status.OPEN, Move.RESOLVE): Status.RESOLVED,
    (Status.OPEN, Move.HOLD): Status.ON_HOLD,
    (Status.OPEN, Move.CUSTOMER_WROTE): Status.OPEN,
    (Status.AWAITING_CUSTOMER, Move.CUSTOMER_WROTE): Status.OPEN,
    (Status.AWAITING_CUSTOMER, Move.QUESTION_MAILED): Status.AWAITING_CUSTOMER,
    (Status.AWAITING_CUSTOMER, Move.RESOLVE): Status.RESOLVED,
    (Status.AWAITING_CUSTOMER, Move.HOLD): Status.ON_HOLD,
    (Status.AWAITING_CUSTOMER, Move.REOPEN): Status.OPEN,
    (Status.ON_HOLD, Move.CUSTOMER_WROTE): Status.OPEN,
    (Status.ON_HOLD, Move.QUESTION_MAILED): Status.AWAITING_CUSTOMER,
    (Status.ON_HOLD, Move.RESOLVE): Status.RESOLVED,
    (Status.ON_HOLD, Move.REOPEN): Status.OPEN,
    (Status.RESOLVED, Move.CUSTOMER_WROTE): Status.OPEN,  # R3.8
    (Status.RESOLVED, Move.QUESTION_MAILED): Status.AWAITING_CUSTOMER,
    (Status.RESOLVED, Move.REOPEN): Status.OPEN,
    (Status.RESOLVED, Move.CLOSE): Status.CLOSED,
    (Status.OPEN, Move.RETIRE): Status.CLOSED,
    **{(status, Move.MERGE): Status.CLOSED for status in Status},
}
"""What is not in the table cannot happen. A customer's mail on a closed ticket opens a new one that names it."""

IN_PUBLIC = {
    Status.OPEN: "Open",
    Status.ON_HOLD: "Open",
    Status.AWAITING_CUSTOMER: "Awaiting your reply",
    Status.RESOLVED: "Resolved",
    Status.CLOSED: "Resolved",
}
"""What customers see of a status (R3.4)."""
AMONG_AGENTS = {
    Status.OPEN: "Open",
    Status.ON_HOLD: "On hold",
    Status.AWAITING_CUSTOMER: "Awaiting the customer",
    Status.RESOLVED: "Resolved",
    Status.CLOSED: "Closed",
}
"""What agents see of it: whose turn it is, and what is over for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as the judgement needs it. `number` 0 is one that is not written yet."""

    number: int
    subject: str
    status: Status
    priority: Priority
    department: str
    mailbox: str  # the address of ours that it came to, and answers come from
    requester: str  # address
    requester_name: str
    contact: int | None
    account: int | None
    language: str
    participants: frozenset[str]  # addresses, lower-case domain; the requester is one
    created: datetime
    last_activity: datetime
    removed: frozenset[str] = frozenset()  # took part until an agent ended it, all they have; canonical
    assignee: str = ""
    contract: str = ""  # of its account
    region: str = ""  # the same
    believed: bool = True  # its requester was verified or asserted; else no machine writes to them unasked (P8)
    waiting_since: datetime | None = None  # the oldest customer message nobody answered; None: it is not our turn
    answered_at: datetime | None = None  # when an agent answered first
    pauses: tuple[Pause, ...] = ()  # of the clocks of what is due, in order; only the last may last
    question_at: datetime | None = None  # when we last asked; reminders count from here
    away_until: datetime | None = None  # the customer is, as an absence note said
    last_message_id: str = ""  # the last words of a customer, for In-Reply-To of what we send
    references: tuple[str, ...] = ()
    split_from: int | None = None  # the ticket in which its conversation began
    incident: int | None = None  # that it is attached to, open or over
    incident_state: int = 0  # the state of that which its requester knows
    waits_for: str = ""  # the name of that incident as long as it is open
    merged_into: int | None = None  # the ticket, itself never merged, where all of it is read now
    type: str = ""  # the kind of request
    collects: bool = False  # it needs what its kind lists (filters/types/)
    complete_at: datetime | None = None  # when the last of that was given; None: something is missing
    expires_since: datetime | None = None  # from when it has the time that its kind gives it
    given: tuple[Given, ...] = ()  # of that, the oldest first
    consents: tuple[Consent, ...] = ()  # that were asked for, the oldest first
    reach: Reaching | None = None  # its requester cannot reach an account: the case about that

    @property
    def turn_began(self) -> datetime | None:
        """Since when it waits for us, without what it was on hold for: from the end of the last hold on."""
        holds = (each.until for each in self.pauses if each.why in ASIDE)
        return max((each for each in (self.waiting_since, *holds) if each), default=None)

    @property
    def read_in(self) -> int:
        """Itself, or the ticket that it was merged into."""
        return self.merged_into or self.number

    @property
    def family(self) -> int:
        """The same for all that were split from one another."""
        return self.split_from or self.number

    @property
    def asked_at(self) -> datetime | None:
        """From when reminders count: when we asked, or the customer is back; None where nothing was asked."""
        return max(filter(None, (self.question_at, self.away_until))) if self.question_at else None
