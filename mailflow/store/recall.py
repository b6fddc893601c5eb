"""What the store knows of the clues of a message, and nothing more: `Clues` in, `Context` out.

Asked for many messages at once, because most of what a look-up costs is the statement. Three statements for first mails
of registered contacts; the rest only where somebody is not known, or a message points at something.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from mailflow.desk.actions import TO_AGENTS, Disposition, Kind
from mailflow.desk.challenge import ANSWERS
from mailflow.desk.clues import Answered, Challenged, Clues, Context, Earlier, Paged
from mailflow.desk.commands import Command
from mailflow.desk.contact import Account, Contact, Role
from mailflow.desk.ticket import Ticket
from mailflow.mail.address import canonical, domain_of
from mailflow.mail.identity.authentication import Verdict
from mailflow.store import incidents
from mailflow.store.held import named_entries
from mailflow.store.pages import paged_in
from mailflow.store.participants import known, operations_of
from mailflow.store.pins import pin_in
from mailflow.store.tables import (
    ACCOUNT,
    ACCOUNT_DOMAIN,
    CONTACT,
    CONTACT_ADDRESS,
    ENTRY,
    MESSAGE,
    OUTBOX,
    PIN,
    TICKET,
    UNDELIVERABLE,
)
from mailflow.store.tickets import load_all
from mailflow.store.waiting import requests_of, told_standing, waits_for

KEPT = (Disposition.FILED.value, Disposition.HELD.value)
"""What a copy can be a duplicate of. A dropped or failed one is not: the copy may fare better."""
Known = dict[str, dict[str, Any]]
"""Fields of a Context, by author."""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)

_DIGESTS: BindParameter[list[Any]] = bindparam("digests", expanding=True)
_AUTHORS: BindParameter[list[Any]] = bindparam("authors", expanding=True)
_DOMAINS: BindParameter[list[Any]] = bindparam("domains", expanding=True)
_IDS: BindParameter[list[Any]] = bindparam("ids", expanding=True)
_EARLIER = (
    select(
        ENTRY.c.digest, ENTRY.c.id, func.coalesce(TICKET.c.merged_into, ENTRY.c.ticket).label("ticket"),
        ENTRY.c.disposition,
    )
    .outerjoin_from(ENTRY, TICKET, TICKET.c.id == ENTRY.c.ticket)
    # coalesce: hides the column from SQLite, which would rather walk over all that was ever filed than seek 32 digests
    .where(ENTRY.c.digest.in_(_DIGESTS), func.coalesce(ENTRY.c.disposition, "").in_(KEPT))
    .order_by(ENTRY.c.disposition, ENTRY.c.id)  # filed comes before held
)  # fmt: skip
_COUNTS = and_(OUTBOX.c.automatic, OUTBOX.c.created > bindparam("yesterday"), OUTBOX.c.state != "cancelled")
_TOLD = and_(OUTBOX.c.kind == Kind.REGISTRATION.value, OUTBOX.c.state != "cancelled")
_ASKED = and_(OUTBOX.c.kind == Kind.CHALLENGE.value, OUTBOX.c.state != "cancelled")
_WRITTEN = (
    select(
        OUTBOX.c.rcpt_to,
        func.count(case((_COUNTS, 1))).label("automatic_today"),
        func.max(case((_TOLD, OUTBOX.c.created))).label("registration_at"),
        func.max(case((_ASKED, OUTBOX.c.created))).label("challenge_at"),
        literal(0).label("undeliverable"),
        literal(0).label("tickets_hour"),
        literal(0).label("tickets_today"),
    )
    .where(OUTBOX.c.rcpt_to.in_(_AUTHORS), OUTBOX.c.created > bindparam("last_week"))
    .group_by(OUTBOX.c.rcpt_to)
)
_LOST = select(UNDELIVERABLE.c.address, literal(0), null(), null(), literal(1), literal(0), literal(0)).where(
    UNDELIVERABLE.c.address.in_(_AUTHORS), UNDELIVERABLE.c.until > bindparam("now")
)
_OPENED = (
    select(
        TICKET.c.requester, literal(0), null(), null(), literal(0),
        func.count(case((TICKET.c.created > bindparam("last_hour"), 1))), func.count(),
    )
    .where(TICKET.c.requester.in_(_AUTHORS), TICKET.c.created > bindparam("yesterday"))
    .group_by(TICKET.c.requester)
)  # fmt: skip
_MAILED = union_all(_WRITTEN, _LOST, _OPENED)
_OTHER = CONTACT_ADDRESS.alias("other")
_CONTACT: Select[Any] = (
    select(
        CONTACT_ADDRESS.c.address.label("author"), CONTACT.c.id, CONTACT.c.name, CONTACT.c.language,
        CONTACT.c.roles, ACCOUNT.c.id.label("account"), ACCOUNT.c.code, ACCOUNT.c.name.label("account_name"),
        ACCOUNT.c.contract, ACCOUNT.c.region, _OTHER.c.address,
        *(PIN.c[name].label(f"pin_{name}") for name in ("verdict", "method", "domain", "since")),
    )
    .join_from(CONTACT_ADDRESS, CONTACT, CONTACT.c.id == CONTACT_ADDRESS.c.contact)
    .join(ACCOUNT, ACCOUNT.c.id == CONTACT.c.account)
    .join(_OTHER, _OTHER.c.contact == CONTACT.c.id)
    .outerjoin(PIN, PIN.c.address == CONTACT_ADDRESS.c.address)
    .where(CONTACT_ADDRESS.c.address.in_(_AUTHORS))
)  # fmt: skip
_ACCOUNT: Select[Any] = (
    select(
        ACCOUNT_DOMAIN.c.domain, ACCOUNT.c.id.label("account"), ACCOUNT.c.code, ACCOUNT.c.name.label("account_name"),
        ACCOUNT.c.contract, ACCOUNT.c.region,
    )
    .join_from(ACCOUNT_DOMAIN, ACCOUNT, ACCOUNT.c.id == ACCOUNT_DOMAIN.c.account)
    .where(ACCOUNT_DOMAIN.c.domain.in_(_DOMAINS))
)  # fmt: skip
_ALSO = ENTRY.alias()
_OTHERS = (  # not the answers that did not count
    select(func.count())
    .where(
        _ALSO.c.disposition == Disposition.HELD.value,
        _ALSO.c.verdict == Verdict.UNVERIFIED.value,
        func.lower(_ALSO.c.author) == func.lower(ENTRY.c.author),
        _ALSO.c.id != ENTRY.c.id,
        or_(_ALSO.c.peer == "", _ALSO.c.peer != ENTRY.c.peer),
        ~_ALSO.c.reason.startswith(ANSWERS),
    )
    .scalar_subquery()
)
_CHALLENGED = select(
    ENTRY.c.id, ENTRY.c.disposition, ENTRY.c.settled, ENTRY.c.ticket, ENTRY.c.confirmed_by, _OTHERS.label("others")
).where(ENTRY.c.id.in_(bindparam("entries", expanding=True)))
_REPORTED = select(OUTBOX.c.message_id, OUTBOX.c.ticket, OUTBOX.c.rcpt_to).where(
    OUTBOX.c.message_id.in_(_IDS), OUTBOX.c.ticket.is_not(None)
)
_PLACE = case((MESSAGE.c.verdict == Verdict.UNVERIFIED.value, 2), else_=0)
_BY_MESSAGE_ID = union_all(
    select(_PLACE.label("place"), MESSAGE.c.id, MESSAGE.c.message_id, MESSAGE.c.ticket).where(
        MESSAGE.c.message_id.in_(_IDS)
    ),
    select(literal(1), OUTBOX.c.id, OUTBOX.c.message_id, OUTBOX.c.ticket).where(
        OUTBOX.c.message_id.in_(_IDS), OUTBOX.c.ticket.is_not(None)
    ),
).order_by("place", "id")

_LATER = MESSAGE.alias("later")
_ANSWERED = select(MESSAGE.c.ticket, MESSAGE.c.author, MESSAGE.c.at).where(
    MESSAGE.c.id.in_(
        select(func.max(_LATER.c.id))
        .where(_LATER.c.ticket.in_(bindparam("tickets", expanding=True)), _LATER.c.direction == "out")
        .group_by(_LATER.c.ticket)
    )
)
_TO_AGENTS = select(OUTBOX.c.message_id, OUTBOX.c.created).where(
    OUTBOX.c.message_id.in_(_IDS), OUTBOX.c.kind.in_(sorted(TO_AGENTS))
)


@dataclass(frozen=True, slots=True)
class _Reported:
    """The mail of ours that a report names: the same Message-ID may have gone to several."""

    ticket: int | None = None
    rcpt_tos: frozenset[str] = frozenset()


_NO_MAIL = _Reported()


def recall(connection: Connection, clues: Clues, now: datetime) -> Context:
    (context,) = recall_all(connection, [clues], now)
    return context


def recall_all(
    connection: Connection, all_clues: Sequence[Clues], now: datetime, *, lock: bool = False
) -> list[Context]:
    """For each what is known of it before any of them is filed. As many statements as for one. `lock`: and stays true
    until this transaction ends, as far as tickets and open incidents are concerned: an agent may be at work on them."""
    authors = {clues.author for clues in all_clues if clues.author}
    earlier = _earlier(connection, [clues.digest for clues in all_clues])
    mailed = _mailed(connection, authors, now)
    people = _people(connection, authors)
    owners = _owners(connection, {id_ for clues in all_clues for id_ in clues.message_ids})
    reported = _reported(connection, {clues.reported for clues in all_clues if clues.reported})
    challenged = _challenged(connection, {clues.challenge.entry for clues in all_clues if clues.challenge})
    paged = paged_in(connection, {clues.page.page for clues in all_clues if clues.page})
    named = named_entries(connection, [command for clues in all_clues for command in _commands_in(clues)])
    copied = known(connection, {address for clues in all_clues for address in _named(clues)}, now)
    operations = _operations(connection, all_clues, people)
    working = [clues for clues in all_clues if clues.agent]
    answered = _answered(connection, {clues.agent.ticket for clues in working if clues.agent})
    told = _told(connection, {id_ for clues in working for id_ in clues.message_ids})
    addresses = [people.get(clues.author or "", {}).get("addresses", ()) for clues in all_clues]
    waiting = [waits_for(connection, clues, theirs) for clues, theirs in zip(all_clues, addresses, strict=True)]
    pointers = [
        _pointers(clues, owners, reported, challenged, paged) | {*numbers}
        for clues, numbers in zip(all_clues, waiting, strict=True)
    ]
    standing = told_standing(connection, zip(all_clues, pointers, strict=True))
    wanted = {number for numbers in pointers for number in numbers}
    if lock:  # those of copies too, which are written to: all of them at once, or two nodes block each other
        wanted |= {copy.ticket for copy in earlier.values() if copy.ticket}
    tickets = load_all(connection, wanted, lock=lock)
    open_ = incidents.find(connection, {name for clues in all_clues for name in clues.incidents}, keep=lock)
    told_of = incidents.told_of(connection, open_, authors)
    return [
        Context(
            earlier=earlier.get(clues.digest),
            tickets=dict(_read(numbers, tickets)),
            by_message_id={id_: owners[id_] for id_ in clues.message_ids if id_ in owners},
            reported=reported.get(clues.reported, _NO_MAIL).ticket,
            reported_to=reported.get(clues.reported, _NO_MAIL).rcpt_tos,
            challenged=challenged.get(clues.challenge.entry) if clues.challenge else None,
            copied={address: copied[address] for address in _named(clues) if address in copied},
            operations=operations.get(clues.author or "", ()),
            named={each.entry: named[each.entry] for each in _commands_in(clues) if each.entry in named},
            paged=paged.get(clues.page.page) if clues.page else None,
            answered=answered.get(clues.agent.ticket) if clues.agent else None,
            told_at=next((told[id_] for id_ in clues.message_ids if id_ in told), None),
            waiting=numbers_of_author,
            requests=requests_of(connection, clues, theirs),
            standing_at={number: standing[number] for number in numbers if number in standing},
            incidents=tuple(open_),
            told_of=frozenset(told_of.get(clues.author or "", ())),
            **people.get(clues.author or "", {}),
            **mailed.get(clues.author or "", {}),
        )
        for clues, numbers, numbers_of_author, theirs in zip(all_clues, pointers, waiting, addresses, strict=True)
    ]


def _earlier(connection: Connection, digests: Sequence[str]) -> dict[str, Earlier]:
    found: dict[str, Earlier] = {}
    for row in connection.execute(_EARLIER, {"digests": digests}):
        held = row.disposition == Disposition.HELD.value
        found.setdefault(row.digest, Earlier(number=row.id, ticket=row.ticket, held=held))
    return found


def _mailed(connection: Connection, authors: Set[str], now: datetime) -> Known:
    if not authors:
        return {}
    asked = {"authors": list(authors), "yesterday": now - DAY, "last_week": now - WEEK, "now": now}
    asked["last_hour"] = now - HOUR
    found: Known = {}
    for row in connection.execute(_MAILED, asked):
        known = found.setdefault(row.rcpt_to, {})
        if row.undeliverable:
            known["undeliverable"] = True
        elif row.tickets_today:
            known.update(tickets_hour=row.tickets_hour, tickets_today=row.tickets_today)
        else:
            known.update(
                automatic_today=row.automatic_today, registration_at=row.registration_at, challenge_at=row.challenge_at
            )
    return found


def _people(connection: Connection, authors: Set[str]) -> Known:
    """The contacts that write; of those who are none, the account whose domain they write from."""
    contacts = _contacts(connection, authors)
    domain_of_others = {author: domain_of(author) for author in authors - contacts.keys()}
    accounts = _accounts(connection, set(domain_of_others.values()))
    return contacts | {author: {"account": accounts.get(domain)} for author, domain in domain_of_others.items()}


def _contacts(connection: Connection, authors: Set[str]) -> Known:
    if not authors:
        return {}
    rows = connection.execute(_CONTACT, {"authors": list(authors)}).all()
    addresses: dict[str, set[str]] = {}
    for row in rows:
        addresses.setdefault(row.author, set()).add(row.address)
    return {
        row.author: {
            "contact": Contact(id=row.id, name=row.name, language=row.language, roles=frozenset(map(Role, row.roles))),
            "account": _account_in(row),
            "addresses": frozenset(addresses[row.author]),
            "pin": pin_in(row),
        }
        for row in rows
    }


def _accounts(connection: Connection, domains: Set[str]) -> dict[str, Account]:
    if not domains:
        return {}
    rows = connection.execute(_ACCOUNT, {"domains": list(domains)})
    return {row.domain: _account_in(row) for row in rows}


def _account_in(row: Row[Any]) -> Account:
    return Account(id=row.account, code=row.code, name=row.account_name, contract=row.contract, region=row.region)


def _owners(connection: Connection, ids: Set[str]) -> dict[str, int]:
    """Who first used an id owns it, but nobody who is not believed: a borrowed Message-ID leads nobody elsewhere."""
    found: dict[str, int] = {}
    if ids:
        for row in connection.execute(_BY_MESSAGE_ID, {"ids": list(ids)}):
            found.setdefault(row.message_id, row.ticket)
    return found


def _reported(connection: Connection, ids: Set[str]) -> dict[str, _Reported]:
    """Of ours only: a customer's own ids are known to strangers, and no report about his mail comes to us."""
    if not ids:
        return {}
    found: dict[str, _Reported] = {}
    for row in connection.execute(_REPORTED, {"ids": list(ids)}):
        mail = found.get(row.message_id, _NO_MAIL)
        found[row.message_id] = _Reported(row.ticket, mail.rcpt_tos | {canonical(row.rcpt_to)})
    return found


