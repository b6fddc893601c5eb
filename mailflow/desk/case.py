"""One message before the desk: everything the questions of `desk.decide` look at, worked out once."""

from dataclasses import dataclass, replace
from datetime import datetime

from mailflow.config import Mailbox
from mailflow.desk.clues import Clues, TokenSeen
from mailflow.desk.context import Context
from mailflow.desk.decision import Reason
from mailflow.desk.entry import Entry
from mailflow.desk.incidents.incident import Incident
from mailflow.desk.policy import Policy
from mailflow.desk.route import fetched_for, mailbox_of, mailboxes_of
from mailflow.desk.rules.rulebook import NO_RULING, Ruling
from mailflow.desk.thread import clues_of
from mailflow.desk.ticket import Ticket
from mailflow.mail.address import canonical
from mailflow.mail.identity.authentication import Identity, Pin, Verdict, identity_of
from mailflow.mail.message import AutomaticKind, Message
from mailflow.mail.token import is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    message: Message
    entry: Entry
    context: Context
    policy: Policy
    now: datetime
    clues: Clues
    identity: Identity
    mailboxes: tuple[Mailbox, ...]  # those of ours that it was sent to
    ruling: Ruling = NO_RULING  # of the admin's rules, by desk.ruled

    @classmethod
    def of(cls, message: Message, entry: Entry, context: Context, policy: Policy, now: datetime) -> "Case":
        clues = clues_of(message, entry, policy)
        return cls(
            message=message,
            entry=entry,
            context=context,
            policy=policy,
            now=now,
            clues=clues,
            identity=identity_in(message, entry, context.pin),
            mailboxes=_mailboxes(message, entry, policy),
        )

    @property
    def tokens(self) -> tuple[TokenSeen, ...]:
        """Of a ticket that there is, and not too old to count."""
        lifetime = self.policy.config.limits.token_lifetime
        return tuple(
            token
            for token in self.clues.tokens
            if token.ticket in self.context.tickets and not is_over(token.weeks, lifetime, self.now)
        )

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Open at this moment, of those that rules name."""
        return tuple(each for each in self.context.incidents if each.was_open(self.now))

    @property
    def is_automatic(self) -> bool:
        return self.message.automatic.is_automatic

    @property
    def wants_to_be_read(self) -> bool:
        """Words that are, or may be, a person's: also through a list or another ticket system. Not an absence note."""
        return self.message.automatic.kind is not AutomaticKind.AUTO_REPLY

    @property
    def is_to_us(self) -> bool:
        """Not with us in copy only."""
        return not self.message.to or any(mailbox_of(each.address, self.policy) for each in self.message.to)

    @property
    def contract(self) -> str:
        """That of the author's account, where the author is believed (R2.1)."""
        account = self.context.account if self.identity.acts else None
        return account.contract if account else ""

    @property
    def region(self) -> str:
        """The same."""
        account = self.context.account if self.identity.acts else None
        return account.region if account else ""

    @property
    def shown_author(self) -> str:
        """The address to show: the author's, else the one From shows, else the envelope sender."""
        shown = self.message.from_.address if self.message.from_ else ""
        return self.message.author or shown or self.entry.envelope.mail_from

    def takes_part(self, ticket: Ticket) -> bool:
        """The author, or another address of the same contact, is in the conversation."""
        if self.identity.author is None:
            return False
        theirs = {self.identity.author, *map(canonical, self.context.addresses)}
        return not theirs.isdisjoint(map(canonical, ticket.participants))

    def reasons(self) -> tuple[Reason, ...]:
        """Who writes: the first two lines of every explanation."""
        author = Reason("author", self.shown_author or "nobody", f"{self.identity.verdict}: {self.identity.evidence}")
        return author, Reason("contact", *self._contact())

    def _contact(self) -> tuple[str, str]:
        contact, account = self.context.contact, self.context.account
        if contact is None:
            known = f"the domain is of account {account.code}" if account else ""
            return "unknown", known
        where = f", account {account.code}" if account else ""
        roles = ", ".join(sorted(contact.roles))
        believed = "" if self.identity.acts else "not believed: the author is not verified"
        return f"{contact.name}{where}" + (f" ({roles})" if roles else ""), believed


def _mailboxes(message: Message, entry: Entry, policy: Policy) -> tuple[Mailbox, ...]:
    found = mailboxes_of(entry.envelope.rcpt_tos, policy)
    if not entry.envelope.source.startswith("imap:") or len(found) != 1:
        return found
    shown = (address.address for address in (*message.to, *message.cc))
    return fetched_for(found[0], shown, policy)


def _released(identity: Identity, entry: Entry) -> Identity:
    """With the name of the agent who let it through, where it is that which makes its author believed."""
    if identity.author is None or entry.envelope.trusted or not entry.released_by:
        return identity
    return replace(identity, evidence=f"released by {entry.released_by}")


def _confirmed(identity: Identity, answer: int | None) -> Identity:
    """Who answered our challenge has proved it."""
    if answer is None or identity.author is None:
        return identity
    return Identity(identity.author, Verdict.ASSERTED, f"its author confirmed it, see entry {answer}")


def identity_in(message: Message, entry: Entry, pin: Pin | None = None) -> Identity:
    """Who wrote it, by what is known of it; `pin` is what the store knows of its author besides."""
    author = canonical(message.author) if message.author else None
    identity = identity_of(author, message.author_defect, entry.envelope, entry.released, entry.evidence, pin)
    return _confirmed(_released(identity, entry), entry.confirmed_by)
