"""Which of our mailboxes an address means. Addresses are departments (R2.5)."""

from collections.abc import Sequence

from mailflow.config import Mailbox
from mailflow.desk.policy import Policy
from mailflow.mail.address import canonical, domain_of, split_plus


def mailbox_of(address: str, policy: Policy) -> Mailbox | None:
    """Ours exactly, ours with a plus part, or postmaster, which every mail domain has (RFC 5321 4.5.1)."""
    literal = canonical(address)
    if literal in policy.mailboxes:
        return policy.mailboxes[literal]
    base, detail = split_plus(literal)
    plussed = policy.mailboxes.get(base)
    if detail and plussed is not None and plussed.plus_addressing:
        return plussed
    return _postmaster(literal, policy)


def mailboxes_of(rcpt_tos: Sequence[str], policy: Policy) -> tuple[Mailbox, ...]:
    """Each of our mailboxes once, in the order of the envelope."""
    found = (mailbox_of(address, policy) for address in rcpt_tos)
    return tuple({mailbox.address: mailbox for mailbox in found if mailbox}.values())


def _postmaster(literal: str, policy: Policy) -> Mailbox | None:
    local, _, domain = literal.partition("@")
    ours = {domain_of(address) for address in policy.mailboxes} | {""}  # RCPT TO:<postmaster> has no domain
    return policy.config.mailbox[0] if local == "postmaster" and domain in ours else None
