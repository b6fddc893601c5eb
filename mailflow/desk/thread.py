"""What a message points at: signed tokens, the ids it answers, the number in its subject.

Read from the message alone, looked up by `store.recall`, judged by `desk.parent`. Called twice for one message, before
the look-up and in the judgement, and the same both times.
"""

from collections.abc import Iterable, Iterator

from mailflow.desk.applicant import application_in
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
from mailflow.desk.commands import orders_in
from mailflow.desk.copied import copies_in
from mailflow.desk.instructions import instructions_in
from mailflow.desk.policy import Policy
from mailflow.mail.address import canonical, last_plus
from mailflow.mail.digest import identity
from mailflow.mail.message import Message
from mailflow.mail.replies.wish import Wish, wish_in
from mailflow.mail.subject import tag_of
from mailflow.mail.token import Digest

MESSAGE_IDS = 40
"""Ids looked up for one message; a References field may have thousands."""
TOKENS = 10


def clues_of(message: Message, entry: Entry, policy: Policy) -> Clues:
    author = canonical(message.author) if message.author else None
    reported = message.report.original_message_id if message.report else ""
    places = list(_places(message, entry, reported))
    seen = {
        (token.ticket, where, token.weeks): TokenSeen(
            ticket=token.ticket,
            for_author=author is not None and policy.keyring.issued_to(token, author),
            where=where,
            weeks=token.weeks,
        )
        for where, written in places
        if (token := policy.keyring.verify(written)) and token.ticket  # 0: a mail of ours that belongs to no ticket
    }
    registration = _registration((written for _, written in places), author, policy)
    return Clues(
        digest=identity(message.digest, message.message_id, message.date, entry.received),
        author=author,
        tokens=tuple(seen.values())[:TOKENS],
        message_ids=tuple(dict.fromkeys((*message.in_reply_to, *reversed(message.references))))[:MESSAGE_IDS],
        tag=tag_of(message.subject, policy.tags),
        reported=reported,
        own=_is_signed(message.message_id, policy),
        wish=_wish(message),
        challenge=_challenge((written for _, written in places), author, policy),
        digest_answer=_digest_answer((written for _, written in places), message, author, policy),
        copies=copies_in(message, entry.octets, policy),
        agent=_agent((written for _, written in places), message, author, policy),
        incidents=policy.rules.incidents,
        page=_page((written for _, written in places), author, policy),
        correction=_correction((written for _, written in places), author, policy),
        details=policy.config.verification.every is not None,
        consent=_consent((written for _, written in places), author, policy),
        reach=_reach((written for _, written in places), author, policy),
        registration=registration,
        application=application_in(message, entry, policy, carries_a_token=bool(registration or seen)),
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


def _challenge(written: Iterable[str], author: str | None, policy: Policy) -> ChallengeSeen | None:
    """The first: a mail answers one."""
    found = next((found for word in written if (found := policy.keyring.verify_challenge(word))), None)
    if found is None:
        return None
    return ChallengeSeen(entry=found.entry, for_author=author is not None and policy.keyring.issued_to(found, author))


def _digest_answer(written: Iterable[str], message: Message, author: str | None, policy: Policy) -> DigestSeen | None:
    found = next((found for word in written if (found := _digest(word, policy))), None)
    if found is None:
        return None
    for_author = author is not None and policy.keyring.issued_to(found, author)
    return DigestSeen(
        moment=found.moment, department=found.department, for_author=for_author, orders=orders_in(message.text)
    )


def _agent(written: Iterable[str], message: Message, author: str | None, policy: Policy) -> AgentSeen | None:
    """The one issued to its author, at whichever address of that agent's, else the first."""
    found = [found for word in written if (found := policy.keyring.verify_agent(word))]
    if not found:
        return None
    agent = policy.agents.get(author or "")
    theirs = map(canonical, agent.addresses) if agent else filter(None, (author,))
    own = [each for address in theirs for each in found if policy.keyring.issued_to(each, address)]
    seen = next(iter(own), found[0])
    return AgentSeen(
        ticket=seen.ticket, for_author=bool(own), weeks=seen.weeks, instructions=instructions_in(message.text)
    )


def _page(written: Iterable[str], author: str | None, policy: Policy) -> PageSeen | None:
    """The first: a mail answers one."""
    found = next((found for word in written if (found := policy.keyring.verify_page(word))), None)
    if found is None:
        return None
    return PageSeen(page=found.page, for_author=author is not None and policy.keyring.issued_to(found, author))


def _correction(written: Iterable[str], author: str | None, policy: Policy) -> CorrectionSeen | None:
    """The first: a mail answers one."""
    found = next((found for word in written if (found := policy.keyring.verify_correction(word))), None)
    if found is None:
        return None
    return CorrectionSeen(entry=found.entry, for_author=author is not None and policy.keyring.issued_to(found, author))


def _consent(written: Iterable[str], author: str | None, policy: Policy) -> ConsentSeen | None:
    """The first: a mail answers one."""
    found = next((found for word in written if (found := policy.keyring.verify_consent(word))), None)
    if found is None:
        return None
    return ConsentSeen(consent=found.consent, for_author=author is not None and policy.keyring.issued_to(found, author))


def _reach(written: Iterable[str], author: str | None, policy: Policy) -> ReachSeen | None:
    """The first: a mail answers one."""
    found = next((found for word in written if (found := policy.keyring.verify_reach(word))), None)
    if found is None:
        return None
    return ReachSeen(letter=found.letter, for_author=author is not None and policy.keyring.issued_to(found, author))


def _registration(written: Iterable[str], author: str | None, policy: Policy) -> RegistrationSeen | None:
    """The first: a mail answers one."""
    found = next((found for word in written if (found := policy.keyring.verify_registration(word))), None)
    if found is None:
        return None
    for_author = author is not None and policy.keyring.issued_to(found, author)
    return RegistrationSeen(entry=found.entry, for_author=for_author, weeks=found.weeks)


def _digest(word: str, policy: Policy) -> Digest | None:
    return policy.keyring.verify_digest(word, policy.departments)


def _is_signed(message_id: str, policy: Policy) -> bool:
    token = _left(message_id)
    ring = policy.keyring
    return bool(
        ring.verify(token)
        or ring.verify_agent(token)
        or ring.verify_challenge(token)
        or ring.verify_page(token)
        or ring.verify_correction(token)
        or ring.verify_consent(token)
        or ring.verify_reach(token)
        or ring.verify_registration(token)
        or _digest(token, policy)
    )


def _left(message_id: str) -> str:
    """The token of `token.unique@hostname`."""
    return message_id.partition(".")[0]
