"""What a party that has agreed hears of the request: each step from then on, in its language (R1.7).

It is told who must agree yet, or does not, that work begins, and that it is over; of the items what it agreed to, and
of the conversation nothing. Its mail has the token of its consent: what it answers is a note for an agent. Who has not
answered is told nothing: nobody has proved that somebody reads there.
"""

from collections.abc import Iterator
from datetime import datetime

from mailflow.config.request import REQUESTER
from mailflow.desk.actions import Send
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.form import lines
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.question import mail_about, progress_of
from mailflow.desk.intake.titles import refusal, titles
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken


def tell_parties(ticket: Ticket, progress: Progress, key: str, policy: Policy) -> tuple[Send, ...]:
    """Where the request stands; `key`: of these mails."""
    begun = "yes" if progress.is_ready else ""
    return tuple(_told(ticket, progress, policy, key, begun=begun, over=""))


def tell_parties_of_the_end(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Send, ...]:
    """That it is resolved: as all had agreed, or before that."""
    progress = progress_of(ticket, policy)
    if progress is None:
        return ()
    begun = "yes" if progress.is_ready else ""
    return tuple(_told(ticket, progress, policy, f":over:{now.isoformat()}", begun=begun, over="yes"))


def _told(ticket: Ticket, progress: Progress, policy: Policy, key: str, *, begun: str, over: str) -> Iterator[Send]:
    for consent in _agreed(progress):
        language = spoken(Kind.PARTY, consent.language, mailbox_named(ticket.mailbox, policy), policy)
        values = {
            "type": progress.dossier.kind.title(language),
            "facts": lines(progress.dossier, consent.seen, language),
            "waits_for": titles(progress.awaited, policy, language),
            **refusal(progress, policy, language),
            "begun": begun,
            "over": over,
        }
        yield mail_about(Kind.PARTY, ticket, consent, consent.address, consent.language, key, values)


def _agreed(progress: Progress) -> Iterator[Consent]:
    """Whose request it is, is told more; a consent without a number was never asked by mail."""
    for party in progress.dossier.kind.shape.party:
        consent = progress.standing.get(party.name)
        if consent and consent.number and consent.state is ConsentState.GIVEN and party.address != REQUESTER:
            yield consent
