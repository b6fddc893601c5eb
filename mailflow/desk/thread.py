"""What a message points at: signed tokens, the ids it answers, the number in its subject.

Read from the message alone, looked up by `store.recall`, judged by `desk.parent`. Called twice for one message, before
the look-up and in the judgement, and the same both times.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from mailflow.desk.agents.instructions import instructions_in
from mailflow.desk.clues import (
    AgentSeen,
    ChallengeSeen,
    Clues,
    ConsentSeen,
    CorrectionSeen,
    DigestSeen,
    Entry,
    PageSeen,
    ReachSeen,
    RegistrationSeen,
    TokenSeen,
)
from mailflow.desk.copied import copies_in
from mailflow.desk.digests.commands import orders_in
from mailflow.desk.newcomers.applicant import application_in
from mailflow.desk.policy import Policy
from mailflow.mail.address import canonical, last_plus
from mailflow.mail.digest import identity
from mailflow.mail.message import Message
from mailflow.mail.replies.wish import Wish, wish_in
from mailflow.mail.subject import tag_of
from mailflow.mail.token import AnyToken, Digest

MESSAGE_IDS = 40
"""Ids looked up for one message; a References field may have thousands."""
TOKENS = 10
T = TypeVar("T", bound=AnyToken)
S = TypeVar("S")


@dataclass(frozen=True)
class _Written:
    """What stands where a token may be, and who wrote it there."""

    words: tuple[str, ...]
    author: str | None
    policy: Policy

    def first(self, verify: Callable[[str], T | None], seen: Callable[[T, bool], S]) -> S | None:
        """What is `seen` of the first such token, and whether it is its author's: a mail answers one."""
        found = next((found for word in self.words if (found := verify(word))), None)
        return seen(found, self.is_for_author(found)) if found else None

    def is_for_author(self, token: AnyToken) -> bool:
        return self.author is not None and self.policy.keyring.issued_to(token, self.author)


def clues_of(message: Message, entry: Entry, policy: Policy) -> Clues:
    author = canonical(message.author) if message.author else None
    reported = message.report.original_message_id if message.report else ""
    places = list(_places(message, entry, reported))
    written, ring = _Written(tuple(word for _, word in places), author, policy), policy.keyring
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
        challenge=written.first(
            ring.verify_challenge, lambda token, own: ChallengeSeen(entry=token.entry, for_author=own)
        ),
        digest_answer=_digest_answer(written, message),
        copies=copies_in(message, entry.octets, policy),
        agent=_agent(written, message),
        incidents=policy.rules.incidents,
        page=written.first(ring.verify_page, lambda token, own: PageSeen(page=token.page, for_author=own)),
        correction=written.first(
            ring.verify_correction, lambda token, own: CorrectionSeen(entry=token.entry, for_author=own)
        ),
        details=policy.config.verification.every is not None,
        consent=written.first(
            ring.verify_consent, lambda token, own: ConsentSeen(consent=token.consent, for_author=own)
        ),
        reach=written.first(ring.verify_reach, lambda token, own: ReachSeen(letter=token.letter, for_author=own)),
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
        (token.ticket, where, token.weeks): TokenSeen(
            ticket=token.ticket, for_author=written.is_for_author(token), where=where, weeks=token.weeks
        )
        for where, word in places
        if (token := written.policy.keyring.verify(word)) and token.ticket  # 0: of ours that belongs to no ticket
    }
    return tuple(seen.values())[:TOKENS]


def _registration(written: _Written) -> RegistrationSeen | None:
    return written.first(
        written.policy.keyring.verify_registration,
        lambda token, own: RegistrationSeen(entry=token.entry, for_author=own, weeks=token.weeks),
    )


def _digest_answer(written: _Written, message: Message) -> DigestSeen | None:
    return written.first(
        partial(_digest, policy=written.policy),
        lambda token, own: DigestSeen(
            moment=token.moment, department=token.department, for_author=own, orders=orders_in(message.text)
        ),
    )


def _agent(written: _Written, message: Message) -> AgentSeen | None:
    """The one issued to its author, at whichever address of that agent's, else the first."""
    policy, author = written.policy, written.author
    found = [found for word in written.words if (found := policy.keyring.verify_agent(word))]
    if not found:
        return None
    agent = policy.agents.get(author or "")
    theirs = map(canonical, agent.addresses) if agent else filter(None, (author,))
    own = [each for address in theirs for each in found if policy.keyring.issued_to(each, address)]
    seen = next(iter(own), found[0])
    return AgentSeen(
        ticket=seen.ticket, for_author=bool(own), weeks=seen.weeks, instructions=instructions_in(message.text)
    )


def _digest(word: str, policy: Policy) -> Digest | None:
    return policy.keyring.verify_digest(word, policy.departments)


def _is_signed(message_id: str, policy: Policy) -> bool:
    token, ring = _left(message_id), policy.keyring
    kinds: tuple[Callable[[str], AnyToken | None], ...] = (
        ring.verify,
        ring.verify_agent,
        ring.verify_challenge,
        ring.verify_page,
        ring.verify_correction,
        ring.verify_consent,
        ring.verify_reach,
        ring.verify_registration,
        partial(_digest, policy=policy),
    )
    return any(verify(token) for verify in kinds)


def _left(message_id: str) -> str:
    """The token of `token.unique@hostname`."""
    return message_id.partition(".")[0]
