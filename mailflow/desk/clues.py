"""What a message points at (Clues), and what the store knows of it (Context). Values only.

The core says what it needs to know, `store.recall` fetches it, `desk.decide` judges.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailflow.desk.agents.instructions import Instructions
from mailflow.desk.contacts.contact import Account, Contact, NamedAccount
from mailflow.desk.contacts.details import Correction, OnFile
from mailflow.desk.digests.commands import Orders
from mailflow.desk.incidents.incident import Incident
from mailflow.desk.ticket import Status, Ticket
from mailflow.mail.envelope import Envelope
from mailflow.mail.identity.authentication import Pin
from mailflow.mail.identity.evidence import Evidence
from mailflow.mail.message import Attachment
from mailflow.mail.replies.wish import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message we answered for: its journal row."""

    number: int
    envelope: Envelope
    received: datetime  # aware, UTC
    size: int
    attempts: int = 0  # claims since it was received, by mail or by hand
    claims: int = 0  # all of them: who claimed it last may settle it
    backlog: bool = False  # it was there before we were: file it, answer nothing
    released: bool = False  # a person let it through: the hold does not apply again
    released_by: str = ""  # who that was, where it is known
    confirmed_by: int | None = None  # the entry in which its author answered our challenge
    evidence: Evidence | None = None  # of who wrote it; None: none was gathered
    octets: bytes = field(default=b"", repr=False)  # rules may ask for any field of its header


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSeen:
    """A signed token of ours in a recipient address or a Message-ID; its MAC was right."""

    ticket: int
    for_author: bool  # it was issued to the author of this message
    where: str  # in words: 'recipient address', 'In-Reply-To'
    weeks: int | None = None  # in which it was issued, for mail.token.is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeSeen:
    """The same of a challenge."""

    entry: int
    for_author: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSeen:
    """The same of a digest of held mail, and what is to be done with it."""

    moment: datetime  # it listed what had been held by then
    department: str  # for it
    for_author: bool
    orders: Orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Who else a message shows in To and Cc, and names."""

    others: tuple[str, ...] = ()  # canonical, none of ours
    beside_us: bool = False  # an address of ours stands there as well
    named: tuple[str, ...] | None = None  # canonical, in its author's words; None: nobody asks ([[mailbox]] answers_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSeen:
    """The same of a page."""

    page: int
    for_author: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionSeen:
    """The same of a correction."""

    entry: int
    for_author: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSeen:
    """The same of the question whether somebody agrees."""

    consent: int
    for_author: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachSeen:
    """The same of the letter that asks whether an account can be reached."""

    letter: int
    for_author: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSeen:
    """The same of the mail that tells how to register."""

    entry: int
    for_author: bool
    weeks: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A message that may ask to be registered: what it names an account by."""

    kinds: frozenset[str]  # of request, that do
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSeen:
    """The same of what an agent was told about a ticket, and what the answer wants."""

    ticket: int
    for_author: bool
    weeks: int | None
    instructions: Instructions

    @property
    def named(self) -> frozenset[int]:
        """The ticket, and any that it is to be merged into."""
        return frozenset({self.ticket, *self.instructions.merges})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What to look up for one message."""

    digest: str
    author: str | None
    tokens: tuple[TokenSeen, ...]
    message_ids: tuple[str, ...]  # In-Reply-To, then References from the last backwards
    tag: int | None  # ticket number in the subject
    reported: str = ""  # Message-ID that a delivery report is about
    own: bool = False  # our own signed Message-ID on inbound mail: one of ours came back
    wish: Wish = Wish.NONE  # all that it wants
    challenge: ChallengeSeen | None = None
    digest_answer: DigestSeen | None = None
    copies: Copies = Copies()
    agent: AgentSeen | None = None
    incidents: frozenset[str] = frozenset()  # names that rules attach to
    page: PageSeen | None = None
    correction: CorrectionSeen | None = None
    details: bool = False  # contacts are asked whether what is on file of them is true
    consent: ConsentSeen | None = None
    reach: ReachSeen | None = None
    registration: RegistrationSeen | None = None
    application: Application | None = None


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
