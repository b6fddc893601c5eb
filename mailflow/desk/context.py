"""What the store knows of what a message points at. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailflow.desk.contacts.contact import Account, Contact, NamedAccount
from mailflow.desk.contacts.details import Correction, OnFile
from mailflow.desk.incidents.incident import Incident
from mailflow.desk.ticket import Status, Ticket
from mailflow.mail.identity.authentication import Pin
from mailflow.mail.message import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An entry with the same content that was kept before; one that was filed, if there is one."""

    number: int
    ticket: int | None
    held: bool = False  # nobody but an agent who releases it will read it there


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged:
    """The entry that a challenge is about, as it is."""

    number: int
    waits: bool  # to be filed
    held_since: datetime | None = None  # None: it is held no more
    ticket: int | None = None  # where it was filed
    confirmed_by: int | None = None
    others: int = 0  # held in the name of the same author, and brought by another server, or nobody knows which


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An entry that an agent decides about, as it is."""

    number: int
    rcpt_tos: tuple[str, ...]
    held_since: datetime | None  # None: it is held no more
    header_only: bool = False  # there is nothing that could be filed
    became: str = ""  # in words
    author: str = ""
    contact: bool = False  # the author's address is registered
    account: bool = False  # so is its domain, or an address in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of an address of Copies."""

    contact: int | None = None
    account: int | None = None  # of that contact
    undeliverable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """The page that an answer is about, as it is."""

    number: int
    ticket: int
    on_call: str
    state: str  # desk.paging.oncall.PageState
    taken_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message or note of a ticket."""

    id: int
    direction: str  # in, out, note
    entry: int | None  # of the journal, if it came in
    at: datetime
    subject: str
    author: str = ""
    proved: bool = False  # that its author wrote it
    automatic: bool = False
    language: str = ""
    reply: str = ""  # its new words
    quoted: str = ""  # is not kept
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The last words of an agent's that a customer was sent."""

    by: str
    at: datetime


NOTHING_KNOWN_OF_IT = Known()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A request to be registered, as it is."""

    ticket: int
    created: datetime
    last_activity: datetime
    is_over: bool  # closed: it was decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A ticket as a list for its customer has it."""

    number: int
    subject: str
    status: Status
    created: datetime
    last_activity: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the store knows, nothing more than the clues asked for."""

    earlier: Earlier | None = None
    contact: Contact | None = None  # the author's address is registered
    account: Account | None = None  # the contact's, else the one whose domain it is
    pin: Pin | None = None  # the strongest proof that mail of the author, a contact, ever had
    addresses: frozenset[str] = frozenset()  # all addresses of the contact: any of them takes part where one does
    tickets: Mapping[int, Ticket] = field(
        default_factory=dict
    )  # all that tokens, ids or the tag point at, and those they were merged into
    by_message_id: Mapping[str, int] = field(default_factory=dict)  # of clues.message_ids: ticket
    reported: int | None = None  # ticket of the mail of ours that clues.reported names
    reported_to: frozenset[str] = frozenset()  # canonical addresses that mail was written to
    undeliverable: bool = False  # mail to the author did not arrive the last time
    automatic_today: int = 0  # automatic mails written to the author in the last 24 hours
    tickets_hour: int = 0  # tickets that the author opened in the last hour
    tickets_today: int = 0  # and in the last 24 hours
    registration_at: datetime | None = None  # when the author was last told how to register
    standing_at: Mapping[int, datetime] = field(default_factory=dict)  # ticket: when it was told where it stands
    requests: tuple[Request, ...] = ()  # of the author, from any address, where a list is asked for
    waiting: tuple[int, ...] = ()  # tickets of the author that are not settled, two at most; asked for news only
    challenge_at: datetime | None = None  # when the author was last asked whether it wrote to us
    challenged: Challenged | None = None  # of clues.challenge
    named: Mapping[int, Named] = field(default_factory=dict)  # of clues.digest_answer
    copied: Mapping[str, Known] = field(default_factory=dict)  # of clues.copies and operations, what is known of any
    operations: tuple[str, ...] = ()  # where mail of the operations contacts of the author's account goes, if asked for
    paged: Paged | None = None  # of clues.page
    correction: Correction | None = None  # of clues.correction
    on_file: OnFile | None = None  # of the author, a contact, where clues.details, a correction or a letter asks for it
    consent_of: int | None = None  # the ticket of clues.consent
    reach_of: int | None = None  # the first ticket of the case of clues.reach
    applied: Applied | None = None  # how the author, no contact, last asked to be registered, where clues ask for it
    registering: datetime | None = None  # when the entry of clues.registration was received
    named_accounts: Mapping[str, NamedAccount] | None = None  # by what names them, where clues ask for it
    answered: Answered | None = None  # in the ticket of clues.agent
    told_at: datetime | None = None  # when the mail was written that clues.agent's message answers
    told_of_entry: int | None = None  # which mail that told of
    conversation: tuple[
        Said, ...
    ] = ()  # of the ticket of clues.agent, oldest first, where one looks back: to split it, or to say its kind
    incidents: tuple[Incident, ...] = ()  # of clues.incidents
    told_of: frozenset[int] = frozenset()  # those of them that the author has heard of

    def read_in(self, number: int) -> Ticket:
        """Where ticket `number`, one of `tickets`, is read: in itself, or in the one that it was merged into."""
        ticket = self.tickets[number]
        return ticket if ticket.merged_into is None else self.tickets.get(ticket.merged_into, ticket)


NOTHING_KNOWN = Context()
