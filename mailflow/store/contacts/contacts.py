"""Accounts and their contacts. A list kept elsewhere comes in as rows; what it would change is shown before it does.

A row is the whole truth about its contact; what it says of the account is read by `store.contacts.accounts`. A contact
is known again by one of its addresses, else by its name within the account. Contacts that no row names stay. An address
or a domain never moves to another account by itself: that would hand over the tickets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from mailflow.desk.contacts.contact import Role
from mailflow.errors import Refused
from mailflow.mail.address import canonical
from mailflow.store.contacts import accounts
from mailflow.store.contacts.accounts import AccountChange, AccountLine, became, moved
from mailflow.store.contacts.contact_history import VERIFICATIONS, Happened, record
from mailflow.store.tables import ACCOUNT, ACCOUNT_DOMAIN, CONTACT, CONTACT_ADDRESS


class ContactLine(AccountLine, Protocol):
    """One contact as it should be; addresses canonical."""

    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str | None: ...  # None: as it is
    @property
    def language(self) -> str: ...
    @property
    def roles(self) -> tuple[Role, ...]: ...
    @property
    def addresses(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A row that was typed."""

    account: str
    account_name: str = ""
    contract: str | None = None
    region: str | None = None
    domains: tuple[str, ...] = ()
    name: str
    phone: str | None = None
    language: str = ""
    roles: tuple[Role, ...] = ()
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    line: ContactLine
    contact: int | None  # None: a new one
    words: tuple[str, ...]  # 'language pl -> en'

    def __str__(self) -> str:
        return f"{self.line.name} ({self.line.account}): {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a row cannot be what it says."""

    line: ContactLine
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.line.name} ({self.line.account}): {self.why}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What rows would change. With `problems` it cannot be carried out."""

    accounts: tuple[AccountChange, ...] = ()
    added: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    unchanged: int = 0
    problems: tuple[Conflict, ...] = ()


def plan(connection: Connection, rows: Iterable[ContactLine]) -> Difference:
    lines = list(rows)
    known = _Known(connection)
    codes = dict.fromkeys(line.account for line in lines)
    of_accounts = (known.difference(code, [line for line in lines if line.account == code]) for code in codes)
    matched = [(line, known.contact_of(line)) for line in lines]
    changes = [Change(line, found["id"], _words(found, line)) for line, found in matched if found]
    return Difference(
        accounts=tuple(change for change in of_accounts if change),
        added=tuple(Change(line, None, ("new", *line.addresses)) for line, found in matched if found is None),
        changed=tuple(change for change in changes if change.words),
        unchanged=sum(1 for change in changes if not change.words),
        problems=tuple(_problems(matched, known)),
    )


def carry_out(connection: Connection, difference: Difference, *, agent: str, at: datetime) -> None:
    """`agent` does it. Refused when there are problems."""
    if difference.problems:
        raise Refused("\n".join(map(str, difference.problems)))
    for of_account in difference.accounts:
        _change_account(connection, of_account, agent=agent, at=at)
    known = {row.code: row for row in connection.execute(select(ACCOUNT))}
    changes = (*difference.changed, *difference.added)
    taken_over = [change.contact for change in changes if change.contact]
    connection.execute(delete(CONTACT_ADDRESS).where(CONTACT_ADDRESS.c.contact.in_(taken_over)))
    for change in changes:
        account = known[change.line.account]
        number = _write_contact(connection, change, account.id)
        kind = Happened.CHANGED if change.contact else Happened.ADDED
        text = ", ".join(change.words) if change.contact else _on_file(change.line, account.contract, account.region)
        record(connection, number, kind, text, agent=agent, at=at)


def add(connection: Connection, contact: ContactLine, *, agent: str, at: datetime) -> int:
    """Its number. Refused when one of the addresses is registered already."""
    for address in contact.addresses:
        if owner := find(connection, address):
            raise Refused(f"{address} belongs to {owner['name']} of account {owner['account']} already")
    difference = plan(connection, [contact])
    if not difference.added and not difference.problems:
        raise Refused(f"{contact.name} of account {contact.account} is registered already")
    carry_out(connection, difference, agent=agent, at=at)
    found = find(connection, contact.addresses[0])
    assert found is not None  # noqa: S101  # it was just written
    number: int = found["id"]
    return number


def find(connection: Connection, address: str) -> dict[str, Any] | None:
    """The contact that `address` belongs to."""
    number = connection.execute(
        select(CONTACT_ADDRESS.c.contact).where(CONTACT_ADDRESS.c.address == canonical(address))
    ).scalar()
    return next(iter(_contacts(connection, CONTACT.c.id == number)), None) if number else None


def owner_of(connection: Connection, address: str) -> dict[str, Any]:
    """The same; Refused when it is nobody's."""
    if contact := find(connection, address):
        return contact
    raise Refused(f"{address} is nobody's here")


