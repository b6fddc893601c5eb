"""What the journal names as the rule when it is none of an admin's. No rule of filters/ takes these names."""

from enum import StrEnum


class OwnRule(StrEnum):
    BLOCKED = "blocked-domain"  # a list has its sender
    LOOP = "loop-hops"
    OWN_MAIL = "own-mail"  # ours, come back
    REPORT_UNKNOWN = "report-unknown"  # about no mail of ours
    AGENT = "agent"  # an agent's answer, carried out or not: filed at its ticket, and no rule changes that one
    AGENT_MACHINE = "agent-machine"  # a machine's answer to what an agent was told
    DIGEST = "digest"  # an answer to a digest, carried out: filed, and in no ticket
    DIGEST_MACHINE = "digest-machine"  # a machine's answer to a digest
    PAGE = "page"  # an answer that took a page: filed at its ticket, as a note
    PAGE_MACHINE = "page-machine"  # a machine's answer to a page
    CORRECTION_MACHINE = "correction-machine"  # a machine's answer to the notice that details will change
    NEWCOMER = "newcomer"  # who was told of a newcomer agrees: noted at the request, and no ticket
    NEWCOMER_MACHINE = "newcomer-machine"  # a machine's answer to that
    CONSENT = "consent"  # an answer of who was asked to agree: filed at its ticket, as a note
    CONSENT_MACHINE = "consent-machine"  # a machine's answer to that
    REACH = "reach"  # an answer of an account that is said to be out of reach: filed at its case, as a note
    REACH_MACHINE = "reach-machine"  # a machine's answer to that
    LIST = "list"  # its author asked for a list of requests: filed, and in no ticket
    HEADER_ONLY = "limits.message_size"  # held, of which no more is kept than the header
    REJECTED = "rejected"  # held, and dropped by a person
    EXPIRED = "held-expired"  # held for as long as [held] keep allows, and decided by nobody
    RETENTION = "retention"  # failed, and kept no longer
    ERASED = "erased"  # its author was erased before it was filed, or decided about