def _challenged(connection: Connection, entries: Set[int]) -> dict[int, Challenged]:
    """A challenge is written when its entry is held: that is when its time begins."""
    if not entries:
        return {}
    return {
        row.id: Challenged(
            number=row.id,
            waits=row.disposition == Disposition.RECEIVED.value,
            held_since=row.settled if row.disposition == Disposition.HELD.value else None,
            ticket=row.ticket,
            confirmed_by=row.confirmed_by,
            others=row.others,
        )
        for row in connection.execute(_CHALLENGED, {"entries": list(entries)})
    }


def _answered(connection: Connection, tickets: Set[int]) -> dict[int, Answered]:
    if not tickets:
        return {}
    rows = connection.execute(_ANSWERED, {"tickets": list(tickets)})
    return {row.ticket: Answered(by=row.author, at=row.at) for row in rows}


def _told(connection: Connection, ids: Set[str]) -> dict[str, datetime]:
    """When each of these mails to an agent was written."""
    if not ids:
        return {}
    return {row.message_id: row.created for row in connection.execute(_TO_AGENTS, {"ids": list(ids)})}


def _named(clues: Clues) -> tuple[str, ...]:
    """Others than its author."""
    return *clues.copies.others, *(clues.copies.named or ())


def _operations(connection: Connection, all_clues: Sequence[Clues], people: Known) -> dict[str, tuple[str, ...]]:
    """By author, of the accounts of contacts where that is asked for."""
    asking = {clues.author for clues in all_clues if clues.author and clues.copies.named is not None}
    accounts = {author: people[author]["account"].id for author in asking if people.get(author, {}).get("contact")}
    found = operations_of(connection, set(accounts.values()))
    return {author: found.get(account, ()) for author, account in accounts.items()}


