"""What an answer to a mail of ours is about: a challenge, a page, a digest of held mail, a notification of agents."""

from sqlalchemy import bindparam, func, or_, select

from mailflow.desk.agents.instructions import Instructions, Verb
from mailflow.desk.clues import Clues
from mailflow.desk.context import Answered, Challenged
from mailflow.desk.decision import Disposition
from mailflow.desk.digests.commands import Command
from mailflow.desk.trust.challenge import ANSWERS
from mailflow.desk.writing.kind import TO_AGENTS
from mailflow.desk.writing.notification import entry_told_of
from mailflow.mail.identity.authentication import Verdict
from mailflow.store.contacts.corrections import of_entry
from mailflow.store.entries.held import named_entries
from mailflow.store.pages import paged_in
from mailflow.store.reach import reaches
from mailflow.store.recall.asked import Asked, Fields
from mailflow.store.tables import ENTRY, MESSAGE, OUTBOX
from mailflow.store.tickets import consents
from mailflow.store.tickets.splitting import conversation

_ALSO = ENTRY.alias()
_OTHERS = (  # not the answers that did not count
    select(func.count())
    .where(
        _ALSO.c.disposition == Disposition.HELD.value,
        _ALSO.c.verdict == Verdict.UNVERIFIED.value,
        func.lower(_ALSO.c.author) == func.lower(ENTRY.c.author),
        _ALSO.c.id != ENTRY.c.id,
        or_(_ALSO.c.peer == "", _ALSO.c.peer != ENTRY.c.peer),
        ~_ALSO.c.reason.startswith(ANSWERS),
    )
    .scalar_subquery()
)
_CHALLENGED = select(
    ENTRY.c.id, ENTRY.c.disposition, ENTRY.c.settled, ENTRY.c.ticket, ENTRY.c.confirmed_by, _OTHERS.label("others")
).where(ENTRY.c.id.in_(bindparam("entries", expanding=True)))
_LATER = MESSAGE.alias("later")
_ANSWERED = select(MESSAGE.c.ticket, MESSAGE.c.author, MESSAGE.c.at).where(
    MESSAGE.c.id.in_(
        select(func.max(_LATER.c.id))
        .where(_LATER.c.ticket.in_(bindparam("tickets", expanding=True)), _LATER.c.direction == "out")
        .group_by(_LATER.c.ticket)
    )
)
_TO_AGENTS = select(OUTBOX.c.message_id, OUTBOX.c.created, OUTBOX.c.key).where(
    OUTBOX.c.message_id.in_(bindparam("ids", expanding=True)), OUTBOX.c.kind.in_(sorted(TO_AGENTS))
)


def about_challenges(asked: Asked) -> list[Fields]:
    """A challenge is written when its entry is held: that is when its time begins."""
    entries = {clues.challenge.entry for clues in asked.clues if clues.challenge}
    rows = asked.connection.execute(_CHALLENGED, {"entries": list(entries)}) if entries else ()
    found = {
        row.id: Challenged(
            number=row.id,
            waits=row.disposition == Disposition.RECEIVED.value,
            held_since=row.settled if row.disposition == Disposition.HELD.value else None,
            ticket=row.ticket,
            confirmed_by=row.confirmed_by,
            others=row.others,
        )
        for row in rows
    }
    return [{"challenged": found.get(clues.challenge.entry)} if clues.challenge else {} for clues in asked.clues]


def about_pages(asked: Asked) -> list[Fields]:
    found = paged_in(asked.connection, {clues.page.page for clues in asked.clues if clues.page})
    return [{"paged": found.get(clues.page.page)} if clues.page else {} for clues in asked.clues]


def about_corrections(asked: Asked) -> list[Fields]:
    """Of which ticket it is; how it stands is seen when that is locked."""
    return _corrections(asked, lock=False)


def corrections(asked: Asked) -> list[Fields]:
    """After tickets, as whoever settles one locks them: or two nodes block each other."""
    return _corrections(asked, lock=True) if asked.lock else [{} for _ in asked.clues]


def _corrections(asked: Asked, *, lock: bool) -> list[Fields]:
    entries = sorted({clues.correction.entry for clues in asked.clues if clues.correction})
    found = {entry: of_entry(asked.connection, entry, lock=lock) for entry in entries}
    return [{"correction": found[clues.correction.entry]} if clues.correction else {} for clues in asked.clues]


def about_consents(asked: Asked) -> list[Fields]:
    """Of which ticket the question is: that has how it stands, and is locked."""
    found = consents.tickets_of(asked.connection, {clues.consent.consent for clues in asked.clues if clues.consent})
    return [{"consent_of": found.get(clues.consent.consent)} if clues.consent else {} for clues in asked.clues]


def about_reaches(asked: Asked) -> list[Fields]:
    """The same of the case of a letter."""
    found = reaches.tickets_of(asked.connection, {clues.reach.letter for clues in asked.clues if clues.reach})
    return [{"reach_of": found.get(clues.reach.letter)} if clues.reach else {} for clues in asked.clues]


def about_held(asked: Asked) -> list[Fields]:
    """The entries that an agent decides about."""
    found = named_entries(asked.connection, [command for clues in asked.clues for command in _commands_in(clues)])
    return [
        {"named": {each.entry: found[each.entry] for each in _commands_in(clues) if each.entry in found}}
        for clues in asked.clues
    ]


def of_agents(asked: Asked) -> list[Fields]:
    """Who answered the ticket last, and of the mail that this one answers when it was written and which mail it told
    of."""
    tickets = {clues.agent.ticket for clues in asked.clues if clues.agent}
    ids = {id_ for clues in asked.clues if clues.agent for id_ in clues.message_ids}
    rows = asked.connection.execute(_ANSWERED, {"tickets": list(tickets)}) if tickets else ()
    answered = {row.ticket: Answered(by=row.author, at=row.at) for row in rows}
    rows = asked.connection.execute(_TO_AGENTS, {"ids": list(ids)}) if ids else ()
    told = {row.message_id: {"told_at": row.created, "told_of_entry": entry_told_of(row.key)} for row in rows}
    return [
        {
            "answered": answered.get(clues.agent.ticket),
            **next((told[id_] for id_ in clues.message_ids if id_ in told), {}),
        }
        if clues.agent
        else {}
        for clues in asked.clues
    ]


def conversations(asked: Asked) -> list[Fields]:
    """Of the tickets that agents split or say the kind of, as they are read."""
    return [
        {"conversation": tuple(conversation(asked.connection, fields["tickets"][clues.agent.ticket].read_in))}
        if clues.agent and _looks_back(clues.agent.instructions) and clues.agent.ticket in fields["tickets"]
        else {}
        for clues, fields in zip(asked.clues, asked.found, strict=True)
    ]


def _looks_back(instructions: Instructions) -> bool:
    return any(instructions.has(verb) for verb in (Verb.SPLIT, Verb.TYPE))


def _commands_in(clues: Clues) -> tuple[Command, ...]:
    """Decisions of an agent."""
    return clues.digest_answer.orders.commands if clues.digest_answer else ()
