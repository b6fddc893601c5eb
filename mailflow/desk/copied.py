"""Addresses in To and Cc of a mail: which of them may ever take part in a ticket, whoever names them.

A participant is sent what agents answer. So it is never one of ours in whatever form, no agent's, and nobody who does
not read; and it is one clean address that mail can be written to.
"""

from collections.abc import Collection, Set
from itertools import chain

from mailflow.config import Config
from mailflow.mail.address import canonical, clean, domain_of, split_plus
from mailflow.mail.compose import writable
from mailflow.mail.machines.role import never_reads
from mailflow.mail.scripts import mixes_scripts


def unfit(address: str, mailboxes: Collection[str], staff: Set[str]) -> str:
    """Why it can take part in no ticket, in words; '' when it may. `mailboxes` and `staff` are canonical."""
    form = clean(address)
    base = split_plus(form)[0]
    ours = {domain_of(mailbox) for mailbox in mailboxes}
    questions = (
        (not (form and writable(form)), "is no address that mail can be written to"),
        (form in mailboxes or base in mailboxes, "is a [[mailbox]] of ours"),
        (not form.isascii() and domain_of(form) in ours, "looks like an address of ours"),
        (mixes_scripts(domain_of(form)), "has a domain of mixed scripts, which looks like another"),
        (form in staff or base in staff, "is an agent's, who is told otherwise"),
        (never_reads(form), "is read by nobody"),
    )
    return next((why for wrong, why in questions if wrong), "")


def staff_of(config: Config) -> frozenset[str]:
    """Who is mailed as an agent: canonical addresses."""
    told = ((*team.escalate_to, *(team.digest_to or ())) for team in config.department)
    theirs = (agent.addresses for agent in config.agent)
    return frozenset(map(canonical, chain.from_iterable((*told, *theirs))))
