"""Messages that were read become tickets: look up what they point at, judge, write. The heart of mailflow.

A batch is one transaction. Messages that do not rest on one another are filed side by side, which costs a third of one
after the other and is the same. What goes wrong in such a piece is undone, and its messages are filed apart, each in a
savepoint: a bad one costs its neighbours nothing. It is postponed; after the last attempt it is `failed` with its
traceback, raw kept, for a person to look at.

Called by flow.filer; asks store.recall, desk.decide and store.apply.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from mailflow.desk.actions import Block
from mailflow.desk.decide import decide
from mailflow.desk.decision import Decision
from mailflow.desk.digests.digest_answer import not_blocked
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.thread import clues_of
from mailflow.desk.ties import Tie, left_by, rests_on
from mailflow.desk.trust.proof import waits_until
from mailflow.edge.parser import Answer
from mailflow.errors import ParserDied, Refused
from mailflow.flow.savepoint import apart
from mailflow.mail.message import Message
from mailflow.store import apply, journal
from mailflow.store.database import Connection
from mailflow.store.journal import Claimed
from mailflow.store.judged import Judged
from mailflow.store.recall import recall_all

AGAIN = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
"""Before the second attempt, the third …; the last repeats."""

CROWDED = "too many are being checked"
TOO_SLOW = "the database was too slow for it"
SLOW_AGAIN = timedelta(minutes=2)
SOONEST, LATEST = timedelta(seconds=5), timedelta(minutes=5)
"""What found no room to be proved comes again when it has waited half as long again as it did, within these: each time
it is read anew."""


@dataclass(frozen=True, slots=True)
class Crowded:
    """It was read and found no room to be proved: our own lack, and no attempt of it."""


Read = tuple[Claimed, Answer | Crowded]

Blocker = Callable[[Sequence[Block], datetime], Mapping[int, str]]
"""Writes entries into the list of who is blocked; why it could not, by entry of the journal."""


def no_list(blocks: Sequence[Block], now: datetime) -> Mapping[int, str]:
    """Where there is none."""
    return {each.entry: "there is no list here" for each in blocks}


@dataclass(frozen=True, slots=True)
class Filed:
    entry: Entry
    decision: Decision
    ticket: int | None


@dataclass(frozen=True, slots=True)
class Postponed:
    entry: Entry
    error: Exception | str
    due: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    entry: Entry
    error: Exception


Outcome = Filed | Postponed | Failed


def file_together(
    connection: Connection,
    messages: Sequence[tuple[Entry, Message]],
    policy: Policy,
    now: datetime,
    block: Blocker = no_list,
) -> list[Filed]:
    """Everything that comes of the first of them: of those that rest on none before them, and so at least of one."""
    all_clues = [clues_of(message, entry, policy) for entry, message in messages]
    contexts = recall_all(connection, all_clues, now, lock=True)
    judged: list[Judged] = []
    left: set[Tie] = set()
    for (entry, message), clues, context in zip(messages, all_clues, contexts, strict=True):
        if not left.isdisjoint(rests_on(clues, context)):
            break
        decision = _blocked(decide(message, entry, context, policy, now), block, now)
        left |= left_by(clues, message.message_id, entry.number, decision.actions)
        judged.append(Judged(entry, message, decision))
    locked = {ticket.number: ticket for context in contexts for ticket in context.tickets.values()}
    tickets = apply.file_all(connection, judged, policy, now, locked)
    return [Filed(each.entry, each.decision, ticket) for each, ticket in zip(judged, tickets, strict=True)]


def _blocked(decision: Decision, block: Blocker, now: datetime) -> Decision:
    """With its entries in the list before it is filed: done again it changes nothing, forgotten it would be lost."""
    wanted = [action for action in decision.actions if isinstance(action, Block)]
    failures = block(wanted, now) if wanted else {}
    return not_blocked(decision, failures) if failures else decision


def file_batch(
    connection: Connection, read: Sequence[Read], policy: Policy, now: datetime, block: Blocker = no_list
) -> list[Outcome]:
    """An outcome for each; what is no longer ours to file has none."""
    outcomes: list[Outcome | None] = []
    messages: list[tuple[Entry, Message]] = []
    for claimed, answer in read:
        if isinstance(answer, ParserDied):
            outcomes.append(_not_filed(connection, claimed.entry, answer, policy, now))
        elif isinstance(answer, Crowded):
            outcomes.append(_comes_again(connection, claimed.entry, now))
        elif later := waits_until(answer, claimed.entry, now):
            outcomes.append(_waits(connection, claimed.entry, *later))
        else:
            messages.append((claimed.entry, answer))
    while messages:
        filed = apart(connection, partial(file_together, connection, messages, policy, now, block))
        if isinstance(filed, Exception):
            outcomes.extend(_file_one(connection, each, policy, now, block) for each in messages)
            break
        outcomes.extend(filed)
        del messages[: len(filed)]
    return [outcome for outcome in outcomes if outcome]


def _waits(connection: Connection, entry: Entry, due: datetime, why: str) -> Outcome | None:
    """Who wrote it cannot be told now: no fault of the message, and no failure."""
    return _later(connection, entry, due, why, journal.postpone)


def _comes_again(connection: Connection, entry: Entry, now: datetime) -> Outcome | None:
    due = now + min(max((now - entry.received) / 2, SOONEST), LATEST)
    return _later(connection, entry, due, CROWDED, journal.put_back)


def too_slow(connection: Connection, read: Sequence[Read], now: datetime) -> list[Outcome]:
    """They come again later: no fault of theirs, and no attempt."""
    due = now + SLOW_AGAIN
    put_off = (_later(connection, claimed.entry, due, TOO_SLOW, journal.put_back) for claimed, _ in read)
    return [outcome for outcome in put_off if outcome]


def _later(
    connection: Connection,
    entry: Entry,
    due: datetime,
    why: str,
    put: Callable[[Connection, Entry, datetime, str], None],
) -> Outcome | None:
    put_off = apart(connection, partial(put, connection, entry, due, why))
    if isinstance(put_off, Refused):
        return None
    if isinstance(put_off, Exception):
        raise put_off
    return Postponed(entry, why, due)


def _file_one(
    connection: Connection, one: tuple[Entry, Message], policy: Policy, now: datetime, block: Blocker
) -> Outcome | None:
    filed = apart(connection, partial(file_together, connection, [one], policy, now, block))
    return _not_filed(connection, one[0], filed, policy, now) if isinstance(filed, Exception) else filed[0]


def _not_filed(connection: Connection, entry: Entry, error: Exception, policy: Policy, now: datetime) -> Outcome | None:
    put_off = apart(connection, partial(_put_off, connection, entry, error, policy, now))
    if isinstance(put_off, Refused):
        return None  # not ours any more: a commit that was in doubt had happened, or our lease was over
    if isinstance(put_off, Exception):
        raise put_off
    return put_off


def _put_off(connection: Connection, entry: Entry, error: Exception, policy: Policy, now: datetime) -> Outcome:
    """Later, or never."""
    told = str(error) if isinstance(error, ParserDied) else "".join(traceback.format_exception(error))
    failures = journal.count_failure(connection, entry)
    if failures >= policy.config.limits.parse_attempts:
        journal.fail(connection, entry, told, now)
        return Failed(entry, error)
    due = now + AGAIN[min(failures, len(AGAIN)) - 1]
    journal.postpone(connection, entry, due, told)
    return Postponed(entry, error, due)
