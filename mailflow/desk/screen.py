"""Who is turned away before anything else is asked: blocked domains, in the envelope sender and in From (R3.10).

Asked twice: at the SMTP door, where a direct client can still be refused, and by `desk.decide` for all other ways in.
"""

from mailflow.desk.policy import Policy


def blocked_by(mail_from: str, header_from: str | None, policy: Policy) -> str | None:
    """The entry of filters/blocked-domains.txt that forbids it. The null sender is nobody's domain."""
    candidates = (address for address in (mail_from, header_from) if address)
    return next((entry for address in candidates if (entry := policy.blocked.match(address))), None)
