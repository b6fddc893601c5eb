"""An agent works on a ticket by answering the mail that told of it.

It counts from the very address that mail went to, while that is an agent's, and only if it is proved who wrote. What
the agent says goes to the customer as `desk.agents.answer` has it, from the department's address; what the first or
last lines want is done with it, all or nothing, and one mail says what became of it. Whatever else comes with such a
token does nothing to the ticket: a customer who was shown it is a customer, and the rest is held.
"""

import re
from dataclasses import replace

from mailflow.config import Agent, Mailbox
from mailflow.desk.actions import Action, Note, Send, TakePages
from mailflow.desk.agents import answer
from mailflow.desk.agents.errand import Errand, enclosures_of
from mailflow.desk.agents.instructions import Verb
from mailflow.desk.agents.merge import same_person
from mailflow.desk.agents.run import run
from mailflow.desk.case import Case
from mailflow.desk.clues import AgentSeen
from mailflow.desk.conversation.followup import follow_up
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.parent import Joins, parent_of
from mailflow.desk.ticket import Ticket
from mailflow.desk.trust import empowered, replay
from mailflow.desk.writing.folding import folded
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named
from mailflow.desk.writing.silence import from_the_null_sender, why_not_written_to
from mailflow.errors import Refused
from mailflow.mail.compose import one_line
from mailflow.mail.effort import shortfall
from mailflow.mail.enclosure import described
from mailflow.mail.identity.authentication import Verdict
from mailflow.mail.marks import OPEN
from mailflow.mail.token import OF_AN_AGENT, is_over

_TOKEN = re.compile(r"(?<![a-z2-7])[a-z2-7]{40}(?![a-z2-7])", re.ASCII | re.IGNORECASE)
_TOKENS = 100
_LONGEST = 500


def an_answer(case: Case) -> Decision | None:
    """What becomes of a message that carries the token of an agent."""
    seen = case.clues.agent
    if seen is None or seen.ticket not in case.context.tickets:
        return None
    agent = case.policy.agents.get(case.identity.author or "")
    is_doubtful = case.message.automatic.by_words and agent is not None and case.identity.acts
    if case.message.automatic.kind in empowered.MACHINES and not is_doubtful:
        return empowered.dropped(case, "what an agent was told", OwnRule.AGENT_MACHINE)
    if agent is None:
        return _shown_to_another(case)
    if why := _why_not(case, seen):
        return _held(case, seen, why)
    is_own = seen.for_author and case.is_to_us
    return _own(case, seen, agent) if is_own else _colleague(case, seen, agent)


def _shown_to_another(case: Case) -> Decision:
    """Who is no agent: what else the message names still counts (DESIGN rule 8)."""
    warning = "it answers a mail that was written to an agent: its author has been shown that"
    joins = parent_of(case)
    if isinstance(joins, Joins):
        return follow_up(case, replace(joins, warning="; ".join(filter(None, (joins.warning, warning)))))
    author = case.shown_author or "its author"
    return _kept(f"it answers what an agent was told, but {author} is no agent")


def _why_not(case: Case, seen: AgentSeen) -> str:
    """'' when it is an agent's own word."""
    author = case.identity.author or ""
    lifetime = case.policy.config.limits.token_lifetime
    automatic = case.message.automatic
    is_read = automatic.by_words and case.entry.released  # by an agent, who took it for a colleague's words
    reads_like_one = f"it reads like a machine's: {automatic.why}" if automatic.by_words else "a machine wrote this"
    questions = (
        (automatic.is_automatic and not is_read, reads_like_one),
        (case.message.auto_submitted not in ("", "no"), "a machine wrote this"),
        (from_the_null_sender(case), "it came from the null sender (RFC 5321 4.5.5)"),
        (not case.identity.acts, f"nothing proves that {author} wrote this"),
        (replay.perhaps_handed_in(case), replay.WHY),
        (is_over(seen.weeks, lifetime, case.now), f"that was told more than {lifetime.days} days ago"),
    )
    return next((why for refused, why in questions if refused), "")


def _held(case: Case, seen: AgentSeen, why: str) -> Decision:
    """Who it was written to is told what to do, if nothing but the proof is missing."""
    reason = f"it answers what an agent was told, but {why}"
    if not seen.for_author or case.identity.verdict is not Verdict.UNVERIFIED or case.is_automatic:
        return _kept(reason)
    if silent := why_not_written_to(case, asked=True):
        return _kept(reason, silent)
    said = f"{why}: it is held as entry {case.entry.number}. Send it by your own mail server, or have it released: "
    told = _confirmation(
        case, case.context.tickets[seen.ticket], refused=(f"{said}mailflow journal release {case.entry.number}",)
    )
    return _kept(reason, told=told)


def _kept(reason: str, why: str = "such an answer is never sent on", told: tuple[Send, ...] = ()) -> Decision:
    return Decision(
        disposition=Disposition.HELD,
        reason=reason,
        actions=told,
        reasons=(Reason("ticket", "none, held", reason), *(_mailed(told) if told else (Reason("mail", "none", why),))),
    )


def _colleague(case: Case, seen: AgentSeen, agent: Agent) -> Decision:
    """Words between agents: nothing is done with the ticket, and no customer is mailed."""
    ticket = case.context.read_in(seen.ticket)
    wanted = "\n".join(map(str, seen.instructions.wanted))
    words = f"{seen.instructions.words}\n{wanted}".strip("\n")
    if not words:
        return _kept(f"{agent.name} writes to a colleague about #{ticket.number}, and says nothing")
    told = ("noted: it answers what a colleague was told, and the customer was sent nothing",)
    sends = _confirmation(case, ticket, done=told) if case.is_to_us else ()
    return Decision(
        disposition=Disposition.FILED,
        reason=f"{agent.name} writes to a colleague about #{ticket.number}: a note",
        rule=OwnRule.AGENT,
        ticket=ticket.number,
        actions=(
            TakePages(ticket=ticket.number, by=agent.name),
            *answer.note(ticket, words, agent.name, described(enclosures_of(case))),
            *sends,
        ),
        reasons=(Reason("agent", agent.name, "writes to a colleague: a note"), *_mailed(sends)),
    )


