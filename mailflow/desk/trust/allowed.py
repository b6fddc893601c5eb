"""What a verdict allows: one table (threats 8).

Trust grows with the act. Who is verified or asserted may do everything; what is denied by the owner of its domain, or
cannot be checked, nothing; in between each mailbox decides ([[mailbox]] unverified). A token that was issued to the
author proves as much as adding to that ticket needs, and no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from mailflow.config import Mailbox, Unverified
from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Contact
from mailflow.desk.decision import Reason
from mailflow.mail.identity.authentication import Verdict


class Act(IntEnum):
    """What a mail can do; each needs more trust than those before it."""

    NOTHING = 0
    OPEN = 1  # a ticket of its own
    APPEND = 2  # to a ticket it takes part in
    REOPEN = 3
    COMMAND = 4
    CHANGE = 5  # what is on file


ALLOWED: Mapping[Verdict, Act | None] = {
    Verdict.VERIFIED: Act.CHANGE,
    Verdict.ASSERTED: Act.CHANGE,
    Verdict.UNVERIFIED: None,  # the mailbox says
    Verdict.TEMPERROR: Act.NOTHING,
    Verdict.FAILED: Act.NOTHING,
}
"""The most that each verdict allows."""

UNVERIFIED: Mapping[Unverified, Act] = {
    "hold": Act.NOTHING,
    "challenge": Act.NOTHING,
    "open": Act.OPEN,
    "append": Act.APPEND,
    "reopen": Act.REOPEN,
}

_IN_WORDS = {
    Act.NOTHING: "nothing",
    Act.OPEN: "open",
    Act.APPEND: "open, append",
    Act.REOPEN: "open, append, reopen",
    Act.CHANGE: "all that its author may",
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """The most that a message may do at one mailbox."""

    most: Act
    why: str


def unverified_at(mailbox: Mailbox) -> Unverified:
    return mailbox.unverified or ("challenge" if mailbox.registered_only else "open")


def allowed(case: Case, mailbox: Mailbox) -> Allowed:
    verdict = case.identity.verdict
    if (most := ALLOWED[verdict]) is not None:
        return Allowed(most, f"{verdict}")
    setting = unverified_at(mailbox)
    return Allowed(UNVERIFIED[setting], f"{verdict}; {mailbox.address} has unverified = {setting}")


def may(case: Case, act: Act, mailbox: Mailbox) -> bool:
    return act <= allowed(case, mailbox).most


def serves(mailbox: Mailbox, contact: Contact | None) -> bool:
    """Is the contact registered in a role that is served there?"""
    return contact is not None and (not contact.roles or not contact.roles.isdisjoint(mailbox.roles))


def reason(case: Case) -> Reason:
    """The line of the explanation."""
    found = [allowed(case, mailbox) for mailbox in case.mailboxes or case.policy.config.mailbox[:1]]
    best = max(found, key=lambda each: each.most)
    tokens = [token for token in case.tokens if token.for_author]
    if tokens and best.most < Act.APPEND and ALLOWED[case.identity.verdict] is None:
        return Reason("allowed", f"append to #{tokens[0].ticket}", "the token was issued to its author")
    return Reason("allowed", _IN_WORDS[best.most], best.why)
