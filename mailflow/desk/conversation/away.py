"""A customer who is away: what we asked can wait, so reminders count from the day after the absence ends."""

from datetime import date, datetime, time, timedelta

from mailflow.config import zone_named
from mailflow.desk.actions import Action, SetAway
from mailflow.desk.case import Case
from mailflow.desk.conversation.participants import is_requester
from mailflow.desk.decision import Reason
from mailflow.desk.parent import Joins, Part
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Status, Ticket
from mailflow.desk.timing.sla import ladder, no_more_reminders

LONGEST = timedelta(days=92)
"""Nobody waits longer for a note, which anybody may have written."""


def moved_by(case: Case, joins: Joins) -> tuple[tuple[Action, ...], Reason | None]:
    """What an absence note in answer to our question does: its reminders come when the customer is back."""
    ticket, until = joins.ticket, case.message.automatic.until
    asked = ticket.status is Status.AWAITING_CUSTOMER and ticket.question_at is not None
    if not asked or until is None or joins.part is Part.BYSTANDER or not is_requester(case, ticket):
        return (), None
    back = _day_after(until, case.policy)
    if not case.now < back <= case.now + LONGEST or (ticket.away_until and back <= ticket.away_until):
        return (), None
    hours = case.policy.schedule.hours_of_customer(ticket)
    later = ladder(case.policy, back, ticket.number, hours)
    actions = (SetAway(ticket=ticket.number, until=back), *no_more_reminders(ticket), *later)
    return actions, Reason("reminders", f"from {back:%Y-%m-%d} on", f"away until {until}")


def back_again(ticket: Ticket) -> tuple[Action, ...]:
    """Who writes is there."""
    return (SetAway(ticket=ticket.number, until=None),) if ticket.away_until else ()


def _day_after(day: date, policy: Policy) -> datetime:
    try:
        return datetime.combine(day + timedelta(days=1), time(), zone_named(policy.config.time_zone))
    except OverflowError:
        return datetime.max.replace(tzinfo=zone_named("UTC"))
