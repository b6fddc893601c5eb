"""What the SMTP edge asks before it lets mail in, and to whom it gives what it took.

The edge knows the protocol; who is ours, who is blocked and who is trusted it asks here. The questions are about one
moment and must not wait: they are answered from memory. The answers are given in flow.door, by desk and store.
"""

from collections.abc import Awaitable
from enum import Enum, auto
from typing import Protocol

from mailflow.desk.rules.rejected import Rejection
from mailflow.mail.envelope import Arrival, Envelope


class Recipient(Enum):
    """What an address is to us."""

    OURS = auto()
    UNKNOWN = auto()  # one of our domains, but no such mailbox: 550 5.1.1
    FOREIGN = auto()  # not our domain, and we pass nothing on: 550 5.7.1


class Doorkeeper(Protocol):
    def accepts(self, address: str) -> Recipient:
        """`address` is the literal recipient, plus part and all; 'postmaster' may stand without a domain."""

    def blocked_by(self, mail_from: str, header_from: str | None, peer: str) -> str | None:
        """The line of the block list that is about this sender, in words. `mail_from` is '' for the null reverse-path;
        `header_from` is None before the content is there, and when it has no clean author; `peer` is '' for ours."""

    def rejected_by(self, envelope: Envelope, octets: bytes) -> Rejection | None:
        """What an admin's rule has against this message, whole as it came."""

    def trusts(self, peer: str) -> bool:
        """Is this IP address (or 'unix') one of ours, whose senders are who they say?"""

    def relays(self, peer: str) -> bool:
        """Does it hand us other people's mail, so that a refusal would hit the wrong one?"""

    def free_space(self) -> float:
        """Octets on the disk of the database; infinite when it is elsewhere."""

    def receive(self, arrival: Arrival) -> Awaitable[int]:
        """Done when the arrival is committed; its journal number. Raises StoreFull, StoreAway."""
