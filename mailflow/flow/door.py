"""What the SMTP edge asks, answered from the policy in memory; and where it puts what it took: the journal.

Implements edge.doorkeeper.Doorkeeper with desk.route, desk.lists.screen and store.writer.
"""

from collections.abc import Callable
from datetime import datetime
from math import inf

from mailflow.desk.lists.screen import blocked_by, told
from mailflow.desk.policy import Policy
from mailflow.desk.route import mailbox_of
from mailflow.desk.rules.rejected import Rejection, rejected
from mailflow.edge.doorkeeper import Recipient
from mailflow.mail.address import canonical, domain_of
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.store.writer import Writer


class Questions:
    """What can be answered without taking anything in."""

    def __init__(self, policy: Callable[[], Policy], now: Callable[[], datetime]) -> None:
        self._policy = policy
        self._now = now

    def accepts(self, address: str) -> Recipient:
        policy = self._policy()
        if mailbox_of(address, policy):
            return Recipient.OURS
        ours = {domain_of(each) for each in policy.mailboxes}
        return Recipient.UNKNOWN if domain_of(canonical(address)) in ours else Recipient.FOREIGN

    def blocked_by(self, mail_from: str, header_from: str | None, peer: str) -> str | None:
        entry = blocked_by(mail_from, header_from, peer, self._policy(), self._now())
        return told(entry) if entry else None

    def rejected_by(self, envelope: Envelope, octets: bytes) -> Rejection | None:
        return rejected(envelope, octets, self._policy(), self._now())

    def trusts(self, peer: str) -> bool:
        return self._policy().config.trust.trusts(peer)

    def relays(self, peer: str) -> bool:
        return self._policy().config.trust.relays_for_others(peer)

    def free_space(self) -> float:
        return inf


class Door(Questions):
    """Asked by every listener."""

    def __init__(
        self,
        writer: Writer,
        *,
        policy: Callable[[], Policy],
        now: Callable[[], datetime],
        received: Callable[[], None],
        free_space: Callable[[], float] = lambda: inf,
    ) -> None:
        super().__init__(policy, now)
        self._writer = writer
        self._free_space = free_space
        self._received = received

    def free_space(self) -> float:
        return self._free_space()

    async def receive(self, arrival: Arrival) -> int:
        number = await self._writer.receive(arrival, self._now())
        self._received()
        return number
