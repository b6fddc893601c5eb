"""Which of our mailboxes an address means. Addresses are departments, and so are plus-addresses (R2.5)."""

from collections.abc import Iterable

from mailflow.config import Mailbox
from mailflow.desk.policy import Policy
from mailflow.mail.address import canonical, domain_of, plus_splits, split_plus

LONGEST_ADDRESS = 320
"""Octets: a local part of 64 and a domain of 255 (RFC 5321 4.5.3.1). Nobody has a longer one."""


def mailbox_of(address: str, policy: Policy) -> Mailbox | None:
    """Ours exactly, ours with a plus part, or postmaster, which every mail domain has (RFC 5321 4.5.1). Of several that
    it may be with a plus part the longest: support+billing+token@ is support+billing@, if that is one of them."""
    if len(address) > LONGEST_ADDRESS:
        return None  # and a thousand plus signs in it are a thousand ways to read it
    literal = canonical(address)
    if literal in policy.mailboxes:
        return policy.mailboxes[literal]
    for base, detail in plus_splits(literal):
        plussed = policy.mailboxes.get(base)
        if detail and plussed is not None and plussed.plus_addressing:
            return plussed
    return _postmaster(literal, policy)


def mailboxes_of(rcpt_tos: Iterable[str], policy: Policy) -> tuple[Mailbox, ...]:
    """Each of our mailboxes once, in the order of the addresses."""
    found = (mailbox_of(address, policy) for address in rcpt_tos)
    return tuple({mailbox.address: mailbox for mailbox in found if mailbox}.values())


def fetched_for(mailbox: Mailbox, shown: Iterable[str], policy: Policy) -> tuple[Mailbox, ...]:
    """What is fetched has no envelope: it is for `mailbox`, or for those of its plus-addresses that To and Cc show."""
    own = canonical(mailbox.address)
    named = mailboxes_of(shown, policy)
    return tuple(each for each in named if own in (canonical(each.address), _base(each))) or (mailbox,)


def _base(mailbox: Mailbox) -> str:
    return split_plus(canonical(mailbox.address))[0]


def _postmaster(literal: str, policy: Policy) -> Mailbox | None:
    local, _, domain = literal.partition("@")
    ours = {domain_of(address) for address in policy.mailboxes} | {""}  # RCPT TO:<postmaster> has no domain
    return policy.config.mailbox[0] if local == "postmaster" and domain in ours else None
