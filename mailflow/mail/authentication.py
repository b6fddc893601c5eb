"""How far an author can be believed (DESIGN rule 7): a verdict with its evidence.

Known so far: the word of a trusted network or mailbox, of an operator, of an agent who released it. Everybody else is
unverified. DKIM, SPF and Authentication-Results will be asked here, and nowhere else.
"""

from dataclasses import dataclass
from enum import StrEnum

from mailflow.mail.envelope import Envelope


class Verdict(StrEnum):
    VERIFIED = "verified"  # aligned DKIM, or SPF at our own edge
    ASSERTED = "asserted"  # someone we trust says so
    UNVERIFIED = "unverified"
    FAILED = "failed"  # the domain's owner denies it
    TEMPERROR = "temperror"  # cannot be told now


ACTS = frozenset({Verdict.VERIFIED, Verdict.ASSERTED})
"""The verdicts that act as a registered contact."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who wrote it, for all that follows. Without an author nobody did."""

    author: str | None  # canonical
    verdict: Verdict
    evidence: str

    @property
    def acts(self) -> bool:
        return self.author is not None and self.verdict in ACTS


def identity_of(author: str | None, defect: str, envelope: Envelope, released: bool) -> Identity:
    """`author` is the one clean From address, or None and `defect` says why there is none."""
    if author is None:
        return Identity(None, Verdict.UNVERIFIED, defect or "it has no author")
    if envelope.trusted:
        return Identity(author, Verdict.ASSERTED, _who_says_so(envelope))
    if released:
        return Identity(author, Verdict.ASSERTED, "released by an agent")
    return Identity(author, Verdict.UNVERIFIED, "nothing proves that it was sent by its author")


def _who_says_so(envelope: Envelope) -> str:
    if envelope.source.startswith("imap:"):
        return f"trusted mailbox {envelope.source.partition(':')[2]}"
    return "injected by an operator" if envelope.source == "inject" else "trusted network"
