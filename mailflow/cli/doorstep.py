"""What an SMTP session would have said to a message that lies in a file: not everything that is judged comes in.

Asks the same reception as the session does; only whoever takes the mail in is missing.
"""

from datetime import datetime

from mailflow.desk.policy import Policy
from mailflow.edge import replies
from mailflow.edge.lines import mended_size
from mailflow.edge.reception import Caller, Reception, Transaction
from mailflow.errors import Refused
from mailflow.flow.door import Questions
from mailflow.mail.envelope import Arrival, Envelope


class Doorstep(Questions):
    """A door behind which nobody is."""

    async def receive(self, arrival: Arrival) -> int:
        raise Refused("nothing is taken in here")


def refusal(octets: bytes, envelope: Envelope, policy: Policy, now: datetime) -> str | None:
    """The reply that would have ended it; None: it would have come in."""
    limits = policy.config.limits
    if mended_size(octets) > limits.message_size:
        return replies.TOO_LARGE
    reception = Reception(Doorstep(lambda: policy, lambda: now), limits)
    caller = Caller("smtp", envelope.peer, "", trusted=envelope.trusted, relayed=envelope.relayed)
    mail = Transaction(caller, envelope.mail_from)
    for address in envelope.rcpt_tos:
        if (reply := reception.recipient(mail, address, smtputf8=True)) is not replies.RECIPIENT_OK:
            return reply
    judged = reception.judged(mail, octets)
    return judged if isinstance(judged, str) else None


def told(reply: str) -> str:
    """For people, as a line of `mailflow explain`."""
    to = "everybody" if reply == replies.TOO_LARGE else "a direct client; behind a relay, and from a mailbox:"
    return f"{'smtp':<10}{'refused':<24}  {reply}, to {to}"
