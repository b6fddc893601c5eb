"""Nobody has answered whether they agree: they are asked again, and at the end an agent is told (R1.4)."""

from mailflow.desk.actions import Send
from mailflow.desk.intake.consent import ConsentState
from mailflow.desk.intake.question import progress_of, questions
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Status, Ticket


def unanswered(ticket: Ticket, policy: Policy, step: int, *, last: bool) -> tuple[Send, ...] | str:
    """The mails that ask again; for the last time in words what is wrong, for an agent. Nothing when it is no longer
    true."""
    progress = progress_of(ticket, policy)
    if progress is None or ticket.status in (Status.RESOLVED, Status.CLOSED):
        return ()
    found = (progress.standing.get(each.name) for each in progress.awaited)
    silent = [each for each in found if each and each.state is ConsentState.ASKED]
    if last and silent:
        whom = ", ".join(each.name + (f" ({each.address})" if each.address else "") for each in silent)
        return f"asked whether they agree, and did not answer: {whom}"
    return tuple(send for each in silent for send in questions(ticket, each, policy, again="yes", key=f":again:{step}"))
