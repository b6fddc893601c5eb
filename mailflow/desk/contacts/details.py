"""What is on file of a contact, what it says that should be, and how that is shown to it: never more than its own, no
role, no secret."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailflow.mail.languages import by_language
from mailflow.mail.values import FALLBACK

SEPARATOR = ", "
"""Between addresses, where several are one text."""
NOTHING = "–"
"""Where nothing is on file."""
LANGUAGES: Mapping[str, str] = {code: name for code, (name,) in by_language("name").items()}
"""By code, what each calls itself."""


class Detail(StrEnum):
    NAME = "name"
    PHONE = "phone"
    ADDRESSES = "addresses"
    LANGUAGE = "language"
    REGION = "region"


CORRECTED = frozenset(Detail) - {Detail.REGION}
"""What a contact says of itself. The region is its account's: an agent sees to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The last time that a contact was asked whether this is true."""

    at: datetime
    address: str  # canonical
    message_id: str
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """Of one contact."""

    contact: int
    account: int
    name: str
    phone: str
    addresses: tuple[str, ...]  # canonical; mail goes to the first
    language: str
    region: str
    verified: datetime | None = None  # somebody said that all this is true; None: never
    question: Question | None = None
    is_being_corrected: bool = False

    def said(self, detail: Detail) -> str:
        """'' where nothing is on file."""
        return SEPARATOR.join(self.addresses) if detail is Detail.ADDRESSES else str(getattr(self, detail))


class State(StrEnum):
    PENDING = "pending"  # it takes effect when it is due
    WAITS = "waits"  # for an agent: somebody objected, or it cannot be so
    DONE = "done"
    REJECTED = "rejected"


OPEN = (State.PENDING, State.WAITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One mail's."""

    number: int
    contact: int
    ticket: int
    entry: int
    by: str  # canonical
    wanted: Mapping[Detail, str]  # as they should be; only what changes
    state: State
    due: datetime
    why: str = ""
    account: int = 0  # of the contact

    @property
    def addresses(self) -> tuple[str, ...]:
        """Those that the contact is to have; () where they stay."""
        said = self.wanted.get(Detail.ADDRESSES, "")
        return tuple(said.split(SEPARATOR)) if said else ()


def listed(values: Mapping[Detail, str], language: str) -> str:
    """Lines as a reader may write them back, `Label: value`."""
    return "\n".join(f"    {label(detail, language)}: {shown(detail, value)}" for detail, value in values.items())


def on_file(details: OnFile, language: str) -> str:
    """All of it, in lines; a region only where there is one, for the contact cannot say it."""
    told = {detail: details.said(detail) for detail in Detail}
    return listed({detail: value for detail, value in told.items() if value or detail in CORRECTED}, language)


def label(detail: Detail, language: str) -> str:
    labels = by_language(f"details.{detail}")
    return labels.get(language, labels[FALLBACK])[0]


def shown(detail: Detail, value: str) -> str:
    return (LANGUAGES.get(value, value) if detail is Detail.LANGUAGE else value) or NOTHING


def became(before: OnFile, wanted: Mapping[Detail, str]) -> Iterator[str]:
    """What changes, in words for the history."""
    for detail, value in wanted.items():
        had = before.said(detail)
        if value != had:
            yield f"{detail} {had or 'none'} -> {value or 'none'}"