def _own(case: Case, seen: AgentSeen, agent: Agent) -> Decision:
    named = case.context.tickets[seen.ticket]
    ticket = case.context.read_in(seen.ticket)
    try:
        _refuse(case, seen, agent, named, ticket)
        done = run(Errand(case, ticket, agent, seen.instructions, enclosures_of(case)))
    except Refused as refused:
        return _not_done(case, ticket, agent, (*seen.instructions.mistakes, str(refused)))
    if seen.instructions.mistakes:
        return _not_done(case, ticket, agent, seen.instructions.mistakes)
    mailbox = mailbox_named(ticket.mailbox, case.policy)
    sends = confirmation(case, mailbox, None if done.opens else ticket.number, done=done.told)
    return Decision(
        disposition=Disposition.FILED,
        reason=f"{agent.name} on #{ticket.number}: {'; '.join(done.told)}",
        rule=OwnRule.AGENT,
        ticket=ticket.number,
        actions=(TakePages(ticket=ticket.number, by=agent.name), *done.actions, *sends),
        reasons=(
            Reason("agent", agent.name, f"answers what it was told about #{seen.ticket}"),
            *(Reason("done", each) for each in done.told),
            *_mailed((*done.actions, *sends)),
        ),
    )


def _refuse(case: Case, seen: AgentSeen, agent: Agent, named: Ticket, ticket: Ticket) -> None:
    """Refused when it would reach whom the agent does not mean, or say what it does not mean."""
    message, words = case.message, seen.instructions.words
    answered, told_at = case.context.answered, case.context.told_at
    if ticket.number != named.number and not same_person(named, ticket):
        raise Refused(f"#{named.number} was merged into #{ticket.number}, and {ticket.requester} would get your words")
    if message.encrypted:
        raise Refused("it is encrypted: we cannot read it")
    if short := shortfall(message.defects):
        raise Refused(short)
    if OPEN in words or _shows_a_token(words, case):
        raise Refused("our mail to you could not be told apart from your words: write above the line, without the rest")
    if _is_overtaken(case, agent) and words and not seen.instructions.has(Verb.NOTE) and answered and told_at:
        raise Refused(
            f"{answered.by} has answered at {answered.at:%Y-%m-%d %H:%M} UTC, after you were told; to send your words "
            "as well, answer this mail with them"
        )


def _is_overtaken(case: Case, agent: Agent) -> bool:
    """Has another answered since the mail was written that this one answers?"""
    answered, told_at = case.context.answered, case.context.told_at
    return bool(answered and told_at and answered.by != agent.name and answered.at > told_at)


def _shows_a_token(words: str, case: Case) -> bool:
    found = _TOKEN.finditer(words)
    return any(case.policy.keyring.verify(each[0], OF_AN_AGENT) for each, _ in zip(found, range(_TOKENS), strict=False))


def _not_done(case: Case, ticket: Ticket, agent: Agent, why: tuple[str, ...]) -> Decision:
    """The agent is told, and the ticket's history has it: nobody may think that the customer was answered."""
    said = tuple(dict.fromkeys(why))
    sends = _confirmation(case, ticket, refused=said)
    note = Note(ticket=ticket.number, kind="agent", text=f"an answer of {agent.name} was not sent: {'; '.join(said)}")
    return Decision(
        disposition=Disposition.FILED,
        reason=f"not done for {agent.name}: {'; '.join(said)}",
        rule=OwnRule.AGENT,
        ticket=ticket.number,
        actions=(note, *sends),
        reasons=(
            Reason("agent", agent.name, f"answers what it was told about #{ticket.number}"),
            *(Reason("not done", "all of it", each) for each in said),
            *_mailed(sends),
        ),
    )


def _confirmation(
    case: Case, ticket: Ticket, *, done: tuple[str, ...] = (), refused: tuple[str, ...] = ()
) -> tuple[Send, ...]:
    return confirmation(case, mailbox_named(ticket.mailbox, case.policy), ticket.number, done=done, refused=refused)


def confirmation(
    case: Case, mailbox: Mailbox, ticket: int | None, *, done: tuple[str, ...] = (), refused: tuple[str, ...] = ()
) -> tuple[Send, ...]:
    """What became of a mail, to the agent who wrote it. `ticket` None: the one that is opened."""
    if why_not_written_to(case, asked=True):
        return ()
    return (
        Send(
            kind=Kind.CONFIRMATION,
            to=case.identity.author or "",
            to_name="",
            language=mailbox.language,
            mailbox=mailbox.address,
            ticket=ticket,
            key=f"{Kind.CONFIRMATION}:entry:{case.entry.number}",
            in_reply_to=case.message.message_id,
            values={"done": _lines(done), "refused": _lines(refused)},
        ),
    )


def _lines(said: tuple[str, ...]) -> str:
    """A subject or an address of a stranger's may stand in it."""
    return "\n".join(folded(one_line(each, _LONGEST), "    ") for each in said)


def _mailed(actions: tuple[Action, ...]) -> tuple[Reason, ...]:
    sends = [each for each in actions if isinstance(each, Send)]
    return tuple(Reason("mail", f"{each.kind} to {each.to}") for each in sends) or (Reason("mail", "none"),)
