"""Whom customers write to, who answers, and when: mailboxes, departments, priorities, reminders."""

from datetime import time, timedelta
from typing import Literal, Self

from pydantic import Field, StrictBool, model_validator

from mailflow.config.escalation import Level
from mailflow.config.values import (
    Address,
    DurationOrNever,
    Language,
    Lapse,
    Priority,
    Role,
    Section,
    TimeOfDay,
    Unverified,
    WorkingTime,
    WorkingTimeOrNever,
)


class Mailbox(Section):
    """[[mailbox]] An address that customers write to."""

    address: Address
    """A plus-address may be a mailbox of its own: support+billing@example.org."""
    name: str = ""
    """Display name in our mail; the department's title when empty."""
    department: str
    registered_only: StrictBool = True
    """Serve registered contacts only; others are told once a day how to register. False: anyone opens a ticket."""
    registration: str = ""
    """The kind of request (filters/types/) by which an unknown sender asks to be registered here: who is told how to
    register is asked for what it needs, and the answer to that opens a ticket of it. Not set: that is told in fixed
    words, and the answer is held."""
    unverified: Unverified | None = None
    """What mail may do here whose author nothing proves. `hold`: it waits for an agent. `challenge`: so it does, and a
    registered address is asked, once a day, whether it wrote that; its reply lets the mail through. `open`: it opens a
    ticket, marked as not verified. `append`: it joins a ticket of whom it claims to be as well. `reopen`: and opens it
    again. Not set: `challenge` where `registered_only`, else `open`."""
    roles: tuple[Role, ...] = ("primary", "technical")
    """Which registered contacts are served here; one without any role is served everywhere."""
    language: Language = "en"
    """For senders whose language is not known otherwise."""
    priority: Priority | None = None
    """Of tickets that open here, at least: the greatest counts of mailbox, channel and contract, `normal` if none has
    any. What a rule sets replaces it. `mailflow explain` says which it was."""
    copies: Literal["nobody", "account", "anyone"] = "account"
    """Who takes part in a ticket of this mailbox because its requester, or who takes part already, shows them in To or
    Cc beside an address of ours: registered contacts of its author's account, or anyone. They are sent what agents
    answer from then on. Only where the author is believed; never our own addresses, agents, and who does not read."""
    answers_to: Literal["author", "operations"] = "author"
    """Who is sent what agents answer in tickets that open here. `operations`: besides its author the contact of the
    account with that role, unless the mail names another address of the account: then who has that."""
    plus_addressing: StrictBool = True
    """The mail system delivers address+anything@ here too; then replies carry a signed token in that place."""

    @model_validator(mode="after")
    def _registers_where_it_matters(self) -> Self:
        if self.registration and not self.registered_only:
            raise ValueError("registration is for registered_only = true: elsewhere anybody opens a ticket")
        return self

    @model_validator(mode="after")
    def _room_for_a_token(self) -> Self:
        if self.plus_addressing and len(self.address.partition("@")[0]) > 23:
            raise ValueError(
                "the part before @ is longer than 23 letters, which leaves no room for +token; "
                "set plus_addressing = false"
            )
        return self


