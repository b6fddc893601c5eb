"""Did you write this? Asked of a registered address in whose name we got mail that nothing proves (threats 8).

The challenge has fixed words and nothing of the mail it is about but when it came. An answer from that very address
within VALID, once, is the proof: the held mail is judged again, as confirmed, and the answer is put beside it. Whatever
else comes back does nothing; the journal says why.
"""

from datetime import UTC, timedelta

from mailflow.config import Mailbox, zone_named
from mailflow.desk.actions import Confirm, Send
from mailflow.desk.case import Case
from mailflow.desk.context import Challenged
from mailflow.desk.conversation.followup import follow_up
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.parent import OVER, Joins, Part
from mailflow.desk.trust import replay
from mailflow.desk.trust.allowed import serves, unverified_at
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.notice import mailed
from mailflow.desk.writing.silence import from_the_null_sender, why_not_written_to
from mailflow.mail.identity.authentication import Verdict

VALID = timedelta(hours=72)
ONCE_PER = timedelta(hours=24)
ANSWERS = "it answers our challenge about entry"
"""How the reason of a held answer begins."""
SOON = timedelta(minutes=1)
"""When an answer is looked at again whose mail is still being filed."""


def asks(case: Case) -> Mailbox | None:
    """The mailbox in whose name the author is asked, if it is one to be asked."""
    contact = case.context.contact
    if case.identity.verdict is not Verdict.UNVERIFIED or case.identity.author is None or contact is None:
        return None
    candidates = (mailbox for mailbox in case.mailboxes if unverified_at(mailbox) == "challenge")
    return next((each for each in candidates if not each.registered_only or serves(each, contact)), None)


def challenge(case: Case, mailbox: Mailbox) -> tuple[tuple[Send, ...], Reason]:
    """Once a day, however much is held."""
    author, asked_at = case.identity.author or "", case.context.challenge_at
    if silent := why_not_written_to(case):
        return (), Reason("mail", "none", silent)
    if case.identity.against:  # most likely forged, and who is forged has nothing to tell us
        return (), Reason("mail", "none", f"{author} is not asked: {case.identity.against}")
    if case.context.undeliverable:
        return (), Reason("mail", "none", f"mail to {author} does not arrive")
    if asked_at is not None and case.now - asked_at < ONCE_PER:
        return (), Reason("mail", "none", f"{author} was asked within the last 24 hours whether it wrote to us")
    received = case.entry.received.astimezone(zone_named(case.policy.config.time_zone))
    send = Send(
        kind=Kind.CHALLENGE,
        to=author,
        to_name="",
        language=(case.context.contact.language if case.context.contact else "") or mailbox.language,
        mailbox=mailbox.address,
        ticket=None,
        key=f"challenge:{author}:{case.now.astimezone(UTC):%Y-%m-%d}",
        values={"received": f"{received:%Y-%m-%d %H:%M %Z}"},
        challenges=case.entry.number,
    )
    return (send,), mailed(send, mailbox, case)


def an_answer(case: Case) -> Decision | None:
    """What becomes of a message that carries the token of a challenge."""
    seen, about = case.clues.challenge, case.context.challenged
    if seen is None:
        return None
    if about is not None and about.confirmed_by == case.entry.number:
        return _beside(case, about)
    if why := _why_not(case, about):
        return _held(f"{ANSWERS} {seen.entry}, but {why}")
    reason = f"it confirms entry {seen.entry}, and is filed after it"
    return Decision(
        disposition=Disposition.RECEIVED,
        reason=reason,
        actions=(Confirm(entry=seen.entry),),
        reasons=(Reason("challenge", f"of entry {seen.entry}", f"answered by {case.identity.author}"),),
    )


def _why_not(case: Case, about: Challenged | None) -> str:
    """'' when it is the answer that we asked for."""
    questions = (
        (case.clues.challenge is None or not case.clues.challenge.for_author, "it was sent to another address"),
        (case.is_automatic or case.message.auto_submitted not in ("", "no"), "a machine wrote this"),
        (from_the_null_sender(case), "it came from the null sender (RFC 5321 4.5.5)"),
        (replay.perhaps_handed_in(case), replay.WHY),
        (about is None, "that is not there"),
        (about is not None and about.confirmed_by is not None, "it was answered before"),
        (about is None or about.held_since is None, "that is not held any more"),
        (
            about is not None and about.held_since is not None and case.now - about.held_since > VALID,
            f"only {VALID.total_seconds() // 3600:.0f} hours were given",
        ),
        (  # the challenge says only when a mail came: a forger's may have come first
            about is not None and about.others > 0,
            "mail in this name is held that came from elsewhere, and it does not tell which of them it is about",
        ),
    )
    return next((why for refused, why in questions if refused), "")


def _beside(case: Case, about: Challenged) -> Decision:
    """The answer that counted: words of the same person, put into the ticket of the mail that it confirmed."""
    if about.waits:
        reason = f"it confirmed entry {about.number}, which is not filed yet"
        return Decision(disposition=Disposition.RECEIVED, reason=reason, again=SOON)
    if about.ticket is None or about.ticket not in case.context.tickets:
        return _held(f"it confirmed entry {about.number}, which is in no ticket")
    ticket = case.context.read_in(about.ticket)
    if ticket.status in OVER:
        return _held(f"it confirmed entry {about.number}, and #{ticket.number} is {ticket.status}")
    why = f"its author confirmed entry {about.number} with it"
    return follow_up(case, Joins(ticket, why, Part.CLAIMANT))


def _held(reason: str) -> Decision:
    return Decision(
        disposition=Disposition.HELD,
        reason=reason,
        reasons=(Reason("ticket", "none, held", reason), Reason("mail", "none", "such an answer is never answered")),
    )
