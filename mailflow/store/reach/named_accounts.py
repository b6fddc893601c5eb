"""Which account somebody means: by its code, its name, a domain of it, or an address of one of its contacts."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, func, or_, select

from mailflow.mail.address import canonical, clean, domain_of
from mailflow.mail.languages.wording import plain
from mailflow.store.tables import ACCOUNT, ACCOUNT_DOMAIN, CONTACT, CONTACT_ADDRESS

_PREFIXES = ("https://", "http://", "www.")


def find(connection: Connection, words: str) -> list[int]:
    """Numbers of accounts; several where it could be any of them."""
    exact = or_(ACCOUNT.c.code_folded == words.lower(), func.lower(ACCOUNT.c.name) == words.lower())
    found = {*_accounts(connection, exact), *_by_domain(connection, words), *_by_address(connection, words)}
    return sorted(found or _by_any_writing(connection, words))


def _accounts(connection: Connection, where: ColumnElement[bool]) -> list[int]:
    return list(connection.execute(select(ACCOUNT.c.id).where(where)).scalars())


def _by_domain(connection: Connection, words: str) -> list[int]:
    """Also as a link to it, or in an address."""
    name = words.lower().rpartition("@")[2]
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    name = name.partition("/")[0].strip(" .")
    if not clean(f"x@{name}"):
        return []
    domain = ACCOUNT_DOMAIN.c.domain == domain_of(f"x@{name}")
    return list(connection.execute(select(ACCOUNT_DOMAIN.c.account).where(domain)).scalars())


def _by_address(connection: Connection, words: str) -> list[int]:
    if not (address := clean(words)):
        return []
    theirs = select(CONTACT.c.account).join(CONTACT_ADDRESS, CONTACT_ADDRESS.c.contact == CONTACT.c.id)
    return list(connection.execute(theirs.where(CONTACT_ADDRESS.c.address == canonical(address))).scalars())


def _by_any_writing(connection: Connection, words: str) -> Iterator[int]:
    """Without accents, blanks and case, which no database compares as people do."""
    wanted = plain(words)
    for row in connection.execute(select(ACCOUNT.c.id, ACCOUNT.c.name)):
        if wanted and plain(row.name) == wanted:
            yield row.id
