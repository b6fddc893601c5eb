"""An agent decides about held mail by answering the digest that lists it.

It counts from the very address that the digest went to, while that is one of those who are told of the department's
held mail, and only if it is proved who wrote. Each entry must have been held for that department by the digest's time,
and be held still. What is done and what is not is said in one answer; whatever else comes back does nothing, and the
journal says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from mailflow.config import Mailbox
from mailflow.desk.actions import Action, Block, Reject, Release, Send
from mailflow.desk.case import Case
from mailflow.desk.clues import DigestSeen
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.digests.commands import Command, Verb
from mailflow.desk.digests.digest import VALID, readers
from mailflow.desk.digests.pile import departments_of
from mailflow.desk.lists.sender_block import blocked_value, why_not_blocked
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.policy import Policy
from mailflow.desk.timing.span import in_words
from mailflow.desk.trust import empowered, replay
from mailflow.desk.writing.folding import folded
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.notice import answer
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line
from mailflow.mail.message import AutomaticKind

WHY = 200
"""Characters of why a list could not be written: it may have a thousand mistakes."""
MACHINES = (AutomaticKind.AUTO_REPLY, AutomaticKind.DELAY, AutomaticKind.DISPOSITION, AutomaticKind.FEEDBACK)
"""Nobody needs to read what these say of a digest; that it did not arrive, somebody does."""


@dataclass(frozen=True, slots=True)
class Outcome:
    command: Command
    refused: str = ""  # why it is not done


def an_answer(case: Case) -> Decision | None:
    """What becomes of a message that carries the token of a digest."""
    seen = case.clues.digest_answer
    if seen is None:
        return None
    if case.message.automatic.kind in MACHINES:
        return empowered.dropped(case, "our digest", OwnRule.DIGEST_MACHINE)
    if why := _why_not(case, seen):
        return empowered.held("our digest of held mail", why)
    return _carried_out(case, seen)


def departments_read_by(address: str, policy: Policy) -> frozenset[str]:
    """Those about whose held mail it may decide."""
    departments = policy.config.department
    return frozenset(each.name for each in departments if address in map(canonical, readers(each)))


def valid(policy: Policy) -> timedelta:
    return min(VALID, policy.config.held.keep or VALID)


def _why_not(case: Case, seen: DigestSeen) -> str:
    """'' when it is of one of those who decide."""
    author, lasts = case.identity.author or "", valid(case.policy)
    whose = f"the digest_to of {seen.department}"
    questions = (
        (case.message.automatic.kind is AutomaticKind.BOUNCE, "it says that the digest did not arrive"),
        (not seen.for_author, "that was sent to another address"),
        *empowered.by_a_machine(case),
        (case.entry.released, "that an agent released it does not prove who wrote it"),
        (not case.identity.acts, f"nothing proves that {author} wrote this"),
        (replay.perhaps_handed_in(case), replay.WHY),
        (seen.department not in departments_read_by(author, case.policy), f"{author} is no more in {whose}"),
        (case.now - seen.moment > lasts, f"only {in_words(lasts)} were given"),
    )
    return next((why for refused, why in questions if refused), "")


def _carried_out(case: Case, seen: DigestSeen) -> Decision:
    outcomes = [Outcome(each, _why_refused(case, seen, each)) for each in seen.orders.commands]
    author = case.identity.author or ""
    actions = tuple(action for each in outcomes if not each.refused for action in _actions(case, each.command))
    told, mail = _answer(case, seen, outcomes, actions)
    return Decision(
        disposition=Disposition.FILED,
        reason=_sentence(author, outcomes, seen.orders.unknown),
        rule=OwnRule.DIGEST,
        actions=(*actions, *told),
        reasons=(
            Reason("digest", f"of {seen.moment:%Y-%m-%d %H:%M} UTC", f"answered by {author}"),
            *(Reason("held", f"{each.command.verb} {each.command.entry}", each.refused or "done") for each in outcomes),
            *(Reason("held", "not understood", line) for line in seen.orders.unknown),
            mail,
        ),
    )


def _why_refused(case: Case, seen: DigestSeen, command: Command) -> str:
    """'' when it is done."""
    named = case.context.named.get(command.entry)
    if named is None or seen.department not in departments_of(named.rcpt_tos, case.policy):
        return "it was not in that digest"
    if named.held_since is None:
        return f"it is held no more: {named.became}"
    if named.held_since > seen.moment:
        return f"it was held after {seen.moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC, up to which that digest goes"
    if named.header_only and command.verb is Verb.RELEASE:
        return f"only its header is here: mailflow journal show {command.entry}"
    if command.verb is Verb.BLOCK:
        value = blocked_value(named.author, domain=command.domain)
        return why_not_blocked(
            value, case.policy.config, of_a_contact=named.account if command.domain else named.contact
        )
    return ""


def _actions(case: Case, command: Command) -> tuple[Action, ...]:
    by = case.identity.author or ""
    reject = Reject(entry=command.entry, by=by, why=command.why)
    match command.verb:
        case Verb.RELEASE:
            return (Release(entry=command.entry, by=by),)
        case Verb.REJECT:
            return (reject,)
        case Verb.BLOCK:
            value = blocked_value(case.context.named[command.entry].author, domain=command.domain)
            return reject, Block(entry=command.entry, value=value, by=by, why=command.why)


def not_blocked(decision: Decision, failures: Mapping[int, str]) -> Decision:
    """The same when the list could not be written for these entries, and why: they are rejected, and the agent is told
    that they are no more than that."""
    failed = [each for each in decision.actions if isinstance(each, Block) and each.entry in failures]
    actions = tuple(each for each in decision.actions if each not in failed)
    words = [f"{each.value} is not blocked: {one_line(failures[each.entry], WHY)}" for each in failed]
    both = zip(failed, words, strict=True)
    refused = [_line(f"{each.entry}: {why}; try: mailflow block add {each.value}") for each, why in both]
    told = tuple(_told_so(each, refused, actions) if isinstance(each, Send) else each for each in actions)
    return replace(decision, actions=told, reason="; ".join((decision.reason, *words)))


def _told_so(send: Send, refused: Iterable[str], actions: Sequence[Action]) -> Send:
    lines = "\n".join(filter(None, (send.values.get("refused", ""), *refused)))
    return replace(send, values={**send.values, "refused": lines, "blocked": _blocked(actions)})


def _answer(
    case: Case, seen: DigestSeen, outcomes: Sequence[Outcome], actions: Sequence[Action]
) -> tuple[tuple[Send, ...], Reason]:
    """To the agent, who may answer again."""
    sends, why = answer(case, Kind.HANDLED, _mailbox(case, seen), ticket=None, asked=True)
    values = {
        "released": _numbers(outcomes, Verb.RELEASE),
        "rejected": _numbers(outcomes, Verb.REJECT, Verb.BLOCK),
        "blocked": _blocked(actions),
        "refused": "\n".join(_line(f"{each.command.entry}: {each.refused}") for each in outcomes if each.refused),
        "unknown": "\n".join(_line(f"«{line}»") for line in seen.orders.unknown or _nothing(outcomes)),
    }
    return tuple(replace(send, values=values, digest=seen.moment) for send in sends), why


def _mailbox(case: Case, seen: DigestSeen) -> Mailbox:
    """Of the department that it is about: the answer to the answer is about no other."""
    mailboxes = case.policy.config.mailbox
    return next((each for each in mailboxes if each.department == seen.department), case.mailboxes[0])


def _line(words: str) -> str:
    """A stranger's address may stand in it."""
    return folded(words, "    ")


def _blocked(actions: Iterable[Action]) -> str:
    return ", ".join(dict.fromkeys(each.value for each in actions if isinstance(each, Block)))


def _nothing(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """An answer without a word is not understood."""
    return () if outcomes else ("",)


def _numbers(outcomes: Iterable[Outcome], *verbs: Verb) -> str:
    return ", ".join(str(each.command.entry) for each in outcomes if each.command.verb in verbs and not each.refused)


def _sentence(author: str, outcomes: Sequence[Outcome], unknown: tuple[str, ...]) -> str:
    """For the journal."""
    done = [f"{each.command.verb} {each.command.entry}" for each in outcomes if not each.refused]
    refused = [f"not done: {each.command.verb} {each.command.entry}" for each in outcomes if each.refused]
    lines = [f"{len(unknown)} not understood"] if unknown else []
    return f"decisions of {author}: " + ("; ".join((*done, *refused, *lines)) or "none")