def verify(connection: Connection, address: str, *, agent: str, at: datetime) -> dict[str, Any]:
    """`agent` confirms what is on file of the contact that `address` belongs to. The contact; Refused when there is
    none."""
    contact = owner_of(connection, address)
    kept = ("account", "name", "phone", "language", "roles", "addresses")
    line = NewContact(**{name: contact[name] for name in kept})
    text = _on_file(line, contact["contract"], contact["region"])
    record(connection, contact["id"], Happened.VERIFIED, text, agent=agent, at=at)
    return {**contact, "verified": at.isoformat(), "verified_by": agent}


def list_(
    connection: Connection, account: str | None = None, unverified_since: datetime | None = None
) -> list[dict[str, Any]]:
    """By account and name: id, account, account_name, contract, region, name, phone, language, roles, addresses,
    verified, verified_by.
    `unverified_since`: only those who were last verified before, or never."""
    where = [ACCOUNT.c.code == account] if account is not None else []
    if unverified_since is not None:
        where.append(or_(VERIFICATIONS.c.at.is_(None), VERIFICATIONS.c.at < unverified_since))
    return _contacts(connection, *where)


def addresses(connection: Connection, contact: int) -> list[str]:
    """Where mail goes first."""
    where = CONTACT_ADDRESS.c.contact == contact
    found = select(CONTACT_ADDRESS.c.address).where(where).order_by(CONTACT_ADDRESS.c.position)
    return list(connection.execute(found).scalars())


class _Known:
    """Everything registered: a few thousand rows at most, read once."""

    def __init__(self, connection: Connection) -> None:
        self.contacts = _contacts(connection)
        self.by_address = {address: contact for contact in self.contacts for address in contact["addresses"]}
        self.accounts: dict[str, Row[Any]] = {row.code: row for row in connection.execute(select(ACCOUNT))}
        owners = select(ACCOUNT_DOMAIN.c.domain, ACCOUNT.c.code).join(ACCOUNT, ACCOUNT.c.id == ACCOUNT_DOMAIN.c.account)
        self.domains: dict[str, str] = dict(connection.execute(owners).all())

    def difference(self, code: str, lines: Sequence[ContactLine]) -> AccountChange | None:
        had = [domain for domain, owner in self.domains.items() if owner == code]
        return accounts.difference(code, lines, self.accounts.get(code), had)

    def contact_of(self, line: ContactLine) -> dict[str, Any] | None:
        theirs = (self.by_address.get(address) for address in line.addresses)
        by_address = next((found for found in theirs if found and found["account"] == line.account), None)
        return by_address or next((found for found in self.contacts if _same_name(found, line)), None)


def _same_name(found: dict[str, Any], line: ContactLine) -> bool:
    return (found["account"], found["name"]) == (line.account, line.name)


def _problems(matched: Sequence[tuple[ContactLine, dict[str, Any] | None]], known: _Known) -> Iterable[Conflict]:
    taken: set[int] = set()
    domains = dict(known.domains)
    for line, found in matched:
        if found and found["id"] in taken:
            yield Conflict(line, "name", f"two rows are about the same contact, {found['name']}")
        taken.update([found["id"]] if found else [])
        for address in line.addresses:
            owner = known.by_address.get(address)
            if owner and (found is None or owner["id"] != found["id"]):
                whose = f"{owner['name']} of account {owner['account']}"
                yield Conflict(line, "addresses", f"{address} belongs to {whose}")
        for domain in line.domains:
            if (account := domains.setdefault(domain, line.account)) != line.account:
                yield Conflict(line, "domains", f"the domain {domain} belongs to account {account}")


