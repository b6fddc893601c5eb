"""The mail that asks for a consent: a party for its yes to what it may see, agents of a department for a gate.

A party is shown the kind of request, its own items and those it `sees`, and nothing else: no subject, no words of the
conversation, nobody's Message-ID (R1.7). Whose request it is, is shown what it may see of all, and whom else it waits
for: that mail is the only one of this step. The token in it is bound to this question and to this address.
"""

from datetime import datetime

from mailflow.config.request import REQUESTER, Gate, Party
from mailflow.desk.actions import AskConsent, Send
from mailflow.desk.intake.catalogue import words_in
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.form import known, lines
from mailflow.desk.intake.of_party import form_of_party
from mailflow.desk.intake.progress import Asked, Progress
from mailflow.desk.intake.reading import Reading
from mailflow.desk.intake.titles import titles
from mailflow.desk.policy import Policy
from mailflow.desk.roster import team
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notice import why_never
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line

MOST_ADDRESSES = 3
"""Of one party, at which mail of the request has it asked."""


def progress_of(ticket: Ticket, policy: Policy) -> Progress | None:
    """None: the ticket collects nothing, or its kind of request is gone."""
    kind = policy.kinds.kinds.get(ticket.type) if ticket.collects else None
    return Progress(Dossier(kind, ticket.given), ticket.consents, ticket.requester) if kind else None


def as_asked(ask: AskConsent, language: str, now: datetime) -> Consent:
    """Before it has a number."""
    return Consent(
        number=0,
        name=ask.name,
        is_gate=ask.is_gate,
        address=ask.address,
        language=language,
        seen=ask.seen,
        state=ConsentState.ASKED,
        asked=now,
    )


def why_not_asked(asked: Asked, progress: Progress, policy: Policy) -> str:
    """'' when mail can be written to who is to agree: not in the name of the requester, who would agree with itself."""
    if isinstance(asked, Gate):
        return "" if team(asked.department, policy.config) else f"no [[agent]] works for {asked.department}"
    address = progress.address_of(asked)
    own = asked.address != REQUESTER and address == canonical(progress.requester)
    if own:
        return f"{address} is who wrote the request"
    return why_never(address, policy) or _one_too_many(asked, progress, address)


def _one_too_many(asked: Party, progress: Progress, address: str) -> str:
    """Each address that mail of the request names is sent words of it: one request must not write to all the world."""
    given = progress.dossier.latest.get(asked.address)
    is_agents = given is not None and "@" not in given.by
    before = {each.address for each in progress.consents if each.name == asked.name} - {address}
    if is_agents or len(before) < MOST_ADDRESSES:
        return ""
    return f"it was asked at {len(before)} addresses before; another is said by mailflow ticket set"


def questions(
    ticket: Ticket,
    consent: Consent,
    policy: Policy,
    *,
    again: str = "",
    unclear: str = "",
    unclear_items: tuple[Reading, ...] = (),
    key: str = "",
) -> tuple[Send, ...]:
    """`again`: it was asked before, and did not answer; `unclear`: what an agent answered, `unclear_items`: what a
    party gave; `key`: of these."""
    progress = progress_of(ticket, policy)
    asked = progress.named(consent.name) if progress else None
    if progress is None or asked is None:
        return ()
    if isinstance(asked, Gate):
        return _to_agents(ticket, consent, asked, progress, policy, unclear, key)
    language = spoken(Kind.CONSENT, consent.language, mailbox_named(ticket.mailbox, policy), policy)
    values = {
        "type": progress.dossier.kind.title(language),
        "party": " ".join(words_in(asked.title, language)),
        "facts": lines(progress.dossier, consent.seen, language),
        "words": "\n".join(words_in(asked.words, language)),
        "again": again,
        **form_of_party(progress, asked.name, unclear_items, language),
    }
    if asked.address == REQUESTER:
        others = [each for each in progress.awaited if each is not asked]
        values |= {
            "own": "yes",
            "facts": known(progress.dossier, language),
            "waits_for": titles(others, policy, language),
        }
    return (mail_about(Kind.CONSENT, ticket, consent, consent.address, consent.language, key, values),)


def _to_agents(
    ticket: Ticket, consent: Consent, gate: Gate, progress: Progress, policy: Policy, unclear: str, key: str
) -> tuple[Send, ...]:
    """As agents are told of tickets: in the mailbox's language, each at their first address."""
    language = spoken(Kind.GATE, "", mailbox_named(ticket.mailbox, policy), policy)
    values = {
        "department": policy.departments[gate.department].title if gate.department in policy.departments else "",
        "type": progress.dossier.kind.title(language),
        "requester": one_line(ticket.requester),
        "gate": gate.name,
        "question": "\n".join(words_in(gate.question, language)),
        "facts": lines(progress.dossier, consent.seen, language),
        "unclear": unclear,
    }
    return tuple(
        mail_about(Kind.GATE, ticket, consent, agent.addresses[0], "", f"{key}:{agent.name}", values)
        for agent in team(gate.department, policy.config)
    )


def mail_about(
    kind: Kind, ticket: Ticket, consent: Consent, to: str, language: str, key: str, values: dict[str, str]
) -> Send:
    """With the token of the consent, so that nobody but its addressee answers it."""
    return Send(
        kind=kind,
        to=to,
        to_name="",
        language=language,
        mailbox=ticket.mailbox,
        ticket=ticket.number,
        key=f"{kind}:{consent.number}{key}",
        values=values,
        consent=consent.number,
    )
