"""What a message points at. Values only.

The core says what it needs to know, `store.recall` fetches it (desk.context), `desk.decide` judges.
"""

from dataclasses import dataclass
from datetime import datetime

from mailflow.desk.agents.instructions import Instructions
from mailflow.desk.digests.commands import Orders
from mailflow.mail.replies.wish import Wish


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
class NewcomerSeen:
    """The same of the notice that somebody was registered."""

    ticket: int
    for_author: bool


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
    newcomer: NewcomerSeen | None = None
    details: bool = False  # contacts are asked whether what is on file of them is true
    consent: ConsentSeen | None = None
    reach: ReachSeen | None = None
    registration: RegistrationSeen | None = None
    application: Application | None = None
