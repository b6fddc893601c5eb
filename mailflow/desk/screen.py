"""Who is turned away before anything else is asked: what is blocked, as envelope sender and as From (R3.10).

Asked twice: at the SMTP door, where a direct client can still be refused, and by `desk.decide` for all other ways in.
"""

from datetime import datetime

from mailflow.desk.listed import Entry
from mailflow.desk.policy import Policy


def blocked_by(mail_from: str, header_from: str | None, policy: Policy, now: datetime) -> Entry | None:
    """The entry of filters/blocked-domains.txt that forbids it. The null sender is nobody's address."""
    candidates = (address for address in (mail_from, header_from) if address)
    return next((entry for address in candidates if (entry := policy.blocked.find(address, now))), None)