class Department(Section):
    """[[department]] A team; routing, escalation and the words in a signature hang on it."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$")
    title: str
    calendar: str | None = None
    """The [[calendar]] of its working time, by which `escalate_after` and `[reminders]` count. Not set: around the
    clock."""
    escalate_after: WorkingTimeOrNever = None
    """An open ticket that nobody answered for so long is escalated; not set: never."""
    escalate_to: tuple[Address, ...] = ()
    escalation: tuple[Level, ...] = ()
    digest_to: tuple[Address, ...] | None = None
    """Who is told in the morning of each of its working days what is due, overdue, held and failed, if anything is, and
    may decide by a reply about what is held: each by an address of their own. Not set: `escalate_to`; `[]`: nobody."""
    notify: Literal["all", "assignee", "nobody"] = "all"
    """Whom of the [[agent]]s a mail tells of a ticket that opens and of what its customer writes: the assignee, else
    all of the department; the assignee alone; nobody. A reply to that mail answers the customer."""

    @model_validator(mode="after")
    def _one_way_up(self) -> Self:
        if self.escalation and self.escalate_after:
            raise ValueError("set either escalate_after or [[department.escalation]]")
        for promise in ("response", "resolution"):
            places = [level.place for level in self.escalation if level.of == promise]
            if places != sorted(set(places)):
                raise ValueError("levels must come in order: growing shares first, then growing times after")
        return self


class Agent(Section):
    """[[agent]] One who answers customers. Where any is listed, nobody else is an agent."""

    name: str = Field(pattern=r"^[a-z0-9._-]{1,40}$")
    """As tickets are assigned to it."""
    addresses: tuple[Address, ...] = Field(min_length=1)
    """Its own, shared with nobody: what it may do by mail hangs on them. The first is written to."""
    departments: tuple[str, ...] = ()
    """For which it works; not set: for all."""


class Channel(Section):
    """[[channel]] How much tickets matter whose first mail came by one way: from a portal more than by e-mail."""

    source: str = Field(pattern=r"^(smtp|lmtp|inject|imap(:[A-Za-z0-9_.-]+)?|submission(:[^:]+)?)$")
    """`smtp`, `lmtp`, `imap`, `submission`, `inject`; of one [[imap]] alone `imap:NAME`, of one system that logs in
    `submission:USER`, which count instead of `imap` and `submission`."""
    priority: Priority
    """As for a mailbox."""


class Contract(Section):
    """[[contract]] A support contract that accounts may have."""

    name: str = Field(min_length=1)
    """As `mailflow contact import` gives it to accounts; letters are compared without case."""
    priority: Priority
    """As for a mailbox; only where the author is believed."""
    calendar: str | None = None
    """The [[calendar]] that counts for its accounts in place of the department's."""


class Region(Section):
    """[[region]] Where accounts are, and when people work there."""

    name: str = Field(min_length=1)
    """As `mailflow contact import` gives it to accounts; letters are compared without case."""
    calendar: str
    """The [[calendar]] by which `[reminders]` count for customers there: two working days of theirs."""


class Due(Section):
    """[[due]] By when tickets are answered and resolved, in working time: docs/hours.md."""

    priority: Priority | None = None
    """Of which tickets; not set: of any. So for department and contract."""
    department: str | None = None
    contract: str | None = None
    """Of accounts that have it."""
    type: str | None = None
    """Of requests of this kind: a file in filters/types/, or what a rule says."""
    first_response: WorkingTimeOrNever = None
    """From the first mail to an agent's first answer. Of several [[due]] that fit a ticket the first counts that says
    anything of it."""
    next_response: WorkingTimeOrNever = None
    """From each later mail of the customer to the answer to it."""
    resolution: WorkingTimeOrNever = None
    """From the first mail until the ticket is resolved, without the time in which the customer had the move."""
    resolution_from: Literal["complete", "first mail"] = "complete"
    """Of a kind of request, when that begins: when all is there that it needs, or with the first mail all the same."""


class Reminders(Section):
    """[reminders] While a ticket awaits the customer. Counted from our question."""

    after: tuple[WorkingTime, ...] = (Lapse(2, "d"), Lapse(5, "d"))
    resolve_after: WorkingTimeOrNever = Lapse(10, "d")
    """Then the ticket is resolved and the customer told."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        steps = [each.full for each in (*self.after, self.resolve_after) if each]
        if steps != sorted(set(steps)):
            raise ValueError("durations must grow from one reminder to the next, and resolve_after must be the longest")
        return self


class Resolved(Section):
    """[resolved] What is settled, and when it is settled for good."""

    close_after: DurationOrNever = timedelta(days=30)
    """Until then a customer's reply opens the ticket again; then it is closed, which nobody is told. `"never"`: a reply
    always opens it again."""
    close_backlog: DurationOrNever = timedelta(days=30)
    """A ticket of nothing but mail that was there before us, in a folder that was read for the first time, is closed
    when its last mail is so old, unless an agent has taken it up. `"never"`: all of them stay open."""
    late_reply: Literal["successor", "refuse"] = "successor"
    """What a customer's reply to a closed ticket brings: a new ticket that continues it, or the answer that it is over
    (`closed.txt`), and the reply is kept where it belongs and brought to nobody."""


class Articles(Section):
    """[articles] What is often asked, templates/<language>/articles/."""

    stale_after: DurationOrNever = timedelta(days=365)
    """So long after somebody confirmed an article it is to be looked at again."""


class Held(Section):
    """[held] Mail that waits for a person's decision."""

    digest_at: TimeOfDay = time(8)
    """When departments are told what is due, held and failed ([[department]] digest_to): by the clock of their
    calendar; without one in `time_zone`."""
    keep: DurationOrNever = None
    """What nobody decided about for so long is rejected; not set: never."""