def _words(found: dict[str, Any], line: ContactLine) -> tuple[str, ...]:
    return (
        *became("name", found["name"], line.name),
        *became("phone", found["phone"], found["phone"] if line.phone is None else line.phone),
        *became("language", found["language"], line.language),
        *moved("roles", sorted(found["roles"]), sorted(role.value for role in line.roles)),
        *moved("addresses", found["addresses"], line.addresses),
    )


def _change_account(connection: Connection, change: AccountChange, *, agent: str, at: datetime) -> None:
    """It is history of all its contacts."""
    accounts.write(connection, change)
    theirs = select(CONTACT.c.id).join(ACCOUNT, ACCOUNT.c.id == CONTACT.c.account).where(ACCOUNT.c.code == change.code)
    for number in connection.execute(theirs).scalars().all():
        record(connection, number, Happened.CHANGED, str(change), agent=agent, at=at)


def _on_file(line: ContactLine, contract: str, region: str) -> str:
    roles = ", ".join(line.roles) or "no role"
    served = (f", {name} {value}" for name, value in (("contract", contract), ("region", region)) if value)
    where = f"account {line.account}{''.join(served)}"
    phone = f", {line.phone}" if line.phone else ""
    return f"{line.name}, {where}, {roles}, {line.language or 'no language'}{phone}: {', '.join(line.addresses)}"


def _write_contact(connection: Connection, change: Change, account: int) -> int:
    """Its number."""
    line, number = change.line, change.contact
    values: dict[str, Any] = {
        "name": line.name, "language": line.language, "roles": [role.value for role in line.roles],
        **({} if line.phone is None else {"phone": line.phone}),
    }  # fmt: skip
    if number is None:
        new = insert(CONTACT).values(account=account, **values).returning(CONTACT.c.id)
        number = connection.execute(new).scalar_one()
    else:
        connection.execute(update(CONTACT).where(CONTACT.c.id == number).values(**values))
    rows = [{"address": each, "contact": number, "position": place} for place, each in enumerate(line.addresses)]
    if rows:
        connection.execute(insert(CONTACT_ADDRESS), rows)
    return number


def _contacts(connection: Connection, *where: Any) -> list[dict[str, Any]]:
    found = (
        select(
            CONTACT, ACCOUNT.c.code, ACCOUNT.c.name.label("account_name"), ACCOUNT.c.contract, ACCOUNT.c.region,
            VERIFICATIONS.c.at, VERIFICATIONS.c.agent,
        )
        .join(ACCOUNT, ACCOUNT.c.id == CONTACT.c.account)
        .outerjoin(VERIFICATIONS, VERIFICATIONS.c.contact == CONTACT.c.id)
    )  # fmt: skip
    contacts = {
        row.id: {
            "id": row.id, "account": row.code, "account_name": row.account_name, "contract": row.contract,
            "region": row.region, "name": row.name, "phone": row.phone, "language": row.language, "roles": row.roles,
            "addresses": [],
            "verified": row.at.isoformat() if row.at else None, "verified_by": row.agent,
        }
        for row in connection.execute(found.where(*where).order_by(ACCOUNT.c.code, CONTACT.c.name, CONTACT.c.id))
    }  # fmt: skip
    every = select(CONTACT_ADDRESS).order_by(CONTACT_ADDRESS.c.contact, CONTACT_ADDRESS.c.position)
    if len(contacts) < 100:  # else all of them: no statement is that long
        every = every.where(CONTACT_ADDRESS.c.contact.in_(list(contacts)))
    for row in connection.execute(every):
        if row.contact in contacts:
            contacts[row.contact]["addresses"].append(row.address)
    return list(contacts.values())