def _commands_in(clues: Clues) -> tuple[Command, ...]:
    """Decisions of an agent."""
    return clues.digest_answer.orders.commands if clues.digest_answer else ()


def _read(numbers: Set[int], tickets: Mapping[int, Ticket]) -> Iterator[tuple[int, Ticket]]:
    """Those of `numbers` that exist, and where they are read if they were merged."""
    for number in numbers & tickets.keys():
        into = tickets.get(tickets[number].merged_into or 0)
        yield number, tickets[number]
        if into:
            yield into.number, into


def _pointers(
    clues: Clues,
    owners: Mapping[str, int],
    reported: Mapping[str, _Reported],
    challenged: Mapping[int, Challenged],
    paged: Mapping[int, Paged],
) -> set[int]:
    """Numbers of the tickets that a token, an id or the subject names."""
    answered = challenged.get(clues.challenge.entry) if clues.challenge else None
    by_id = {owners.get(id_) for id_ in clues.message_ids} | {reported.get(clues.reported, _NO_MAIL).ticket}
    return {
        number
        for number in {token.ticket for token in clues.tokens}
        | by_id
        | {clues.tag, answered.ticket if answered else None}
        | (clues.agent.named if clues.agent else frozenset())
        | {paged[clues.page.page].ticket if clues.page and clues.page.page in paged else None}
        if number
    }
