"""Why a message gets no automatic answer (RFC 3834, threats section 10). Asked before anything is sent by a machine.

This decides about answering, never about keeping.
"""

from mailflow.desk.case import Case
from mailflow.desk.copied import staff_of
from mailflow.desk.route import mailbox_of
from mailflow.desk.writing.ceiling import enough_for
from mailflow.mail.compose import writable
from mailflow.mail.effort import ONLY_HEADER
from mailflow.mail.machines.role import never_reads

SPEAKS_SMTP = ("smtp", "lmtp", "submission")
"""Only there is an empty envelope sender the null sender; elsewhere it is one that is not known."""


def why_silent(case: Case, *, asked: bool = False) -> str:
    """'' when its author may be answered. `asked`: for just this answer, so no matter how many there were today, nor
    what a mail program puts into all that it sends."""
    return why_not_written_to(case, asked=asked) or ("" if case.identity.acts else "its author is not verified")


def why_not_written_to(case: Case, *, asked: bool = False) -> str:
    """'' when a machine may write to its author, whoever that is: a challenge asks just that."""
    author, policy = case.identity.author, case.policy
    enough = "" if asked else enough_for(author or "", case.context.automatic_today, policy)
    questions = (
        (case.entry.backlog, "it was there before we were"),
        (from_the_null_sender(case), "it came from the null sender (RFC 5321 4.5.5)"),
        (case.message.auto_submitted not in ("", "no"), f"it says Auto-Submitted: {case.message.auto_submitted}"),
        (case.is_automatic, case.message.automatic.why or f"it is {case.message.automatic.kind}"),
        (case.message.wants_no_answer and not asked, "it asks for no automatic answer (X-Auto-Response-Suppress)"),
        (ONLY_HEADER in case.message.defects, "its words could not be read"),
        (author is not None and not writable(author), "its author's address cannot be written to"),
        (author is not None and mailbox_of(author, policy) is not None, "its author's address is ours"),
        (author is not None and never_reads(author), f"nobody reads what is sent to {author}"),
        (bool(enough), enough),
        (_was_told_today(case), "its author is not registered, was written to today, and answers none of our mail"),
    )
    return next((why for silent, why in questions if silent), "")


def _was_told_today(case: Case) -> bool:
    """Where strangers ask to be registered, a machine writes to one that does not answer it once in 24 hours."""
    author, asks = case.identity.author or "", case.clues.registration
    answers = any(token.for_author for token in case.tokens) or (asks is not None and asks.for_author)
    return (
        case.context.contact is None
        and case.context.automatic_today > 0
        and any(mailbox.registration in case.policy.registrations for mailbox in case.mailboxes)
        and author not in staff_of(case.policy.config)
        and not answers
    )


def from_the_null_sender(case: Case) -> bool:
    return not case.entry.envelope.mail_from and case.entry.envelope.source.partition(":")[0] in SPEAKS_SMTP
