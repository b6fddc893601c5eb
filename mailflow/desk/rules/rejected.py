"""What the admin's rules refuse before a message is taken in: at the SMTP door, where only who hands it in is told.

The same rules are asked by the same facts when a message is filed (desk.ruled), so what is not refused here, because it
came another way or its header is too long to be read now, is dropped there.
"""

from dataclasses import dataclass
from datetime import datetime

from mailflow.desk.case import Case
from mailflow.desk.context import NOTHING_KNOWN
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.rules.effects import End
from mailflow.desk.rules.facts import FactsOf
from mailflow.mail.envelope import Envelope
from mailflow.mail.heading import heading


@dataclass(frozen=True, slots=True)
class Rejection:
    words: str  # of the rule, for whoever hands it in; captures in them are a stranger's
    because: str  # for us: the rule, and where it stands


def rejected(envelope: Envelope, octets: bytes, policy: Policy, now: datetime) -> Rejection | None:
    """By the first rule that ends it, if that one rejects. Costs nothing where no rule does."""
    book = policy.rules.at_the_door
    if not book.rules:
        return None
    message = heading(octets)
    if message is None:
        return None
    entry = Entry(number=0, envelope=envelope, received=now, size=len(octets), octets=octets)
    match = book.judge(FactsOf(Case.of(message, entry, NOTHING_KNOWN, policy, now))).ended_by
    if match is None or match.effects.end is not End.REJECT:
        return None
    return Rejection(match.effects.because, f"{match.rule.name} ({match.rule.place})")
