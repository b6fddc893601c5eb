"""Accounts and their registered contacts."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    PRIMARY = "primary"
    TECHNICAL = "technical"
    OPERATIONS = "operations"
    BILLING = "billing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: int
    code: str  # the organisation's own number for it
    name: str
    contract: str = ""  # '' is none
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOfAccount:
    """A contact, as agents see it."""

    id: int
    name: str
    language: str
    roles: frozenset[Role]
    addresses: tuple[str, ...]  # canonical; mail goes to the first
    claimed: frozenset[str] = frozenset()  # of whose corrections are open: those that wrote them

    def __str__(self) -> str:
        return f"{self.name} <{self.addresses[0]}>" if self.addresses else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAccount:
    """An account that is named by its code, a domain or an address."""

    code: str
    name: str
    contacts: tuple[OneOfAccount, ...]

    @property
    def primaries(self) -> tuple[OneOfAccount, ...]:
        return tuple(each for each in self.contacts if Role.PRIMARY in each.roles and each.addresses)

    def contact_at(self, address: str) -> OneOfAccount | None:
        """`address` is canonical."""
        return next((each for each in self.contacts if address in each.addresses), None)

    def claimed_by(self, address: str) -> OneOfAccount | None:
        """Whose it is to be, unless somebody objects."""
        return next((each for each in self.contacts if address in each.claimed), None)

    def __str__(self) -> str:
        return f"account {self.code}" + (f" ({self.name})" if self.name != self.code else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    id: int
    name: str
    language: str  # '' when not known
    roles: frozenset[Role]
