"""Addresses that may take part in a ticket: those in To and Cc of a mail, and who never may, whoever names them.

A participant is sent what agents answer. So it is never one of ours in whatever form, no agent's, and nobody who does
not read; and it is one clean address that mail can be written to.
"""

from collections.abc import Collection, Set
from dataclasses import replace
from itertools import chain

from mailflow.config import Config
from mailflow.desk.clues import Copies
from mailflow.desk.policy import Policy
from mailflow.desk.route import mailbox_of
from mailflow.mail.address import canonical, clean, copied_of, domain_of, named_in, plus_splits
from mailflow.mail.compose import writable
from mailflow.mail.machines.role import never_reads
from mailflow.mail.message import Message
from mailflow.mail.mime.header import Header
from mailflow.mail.scripts import mixes_scripts

NAMED = 20
"""Addresses in its words that are looked at."""
COPIED = 50
"""Mailboxes in To and Cc that are looked at; who writes to more writes to a crowd."""


def copies_in(message: Message, octets: bytes, policy: Policy) -> Copies:
    asked = any(mailbox.answers_to == "operations" for mailbox in policy.config.mailbox)
    named = named_in(message.reply, NAMED) if asked else None
    return replace(_recipients(message, octets, policy), named=named)


def _recipients(message: Message, octets: bytes, policy: Policy) -> Copies:
    """Read from the fields as they were sent, where `message` shows that somebody stands there."""
    shown = [address.address for address in (*message.to, *message.cc)]
    if all(mailbox_of(address, policy) for address in shown[:COPIED]):  # the common case, and cheap
        return Copies()
    header = Header.of_message(octets)[0]
    found = copied_of((*header.literal("to"), *header.literal("cc")), COPIED)
    others = tuple(address for address in found if mailbox_of(address, policy) is None)
    return Copies(others=others, beside_us=len(others) < len(found))


def unfit(address: str, mailboxes: Collection[str], staff: Set[str]) -> str:
    """Why it can take part in no ticket, in words; '' when it may. `mailboxes` and `staff` are canonical."""
    form = clean(address)
    forms = {form, *(base for base, _ in plus_splits(form))}
    ours = {domain_of(mailbox) for mailbox in mailboxes}
    questions = (
        (not (form and writable(form)), "is no address that mail can be written to"),
        (not forms.isdisjoint(mailboxes), "is a [[mailbox]] of ours"),
        (not form.isascii() and domain_of(form) in ours, "looks like an address of ours"),
        (mixes_scripts(domain_of(form)), "has a domain of mixed scripts, which looks like another"),
        (not forms.isdisjoint(staff), "is an agent's, who is told otherwise"),
        (never_reads(form), "is read by nobody"),
    )
    return next((why for wrong, why in questions if wrong), "")


def staff_of(config: Config) -> frozenset[str]:
    """Who is mailed as an agent: canonical addresses."""
    told = ((*team.escalate_to, *(team.digest_to or ())) for team in config.department)
    theirs = (agent.addresses for agent in config.agent)
    paged = (step.mail for duty in config.on_call for step in duty.step)
    return frozenset(map(canonical, chain.from_iterable((*told, *theirs, *paged))))
