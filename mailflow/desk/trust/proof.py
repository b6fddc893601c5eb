"""Proof of who wrote a message: what has to be proved, how long one waits for it, what is remembered of it.

The ladder from evidence to verdict is mail.identity.authentication; here is what the desk makes of it.
"""

from datetime import datetime, timedelta

from mailflow.config import Config
from mailflow.desk.actions import Remember
from mailflow.desk.case import Case, identity_in
from mailflow.desk.decision import Decision, Disposition
from mailflow.desk.entry import Entry
from mailflow.mail.identity.authentication import Verdict, is_open, is_stronger
from mailflow.mail.message import Message

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
"""While the DNS cannot tell, before the second look, the third …; after the last the message is held."""


def has_to_be_proved(message: Message, entry: Entry) -> bool:
    """Evidence is asked for once; what could not be told then is asked again."""
    if entry.confirmed_by or not is_open(message.author, entry.envelope, entry.released):
        return False
    return entry.evidence is None or identity_in(message, entry).verdict is Verdict.TEMPERROR


def waits_until(message: Message, entry: Entry, now: datetime) -> tuple[datetime, str] | None:
    """When it is judged again, and why not now. None: now."""
    identity = identity_in(message, entry)
    if identity.verdict is not Verdict.TEMPERROR or entry.attempts > len(WAITS):
        return None
    return now + WAITS[max(entry.attempts, 1) - 1], identity.evidence


def remembered(case: Case, decision: Decision) -> tuple[Remember, ...]:
    """The strongest proof that mail of a contact had so far."""
    identity = case.identity
    if identity.author is None or identity.proof is None or case.context.contact is None:
        return ()
    if decision.disposition is not Disposition.FILED or not is_stronger(identity.proof, case.context.pin):
        return ()
    return (Remember(ticket=decision.ticket, address=identity.author, proof=identity.proof),)


def believed_servers(source: str, config: Config) -> tuple[str, ...]:
    """The authserv-ids that count in mail of this source: those of its provider, else those of our relays."""
    own = next((each.authserv_id for each in config.imap if source == f"imap:{each.name}"), None)
    return (own,) if own else config.trust.authserv_ids
