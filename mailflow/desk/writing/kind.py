"""Kinds of mail of ours."""

from enum import StrEnum


class Kind(StrEnum):
    """Kinds of outgoing mail; a template has the kind's name."""

    ACKNOWLEDGEMENT = "acknowledgement"
    REGISTRATION = "registration"  # how an unknown sender becomes a registered contact
    REGISTERED = "registered"  # who asked to be registered is, or will be
    NOT_REGISTERED = "not_registered"
    RECOVERY = "recovery"  # an address will be another, of who lost access, to whoever may object
    NEWCOMER = "newcomer"  # somebody was registered for an account, to its primary contacts
    CHALLENGE = "challenge"  # did you write this? asked of a registered address
    REOPENED = "reopened"
    RESOLVED = "resolved"
    REQUESTS = "requests"  # a list of them, to whose they are
    MISSING = "missing"  # what a request still needs, to who wrote
    STEP = "step"  # a request has its items: what it waits for besides
    COMPLETE = "complete"  # a request has all that it needs
    CONSENT = "consent"  # a party of a request is asked for its yes or no
    PARTY = "party"  # how far the request is, to a party that has agreed
    GATE = "gate"  # the same of a department, to its agents
    REACH = "reach"  # a contact of an account that cannot be reached is asked to answer
    REACH_STATE = "reach_state"  # how far that is, to who looks for it
    REACH_ANSWERED = "reach_answered"  # it has answered, to who looks for it
    STANDING = "standing"  # where a request stands, to who asks
    CLOSED = "closed"  # it came too late to open its ticket again
    DETAILS_PENDING = "details_pending"  # what is on file of a contact will change, to that contact
    DETAILS_CHANGED = "details_changed"
    DETAILS_KEPT = "details_kept"  # it does not change
    REMINDER = "reminder"
    CLOSING = "closing"  # resolved because the customer did not answer
    EXPIRED = "expired"  # over because the request was not complete in time
    MERGED = "merged"  # two tickets of the addressee are one
    SPLIT = "split"  # a second matter of the addressee has a ticket of its own
    INCIDENT = "incident"  # in the place of the acknowledgement: it is known, and how it stands
    INCIDENT_UPDATE = "incident_update"  # how it stands by now
    INCIDENT_OVER = "incident_over"
    ESCALATION = "escalation"
    PAGE = "page"  # whoever is on call is to look now
    DIGEST = "digest"  # what is held, to those who decide about it
    HANDLED = "handled"  # what became of an agent's decisions
    NOTIFICATION = "notification"  # what a customer wrote, or what becomes theirs, to agents
    CONFIRMATION = "confirmation"  # what became of an agent's answer, to that agent
    REPLY = "reply"
    RECAP = "recap"  # what was said by telephone


TO_AGENTS = frozenset({Kind.NOTIFICATION, Kind.CONFIRMATION})
"""About a ticket, with a token by which the agent works on it."""
APART = frozenset({Kind.CONSENT, Kind.PARTY, Kind.GATE, Kind.REACH})
"""About a ticket, to others than take part in it: they name no mail of its conversation."""
WRITTEN = frozenset({Kind.REPLY, Kind.RECAP})
"""By a person, to customers."""
AUTOMATIC = frozenset(Kind) - {*WRITTEN, Kind.ESCALATION, Kind.PAGE, Kind.GATE, *TO_AGENTS}
"""Sent at most once; the others at least once with a stable Message-ID (DESIGN rule 5)."""


ONE_TO_EACH = frozenset(
    {
        Kind.INCIDENT_UPDATE,
        Kind.INCIDENT_OVER,
        Kind.REGISTERED,
        Kind.NOT_REGISTERED,
        Kind.CLOSED,
        Kind.REACH_ANSWERED,
    }
)
"""What machines wrote that day does not keep anybody from hearing these: an agent's command writes them, one to each
requester, who was looked for has answered, or a mail was put where nobody reads it, which its author must know. They
leave at the pace of all automatic mail."""
