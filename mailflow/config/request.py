"""The shape of filters/types/NAME.toml: one kind of request, how it is recognised and what it needs (R1.1, R1.2).

Words for people stand by language, so that each is asked in their own: `label.pl = ["ID subskrypcji", "SUB ID"]`. The
first of several is how we say it, the others are how customers do.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from mailflow.config.values import Language, Lapse, Section, WorkingTime, WorkingTimeOrNever

LONGEST_WORDS = 200
"""Characters of a label, a title, a word to recognise by."""
REQUESTER = "requester"
"""Of a party's address: whose request it is."""


class ItemKind(StrEnum):
    """What the value of an item is, and so how it is read and checked."""

    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    ADDRESS = "address"  # of e-mail
    DOMAIN = "domain"
    NUMBER = "number"
    PATTERN = "pattern"
    LINK = "link"  # to a page
    ERROR = "error"  # message, as somebody quotes it
    ATTACHMENT = "attachment"


class FileType(StrEnum):
    """What an attachment may be."""

    PDF = "pdf"
    IMAGE = "image"
    TEXT = "text"
    DOCUMENT = "document"  # of a word processor
    SHEET = "sheet"


def _words(value: object) -> object:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise ValueError("write a text in quotes, or a list of them")
    for each in given:
        if not (isinstance(each, str) and each.strip() and each.isprintable() and len(each) <= LONGEST_WORDS):
            raise ValueError(f"write texts of one line, at most {LONGEST_WORDS} characters each")
    return tuple(each.strip() for each in given)


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
InWords = Mapping[Language, Words]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class Past(StrEnum):
    """Whether a day may be over when it is named."""

    NO = ""
    MAY = "may"
    ONLY = "only"  # it must be


_PASTS: Mapping[object, Past] = {True: Past.MAY, False: Past.NO, "only": Past.ONLY}


def _past(value: object) -> object:
    if not isinstance(value, bool | str) or value not in _PASTS:
        raise ValueError("write true, false or 'only'")
    return _PASTS[value]


class Item(Section):
    """[[item]] One thing that the request needs."""

    name: Name
    """How agents, rules and other items call it."""
    kind: ItemKind
    """`text`, `choice`, `date`, `address`, `domain`, `number`, `pattern`, `link`, `error`, `attachment`."""
    label: InWords
    """By language, how it is called in a line such as `Label: value`; the first is ours, all are understood."""
    hint: InWords = Field(default_factory=dict)
    """By language, what is said beside the label when we ask for it."""
    wrong: InWords = Field(default_factory=dict)
    """By language, what is said of a value that does not fit."""
    choice: Mapping[Name, InWords] = Field(default_factory=dict)
    """Of a choice: by the name of each value, the words for it by language."""
    pattern: str = ""
    """Of a pattern: the whole value fits it, an RE2 expression; it is found without a label, too."""
    sentence: InWords = Field(default_factory=dict)
    """By language, RE2 expressions with one group that catch the value in a sentence."""
    phrase: InWords = Field(default_factory=dict)
    """Of a text or an error: by language, words in a sentence that says it; the value is the whole sentence."""
    accept: tuple[FileType, ...] = ()
    """Of an attachment: `pdf`, `image`, `text`, `document`, `sheet`; none: any file."""
    pasted: StrictBool = False
    """Of an attachment: a picture that stands among the words counts as well, if it is no small one."""
    past: Annotated[Past, BeforeValidator(_past)] = Past.NO
    """Of a date: whether it may be over (`true`), or has to be (`"only"`)."""
    optional: StrictBool = False
    """Kept when it is given, never asked for."""
    when: Mapping[Name, Words] = Field(default_factory=dict)
    """Needed only when these other items have one of these values."""
    party: str = ""
    """Private to this party: no other party sees it."""
    by_party: StrictBool = False
    """That party gives it, with its consent: nobody else is asked for it."""

    @model_validator(mode="after")
    def _has_what_its_kind_wants(self) -> Self:
        wants: Mapping[ItemKind, str] = {ItemKind.CHOICE: "choice", ItemKind.PATTERN: "pattern"}
        of: Mapping[str, tuple[ItemKind, ...]] = {
            "choice": (ItemKind.CHOICE,), "pattern": (ItemKind.PATTERN,), "accept": (ItemKind.ATTACHMENT,),
            "past": (ItemKind.DATE,), "pasted": (ItemKind.ATTACHMENT,), "phrase": (ItemKind.TEXT, ItemKind.ERROR),
        }  # fmt: skip
        if (key := wants.get(self.kind)) and not getattr(self, key):
            raise ValueError(f"kind = '{self.kind}' needs {key}")
        for key, kinds in of.items():
            if getattr(self, key) and self.kind not in kinds:
                raise ValueError(f"{key} is for kind = " + " or ".join(f"'{each}'" for each in kinds))
        if self.by_party and not self.party:
            raise ValueError("by_party needs party = '…', who gives it")
        if not self.label:
            raise ValueError("label needs a language: label.en = '…'")
        return self


