"""What a machine writes to customers: an answer to the author of a message, or a notice to a ticket's requester.

In which language, under which name, or why nothing is written at all.
"""

from collections.abc import Mapping

from mailflow.config import Mailbox
from mailflow.desk.actions import FallSilent, Send
from mailflow.desk.case import Case
from mailflow.desk.decision import Reason
from mailflow.desk.policy import Policy
from mailflow.desk.route import mailbox_of
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.ceiling import enough_for
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import spoken
from mailflow.desk.writing.silence import why_silent
from mailflow.mail.compose import writable
from mailflow.mail.machines.role import never_reads

NO_VALUES: Mapping[str, str] = {}


def answer(
    case: Case,
    kind: Kind,
    mailbox: Mailbox,
    *,
    ticket: int | None,
    spoken_before: str = "",
    template: str = "",
    asked: bool = False,
    values: Mapping[str, str] = NO_VALUES,
) -> tuple[tuple[Send, ...], Reason]:
    """An automatic answer to the author, at most once, or the reason why there is none. `template`: in other words than
    those of its kind. `asked`: see why_silent."""
    author = case.identity.author
    if author is None or (silent := why_silent(case, asked=asked)):
        return (), Reason("mail", "none", silent if author else case.identity.evidence)
    message = case.message
    send = Send(
        kind=kind,
        to=author,
        to_name=name_of_author(case),
        language=language_of_author(case, mailbox, spoken_before),
        mailbox=mailbox.address,
        ticket=ticket,
        key=f"{kind}:entry:{case.entry.number}",
        template=template,
        values=values,
        in_reply_to=message.message_id,
        references=(*message.references, *([message.message_id] if message.message_id else [])),
    )
    return (send,), mailed(send, mailbox, case)


def kept_back(case: Case, kind: Kind, ticket: int | None, why: Reason) -> tuple[FallSilent, ...]:
    """What the ticket is to say where `why` there is no answer is the ceiling of its author's address."""
    author = case.identity.author or ""
    enough = enough_for(author, case.context.automatic_today, case.policy)
    return (FallSilent(ticket=ticket, kind=kind, to=author, because=enough),) if enough and why.why == enough else ()


def mailed(send: Send, mailbox: Mailbox, case: Case) -> Reason:
    template = send.template or send.kind
    language = spoken(template, send.language, mailbox, case.policy)
    return Reason("mail", f"{language}/{template}.txt to {send.to}", "at most once")


def language_of_author(case: Case, mailbox: Mailbox, spoken_before: str = "") -> str:
    """What a rule says, else the contact's, else the message's, else the conversation's so far: "ok, dziękuję" is too
    short to tell; else the mailbox's."""
    contact = case.context.contact if case.identity.acts else None
    ruled = case.ruling.effects.language
    return ruled or (contact.language if contact else "") or case.message.language or spoken_before or mailbox.language


def name_of_author(case: Case) -> str:
    """As registered. A name from the header of a stranger is never repeated by a machine."""
    return case.context.contact.name if case.context.contact and case.identity.acts else ""


def why_never(address: str, policy: Policy) -> str:
    """Why machines do not write to this address, whoever gave it to us; '' where they may."""
    questions = (
        (mailbox_of(address, policy) is not None, f"{address} is an address of ours"),
        (never_reads(address) or not writable(address), f"{address} is read by nobody"),
    )
    return next((why for refused, why in questions if refused), "")


def tell_requester(ticket: Ticket, kind: Kind, key: str, policy: Policy, values: Mapping[str, str]) -> tuple[Send, ...]:
    """Nobody else is told what becomes of a ticket; a machine does not write to ourselves, nor to an address that is
    known only from an unverified mail (P8), unless an agent has asked it something."""
    unknown = not ticket.believed and ticket.question_at is None
    if unknown or mailbox_of(ticket.requester, policy) or not writable(ticket.requester):
        return ()
    send = Send(
        kind=kind,
        to=ticket.requester,
        to_name=ticket.requester_name if ticket.contact else "",  # as registered; a stranger's name is not repeated
        language=ticket.language,
        mailbox=ticket.mailbox,
        ticket=ticket.number,
        key=key,
        values=values,
    )
    return (send,)
