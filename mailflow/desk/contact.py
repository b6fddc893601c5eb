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
class Contact:
    id: int
    name: str
    language: str  # '' when not known
    roles: frozenset[Role]
