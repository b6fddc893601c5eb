"""What becomes of a case by itself: its letters wait while the region is disrupted, an answer is told, and when nobody
answers in time, or no address works, the wider investigation begins (R0.6, R0.7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailflow.config.request import Reach
from mailflow.desk.policy import Policy
from mailflow.desk.reach.reaching import Came, Reaching, State
from mailflow.desk.ticket import Status, Ticket
from mailflow.desk.timing.hours import ALWAYS, Hours

SETTLED = (Status.RESOLVED, Status.CLOSED)


class Course(StrEnum):
    TELL = "tell"  # an answer
    TICK = "tick"  # tasks that are done
    END = "end"
    PAUSE = "pause"
    RESUME = "resume"
    WIDEN = "widen"


@dataclass(frozen=True, slots=True)
class Seeker:
    """A ticket that says that the account cannot be reached, and where it is read."""

    said: Ticket
    ticket: Ticket

    @property
    def is_settled(self) -> bool:
        return self.ticket.status in SETTLED


def seekers(reaching: Reaching, tickets: Iterable[Ticket]) -> tuple[Seeker, ...]:
    """Those whose request is not settled, each requester's ticket once."""
    known = {each.number: each for each in tickets}
    found = (Seeker(known[number], known.get(known[number].read_in, known[number])) for number in reaching.tickets)
    waiting = {each.ticket.number: each for each in found if not each.is_settled}
    return tuple(waiting.values())


def course(reaching: Reaching, sought: Sequence[Seeker], now: datetime) -> Course | None:
    """The next; None: nothing is to be done."""
    if any(each.news for each in reaching.letters):
        return Course.TELL
    if not reaching.is_open:
        return None
    if not sought:
        return Course.END
    if any(each.news for each in reaching.tasks):
        return Course.TICK
    return _of_time(reaching, now)


def _of_time(reaching: Reaching, now: datetime) -> Course | None:
    if reaching.state is State.ASKED and reaching.disrupted:
        return Course.PAUSE
    if reaching.state is State.PAUSED and not reaching.disrupted:
        return Course.RESUME
    is_due = reaching.is_lost or (reaching.due is not None and reaching.due <= now)
    return Course.WIDEN if reaching.state is State.ASKED and is_due else None


def due(
    reach: Reach, asked: datetime, department: str, lost: Iterable[tuple[datetime, datetime]], policy: Policy
) -> datetime:
    """When nobody has answered for `after`, without what was `lost` of it to disruptions of the region."""
    hours: Hours = policy.schedule.hours_of(reach.department or department) if reach.working_hours else ALWAYS
    at = hours.after(asked, reach.after)
    for since, until in sorted(lost):
        since = max(since, asked)
        if since < min(at, until):
            at = hours.add(at, hours.between(since, until))
    return at


def heard(reaching: Reaching) -> Came | None:
    """The best that came of letters of which nobody was told."""
    came = {each.came for each in reaching.letters if each.news}
    return next((each for each in (Came.CORRECTED, Came.CONFIRMED, Came.WORDS) if each in came), None)
