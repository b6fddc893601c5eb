"""A parsed message as one frozen value. Everything that looks at mail looks at this, never at a library's object.

Field names follow RFC 5322. `mail.inspection` makes of it what `mailflow inspect --json` shows, `mail.wire` what goes
through the pipe between the daemon and its parsing child.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class AutomaticKind(StrEnum):
    """Who or what wrote it, as far as answering is concerned (RFC 3834)."""

    NONE = "none"
    AUTO_REPLY = "auto-reply"
    AUTO_GENERATED = "auto-generated"
    BOUNCE = "bounce"
    DELAY = "delay"
    LIST = "list"
    DISPOSITION = "disposition"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of a header field: decoded display name and literal addr-spec."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part that is not shown as body. Its octets stay in the raw message: `part` says where."""

    filename: str  # decoded, last path component, never used as a path
    content_type: str
    size: int  # octets after the transfer encoding
    inline: bool
    content_id: str
    sha256: str | None  # only when the parser was asked for contents
    part: str  # position in the MIME tree: '2', '1.3'

    @property
    def stands_in_text(self) -> bool:
        """A picture that the words show by its name. Apple's mail programs call any file inline, and name none."""
        return self.inline and bool(self.content_id) and self.content_type.startswith("image/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    kind: AutomaticKind = AutomaticKind.NONE
    why: str = ""
    by_words: bool = False  # nothing but words says so, which a person may have written
    until: date | None = None  # the day an absence note names for its end, `mail.machines.return_day.away_until`

    @property
    def is_automatic(self) -> bool:
        return self.kind is not AutomaticKind.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecipient:
    """One recipient of a delivery report (RFC 3464 2.3)."""

    address: str
    action: str  # failed, delayed, delivered, relayed, expanded
    status: str  # 5.1.1, or ''
    diagnostic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    recipients: tuple[ReportRecipient, ...]
    original_message_id: str  # '' when the report does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """The mail that another passes on, attached or in its text. Whoever passed it on may have written all of it."""

    author: str  # one clean address
    name: str
    subject: str
    text: str
    above: str  # the words of who passed it on
    message_id: str = ""  # of what was attached
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one message says. Text has no lone surrogate and no NUL; addresses are literal."""

    message_id: str  # without angle brackets; '' when there is none
    author: str | None  # the one clean From address, for identity; None when there is not exactly one
    author_defect: str  # why there is no author, in words; '' when there is
    from_: Address | None  # for display
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None  # aware
    in_reply_to: tuple[str, ...]  # ids without angle brackets
    references: tuple[str, ...]
    language: str  # 'en', 'pl' …; '' when it is not clear
    automatic: Automatic
    report: Report | None
    text: str  # the whole readable body
    reply: str  # the new words only
    quoted: str
    html: str | None  # sanitised
    attachments: tuple[Attachment, ...]
    signed: bool
    encrypted: bool
    auto_submitted: str  # the field's first word, lower case; '' when absent (RFC 3834 5)
    wants_no_answer: bool  # by a machine, whoever wrote it (X-Auto-Response-Suppress)
    hops: int  # Received fields
    digest: str  # of stable header fields and body: the same for every copy of this message
    defects: tuple[str, ...]
    passed_on: PassedOn | None = None
