"""`mailflow explain`: the path of a message without its last step. What would become of it, why, and who would be told.

Reads the database if there is one, and writes nothing.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.doorstep import refusal, told
from mailflow.cli.inject import Post
from mailflow.cli.mailfiles import MailFile, mails
from mailflow.cli.opening import Office, now, office
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import paragraph, print_json, say
from mailflow.config import Config, Limits
from mailflow.desk import explain as explanation
from mailflow.desk.actions import ChangeStatus, OpenTicket, Send
from mailflow.desk.clues import Clues
from mailflow.desk.context import NOTHING_KNOWN, Context
from mailflow.desk.conversation.opening import opened
from mailflow.desk.decide import decide
from mailflow.desk.decision import Decision
from mailflow.desk.entry import Entry
from mailflow.desk.policy import Policy
from mailflow.desk.thread import clues_of
from mailflow.desk.ticket import TRANSITIONS, Ticket
from mailflow.desk.trust.proof import has_to_be_proved
from mailflow.desk.writing.letter import Outgoing, write
from mailflow.edge.parser import Answer, Parser
from mailflow.edge.prove import Prover
from mailflow.edge.question import Question
from mailflow.edge.resolver import Resolver
from mailflow.errors import ParserDied, Refused
from mailflow.flow.proof import question_of
from mailflow.logline import escape
from mailflow.mail.envelope import Envelope
from mailflow.mail.identity.evidence import Evidence, in_words
from mailflow.mail.message import Message
from mailflow.standing import allowance
from mailflow.store.recall import recall


def explain(
    path: Annotated[Path, typer.Argument(help="A message file, an mbox or a directory.", metavar="PATH", exists=True)],
    mail_from: Annotated[
        str | None, typer.Option("--mail-from", metavar="A", help="Else Return-Path, else the author.")
    ] = None,
    rcpt_to: Annotated[
        list[str] | None,
        typer.Option("--rcpt-to", metavar="B", help="May be repeated; else ours of To and Cc, or the first mailbox."),
    ] = None,
    peer: Annotated[
        str, typer.Option("--peer", metavar="IP", help="Who hands it in; what it is worth is in [trust].")
    ] = "127.0.0.1",
    dns: Annotated[
        bool, typer.Option("--dns", help="Check SPF, DKIM and DMARC of a peer that is not trusted: asks the DNS.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show what would become of a message, and why; writes nothing."""
    found = list(mails([path]))
    with office(config) as here:
        policy, at = here.policy, now()
        answers = asyncio.run(_parsed([mail.octets for mail in found], policy.config.limits))
        post = Post(policy, mail_from, tuple(rcpt_to or ()), backlog=False)
        for mail, message in zip(found, answers, strict=True):
            if isinstance(message, ParserDied):
                raise Refused(f"{mail.path}: cannot be read: {message}")
            envelope = _handed_in_by(peer, post.envelope(mail.octets), policy)
            entry = Entry(number=0, envelope=envelope, received=at, size=len(mail.octets), octets=mail.octets)
            if has_to_be_proved(message, entry):
                entry = _proved(mail.octets, message, entry, policy.config) if dns else entry
                told_of = in_words(entry.evidence) if entry.evidence else ["not checked: SPF, DKIM, DMARC (--dns asks)"]
                typer.echo("\n".join(map(escape, told_of)), err=True)
            decision, letters = _judged(message, entry, policy, at, here)
            reply = refusal(mail.octets, envelope, policy, at)
            if as_json:
                shown = explanation.as_json(message, entry, decision, letters)
                print_json({"file": str(mail.path), "smtp": reply, **shown})
            else:
                if len(found) > 1:
                    say(f"── {escape(_place(mail))}")
                if reply:
                    say(told(reply))
                say(paragraph(explanation.explain(message, entry, decision, letters)))


def _place(mail: MailFile) -> str:
    return f"{mail.path} ({mail.index + 1})" if mail.index else str(mail.path)


async def _parsed(mails: Sequence[bytes], limits: Limits) -> Sequence[Answer]:
    parser = Parser(allowance(limits))
    try:
        return [(await parser.parse_many([(octets, 1)]))[0] for octets in mails]
    finally:
        await parser.close()


def _proved(octets: bytes, message: Message, entry: Entry, config: Config) -> Entry:
    return replace(entry, evidence=asyncio.run(_evidence(octets, question_of(entry, message, config), config)))


async def _evidence(octets: bytes, question: Question, config: Config) -> Evidence:
    resolver = Resolver(config.dns.timeout.total_seconds(), config.dns.servers)
    prover = Prover(resolver, replace(allowance(config.limits), proves=True))
    try:
        return await prover.prove(octets, question)
    finally:
        await prover.close()


def _handed_in_by(peer: str, envelope: Envelope, policy: Policy) -> Envelope:
    """With what [trust] says of `peer`."""
    trust = policy.config.trust
    try:
        trusted, relayed = trust.trusts(peer), trust.relays_for_others(peer)
    except ValueError:
        raise typer.BadParameter(f"{peer!r} is no IP address; write one, or 'unix'", param_hint="--peer") from None
    return replace(envelope, source="explain", peer=peer, trusted=trusted, relayed=relayed)


def _judged(
    message: Message, entry: Entry, policy: Policy, at: datetime, here: Office
) -> tuple[Decision, tuple[Outgoing, ...]]:
    context = _recalled(clues_of(message, entry, policy), at, here)
    decision = decide(message, entry, context, policy, at)
    return decision, tuple(_letters(decision, context.tickets, policy, at))


def _recalled(clues: Clues, at: datetime, here: Office) -> Context:
    """What the store knows. No database yet: nothing."""
    file = here.database.file
    if file and not file.exists():
        return NOTHING_KNOWN
    with here.database.connect() as connection:
        return recall(connection, clues, at)


def _letters(decision: Decision, tickets: Mapping[int, Ticket], policy: Policy, at: datetime) -> Iterator[Outgoing]:
    """The mail of a decision, as it would stand in the outbox. A ticket that would be opened has no number yet."""
    after: dict[int | None, Ticket] = dict(tickets.items())
    for action in decision.actions:
        if isinstance(action, OpenTicket):
            after[None] = opened(action, at)
        if isinstance(action, ChangeStatus) and action.ticket in after:
            ticket = after[action.ticket]
            after[action.ticket] = replace(ticket, status=TRANSITIONS.get((ticket.status, action.move), ticket.status))
    for action in decision.actions:
        if isinstance(action, Send):
            yield write(action, after.get(action.ticket), policy, at)
