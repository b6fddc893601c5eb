"""Who is sent what agents answer besides who wrote: the operations contact of the account (R4.3).

`[[mailbox]] answers_to` asks for it. A mail that names another address of that account, in To, Cc or its author's new
words, chooses that one. Every one of them is registered for the account, and its author as well, and believed.
"""

from mailflow.desk.actions import AddParticipants
from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Account, Role
from mailflow.desk.context import NOTHING_KNOWN_OF_IT
from mailflow.desk.conversation.participants import Joined, recipients_are_proved, was_held
from mailflow.desk.copied import staff_of, unfit
from mailflow.desk.decision import Reason
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.letter import mailbox_named


def addressee(case: Case, ticket: Ticket) -> Joined:
    """Who joins `ticket`, which the message opens."""
    if mailbox_named(ticket.mailbox, case.policy).answers_to != "operations":
        return Joined()
    contact, account = case.context.contact, case.context.account
    if contact is None or account is None or not case.identity.acts:
        return _author_only("no registered contact that is believed")
    if named := _named(case, account):
        return _also(ticket, named, f"named in it, of account {account.code}")
    if Role.OPERATIONS in contact.roles:
        return _author_only(f"an operations contact of account {account.code}")
    operations = [address for address in case.context.operations if _is_fit(case, address)]
    if not operations:
        return _author_only(f"account {account.code} has no operations contact")
    return _also(ticket, (operations[0],), f"the operations contact of account {account.code}")


def _named(case: Case, account: Account) -> tuple[str, ...]:
    """Others of the account; the author's own address is that of a signature. Whom a robot names, or a mail that was
    held, nobody has chosen."""
    copies = case.clues.copies
    if case.is_automatic or was_held(case):
        return ()
    shown = copies.others if copies.beside_us and recipients_are_proved(case) else ()
    return tuple(
        address
        for address in dict.fromkeys((*shown, *(copies.named or ())))
        if case.context.copied.get(address, NOTHING_KNOWN_OF_IT).account == account.id
        and address not in case.context.addresses
        and _is_fit(case, address)
    )


def _is_fit(case: Case, address: str) -> bool:
    known = case.context.copied.get(address, NOTHING_KNOWN_OF_IT)
    is_blocked = case.policy.blocked.find(address, case.now) is not None
    return not (
        is_blocked or known.undeliverable or unfit(address, case.policy.mailboxes, staff_of(case.policy.config))
    )


def _author_only(why: str) -> Joined:
    return Joined(reasons=(Reason("answers", "to its author", why),))


def _also(ticket: Ticket, addresses: tuple[str, ...], why: str) -> Joined:
    add = AddParticipants(ticket=ticket.number or None, addresses=addresses, why=f"answers go there: {why}")
    return Joined((add,), (Reason("answers", f"also to {', '.join(addresses)}", why),))
