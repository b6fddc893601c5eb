"""A new ticket: for whom, in which departments, and what its author is told (R2.5, R3.2)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from mailflow.config import Mailbox
from mailflow.desk.actions import Append, Note, OpenTicket
from mailflow.desk.backlog import retirement, said_at
from mailflow.desk.case import Case
from mailflow.desk.conversation.acknowledgement import acknowledgement
from mailflow.desk.conversation.addressee import addressee
from mailflow.desk.conversation.participants import Joined, copied
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.incidents import affected
from mailflow.desk.intake import collecting
from mailflow.desk.intake.catalogue import Kind as RequestKind
from mailflow.desk.intake.collecting import Collected, set_aside
from mailflow.desk.knowledge.offer import offered
from mailflow.desk.parent import StandsAlone
from mailflow.desk.priority import Weighed, priority_of
from mailflow.desk.route import LONGEST_ADDRESS
from mailflow.desk.ticket import Priority, Status, Ticket
from mailflow.desk.timing import due_told, levels
from mailflow.desk.timing.due import terms
from mailflow.desk.timing.sla import timers_of_waiting
from mailflow.desk.trust import allowed, empowered
from mailflow.desk.trust.allowed import Act
from mailflow.desk.writing.ceiling import enough_tickets
from mailflow.desk.writing.notice import language_of_author
from mailflow.mail.compose import one_line
from mailflow.mail.subject import base_subject, is_reply

NO_SUBJECT = "(no subject)"


def serving(case: Case) -> tuple[Mailbox, ...]:
    """The mailboxes, of those it was sent to, where its author may open a ticket (R2.1)."""
    if case.entry.released:
        return case.mailboxes or case.policy.config.mailbox[:1]
    return tuple(each for each in case.mailboxes if _serves(each, case))


def _serves(mailbox: Mailbox, case: Case) -> bool:
    """Everybody, or registered contacts; as far as the mailbox believes who it is."""
    if not allowed.may(case, Act.OPEN, mailbox):
        return False
    return not mailbox.registered_only or allowed.serves(mailbox, case.context.contact)


def new_ticket(
    case: Case, mailboxes: tuple[Mailbox, ...], alone: StandsAlone, of: RequestKind | None = None
) -> Decision:
    """`of`: of this kind of request it is, whatever its words and rules say."""
    weighed, collected = priority_of(case, mailboxes), collected_by(case, mailboxes, alone, of)
    ticket = _ticket(case, mailboxes, alone, weighed.value, collected)
    collected = _unless_answered(case, ticket, collected)
    told = acknowledgement(case, ticket, mailboxes[0], _spoken_before(alone, collected), collected)
    incident, waits = affected.incident_of(case), not case.entry.backlog
    for_others = bool(collected and collected.waits_for_others) and not (incident or told.asks)
    waiting = waits and not (incident or told.asks or for_others)
    joined = _joined(case, opened(ticket, case.now))
    return Decision(
        disposition=Disposition.FILED,
        reason="a new ticket" + (f"; {alone.told}" if alone.told else ""),
        actions=(
            ticket,
            Append(ticket=None, warning=_warning(case), waits_for_us=waits and not for_others, said=said_at(case)),
            *(collected.begun(ticket.department) if collected else ()),
            *_weighed(weighed),
            *((*affected.attached(None, incident), affected.set_aside(None, incident)) if incident else ()),
            *joined.actions,
            *told.actions(),
            *((set_aside(None, collected),) if collected and for_others else ()),
            *(timers_of_waiting(case.policy, case.now, ticket.department, None, case.contract) if waiting else ()),
            *retirement(case, None),
        ),
        reasons=(
            Reason("ticket", f"new, for {', '.join((ticket.department, *ticket.also))}", alone.told),
            Reason("priority", weighed.value, weighed.why),
            *affected.reasons(case),
            *(collected.reasons() if collected else ()),
            *told.reasons(),
            Reason("status", _status(incident is not None or for_others, told.asks)),
            *joined.reasons,
            *_due(ticket, case, waiting, case.ruling.effects.type or (collected.kind.name if collected else "")),
            told.why,
        ),
    )


def _unless_answered(case: Case, ticket: OpenTicket, collected: Collected | None) -> Collected | None:
    """Who is offered an article is not asked besides what would make the request complete."""
    if collected and collected.asks_once and (found := offered(case, ticket.language, ticket.department)):
        return replace(collected, spared=f"it is offered an article: {found[0].article.name}")
    return collected


def ticket_of_its_own(case: Case, alone: StandsAlone) -> Decision:
    """An answer to a question of ours where nobody looks any more, as any other mail of its author's would be one."""
    if why := too_many(case):
        return empowered.held("a question of ours", why)
    if mailboxes := serving(case):
        return new_ticket(case, mailboxes, alone)
    return empowered.held("a question of ours", f"{case.identity.author} is not served there; {alone.told}")


def too_many(case: Case) -> str:
    """Why its author opens no further ticket; '' when it may. Our own hosts know what they do; what was there before we
    were came over years."""
    envelope, context = case.entry.envelope, case.context
    is_ours = envelope.trusted and not envelope.source.startswith("imap:")
    if is_ours or case.entry.released or case.entry.backlog:
        return ""
    enough = enough_tickets(context.tickets_hour, context.tickets_today, case.policy)
    return f"rate: {case.identity.author} has opened {enough}" if enough else ""