class Expired(StrEnum):
    """What becomes of a request that is not complete in time."""

    RESOLVE = "resolve"  # a reply opens it again
    CLOSE = "close"  # a reply begins anew
    AGENT = "agent"  # is told, and decides


class Party(Section):
    """[[party]] Somebody whom the request concerns, and without whose consent it does not begin (R1.4)."""

    name: Name
    """How agents call it."""
    title: InWords
    """By language, what it is to the request: `The new reseller`."""
    address: str
    """The item, of kind `address`, that says where it is asked; or `requester`, whose request it is."""
    language: Language | None = None
    """Of the mail to it, unless it is a registered contact, which has its own; none: that of the ticket."""
    consent: StrictBool = True
    """False: it is asked nothing, and items can be private to it all the same."""
    sees: tuple[Name, ...] = ()
    """The items that it is shown beside its own. When one of them changes, it is asked anew."""
    words: InWords = Field(default_factory=dict)
    """By language, what it agrees to, in one or more lines of the mail that asks."""


class Gate(Section):
    """[[gate]] A department that must confirm something before work begins (R1.5)."""

    name: Name
    """How agents call it."""
    department: str
    """Whose agents are asked."""
    title: InWords = Field(default_factory=dict)
    """By language, who that is to all who wait for it: `the accounts department`; none: the title of the department."""
    question: InWords
    """By language, what they confirm: `Are all invoices of this customer paid?`"""
    sees: tuple[Name, ...] = ()
    """The items that it rests on; none: all. When one of them changes, it is asked anew."""


class Step(StrEnum):
    """Mails to the requester on its way."""

    MISSING = "missing"
    STEP = "step"
    COMPLETE = "complete"
    EXPIRED = "expired"


class Example(Section):
    """[[example]] A mail, and what is to be read in it: tried by `mailflow check` and each reload."""

    mail: str
    """Its header, a blank line and its text."""
    matches: StrictBool = True
    """Whether it is of this kind."""
    gives: Mapping[Name, str] | None = None
    """All items that are read in it, as they are kept; none: not looked at."""
    missing: tuple[Name, ...] | None = None
    """What is missing then; none: not looked at."""
    asks: StrictBool | None = None
    """Where nothing waits: whether its author is asked for what is missing; none: not looked at."""

    @model_validator(mode="after")
    def _is_of_this_kind(self) -> Self:
        stated = [key for key in ("gives", "missing", "asks") if getattr(self, key) is not None]
        if not self.matches and stated:
            raise ValueError(f"matches = false: nothing of this kind is read in it, so take out {', '.join(stated)}")
        return self


