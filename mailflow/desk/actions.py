"""What can be decided to be done: the effects of a decision.

A new one is one dataclass here and one case in `store.effects`, which mypy demands. Nothing here does anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailflow.desk.contacts.details import Detail
from mailflow.desk.intake.consent import Consent
from mailflow.desk.intake.given import Given
from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.desk.reach.deeds import HearReach, JoinReach, Seek, TickTasks
from mailflow.desk.ticket import Move, Priority
from mailflow.desk.timing.pause import Pause
from mailflow.desk.writing.kind import Kind
from mailflow.mail.enclosure import Enclosure
from mailflow.mail.identity.authentication import Proof
from mailflow.mail.message import Attachment


class TimerKind(StrEnum):
    REMIND = "remind"
    RESOLVE = "resolve"
    CLOSE = "close"
    ESCALATE = "escalate"  # nobody answers
    ESCALATE_RESOLUTION = "escalate_resolution"  # nobody resolves it
    WAKE = "wake"  # it was put on hold until then
    RETIRE = "retire"  # of before we were: is it over?
    CONSENT = "consent"  # who was asked to agree has not answered
    EXPIRE = "expire"  # the request is not complete in time


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    subject: str
    department: str
    also: tuple[str, ...]  # other departments that see it (R2.5)
    mailbox: str
    requester: str
    requester_name: str
    contact: int | None
    account: int | None
    language: str
    contract: str = ""  # of the account
    priority: Priority = Priority.NORMAL
    possible_parent: int | None = None
    continues: int | None = None  # a closed one, whose customer wrote this
    believed: bool = True  # the requester is more than a From line (P8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """The message joins the ticket's conversation. `ticket` None: the one opened by this decision."""

    ticket: int | None
    warning: str = ""  # shown to agents: a token that came from another than its addressee …
    another_matter: bool = False  # perhaps it is one: agents are offered to split it off
    is_activity: bool = True  # a robot's words do not move the ticket
    waits_for_us: bool = True  # the customer wrote: someone should answer
    passed_on: bool = False  # what joins is the mail that an agent passes on with it
    said: datetime | None = None  # when, of what was there before we were; None: now


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus:
    ticket: int | None
    move: Move
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """From now on `ticket`, and what was merged into it, is read in `into`, which has these values."""

    ticket: int
    into: int
    waiting_since: datetime | None
    last_activity: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The message `first` of a ticket, and all after it, is the conversation of the one that is opened here."""

    ticket: int
    first: int
    waiting_since: datetime | None  # of the ticket, without them
    other_waiting_since: datetime | None
    other_answered_at: datetime | None
    last_activity: datetime  # of the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """The ticket waits for the end of an incident. `state`: the one that its requester knows."""

    ticket: int | None
    incident: int
    name: str
    state: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detach:
    """The ticket stands for itself again."""

    ticket: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowState:
    """What the ticket's requester is to hear of a state of its incident has been said."""

    ticket: int
    state: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDepartments:
    ticket: int
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddParticipants:
    """From now on they are sent what agents answer, and their mail belongs to the ticket."""

    ticket: int | None
    addresses: tuple[str, ...]  # canonical
    why: str  # for the history: by whom, or by which mail


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveParticipants:
    """They are sent nothing more, and only an agent lets them take part again."""

    ticket: int
    addresses: tuple[str, ...]  # canonical
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An event in the ticket's history."""

    ticket: int | None
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkUndeliverable:
    """No automatic mail goes to the address until then. `ticket`: whose mail came back."""

    ticket: int
    address: str  # canonical
    until: datetime
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearUndeliverable:
    """Mail is written to the address again."""

    ticket: int | None  # the one its owner wrote in
    address: str  # canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """This message proves who wrote a held entry: that one is judged again."""

    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An agent lets a held entry through."""

    entry: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """An agent drops a held entry for good."""

    entry: int
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An agent wants no more mail of an address or a domain. Not a row: flow.filing has it written into the list."""

    entry: int
    value: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """How mail of the address was proved: from now on, weaker mail of it is suspicious."""

    ticket: int | None
    address: str  # canonical
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDetails:
    """The mail with this key asks a contact whether what is on file of it is true; nothing where it is not written."""

    contact: int
    address: str  # canonical: who is asked
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDetails:
    """The contact answers that it is. Nothing where an answer counted before."""

    ticket: int
    contact: int
    by: str  # canonical
    to_letter: bool = False  # of a reach case, which counts its answers; else to an acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectDetails:
    """The contact answers what it should be, from `due` on. Nothing where an answer counted before."""

    ticket: int
    contact: int
    wanted: Mapping[Detail, str]
    by: str  # canonical
    due: datetime
    entry: int
    to_letter: bool = False  # as above


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCorrection:
    """What `entry` said should be waits for an agent."""

    contact: int
    entry: int
    why: str
    by: str  # canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    ticket: int | None
    assignee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTags:
    """Words to find the ticket by."""

    ticket: int | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """To another department, which has it from then on."""

    ticket: int
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetType:
    """The kind of request."""

    ticket: int | None
    type: str
    anew: bool = False  # another than before: nothing of that is missing any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Give:
    """Items of its request; `complete`: work may begin."""

    ticket: int | None
    given: tuple[Given, ...]
    complete: bool
    waited: bool = True  # for them, so that the history says when it was over


