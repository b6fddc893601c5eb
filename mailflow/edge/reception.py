"""What is answered to MAIL, to RCPT and to the content: the judgement of the SMTP edge, apart from its protocol.

A direct client is refused in the session, which costs nobody a bounce to a forged sender. Who hands us other people's
mail (a relay, every LMTP peer) is not: the filer drops what is unwanted and records it (threats-and-tests 5).
Asks a Doorkeeper; called by edge.session.
"""

import asyncio
from dataclasses import dataclass, field

from mailflow import maillog
from mailflow.config import Limits
from mailflow.edge import lines, replies
from mailflow.edge.counters import Counters, Limit
from mailflow.edge.doorkeeper import Doorkeeper, Recipient
from mailflow.edge.gate import Gate
from mailflow.edge.peer import counted_as
from mailflow.edge.rate import Rate
from mailflow.edge.users import User
from mailflow.errors import StoreFull
from mailflow.mail.address import author_of
from mailflow.mail.envelope import Arrival, Envelope, Tls
from mailflow.mail.mime.header import Header


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the line, as far as it decides what is answered. Asked anew for each message."""

    source: str  # smtp, lmtp, submission:NAME
    peer: str
    helo: str
    trusted: bool
    relayed: bool
    user: User | None = None  # who logged in
    tls: Tls | None = None

    @property
    def stranger(self) -> bool:
        return not (self.trusted or self.relayed)

    @property
    def asked_about(self) -> str:
        """The peer, if it may be blocked: one of ours hands in what others wrote."""
        return self.peer if self.stranger else ""


@dataclass(slots=True)
class Transaction:
    """From MAIL to the end of the content."""

    caller: Caller
    mail_from: str
    rcpt_tos: list[str] = field(default_factory=list)  # as often as they were accepted: LMTP answers for each


@dataclass(frozen=True, slots=True)
class Reception:
    door: Doorkeeper
    limits: Limits
    counters: Counters = field(default_factory=Counters)
    rate: Rate = field(default_factory=Rate)

    def caller(self, source: str, peer: str, helo: str, user: User | None = None, tls: Tls | None = None) -> Caller:
        """Who has logged in is believed for its own senders, and for no others: it hands in nobody else's mail."""
        if user:
            return Caller(f"submission:{user.name}", peer, helo, trusted=True, relayed=False, user=user, tls=tls)
        relayed = source == "lmtp" or self.door.relays(peer)
        return Caller(source, peer, helo, self.door.trusts(peer), relayed, tls=tls)

    def sender(self, caller: Caller, address: str, smtputf8: bool, now: float) -> str:
        """`address` is '' for the null reverse-path; `now` in seconds, of a clock that only goes forward."""
        if address and "@" not in address:
            return replies.BAD_SENDER
        if not (address.isascii() or smtputf8):
            return replies.NEEDS_SMTPUTF8
        if caller.user and address and not caller.user.may_write_as(address):
            maillog.refused_sender(peer=caller.peer, mail_from=address, reply=replies.NOT_YOURS)
            return replies.NOT_YOURS
        if self.door.free_space() < self.limits.free_space:
            return self.counters.reach("free_space", caller.peer, replies.NO_ROOM)
        if caller.stranger and (limit := self.rate.take(counted_as(caller.peer), self.limits, now)):
            return self.counters.reach(limit, caller.peer, replies.TOO_MUCH_MAIL)
        return replies.SENDER_OK

    def recipient(self, mail: Transaction, address: str, smtputf8: bool) -> str:
        """Said for one recipient, which is added if it is welcome."""
        reply = self._recipient(mail, address, smtputf8)
        if reply is replies.RECIPIENT_OK:
            mail.rcpt_tos.append(address)
        elif reply is replies.BLOCKED:
            maillog.refused_sender(peer=mail.caller.peer, mail_from=mail.mail_from, reply=reply)
        else:
            maillog.refused_recipient(peer=mail.caller.peer, mail_from=mail.mail_from, rcpt_to=address, reply=reply)
        return reply

    def _recipient(self, mail: Transaction, address: str, smtputf8: bool) -> str:
        if not address:
            return replies.BAD_RECIPIENT
        if not (address.isascii() or smtputf8):
            return replies.NEEDS_SMTPUTF8
        if not mail.caller.relayed and self.door.blocked_by(mail.mail_from, None, mail.caller.asked_about):
            return replies.BLOCKED
        match self.door.accepts(address):
            case Recipient.FOREIGN:
                return replies.NOT_OURS
            case Recipient.UNKNOWN:
                return replies.UNKNOWN_RECIPIENT
            case Recipient.OURS if len(mail.rcpt_tos) >= self.limits.recipients:
                return self._reached("recipients", mail, replies.TOO_MANY_RECIPIENTS)
            case Recipient.OURS:
                return replies.RECIPIENT_OK

    async def content(self, mail: Transaction, octets: bytes, gate: Gate) -> bytes | str:
        """The octets to keep, or the reply that refuses them."""
        if lines.longer_than(self.limits.data_line, octets):
            return self.refused(mail, self._reached("data_line", mail, replies.CONTENT_LINE_TOO_LONG), "")
        size = lines.mended_size(octets)
        bare = size != len(octets)
        if (bare or b"\0" in octets) and mail.caller.stranger:
            return self.refused(mail, replies.BARE_LINE_ENDS, "")
        if not bare:
            return self.judged(mail, octets)
        if size > self.limits.message_size:
            because = f"{size} octets with line ends of CR LF"
            return self.refused(mail, self._reached("message_size", mail, replies.TOO_LARGE), because)
        if not gate.has_room_for(size):
            return self.refused(mail, self._reached("bytes_in_flight", mail, replies.NO_ROOM), "")
        with gate.holding(size):  # mended, or it would be two messages to whoever we pass it on to
            return self.judged(mail, await lines.mended(octets))

    def judged(self, mail: Transaction, octets: bytes) -> bytes | str:
        """By who wrote it and how far it came, which a relay is not asked."""
        caller = mail.caller
        if caller.relayed:
            return octets
        header = Header.of(octets)
        author = author_of(header.literal("From"))[0]
        if len(header.octets("Received")) > self.limits.received_hops:
            return self.refused(mail, self._reached("received_hops", mail, replies.LOOP), "")
        if entry := self.door.blocked_by(mail.mail_from, author, caller.asked_about):
            return self.refused(mail, replies.BLOCKED, entry)
        if caller.stranger and (rejection := self.door.rejected_by(self._envelope(mail), octets)):
            self.counters.refused["rule"] += 1
            return self.refused(mail, replies.rejected(rejection.words), rejection.because)
        if caller.user and not (author and caller.user.may_write_as(author)):
            return self.refused(mail, replies.NOT_YOURS, f"From names {author or 'no one author'}")
        return octets

    def _reached(self, limit: Limit, mail: Transaction, reply: str) -> str:
        return self.counters.reach(limit, mail.caller.peer, reply)

    def refused(self, mail: Transaction, reply: str, because: str) -> str:
        """Never accepted, so never in the journal: the log has it."""
        maillog.refused_content(
            peer=mail.caller.peer, mail_from=mail.mail_from, rcpt_tos=mail.rcpt_tos, because=because, reply=reply
        )
        return reply

    def _envelope(self, mail: Transaction) -> Envelope:
        return Envelope(
            source=mail.caller.source,
            mail_from=mail.mail_from,
            rcpt_tos=tuple(dict.fromkeys(mail.rcpt_tos)),
            peer=mail.caller.peer,
            helo=mail.caller.helo,
            trusted=mail.caller.trusted,
            relayed=mail.caller.relayed,
            tls=mail.caller.tls,
            login=mail.caller.user.name if mail.caller.user else "",
        )

    async def keep(self, mail: Transaction, octets: bytes) -> str:
        """Commits the message; the reply. Its own task: the client may leave, this goes on."""
        envelope = self._envelope(mail)
        try:
            entry = await self.door.receive(Arrival(envelope=envelope, octets=octets))
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  nothing was kept, whatever it was
            return sorry(error, where=mail.caller.source)
        maillog.accepted(
            entry=entry,
            source=envelope.source,
            mail_from=envelope.mail_from,
            rcpt_tos=envelope.rcpt_tos,
            size=len(octets),
        )
        return replies.KEPT


def sorry(error: BaseException, where: str) -> str:
    """All of it for us, fixed words for them: what we do not know is temporary (DESIGN rule 2)."""
    maillog.trouble(error, where)
    return replies.NO_ROOM if isinstance(error, StoreFull) else replies.TRY_LATER
