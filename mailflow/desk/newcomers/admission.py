"""An agent decides about who asks to be registered (R2.2, R4.6): a new contact of an account, the new address of one
that lost access to the old, or neither.

Only agents of the department whose the kind of request is decide, once. Until then nobody outside hears anything of an
account; then its primary contacts hear of it, and a new address counts after the delay of any correction, so that who
reads the old one may object.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from mailflow.config import zone_named
from mailflow.desk.actions import Action, CancelTimers, ChangeStatus, Note, Send
from mailflow.desk.contacts.contact import NamedAccount, OneOfAccount, Role
from mailflow.desk.contacts.correction import why_no_address
from mailflow.desk.contacts.details import SEPARATOR, Detail, listed
from mailflow.desk.contacts.said_details import value_of
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.desk.newcomers.applicant import is_applicant
from mailflow.desk.newcomers.application import EVENT
from mailflow.desk.policy import Policy
from mailflow.desk.roster import named as agent_named
from mailflow.desk.roster import works_for
from mailflow.desk.ticket import IN_PUBLIC, Move, Status, Ticket
from mailflow.desk.timing.sla import ALL_TIMERS, timers_of_rest
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notice import tell_requester
from mailflow.errors import Refused
from mailflow.mail.address import canonical

Accounts = Mapping[str, NamedAccount]
"""By what names them: an agent's words, and the requester's address."""
AS_NOTHING_ELSE = (Role.TECHNICAL,)
"""Who is registered without a word about it."""
NAME = "name"
"""The item of a request, if it has one, that says how its requester is called."""


def register(
    ticket: Ticket,
    account: str,
    roles: Sequence[str],
    agent: str,
    policy: Policy,
    now: datetime,
    accounts: Accounts,
    name: str = "",
) -> tuple[Action, ...]:
    """The requester is a contact of `account` from now on, and its primary contacts are told."""
    _decides(ticket, agent, policy, now, accounts)
    found = accounts.get(account)
    if found is None or found.code.casefold() != account.casefold():
        near = f"; {account} names {found}" if found else ""
        raise Refused(f"there is no account '{account}'{near}; roles are {', '.join(Role)}")
    called = name or _name_of(ticket, policy)
    if any(each.name == called for each in found.contacts):
        raise Refused(f"{found} has a contact {called} already; the same person: #recover ADDRESS; another: --name")
    address = canonical(ticket.requester)
    new = Register(
        ticket=ticket.number,
        account=found.code,
        name=called,
        address=address,
        language=ticket.language,
        roles=tuple(Role(role) for role in roles) or AS_NOTHING_ELSE,
        by=agent,
        evidence=_evidence(ticket, policy),
    )
    told = f"{called} <{address}> registered for {found} as {', '.join(new.roles)} by {agent}"
    return new, *_settled(ticket, told, agent, policy, now), *_announced(ticket, new, found, policy)


def recover(
    ticket: Ticket,
    lost: str,
    agent: str,
    policy: Policy,
    now: datetime,
    accounts: Accounts,
    *,
    entry: int,
    keep: bool = False,
) -> tuple[Action, ...]:
    """The requester is the contact who has the address `lost`, and is written to at the new one after the delay of
    corrections. `keep`: also at the old one; `entry`: what an objection names it by."""
    _decides(ticket, agent, policy, now, accounts)
    account = accounts.get(lost)
    contact = account.contact_at(canonical(lost)) if account else None
    if account is None or contact is None:
        raise Refused(f"{lost} is nobody's here")
    address, due = canonical(ticket.requester), now + policy.config.verification.delay
    stay = [each for each in contact.addresses if keep or each != canonical(lost)]
    wanted = {Detail.ADDRESSES: SEPARATOR.join((address, *stay))}
    change = Recover(
        ticket=ticket.number,
        contact=contact.id,
        wanted=wanted,
        address=address,
        due=due,
        entry=entry,
        by=agent,
        evidence=_evidence(ticket, policy),
    )
    in_force = f"{due.astimezone(zone_named(policy.config.time_zone)):%Y-%m-%d %H:%M %Z}"
    told = f"{contact} of {account} is to be reached at {wanted[Detail.ADDRESSES]}, as {agent} decided"
    letters = tuple(
        _warning(ticket, reader, at, contact, change, in_force, policy)
        for at, reader in _who_may_object(contact, account).items()
    )
    return change, *_settled(ticket, told, agent, policy, now, in_force), *_closed(ticket, agent), *letters


def refuse(ticket: Ticket, agent: str, policy: Policy, now: datetime, accounts: Accounts) -> tuple[Action, ...]:
    """Answered once, without a reason. What is held stays so; the ticket is closed, and no reply opens it again."""
    _decides(ticket, agent, policy, now, accounts)
    note = Note(ticket=ticket.number, kind=EVENT, text=f"refused by {agent}")
    key = f"{Kind.NOT_REGISTERED}:{ticket.number}"
    values = {"status": IN_PUBLIC[Status.CLOSED]}
    notice = tell_requester(ticket, Kind.NOT_REGISTERED, key, policy, values)
    return note, *_resolves(ticket, agent), *_closed(ticket, agent), *notice


def _decides(ticket: Ticket, agent: str, policy: Policy, now: datetime, accounts: Accounts) -> None:
    """Refused where there is nothing to decide, or this agent may not."""
    address = canonical(ticket.requester)
    account = accounts.get(ticket.requester)
    known = account.contact_at(address) if account else None
    claimed = account.claimed_by(address) if account else None
    by = agent_named(agent, policy.config)
    questions = (
        (known is not None, f"{address} is registered already: {known} of {account}"),
        (claimed is not None, f"{address} is to be {claimed}'s: it was decided; mailflow contact changes list"),
        (ticket.status is Status.CLOSED, f"#{ticket.number} is closed: it was decided"),
        (
            not is_applicant(ticket, policy.registrations),
            f"#{ticket.number} is no request to be registered, of who is proved",
        ),
        (by is not None and not works_for(by, _department(ticket, policy)), f"{agent} does not decide about that"),
        (bool(why := why_no_address(address, policy, now)), why),
    )
    if refused := next((why for wrong, why in questions if wrong), ""):
        raise Refused(refused)


def _department(ticket: Ticket, policy: Policy) -> str:
    """Not that of the ticket: whoever may route it could give it to themselves."""
    kind = policy.kinds.kinds.get(ticket.type)
    return (kind.shape.department if kind else "") or mailbox_named(ticket.mailbox, policy).department


def _name_of(ticket: Ticket, policy: Policy) -> str:
    kind = policy.kinds.kinds.get(ticket.type)
    given = Dossier(kind, ticket.given).latest.get(NAME) if kind else None
    said = (given.value if given else "", ticket.requester_name)
    return next((name for each in said if each and (name := value_of(Detail.NAME, each))), canonical(ticket.requester))


def _evidence(ticket: Ticket, policy: Policy) -> str:
    kind = policy.kinds.kinds.get(ticket.type)
    given = Dossier(kind, ticket.given).latest.values() if kind else ()
    return "; ".join((f"#{ticket.number}", *map(str, given)))


def _resolves(ticket: Ticket, agent: str) -> tuple[Action, ...]:
    if ticket.status is Status.RESOLVED:
        return ()
    return (ChangeStatus(ticket=ticket.number, move=Move.RESOLVE, cause=f"{agent} decided"),)


def _closed(ticket: Ticket, agent: str) -> tuple[Action, ...]:
    """Nobody decides about it once more."""
    closes = ChangeStatus(ticket=ticket.number, move=Move.CLOSE, cause=f"{agent} decided")
    return closes, CancelTimers(ticket=ticket.number, kinds=ALL_TIMERS)


def _settled(
    ticket: Ticket, told: str, agent: str, policy: Policy, now: datetime, in_force: str = ""
) -> tuple[Action, ...]:
    values = {"status": IN_PUBLIC[Status.RESOLVED], "in_force": in_force}
    notice = tell_requester(ticket, Kind.REGISTERED, f"{Kind.REGISTERED}:{ticket.number}", policy, values)
    note = Note(ticket=ticket.number, kind=EVENT, text=told)
    rest = timers_of_rest(policy, now, ticket.number)
    return note, *_resolves(ticket, agent), *rest, *notice


def _announced(ticket: Ticket, new: Register, account: NamedAccount, policy: Policy) -> tuple[Send, ...]:
    """To the primary contacts that there were before. Of no ticket: they take no part in it."""
    mailbox = mailbox_named(ticket.mailbox, policy)
    return tuple(
        Send(
            kind=Kind.NEWCOMER,
            to=each.addresses[0],
            to_name=each.name,
            language=each.language or mailbox.language,
            mailbox=mailbox.address,
            ticket=None,
            key=f"{Kind.NEWCOMER}:{ticket.number}:{each.addresses[0]}",
            values={"contact": new.name, "address": new.address},
            admitted=ticket.number,
        )
        for each in account.primaries
    )


def _who_may_object(contact: OneOfAccount, account: NamedAccount) -> dict[str, OneOfAccount]:
    """By address: the contact at each that it has, and the primary contacts."""
    primaries = {each.addresses[0]: each for each in account.primaries}
    return primaries | dict.fromkeys(contact.addresses, contact)


def _warning(
    ticket: Ticket, reader: OneOfAccount, at: str, whose: OneOfAccount, change: Recover, in_force: str, policy: Policy
) -> Send:
    """It says how to object."""
    mailbox = mailbox_named(ticket.mailbox, policy)
    language = spoken(Kind.RECOVERY, reader.language or mailbox.language, mailbox, policy)
    return Send(
        kind=Kind.RECOVERY,
        to=at,
        to_name=reader.name,
        language=language,
        mailbox=mailbox.address,
        ticket=None,
        key=f"{Kind.RECOVERY}:entry:{change.entry}:{at}",
        values={
            "details": listed(change.wanted, language),
            "address": change.address,
            "contact": whose.name,
            "in_force": in_force,
        },
        corrects=change.entry,
    )
