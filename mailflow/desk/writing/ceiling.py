"""How many tickets an author opens, and how much machines write in 24 hours: this stops what no header gives away
(DESIGN rule 6, threats 6).

Of answers to mail it is asked by `desk.writing.silence`; of all that is written in a ticket by `store.rows`, which
counts.
"""

from dataclasses import dataclass
from datetime import timedelta

from mailflow.desk.actions import Send
from mailflow.desk.policy import Policy
from mailflow.desk.writing.kind import Kind

PERIOD = timedelta(hours=24)
UNASKED = frozenset({Kind.REMINDER, Kind.CLOSING, Kind.EXPIRED})
"""Of timers: they answer no mail, and nobody wants them."""
OF_A_REQUEST = frozenset({Kind.STEP, Kind.COMPLETE, Kind.CONSENT, Kind.PARTY, Kind.REACH})
"""A request has as many of these as it has parties, or who is looked for has addresses: only what each address got
counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Automatic mails of the last PERIOD."""

    to_address: int
    in_ticket: int  # to who takes part: how many others are written to must not be seen by what is left out


def enough_tickets(hour: int, today: int, policy: Policy) -> str:
    """Why an author opens no further ticket by itself; '' when it may."""
    limits = policy.config.limits
    if hour >= limits.tickets_per_hour:
        return f"{hour} tickets within an hour, the most"
    return f"{today} tickets within 24 hours, the most" if today >= limits.tickets_per_day else ""


def enough(send: Send, written: Written, policy: Policy) -> str:
    """Why this is one too many; '' when it may be written."""
    in_ticket = "" if send.kind in OF_A_REQUEST else _enough_in(send.ticket, written.in_ticket, policy)
    return enough_for(send.to, written.to_address, policy) or in_ticket


def enough_for_a_stranger(send: Send, written: Written) -> str:
    """The same of who asks to be registered, where it answers no mail of theirs: once in PERIOD."""
    if send.kind not in UNASKED or not written.to_address:
        return ""
    return f"{send.to} is not registered, and got a mail in the last 24 hours"


def enough_told(send: Send, written: int, policy: Policy) -> str:
    """The same of what agents are told: between a robot that writes and one that answers, somebody has to stop."""
    most = policy.config.limits.to_agents_per_ticket
    return f"{send.to} got {written} mails about #{send.ticket} in 24 hours, the most" if written >= most else ""


def enough_for(address: str, written: int, policy: Policy) -> str:
    most = policy.config.limits.automatic_per_address
    return f"{address} got {written} automatic mails in 24 hours, the most" if written >= most else ""


def _enough_in(ticket: int | None, written: int, policy: Policy) -> str:
    most = policy.config.limits.automatic_per_ticket
    return f"#{ticket} has written {written} automatic mails in 24 hours, the most" if written >= most else ""
