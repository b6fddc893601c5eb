"""Accounts: what rows of contacts say of the organisation behind them, and what that changes.

One row is enough to say it for all rows of an account. A name that no row says stays, and so do a contract and a region
that no row has a word about; said to be '' they end. Domains are what all rows say together (none: as they are).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Row, delete, insert, select, update

from mailflow.store.tables import ACCOUNT, ACCOUNT_DOMAIN


class AccountLine(Protocol):
    """What one row says of its account; domains canonical, None where it says nothing."""

    @property
    def account(self) -> str: ...
    @property
    def account_name(self) -> str: ...
    @property
    def contract(self) -> str | None: ...
    @property
    def region(self) -> str | None: ...
    @property
    def domains(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class AccountChange:
    code: str
    is_new: bool
    values: Mapping[str, str]  # name, contract, region
    domains: tuple[str, ...] | None  # None: as they are
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"account {self.code}: {', '.join(self.words)}"


def difference(
    code: str, lines: Sequence[AccountLine], account: Row[Any] | None, had: Sequence[str]
) -> AccountChange | None:
    """What `lines`, all of this account, change of it; `had` are its domains."""
    before = {"name": account.name, "contract": account.contract, "region": account.region} if account else {}
    values = _values(code, lines, before)
    domains = sorted({domain for line in lines for domain in line.domains})
    if account is None:
        words = ["new", *(f"{name} {value}" for name, value in values.items() if value and name != "name")]
    else:
        words = [word for name, value in values.items() for word in became(name, before[name], value)]
    words += moved("domains", sorted(had), domains) if domains else []
    return AccountChange(code, account is None, values, tuple(domains) or None, tuple(words)) if words else None


def _values(code: str, lines: Sequence[AccountLine], before: Mapping[str, str]) -> dict[str, str]:
    return {
        "name": _first((line.account_name or None for line in lines), before.get("name", code)),
        "contract": _first((line.contract for line in lines), before.get("contract", "")),
        "region": _first((line.region for line in lines), before.get("region", "")),
    }


def _first(said: Iterable[str | None], otherwise: str) -> str:
    return next((word for word in said if word is not None), otherwise)


def became(name: str, before: str, after: str) -> list[str]:
    """The change of a text in words; nothing when there is none."""
    return [] if before == after else [f"{name} {before or 'none'} -> {after or 'none'}"]


def moved(name: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The same for a list."""
    if list(before) == list(after):
        return []
    lost, gained = [f"-{each}" for each in before if each not in after], [f"+{e}" for e in after if e not in before]
    return [f"{name} {' '.join([*lost, *gained]) or 'in another order'}"]


def write(connection: Connection, change: AccountChange) -> None:
    if change.is_new:
        codes = {"code": change.code, "code_folded": change.code.lower()}
        connection.execute(insert(ACCOUNT).values(**codes, **change.values))
    else:
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.code == change.code).values(**change.values))
    if change.domains is not None:
        number = connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.code == change.code)).scalar_one()
        connection.execute(delete(ACCOUNT_DOMAIN).where(ACCOUNT_DOMAIN.c.account == number))
        connection.execute(insert(ACCOUNT_DOMAIN), [{"domain": each, "account": number} for each in change.domains])
