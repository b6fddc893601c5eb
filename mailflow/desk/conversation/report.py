"""A delivery report or a receipt about our mail: an event of the ticket the mail was about.

It moves no ticket; what never arrived stops waiting for an answer (`desk.conversation.undeliverable`). It counts only
with our signed address or the Message-ID of one of ours: anybody can write a report (threats 10).
"""

from mailflow.desk.actions import Action, Note
from mailflow.desk.case import Case
from mailflow.desk.conversation.undeliverable import announced, brought_back, marked_by
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.ownrule import OwnRule
from mailflow.desk.parent import OVER, by_way_of
from mailflow.desk.reach.deeds import HearReach
from mailflow.desk.reach.reaching import Came, Letter
from mailflow.desk.ticket import Ticket
from mailflow.desk.timing.sla import taken_up
from mailflow.mail.address import canonical
from mailflow.mail.compose import one_line
from mailflow.mail.message import AutomaticKind, ReportRecipient

REPORTS = frozenset({AutomaticKind.BOUNCE, AutomaticKind.DELAY, AutomaticKind.DISPOSITION})
LONGEST = 200
"""Characters of why a letter did not arrive."""
_OF_AN_AGENT = "what an agent was told: "
_SAID_OF_THE_REPORT = {
    AutomaticKind.BOUNCE: "undeliverable",
    AutomaticKind.DELAY: "delayed",
    AutomaticKind.DISPOSITION: "receipt",
}


def report(case: Case) -> Decision | None:
    kind = case.message.automatic.kind
    if kind not in REPORTS:
        return None
    ticket, where = _reported(case)
    if ticket is None:
        why = "it is about no mail of ours"
        return Decision(
            disposition=Disposition.DROPPED,
            reason=f"a {kind} report, and {why}",
            rule=OwnRule.REPORT_UNKNOWN,
            reasons=(Reason("report", f"{kind}", why),),
        )
    number, marks = ticket.number, () if _is_of_an_agent(case) else marked_by(case, ticket)
    words = ". ".join(map(announced, marks)) or _words(case)
    actions: tuple[Action, ...] = (
        *brought_back(case, ticket, _warning(case), marks),
        Note(
            ticket=number, kind=_SAID_OF_THE_REPORT[kind], text=_OF_AN_AGENT + words if _is_of_an_agent(case) else words
        ),
        *marks,
        *_never_asked(case, ticket, words),
        *_lost(case, ticket),
    )
    return Decision(
        disposition=Disposition.FILED,
        reason=f"a {kind} report about mail of #{number}",
        ticket=number,
        actions=actions,
        reasons=(
            Reason("report", f"{kind}", _words(case)),
            *(Reason("address", mark.address, f"undeliverable until {mark.until:%Y-%m-%d}") for mark in marks),
            Reason("ticket", f"#{number} event", where),
            Reason("mail", "none", "a report is never answered (RFC 5321 4.5.5)"),
        ),
    )


def _is_of_an_agent(case: Case) -> bool:
    """It is about what an agent was told, or a page: nobody is to be taken for out of reach, no customer for one who
    never got our words."""
    consent = _consent(case)
    is_apart = case.clues.agent or case.context.paged or (consent and consent.is_gate)
    return bool(is_apart) and not case.tokens


def _consent(case: Case) -> Consent | None:
    """The question whether somebody agrees that it is about."""
    ticket = case.context.tickets.get(case.context.consent_of or 0)
    number = case.clues.consent.consent if case.clues.consent else 0
    return next((each for each in ticket.consents if each.number == number), None) if ticket else None


def _never_asked(case: Case, ticket: Ticket, words: str) -> tuple[Action, ...]:
    """The question did not arrive: an agent looks for another address."""
    consent = _consent(case)
    if case.message.automatic.kind is not AutomaticKind.BOUNCE or consent is None or ticket.status in OVER:
        return ()
    if consent.state is not ConsentState.ASKED:
        return ()
    cause = f"{consent.name} could not be asked whether it agrees: {words}"
    return taken_up(ticket, cause, case.policy, case.now, key=f"entry:{case.entry.number}")


def _lost(case: Case, ticket: Ticket) -> tuple[Action, ...]:
    """A letter to who is said to be out of reach: that address does not work either."""
    letter = _letter(case)
    of_mail = case.message.automatic.kind is AutomaticKind.BOUNCE and not case.entry.envelope.mail_from
    if letter is None or not of_mail or letter.came is not Came.NOTHING:
        return ()
    failed = [each for each in case.message.report.recipients if each.action == "failed"] if case.message.report else []
    if failed and letter.address not in {canonical(each.address) for each in failed}:
        return ()
    said = (failed[0].diagnostic or failed[0].status) if failed else case.message.automatic.why
    words = one_line(said, LONGEST)
    lost = HearReach(
        ticket=ticket.number, letter=letter.number, came=Came.LOST, words=words, entry=case.entry.number, tells=False
    )
    return lost, Note(ticket=ticket.number, kind="reach", text=f"{letter.address} does not work: {words}")


def _letter(case: Case) -> Letter | None:
    first = case.context.tickets.get(case.context.reach_of or 0)
    return first.reach.letter(case.clues.reach.letter) if first and first.reach and case.clues.reach else None


def _reported(case: Case) -> tuple[Ticket | None, str]:
    context = case.context
    token, agent = next(iter(case.tokens), None), case.clues.agent or context.paged
    asked = context.consent_of or context.reach_of or context.reported
    named = token.ticket if token else agent.ticket if agent else asked
    if named is None or named not in context.tickets:
        return None, ""
    by_agent = "signed token of an agent" if agent else "it names a message of ours"
    where = f"signed token in {token.where}" if token else by_agent
    ticket = context.read_in(named)
    return ticket, where + by_way_of(named, ticket)


def _warning(case: Case) -> str:
    return "" if case.identity.acts else "nothing proves who wrote this report"


def _words(case: Case) -> str:
    recipients = case.message.report.recipients if case.message.report else ()
    return "; ".join(map(_word, recipients[:5])) or case.message.automatic.why


def _word(recipient: ReportRecipient) -> str:
    said = " ".join(part for part in (recipient.action, recipient.status, recipient.diagnostic[:200]) if part)
    return f"{recipient.address}: {said}"
