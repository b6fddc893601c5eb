"""Who is turned away before anything else is asked: what is blocked, as envelope sender, as From, as
who hands it in (R3.10).

Asked twice: at the SMTP door, where a direct client can still be refused, and by `desk.decide` for all other ways in.
"""

from datetime import datetime

from mailflow.desk.lists.listed import Entry
from mailflow.desk.policy import Policy


def blocked_by(mail_from: str, header_from: str | None, peer: str, policy: Policy, now: datetime) -> Entry | None:
    """The entry of filters/blocked-domains.txt that forbids it. The null sender is nobody's address; `peer` is the IP
    address of who hands it in, '' when that is one of ours."""
    candidates = (one for one in (mail_from, header_from, peer) if one)
    return next((entry for one in candidates if (entry := policy.blocked.find(one, now))), None)


def told(entry: Entry) -> str:
    """Which line it was, for whoever asks why."""
    place = f"{entry.file.rpartition('/')[2]}:{entry.line}"
    return f"{entry.value} is blocked, {place}" + (f": {entry.why}" if entry.why else "")
