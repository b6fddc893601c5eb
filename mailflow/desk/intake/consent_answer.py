"""Who was asked whether they agree answers that mail: a party of a request, or an agent for a gate (R1.4, R1.5).

It counts from the very address that was asked, only if it is proved who wrote, and for the question as it was put:
what has changed since is another one. A yes is taken once; only a no can become a yes. Anything else that is proved is
put into the ticket as a note for an agent, who decides; what is not proved is held. Customers never see any of it.
"""

import re
from dataclasses import replace

from mailflow.config import Agent
from mailflow.config.request import Gate
from mailflow.desk.actions import Action, Note
from mailflow.desk.agents import answer
from mailflow.desk.case import Case
from mailflow.desk.clues import ConsentSeen
from mailflow.desk.conversation.report import REPORTS
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.deciding import decided
from mailflow.desk.intake.of_party import OfParty, read_of_party
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.question import progress_of, questions
from mailflow.desk.intake.steps import steps_of
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.parent import OVER
from mailflow.desk.roster import works_for
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing.sla import taken_up
from mailflow.desk.trust import empowered, replay
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named, spoken
from mailflow.desk.writing.notification import files_of, quoted
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line
from mailflow.mail.replies.assent import Assent, assent_in

LONGEST = 200
"""Characters of the words that are kept as evidence; the note has all."""
STATES = {Assent.YES: ConsentState.GIVEN, Assent.NO: ConsentState.REFUSED}
OPEN_TO = {ConsentState.ASKED: {Assent.YES, Assent.NO}, ConsentState.REFUSED: {Assent.YES}}
"""What a mail can still say, by how the question stands."""
_NO_MAIL = Reason(
    "mail", "none to its author", "its answer is not answered; who has agreed is told the steps that follow"
)


def an_answer(case: Case) -> Decision | None:
    """What becomes of a message that carries the token of such a question."""
    seen = case.clues.consent
    if seen is None or case.message.automatic.kind in REPORTS:
        return None
    if case.message.automatic.kind in empowered.MACHINES:
        return empowered.dropped(case, "our question whether somebody agrees", OwnRule.CONSENT_MACHINE)
    asked = _asked(case, seen)
    if asked is None:
        return empowered.held("our question whether somebody agrees", "that was never asked")
    ticket, consent = asked
    if why := _why_not(case, seen, ticket, consent):
        return empowered.held("our question whether somebody agrees", why)
    return _read(case, ticket, consent)


def _asked(case: Case, seen: ConsentSeen) -> tuple[Ticket, Consent] | None:
    ticket = case.context.tickets.get(case.context.consent_of or 0)
    found = (each for each in ticket.consents if each.number == seen.consent) if ticket else ()
    consent = next(iter(found), None)
    return (ticket, consent) if ticket and consent else None


def _why_not(case: Case, seen: ConsentSeen, ticket: Ticket, consent: Consent) -> str:
    """'' when it is of the one who was asked."""
    author = case.identity.author or ""
    questions = (
        (not seen.for_author, "that was sent to another address"),
        (not consent.is_gate and author != consent.address, "that was sent to another address"),
        *empowered.by_a_machine(case),
        (case.entry.released, "that an agent released it does not prove who wrote it: mailflow ticket consent says so"),
        (not case.identity.acts, f"nothing proves that {author} wrote this"),
        (replay.perhaps_handed_in(case), replay.WHY),
        (consent.is_gate and _agent(case, ticket, consent) is None, f"{author} does not work for that department"),
        (ticket.merged_into is not None, f"#{ticket.number} was merged into #{ticket.merged_into}"),
        (ticket.status in OVER, f"#{ticket.number} is {ticket.status}"),
    )
    return next((why for refused, why in questions if refused), "")


def _agent(case: Case, ticket: Ticket, consent: Consent) -> Agent | None:
    """The author, as one of the department's agents."""
    agent, progress = case.policy.agents.get(case.identity.author or ""), progress_of(ticket, case.policy)
    gate = progress.named(consent.name) if progress else None
    return agent if agent and isinstance(gate, Gate) and works_for(agent, gate.department) else None


def _read(case: Case, ticket: Ticket, consent: Consent) -> Decision:
    progress = progress_of(ticket, case.policy)
    if progress is None or progress.standing.get(consent.name) != consent:
        return _for_an_agent(case, ticket, consent, "what it was asked has changed since")
    if consent.state is ConsentState.GIVEN:
        return _for_an_agent(case, ticket, consent, "it has agreed before, and writes again")
    brought = read_of_party(case, progress, consent)
    said = assent_in(_words(brought.words, consent), _name(case), _languages(case, ticket, consent))
    if said is Assent.NO and said in OPEN_TO.get(consent.state, ()):
        return _counts(case, ticket, consent, progress, said)
    if brought.given:
        ticket, progress, consent = brought.told(ticket, progress, consent)
    kept = brought.actions(ticket, consent)
    if said in OPEN_TO.get(consent.state, ()):
        if progress.dossier.owed_by(consent.name) or brought.unclear:
            return _owes(case, ticket, consent, progress, brought, kept)
        return _counts(case, ticket, consent, progress, said, kept[:1])
    if consent.is_gate:
        return _asked_again(case, ticket, consent)
    return _for_an_agent(case, ticket, consent, "it is neither a clear yes nor a clear no", kept)