class Public(StrEnum):
    """What of a contact others may be told."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"  # the one where mail goes
    LANGUAGE = "language"
    REGION = "region"


class Reach(Section):
    """[reach] The request says that an account cannot be reached: all its contacts are asked to answer (R0.5, R0.6)."""

    account: Name
    """The item that names the account: its code, its name, a domain of it, or an address of one of its contacts."""
    after: WorkingTime = Lapse(24, "h")
    """When nobody has answered for so long, the wider investigation begins."""
    working_hours: StrictBool = False
    """True: `after` counts in the working hours of the department that investigates; else around the clock."""
    department: str = ""
    """Who investigates; none: the department of the ticket."""
    tasks: InWords = Field(default_factory=dict)
    """By language, what is to be done then, one thing each, in the same order in all. The requester reads it, too."""
    shows: tuple[Public, ...] = ()
    """What the requester is told of the contact that answers: `name`, `phone`, `address`, `language`, `region`."""

    @model_validator(mode="after")
    def _has_the_same_tasks_in_all_languages(self) -> Self:
        counts = {len(tasks) for tasks in self.tasks.values()}
        if len(counts) > 1:
            raise ValueError("tasks has not the same number in all languages")
        return self


class RequestType(Section):
    """filters/types/NAME.toml"""

    title: InWords
    """By language, how customers know it: `["Account support", "Change of reseller"]` has two levels (R1.1)."""
    words: InWords = Field(default_factory=dict)
    """By language, what a new mail of this kind says in its subject or its first lines."""
    department: str = ""
    """Whose it is; none: that of the mailbox, or what a rule says."""
    otherwise: tuple[str, ...] = ()
    """Departments whose new requests are of this kind when they are of no other."""
    blocks: StrictBool = True
    """False: what is missing is asked for once, and nothing waits for it (R3.3)."""
    enough: int = Field(default=0, ge=0)
    """With so many of its items nothing is missing; 0: all are needed."""
    enough_words: int = Field(default=0, ge=0)
    """Where nothing waits: who writes so many words is asked nothing; 0: the words do not count."""
    expires: WorkingTimeOrNever = None
    """So long after it began it has to be complete: with its items, consents and gates; not set: never."""
    expired: Expired = Expired.RESOLVE
    """Else it is resolved (`resolve`), closed (`close`), or an agent decides (`agent`)."""
    say: Mapping[Step, InWords] = Field(default_factory=dict)
    """By mail to its requester (`missing`, `step`, `complete`, `expired`) and language: what is said in it besides."""
    item: tuple[Item, ...] = ()
    """What it needs."""
    party: tuple[Party, ...] = ()
    """Whose consent it needs, when it has its items."""
    gate: tuple[Gate, ...] = ()
    """What departments confirm, when it has the consents."""
    example: tuple[Example, ...] = ()
    """Mails, and what is read in them."""
    reach: Reach | None = None
    """It says that an account cannot be reached."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        names = [each.name for each in self.item]
        if twice := _twice([*(each.name for each in self.party), *(each.name for each in self.gate)]):
            raise ValueError(f"two parties or gates are called '{twice}'")
        if self.reach and self.reach.account not in names:
            raise ValueError(f"reach.account: there is no item '{self.reach.account}'")
        for each in self.item:
            for other in each.when:
                if other not in names or other == each.name:
                    raise ValueError(f"item {each.name}: when.{other} names no other item")
        return self

    @model_validator(mode="after")
    def _waits_or_not(self) -> Self:
        if self.blocks and (key := next((key for key in ("otherwise", "enough_words") if getattr(self, key)), "")):
            raise ValueError(f"{key} is for blocks = false")
        if not self.blocks and (self.party or self.gate):
            raise ValueError("blocks = false: a party and a gate are asked when nothing is missing, so take them out")
        if self.expires and not self.blocks:
            raise ValueError("expires is for a request that waits: take out blocks = false")
        if self.enough > len(self.item):
            raise ValueError(f"enough = {self.enough}: there are {len(self.item)} items")
        return self


def _twice(names: Sequence[str]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)
