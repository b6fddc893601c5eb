"""A customer's reply to a closed ticket, where such a one opens none ([resolved] late_reply)."""

from mailflow.desk.actions import Append
from mailflow.desk.case import Case
from mailflow.desk.decision import Decision, Disposition, Reason
from mailflow.desk.parent import StandsAlone, parent_of
from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import mailbox_named
from mailflow.desk.writing.notice import answer


def refused(case: Case) -> Decision | None:
    """Kept where it belongs, and its author is told that nobody reads it there. Who cannot be told is not refused."""
    parent = parent_of(case)
    if case.policy.config.resolved.late_reply != "refuse" or not isinstance(parent, StandsAlone):
        return None
    ticket = parent.possible_parent
    if ticket is None or not parent.continues:
        return None
    mailbox = mailbox_named(ticket.mailbox, case.policy)
    told, mail = answer(case, Kind.CLOSED, mailbox, ticket=ticket.number, spoken_before=ticket.language)
    if not told:
        return None
    return Decision(
        disposition=Disposition.FILED,
        reason=f"too late for #{ticket.number}: {parent.why}",
        ticket=ticket.number,
        actions=(Append(ticket=ticket.number, is_activity=False, waits_for_us=False), *told),
        reasons=(
            Reason("ticket", f"#{ticket.number} follow-up", parent.why),
            Reason("status", f"{ticket.status}", "a late reply opens nothing (late_reply = refuse)"),
            mail,
        ),
    )
