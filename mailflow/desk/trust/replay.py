"""A signature says who wrote a mail, and not where it was sent: whoever has a signed mail can hand it in here, at any
address of ours, whose token they may have been shown. So what acts in its author's name must show that it was written
to us, in a field that nobody can have added since.
"""

from itertools import chain

from mailflow.desk.case import Case
from mailflow.desk.conversation.participants import recipients_are_proved
from mailflow.desk.route import mailbox_of
from mailflow.mail.identity.evidence import Method

WHY = "it does not show that it was written to us: whoever has it can hand it in"
LOOKED_AT = 50
"""Addresses in To and Cc."""


def perhaps_handed_in(case: Case) -> bool:
    """By somebody else. Who sends by the author's own servers, from our networks or with a login is the author."""
    proof = case.identity.proof
    if proof is None or proof.method is Method.SPF:
        return False
    shown = list(chain(case.message.to, case.message.cc))[:LOOKED_AT]
    return not (recipients_are_proved(case) and any(mailbox_of(each.address, case.policy) for each in shown))
