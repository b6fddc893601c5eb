"""What an agent decides about who asks to be registered, as actions (desk.newcomers.admission)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailflow.desk.contacts.contact import Role
from mailflow.desk.contacts.details import Detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The requester becomes a contact of an account, and what is held of theirs is judged again."""

    ticket: int
    account: str  # its code
    name: str
    address: str  # canonical
    language: str
    roles: tuple[Role, ...]
    by: str  # agent
    evidence: str  # for the history


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover:
    """The requester is a contact who lost access: what is on file is to be this, from `due` on."""

    ticket: int
    contact: int
    wanted: Mapping[Detail, str]
    address: str  # canonical: of the requester
    due: datetime
    entry: int  # what an objection names it by
    by: str  # agent
    evidence: str
