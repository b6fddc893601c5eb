"""Which accounts are to be looked up, and in which cases something may be to do: asked each second."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, String, and_, bindparam, cast, func, literal, not_, or_, select, union_all

from mailflow.desk.reach.reaching import Came, State
from mailflow.desk.ticket import Status
from mailflow.desk.writing.kind import Kind
from mailflow.store.conditions import NEWS, SEEKS, SOUGHT, is_any
from mailflow.store.instants import aware
from mailflow.store.outbox import State as Sent
from mailflow.store.regions import is_disrupted
from mailflow.store.tables import OUTBOX, REACH, REACH_LETTER, REACH_TASK, TICKET

PREFIX = f"{Kind.REACH}:"
"""Of the keys of letters, see key_of."""
UNSETTLED = (Status.OPEN.value, Status.AWAITING_CUSTOMER.value, Status.ON_HOLD.value)
_READ_IN = TICKET.alias("read_in")
_SEEKS = (
    select(TICKET.c.id)
    .outerjoin(_READ_IN, _READ_IN.c.id == TICKET.c.merged_into)
    .where(TICKET.c.seeks != "", func.coalesce(_READ_IN.c.status, TICKET.c.status).in_(UNSETTLED))
    .order_by(TICKET.c.id)
)
_NEWS = select(REACH_LETTER.c.reach).where(NEWS)
_SOMETHING = union_all(
    *(
        select(literal(1)).select_from(of).where(which)
        for of, which in ((TICKET, SEEKS), (REACH, SOUGHT), (REACH_LETTER, NEWS))
    )
).limit(1)
"""Asked first, each second: mostly nobody is looked for at all, and the whole question is dear to plan."""
_DISRUPTED = is_disrupted(REACH.c.account)
_LOOKED_FOR = is_any(
    select(TICKET.c.id).where(TICKET.c.reach_case == REACH.c.id, TICKET.c.status.in_(UNSETTLED)).correlate(REACH)
)
_IS_REFUSED = is_any(
    select(OUTBOX.c.id)
    .where(OUTBOX.c.key == (PREFIX + cast(REACH_LETTER.c.id, String)), OUTBOX.c.state == Sent.REFUSED.value)
    .correlate(REACH_LETTER)
)
_MAY_ANSWER = is_any(
    select(REACH_LETTER.c.id)
    .where(REACH_LETTER.c.reach == REACH.c.id, REACH_LETTER.c.came != Came.LOST.value, not_(_IS_REFUSED))
    .correlate(REACH)
)
_TICKED = is_any(
    select(REACH_TASK.c.number).where(REACH_TASK.c.reach == REACH.c.id, REACH_TASK.c.news).correlate(REACH)
)
_ASKED, _PAUSED = (REACH.c.state == state.value for state in (State.ASKED, State.PAUSED))
_MOVES = select(REACH.c.id).where(
    SOUGHT,
    or_(
        not_(_LOOKED_FOR),
        and_(_ASKED, or_(REACH.c.due <= bindparam("now"), _DISRUPTED, not_(_MAY_ANSWER))),
        and_(_PAUSED, not_(_DISRUPTED)),
        _TICKED,
    ),
)


def is_quiet(connection: Connection) -> bool:
    """No account is to be looked up, none is looked for, and none has answered."""
    return connection.execute(_SOMETHING).first() is None


def seeking(connection: Connection) -> Sequence[int]:
    """Tickets whose account is to be looked up. What is settled waits until it is reopened."""
    return connection.execute(_SEEKS).scalars().all()


def in_work(connection: Connection, now: datetime) -> Sequence[int]:
    """Cases in which something may be to do."""
    moves = connection.execute(_MOVES, {"now": aware(now)}).scalars()
    return sorted({*moves, *connection.execute(_NEWS).scalars()})


def sought(connection: Connection, ticket: int) -> str:
    """What it seeks, by now; '' when somebody has looked it up."""
    return connection.execute(select(TICKET.c.seeks).where(TICKET.c.id == ticket)).scalar() or ""


def tells(connection: Connection, ticket: int) -> bool:
    """Its requester is answered when it is looked up."""
    return bool(connection.execute(select(TICKET.c.seeks_tells).where(TICKET.c.id == ticket)).scalar())
