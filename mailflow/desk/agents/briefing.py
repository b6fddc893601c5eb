"""Which agents should read a message that was filed: the last thing that is decided about it."""

from dataclasses import replace
from functools import reduce

from mailflow.desk.actions import (
    Action,
    AddDepartments,
    Append,
    Assign,
    Attach,
    Give,
    OpenTicket,
    Route,
    SetPriority,
    SetType,
)
from mailflow.desk.case import Case
from mailflow.desk.conversation.opening import opened
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.incidents.affected import stays_on_hold
from mailflow.desk.newcomers.applicant import facts, is_applicant
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Ticket
from mailflow.desk.writing.folding import folded
from mailflow.desk.writing.notification import files_of, quoted, told
from mailflow.mail.compose import one_line
from mailflow.mail.effort import shortfall
from mailflow.mail.identity.authentication import Verdict

LONGEST_WARNING = 400
"""Characters: what is missing, the command that shows it, and what else there is to know."""


def with_agents_told(case: Case, decision: Decision) -> Decision:
    """The same, and those are told who should read the message."""
    appended = next((each for each in decision.actions if isinstance(each, Append) and each.waits_for_us), None)
    if decision.disposition is not Disposition.FILED or appended is None or not case.policy.agents:
        return decision
    ticket = _as_it_will_be(case, decision)
    if ticket is None:
        return decision
    if stays_on_hold(ticket) or any(isinstance(each, Attach) for each in decision.actions):
        reason = Reason("agents", "none told", "it waits for the end of an incident")
        return replace(decision, reasons=(*decision.reasons, reason))
    sends = told(
        ticket,
        case.policy,
        cause="wrote" if ticket.number else "new",
        key=f"entry:{case.entry.number}",
        but=(case.shown_author,),
        also=tuple(name for action in decision.actions for name in _also(action)),
        values={
            **_said(case, passed_on=appended.passed_on),
            "warning": one_line(_warning(case, appended), LONGEST_WARNING),
            "another_matter": "yes" if appended.another_matter else "",
            "facts": _facts(case, ticket),
        },
    )
    who = ", ".join(send.to for send in sends)
    reason = Reason("agents", f"told {who}" if who else "none told", _why(ticket, case.policy))
    return replace(decision, actions=(*decision.actions, *sends), reasons=(*decision.reasons, reason))


def _said(case: Case, *, passed_on: bool) -> dict[str, str]:
    """Who wrote it, how sure that is, and what."""
    original = case.message.passed_on if passed_on else None
    if original:
        return {"author": one_line(original.author), "sure": Verdict.UNVERIFIED, "text": quoted(original.text)}
    return {
        "author": one_line(case.shown_author),
        "sure": one_line(f"{case.identity.verdict}: {case.identity.evidence}"),
        "text": quoted(case.message.reply or case.message.text, files_of(case.message.attachments)),
    }


def _warning(case: Case, appended: Append) -> str:
    """Beside what makes this mail doubtful, that words of it are missing here, and where they are."""
    short = shortfall(case.message.defects)
    whole = f"{short} (mailflow journal show --raw {case.entry.number})" if short else ""
    return "; ".join(filter(None, (whole, appended.warning)))


def _facts(case: Case, ticket: Ticket) -> str:
    """Of who asks to be registered: which accounts are named, where that was looked up."""
    named, policy = case.context.named_accounts, case.policy
    if named is None or not is_applicant(ticket, policy.registrations):
        return ""
    return "\n".join(folded(each, "    ") for each in facts(ticket, policy.kinds, named))


def _also(action: Action) -> tuple[str, ...]:
    """Departments besides the first that see it from now on (R2.5)."""
    match action:
        case OpenTicket():
            return action.also
        case AddDepartments():
            return action.departments
        case _:
            return ()


def _why(ticket: Ticket, policy: Policy) -> str:
    department = policy.departments.get(ticket.department)
    whose = f"it is {ticket.assignee}'s" if ticket.assignee else "it is nobody's yet"
    return f"{whose}; {ticket.department} has notify = {department.notify}" if department else whose


def _as_it_will_be(case: Case, decision: Decision) -> Ticket | None:
    """The ticket once the decision is carried out, as far as an agent is told of it; number 0: it opens."""
    begun = next((each for each in decision.actions if isinstance(each, OpenTicket)), None)
    ticket = opened(begun, case.now) if begun else case.context.tickets.get(decision.ticket or 0)
    return reduce(_after, decision.actions, ticket) if ticket else None


def _after(ticket: Ticket, action: Action) -> Ticket:
    match action:
        case Assign():
            return replace(ticket, assignee=action.assignee)
        case Route():
            return replace(ticket, department=action.department)
        case SetPriority():
            return replace(ticket, priority=action.priority)
        case SetType():
            return replace(ticket, type=action.type)
        case Give():
            return replace(ticket, given=(*ticket.given, *action.given))
        case _:
            return ticket
