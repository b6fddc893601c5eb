"""Who takes part in a ticket besides its requester (R3.7): is sent what agents answer from then on, and may answer it.

An agent says so, or a rule of the admin does (`then.cc`), or mail does that shows them in To or Cc, as far as its
mailbox allows (`copies`): mail of who takes part already, and is believed. Whom an agent has removed only an agent adds
again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailflow.desk.actions import Action, AddParticipants, RemoveParticipants
from mailflow.desk.case import Case
from mailflow.desk.context import NOTHING_KNOWN_OF_IT, Known
from mailflow.desk.copied import staff_of, unfit
from mailflow.desk.decision import Reason
from mailflow.desk.policy import Policy
from mailflow.desk.rules.applied import Applied
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.letter import mailbox_named
from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.mail.identity.evidence import Method, Result

NAMED = 3
"""Addresses that one line of an explanation names."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What the To and Cc of a message bring, and why."""

    actions: tuple[Action, ...] = ()
    reasons: tuple[Reason, ...] = ()


def copied(case: Case, ticket: Ticket) -> Joined:
    """Who joins `ticket`, which the author of the message opens or takes part in."""
    others = [address for address in case.clues.copies.others if not _is_there(case, ticket, address)]
    if not others:
        return Joined()
    if why := _why_nobody(case, ticket):
        return Joined(reasons=(Reason("cc", "nobody", why),))
    answers = {address: _why_not(case, ticket, address) for address in others}
    fit = [address for address, why in answers.items() if not why]
    room = max(0, case.policy.config.limits.participants_per_ticket - len(ticket.participants - {ticket.requester}))
    answers |= dict.fromkeys(fit[room:], f"#{ticket.number or '…'} has enough ([limits] participants_per_ticket)")
    return _joined(case, ticket, fit[:room], {address: why for address, why in answers.items() if why})


def is_requester(case: Case, ticket: Ticket) -> bool:
    """Whose request it is writes this, from whichever of their addresses."""
    theirs = map(canonical, (case.shown_author, *case.context.addresses))
    return canonical(ticket.requester) in theirs


def _joined(case: Case, ticket: Ticket, fit: Sequence[str], left_out: dict[str, str]) -> Joined:
    by = f"in To or Cc of a mail from {case.identity.author}"
    reasons = [Reason("cc", f"{_told(fit)}", by)] if fit else []
    for why in dict.fromkeys(left_out.values()):
        alike = [address for address, each in left_out.items() if each == why]
        reasons.append(Reason("cc", f"not {_told(alike)}", why))
    add = AddParticipants(ticket=ticket.number or None, addresses=tuple(fit), why=f"{by}, entry {case.entry.number}")
    return Joined((add,) if fit else (), tuple(reasons))


def _is_there(case: Case, ticket: Ticket, address: str) -> bool:
    """Takes part, by this or another address, or writes this."""
    if address in map(canonical, (*ticket.participants, *case.context.addresses, case.shown_author)):
        return True
    contact = case.context.copied.get(address, NOTHING_KNOWN_OF_IT).contact
    return contact is not None and contact == ticket.contact


def _why_nobody(case: Case, ticket: Ticket) -> str:
    """Why this message brings nobody, whoever stands there; '' when it may."""
    mailbox = mailbox_named(ticket.mailbox, case.policy)
    questions = (
        (mailbox.copies == "nobody", f"{mailbox.address} has copies = nobody"),
        (not case.identity.acts, f"{case.identity.verdict}: {case.identity.evidence}"),
        (was_held(case), "it was held: who it is from was found out, not who stands there"),
        (case.is_automatic, case.message.automatic.why or f"it is {case.message.automatic.kind}"),
        (not case.clues.copies.beside_us, "no address of ours stands beside them: a blind copy, or forwarded"),
        (not recipients_are_proved(case), "the signature that proves its author does not cover To and Cc"),
    )
    return next((why for wrong, why in questions if wrong), "")


def was_held(case: Case) -> bool:
    """An agent, or its author's answer to a challenge, says whose words they are; neither saw its To and Cc."""
    return (case.entry.released or case.entry.confirmed_by is not None) and not case.entry.envelope.trusted


def recipients_are_proved(case: Case) -> bool:
    """What DKIM does not cover anybody can have put into a mail that somebody signed, and sent on."""
    proof, evidence = case.identity.proof, case.entry.evidence
    if proof is None or evidence is None or proof.method is not Method.DKIM:
        return True
    return any(
        each.result is Result.PASS and each.domain == proof.domain and each.covers_recipients
        for each in evidence.signatures
    )


def _why_not(case: Case, ticket: Ticket, address: str) -> str:
    """Why this one stays out; '' when it may join."""
    policy, known = case.policy, case.context.copied.get(address, NOTHING_KNOWN_OF_IT)
    mailbox = mailbox_named(ticket.mailbox, policy)
    questions = (
        (address in ticket.removed, "an agent has removed it"),
        (bool(why := unfit(address, policy.mailboxes, staff_of(policy.config))), why),
        (policy.blocked.find(address, case.now) is not None, "is blocked"),
        (known.undeliverable, "mail to it does not arrive"),
        (mailbox.copies == "account" and not _of_one_account(case, ticket, known), "not of its author's account"),
    )
    return next((why for wrong, why in questions if wrong), "")


def _of_one_account(case: Case, ticket: Ticket, known: Known) -> bool:
    """Both are registered for it, and it is that of the ticket."""
    theirs = case.context.account.id if case.context.contact and case.context.account else None
    return theirs is not None and known.account == theirs and ticket.account in (None, theirs)


def _told(addresses: Sequence[str]) -> str:
    more = f" and {len(addresses) - NAMED} more" if len(addresses) > NAMED else ""
    return ", ".join(addresses[:NAMED]) + more


def add(ticket: Ticket, addresses: Sequence[str], agent: str, policy: Policy) -> tuple[Action, ...]:
    """`agent` lets them take part; Refused when one of them cannot, or does already."""
    known = set(map(canonical, ticket.participants))
    for address in addresses:
        why = unfit(address, policy.mailboxes, staff_of(policy.config))
        if not why and canonical(address) in known:
            why = f"takes part in #{ticket.number} already"
        if why:
            raise Refused(f"{address} {why}")
    return (AddParticipants(ticket=ticket.number, addresses=_each_once(addresses), why=f"by {agent}"),)


def remove(ticket: Ticket, addresses: Sequence[str], agent: str) -> tuple[Action, ...]:
    """They are sent nothing more."""
    known = set(map(canonical, ticket.participants))
    for address in addresses:
        if canonical(address) == canonical(ticket.requester):
            raise Refused(f"{address} is whose request #{ticket.number} is")
        if canonical(address) not in known:
            raise Refused(f"{address} takes no part in #{ticket.number}")
    return (RemoveParticipants(ticket=ticket.number, addresses=_each_once(addresses), by=agent),)


def added_by(rules: Sequence[Applied], number: int | None, ticket: Ticket | None) -> Iterator[Action]:
    """What `then.cc` of these rules brings. `ticket`: that of `number`, None for one that is opened."""
    removed = ticket.removed if ticket else frozenset()
    for each in rules:
        addresses = tuple(address for address in each.effects.cc if address not in removed)
        if addresses:
            yield AddParticipants(ticket=number, addresses=addresses, why=f"rule {each.rule} ({each.place})")


def _each_once(addresses: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(canonical, addresses)))