def _words(written: str, consent: Consent) -> str:
    """Of an agent the first line: what stands below says why."""
    words = written.strip()
    return words.partition("\n")[0] if consent.is_gate else words


def _owes(
    case: Case, ticket: Ticket, consent: Consent, progress: Progress, brought: OfParty, kept: tuple[Action, ...]
) -> Decision:
    """It agrees, and has not given all that it is asked for: it is asked for that once more."""
    key = f":entry:{case.entry.number}"
    sends = questions(ticket, consent, case.policy, key=key, unclear_items=brought.unclear)
    owed = ", ".join(each.name for each in progress.dossier.owed_by(consent.name)) or "something unclear"
    return _filed(case, ticket, consent, f"yes, without {owed}", (*kept, *sends))


def _name(case: Case) -> str:
    """And the words of the address: many sign with one of them, and show no name in From."""
    shown = case.message.from_.name if case.message.from_ else ""
    return " ".join((shown, *re.split(r"[^\w]+", case.identity.author or "")))


def _languages(case: Case, ticket: Ticket, consent: Consent) -> frozenset[str]:
    """That it was to be asked in, that it was asked in, and that of the answer."""
    kind = Kind.GATE if consent.is_gate else Kind.CONSENT
    asked_in = spoken(kind, consent.language, mailbox_named(ticket.mailbox, case.policy), case.policy)
    return frozenset({consent.language, asked_in, case.message.language, *(("en",) if consent.is_gate else ())})


def _counts(
    case: Case,
    ticket: Ticket,
    consent: Consent,
    progress: Progress,
    said: Assent,
    kept: tuple[Action, ...] = (),
) -> Decision:
    answered = replace(
        consent,
        state=STATES[said],
        answered=case.now,
        entry=case.entry.number,
        words=one_line(case.message.reply, LONGEST),
        by=case.identity.author or "",
    )
    actions = decided(ticket, progress, answered, case.policy, case.now, f"entry:{case.entry.number}")
    follows = steps_of(ticket, progress.with_(answered), case.policy).reasons()
    return _filed(case, ticket, consent, f"{said}", (*kept, *actions), follows)


def _for_an_agent(case: Case, ticket: Ticket, consent: Consent, why: str, kept: tuple[Action, ...] = ()) -> Decision:
    author, own = case.shown_author, case.identity.author == canonical(ticket.requester)
    values = {
        "author": one_line(author),
        "sure": one_line(f"{case.identity.verdict}: {case.identity.evidence}"),
        "warning": "" if own else one_line(f"your answer goes to {ticket.requester}; {author} is sent nothing of it"),
        "text": quoted(case.message.reply or case.message.text, files_of(case.message.attachments)),
    }
    cause = f"{consent.name} was asked whether it agrees, and answers: {why}"
    key = f"entry:{case.entry.number}"
    taken = taken_up(ticket, cause, case.policy, case.now, key=key, values=values)
    return _filed(case, ticket, consent, why, (*kept, *taken))


def _asked_again(case: Case, ticket: Ticket, consent: Consent) -> Decision:
    """An agent, who will write yes or no when told that this is needed."""
    line = one_line(_words(case.message.reply, consent), LONGEST)
    sends = questions(ticket, consent, case.policy, unclear=f"«{line}»", key=f":entry:{case.entry.number}")
    own = tuple(each for each in sends if each.to == case.identity.author)
    return _filed(case, ticket, consent, "neither yes nor no", own)


def _filed(
    case: Case,
    ticket: Ticket,
    consent: Consent,
    said: str,
    actions: tuple[Action, ...],
    follows: tuple[Reason, ...] = (),
) -> Decision:
    """The words become a note; who wrote them takes no part in the ticket. `follows`: who is asked then."""
    author, words = case.identity.author or "", case.message.reply.strip() or "(no words)"
    note = answer.note(ticket, words, author, case.message.attachments)
    what = f"gate {consent.name}" if consent.is_gate else consent.name
    told = Note(ticket=ticket.number, kind="consent", text=f"{what}, {author}: {said}")
    return Decision(
        disposition=Disposition.FILED,
        reason=f"{author} answers whether it agrees, as {what} of #{ticket.number}: {said}",
        rule=OwnRule.CONSENT,
        ticket=ticket.number,
        actions=(*note, told, *actions),
        reasons=(
            Reason("consent", f"{what} of #{ticket.number}", said),
            *follows,
            _NO_MAIL,
        ),
    )