@dataclass(frozen=True, slots=True, kw_only=True)
class AskConsent:
    """A party, or the agents of a gate's department, are asked from now on."""

    ticket: int | None
    name: str
    is_gate: bool
    address: str  # canonical; '' of a gate
    language: str  # of a party that is no registered contact; '' is that of the ticket
    seen: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeConsent:
    """What came of a question."""

    ticket: int
    consent: Consent  # as it is then


@dataclass(frozen=True, slots=True, kw_only=True)
class OurTurn:
    """Somebody of us is to act, from now on if it was not so before."""

    ticket: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    ticket: int
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One mail to one address. `ticket` None: the one opened here, or none at all if nothing is opened."""

    kind: Kind
    to: str
    to_name: str
    language: str
    mailbox: str  # which of our addresses it comes from
    ticket: int | None
    key: str  # the same for the same cause, so that it is written once: 'acknowledgement:entry:812'
    subject: str = ""  # of the ticket, or of the message it answers
    template: str = ""  # in whose words, when they are not those of its kind: 'answers/password'
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)  # what the template may say besides the ticket
    challenges: int | None = None  # the held entry that an answer to this mail confirms
    page: int | None = None  # an answer takes this page
    registers: int | None = None  # the held entry whose author asks to be registered by an answer
    corrects: int | None = None  # an answer stops the correction that this entry said
    admitted: int | None = None  # the ticket by which somebody was registered: an answer is about that
    consent: int | None = None  # an answer says yes or no to this question
    letter: int | None = None  # of a reach case: an answer says that its addressee can be reached
    enclosures: tuple[Enclosure, ...] = ()
    digest: datetime | None = None  # an answer decides about what was held for the mailbox's department by then


@dataclass(frozen=True, slots=True, kw_only=True)
class FallSilent:
    """An answer is not written: its reader got enough automatic mail today. The ticket says so, and the log."""

    ticket: int | None
    kind: Kind
    to: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOnCall:
    """Whoever is on call is to look at the ticket now; nothing if they are paged about it already."""

    ticket: int | None
    on_call: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePages:
    """Somebody looks at the ticket: nobody is paged about it any more. Nothing if nobody is."""

    ticket: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """An agent's words become part of the conversation. `ticket` None: the one opened by this decision."""

    ticket: int | None
    text: str
    author: str  # agent
    internal: bool  # a note customers never see
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()  # that went along


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAway:
    """The customer is not there before that moment; None: is there."""

    ticket: int
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginTime:
    """From now on its request has the time that its kind gives it."""

    ticket: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    ticket: int | None
    kind: TimerKind
    step: int
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPause:
    """A time, which is over, in which the clocks of the ticket stood still."""

    ticket: int
    pause: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimers:
    ticket: int | None
    kinds: frozenset[TimerKind]


Action = (
    OpenTicket
    | Append
    | ChangeStatus
    | Merge
    | Split
    | Attach
    | Detach
    | KnowState
    | AddDepartments
    | AddParticipants
    | RemoveParticipants
    | AddTags
    | Route
    | SetType
    | Give
    | AskConsent
    | ChangeConsent
    | Seek
    | JoinReach
    | HearReach
    | TickTasks
    | OurTurn
    | Note
    | MarkUndeliverable
    | ClearUndeliverable
    | Confirm
    | Block
    | Release
    | Reject
    | Remember
    | AskDetails
    | ConfirmDetails
    | CorrectDetails
    | StopCorrection
    | Register
    | Recover
    | Assign
    | SetPriority
    | Send
    | FallSilent
    | PageOnCall
    | TakePages
    | Say
    | SetAway
    | BeginTime
    | SetTimer
    | AddPause
    | CancelTimers
)
