"""What is decided about a message: a disposition for the journal and a list of effects, with the reasons."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from mailflow.desk.actions import Action
from mailflow.desk.rules.applied import Applied
from mailflow.desk.rules.rulebook import Ruling
from mailflow.mail.identity.authentication import Identity


class Disposition(StrEnum):
    """Where an accepted message ends. `received` is the one that is not an end yet."""

    RECEIVED = "received"
    FILED = "filed"
    DROPPED = "dropped"
    HELD = "held"
    DUPLICATE = "duplicate"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of `explain`: the question, what was found, and why."""

    question: str  # author, contact, thread, ticket, status, mail …
    answer: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one message. `ticket` is the existing ticket it joined, None when it opens one or none."""

    disposition: Disposition
    reason: str  # one sentence for the journal
    rule: str = ""  # that ended it: an admin's by its name, or an OwnRule
    ticket: int | None = None
    duplicate_of: int | None = None
    again: timedelta = timedelta(0)  # of RECEIVED: when the same message is judged next
    actions: tuple[Action, ...] = ()
    reasons: tuple[Reason, ...] = ()
    identity: Identity | None = None  # who wrote it, as it was judged
    ruling: Ruling | None = None  # what the admin's rules said; None: they were not asked
    applied: tuple[Applied, ...] = ()  # what each rule of filters/ that matched did
