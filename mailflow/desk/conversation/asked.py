"""A rule asks the author of a new ticket for what is missing (`then.ask`, R4.2): the question stands in the place of
the acknowledgement, and the ticket awaits the customer with its reminders, as if an agent had asked (R3.5).

Only a question that is written can be waited for: who is not written to has a ticket like any other.
"""

from collections.abc import Sequence

from mailflow.desk.actions import Action, ChangeStatus, Send
from mailflow.desk.case import Case
from mailflow.desk.ticket import Move
from mailflow.desk.timing.sla import ladder
from mailflow.mail.values import ANSWERS


def words_of(case: Case) -> str:
    """The template in the place of the acknowledgement; '' for its own words."""
    effects = case.ruling.effects
    name = effects.ask or effects.answer
    return ANSWERS + name if name else ""


def is_asked(case: Case, sent: Sequence[Send]) -> bool:
    name = case.ruling.effects.ask
    return bool(name) and any(send.template == ANSWERS + name for send in sent)


def awaiting(case: Case, department: str, cause: str) -> tuple[Action, ...]:
    """Of a ticket that is opened with a question."""
    hours = case.policy.schedule.hours_in(case.region, department, case.contract)
    moved = ChangeStatus(ticket=None, move=Move.QUESTION_MAILED, cause=cause)
    return moved, *ladder(case.policy, case.now, None, hours)