def collected_by(
    case: Case, mailboxes: tuple[Mailbox, ...], alone: StandsAlone, of: RequestKind | None = None
) -> Collected | None:
    """What it brings to a request of some kind."""
    return collecting.begun(case, _department(case, mailboxes[0], alone, None), of)


def _warning(case: Case) -> str:
    return "" if case.identity.acts else f"not verified: {case.identity.evidence}"


def _status(is_aside: bool, is_asked: bool) -> Status:
    if is_aside:
        return Status.ON_HOLD
    return Status.AWAITING_CUSTOMER if is_asked else Status.OPEN


def _joined(case: Case, ticket: Ticket) -> Joined:
    """Who takes part from the beginning."""
    first, others = addressee(case, ticket), copied(case, ticket)
    return Joined((*first.actions, *others.actions), (*first.reasons, *others.reasons))


def _weighed(weighed: Weighed) -> tuple[Note, ...]:
    """Where somebody gave it any, the ticket's history says who."""
    return (Note(ticket=None, kind="priority", text=f"{weighed.value}: {weighed.why}"),) if weighed.why else ()


def _due(action: OpenTicket, case: Case, waits: bool, type_: str) -> tuple[Reason, ...]:
    ticket = replace(opened(action, case.now), type=type_, waiting_since=case.now if waits else None)
    schedule = case.policy.schedule
    due = tuple(
        Reason("due", due_told.PROMISES[term.promise], f"{due_told.due(term)}; {due_told.because(term)}")
        for term in terms(ticket, schedule)
    )
    first = levels.coming(ticket, schedule)
    if first is None:
        return due
    hours = schedule.hours_of(ticket.department, ticket.contract)
    return *due, Reason("escalate", due_told.instant(first.at, hours), levels.described(first))


def opened(action: OpenTicket, now: datetime) -> Ticket:
    """The ticket that `action` makes, before it has a number."""
    return Ticket(
        number=0,
        subject=action.subject,
        status=Status.OPEN,
        priority=action.priority,
        department=action.department,
        mailbox=action.mailbox,
        requester=action.requester,
        requester_name=action.requester_name,
        contact=action.contact,
        account=action.account,
        contract=action.contract,
        language=action.language,
        participants=frozenset({action.requester}),
        believed=action.believed,
        created=now,
        last_activity=now,
    )


def _ticket(
    case: Case,
    mailboxes: tuple[Mailbox, ...],
    alone: StandsAlone,
    priority: Priority,
    collected: Collected | None,
) -> OpenTicket:
    contact = case.context.contact if case.identity.acts else None
    account = case.context.account if case.identity.acts else None
    shown = case.message.from_.name if case.message.from_ else ""
    first = mailboxes[0]
    departments = dict.fromkeys(mailbox.department for mailbox in mailboxes)
    department = _department(case, first, alone, collected)
    parent = alone.possible_parent.number if alone.possible_parent else None
    return OpenTicket(
        subject=_subject(case, alone),
        department=department,
        also=_also(departments, first.department, department),
        mailbox=first.address,
        requester=_requester(case),
        requester_name=contact.name if contact else one_line(shown, 80),
        contact=contact.id if contact else None,
        account=account.id if account else None,
        contract=case.contract,
        language=language_of_author(case, first, _spoken_before(alone, collected)),
        priority=priority,
        possible_parent=None if alone.continues else parent,
        continues=parent if alone.continues else None,
        believed=case.identity.acts,
    )


def _subject(case: Case, alone: StandsAlone) -> str:
    """That of the ticket it continues, whose mails have ours; unless the customer gave it another."""
    if alone.possible_parent and alone.continues and is_reply(case.message.subject, case.policy.tags):
        return alone.possible_parent.subject
    return one_line(base_subject(case.message.subject, case.policy.tags)) or NO_SUBJECT


def _department(case: Case, mailbox: Mailbox, alone: StandsAlone, collected: Collected | None) -> str:
    """What a rule says, else that of its incident, of its kind of request, of the ticket that it continues, where an
    agent may have put it."""
    incident = affected.incident_of(case)
    of_kind = collected.kind.shape.department if collected else ""
    before = alone.possible_parent.department if alone.possible_parent and alone.continues else ""
    wanted = (case.ruling.effects.department, incident.department if incident else "", of_kind, before)
    return next((name for name in wanted if name in case.policy.departments), mailbox.department)


def _also(departments: Iterable[str], of_mailbox: str, routed: str) -> tuple[str, ...]:
    """The departments of the other mailboxes see it too. A rule that routes it takes it from the first mailbox's."""
    return tuple(name for name in departments if name not in (of_mailbox, routed))


def _spoken_before(alone: StandsAlone, collected: Collected | None) -> str:
    """Where the mail alone does not tell it."""
    before = alone.possible_parent.language if alone.possible_parent else ""
    return before or (collected.language if collected else "")


def _requester(case: Case) -> str:
    """'' when what it shows is too long to be an address: nobody can be written to."""
    address = case.identity.author or case.shown_author
    return address if len(address.encode(errors="replace")) <= LONGEST_ADDRESS else ""
