"""What a message points at: signed tokens, the ids it answers, the number in its subject.

Read from the message alone, looked up by `store.recall`, judged by `desk.parent`. Called twice for one message, before
the look-up and in the judgement, and the same both times.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from mailflow.desk.agents.instructions import instructions_in
from mailflow.desk.clues import (
    AgentSeen,
    ChallengeSeen,
    Clues,
    ConsentSeen,
    CorrectionSeen,
    DigestSeen,
    NewcomerSeen,
    PageSeen,
    ReachSeen,
    RegistrationSeen,
    TokenSeen,
)
from mailflow.desk.copied import copies_in
from mailflow.desk.digests.commands import orders_in
from mailflow.desk.entry import Entry
from mailflow.desk.newcomers.applicant import application_in
from mailflow.desk.policy import Policy
from mailflow.mail.address import canonical, last_plus
from mailflow.mail.digest import identity
from mailflow.mail.message import Message
from mailflow.mail.replies.wish import Wish, wish_in
from mailflow.mail.subject import tag_of
from mailflow.mail.token import (
    OF_A_CHALLENGE,
    OF_A_CONSENT,
    OF_A_CORRECTION,
    OF_A_NEWCOMER,
    OF_A_PAGE,
    OF_A_REACH_LETTER,
    OF_A_REGISTRATION,
    OF_A_TICKET,
    OF_AN_AGENT,
    PURPOSES,
    WITHOUT_DATE,
    Purpose,
    Token,
    moment_of,
    of_a_digest,
)

MESSAGE_IDS = 40
"""Ids looked up for one message; a References field may have thousands."""
TOKENS = 10
S = TypeVar("S")


@dataclass(frozen=True)
class _Written:
    """What stands where a token may be, and who wrote it there."""

    words: tuple[str, ...]
    author: str | None
    policy: Policy

    def first(self, seen: Callable[[Token, bool], S], *purposes: Purpose) -> S | None:
        """What is `seen` of the first such token, and whether it is its author's: a mail answers one."""
        found = next(self.all(*purposes), None)
        return seen(found, self.is_for_author(found)) if found else None

    def nearest(self, seen: Callable[[Token, bool], S], purpose: Purpose) -> S | None:
        """The same, of what stands nearer than a token of a ticket that is its author's: else it goes on with that."""
        for token in self.all(purpose, OF_A_TICKET, WITHOUT_DATE):
            if token.purpose == purpose:
                return seen(token, self.is_for_author(token))
            if token.number and self.is_for_author(token):
                return None
        return None

    def all(self, *purposes: Purpose) -> Iterator[Token]:
        return (found for word in self.words if (found := self.policy.keyring.verify(word, *purposes)))

    def is_for_author(self, token: Token) -> bool:
        return self.author is not None and self.policy.keyring.issued_to(token, self.author)


def clues_of(message: Message, entry: Entry, policy: Policy) -> Clues:
    author = canonical(message.author) if message.author else None
    reported = message.report.original_message_id if message.report else ""
    places = list(_places(message, entry, reported))
    written = _Written(tuple(word for _, word in places), author, policy)
    tokens, registration = _tokens(places, written), _registration(written)
    return Clues(
        digest=identity(message.digest, message.message_id, message.date, entry.received),
        author=author,
        tokens=tokens,
        message_ids=tuple(dict.fromkeys((*message.in_reply_to, *reversed(message.references))))[:MESSAGE_IDS],
        tag=tag_of(message.subject, policy.tags),
        reported=reported,
        own=_is_signed(message.message_id, policy),
        wish=_wish(message),
        challenge=written.first(lambda token, own: ChallengeSeen(entry=token.number, for_author=own), OF_A_CHALLENGE),
        digest_answer=_digest_answer(written, message),
        copies=copies_in(message, entry.octets, policy),
        agent=_agent(written, message),
        incidents=policy.rules.incidents,
        page=written.first(lambda token, own: PageSeen(page=token.number, for_author=own), OF_A_PAGE),
        correction=written.nearest(
            lambda token, own: CorrectionSeen(entry=token.number, for_author=own), OF_A_CORRECTION
        ),
        newcomer=written.nearest(lambda token, own: NewcomerSeen(ticket=token.number, for_author=own), OF_A_NEWCOMER),
        details=policy.config.verification.every is not None,
        consent=written.first(lambda token, own: ConsentSeen(consent=token.number, for_author=own), OF_A_CONSENT),
        reach=written.first(lambda token, own: ReachSeen(letter=token.number, for_author=own), OF_A_REACH_LETTER),
        registration=registration,
        application=application_in(message, entry, policy, carries_a_token=bool(registration or tokens)),
    )


def _wish(message: Message) -> Wish:
    """None of who sends a file along: that is more than words."""
    if any(not attachment.stands_in_text for attachment in message.attachments):
        return Wish.NONE
    return wish_in(message.reply, message.subject, message.from_.name if message.from_ else "")


def _places(message: Message, entry: Entry, reported: str) -> Iterator[tuple[str, str]]:
    """Where a token may be, and what is there. Fetched mail has no envelope recipients but the mailbox: there the token
    is in To or Cc."""
    shown = (address.address for address in (*message.to, *message.cc))
    yield from (("recipient address", last_plus(address)) for address in (*entry.envelope.rcpt_tos, *shown))
    yield from (("In-Reply-To", _left(id_)) for id_ in message.in_reply_to)
    yield from (("References", _left(id_)) for id_ in reversed(message.references[-MESSAGE_IDS:]))
    yield "the Message-ID it reports on", _left(reported)


def _tokens(places: Iterable[tuple[str, str]], written: _Written) -> tuple[TokenSeen, ...]:
    """Of tickets, each once for each sort of place and age."""
    seen = {
        (token.number, where, token.weeks): TokenSeen(
            ticket=token.number, for_author=written.is_for_author(token), where=where, weeks=token.weeks
        )
        for where, word in places
        if (token := written.policy.keyring.verify(word, OF_A_TICKET, WITHOUT_DATE))
        and token.number  # 0: of ours that belongs to no ticket
    }
    return tuple(seen.values())[:TOKENS]


def _registration(written: _Written) -> RegistrationSeen | None:
    return written.first(
        lambda token, own: RegistrationSeen(entry=token.number, for_author=own, weeks=token.weeks), OF_A_REGISTRATION
    )


def _digest_answer(written: _Written, message: Message) -> DigestSeen | None:
    department_of = _digests(written.policy)
    return written.first(
        lambda token, own: DigestSeen(
            moment=moment_of(token.number),
            department=department_of[token.purpose],
            for_author=own,
            orders=orders_in(message.text),
        ),
        *department_of,
    )


def _agent(written: _Written, message: Message) -> AgentSeen | None:
    """The one issued to its author, at whichever address of that agent's, else the first."""
    policy, author = written.policy, written.author
    found = list(written.all(OF_AN_AGENT))
    if not found:
        return None
    agent = policy.agents.get(author or "")
    theirs = map(canonical, agent.addresses) if agent else filter(None, (author,))
    own = [each for address in theirs for each in found if policy.keyring.issued_to(each, address)]
    seen = next(iter(own), found[0])
    return AgentSeen(
        ticket=seen.number, for_author=bool(own), weeks=seen.weeks, instructions=instructions_in(message.text)
    )


def _digests(policy: Policy) -> Mapping[Purpose, str]:
    """The departments whose digest a token may be of."""
    return {of_a_digest(department): department for department in policy.departments}


def _is_signed(message_id: str, policy: Policy) -> bool:
    return policy.keyring.verify(_left(message_id), *PURPOSES, *_digests(policy)) is not None


def _left(message_id: str) -> str:
    """The token of `token.unique@hostname`."""
    return message_id.partition(".")[0]
