"""Pages, from the change that wanted somebody on call to whoever took it.

waiting ─► claimed ─► waiting again, until taken or given up. A claim is a lease and counts one more attempt; that count
is the fencing token, as in store.outbox: of several nodes one pages for a step, and one that crashed in between pages
again. Whoever writes to a page has locked its ticket before, so does who takes it: an agent and we never wait for each
other.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, insert, or_, select, update

from mailflow.desk.actions import PageOnCall
from mailflow.desk.context import Paged
from mailflow.desk.paging.oncall import OPEN, UNTAKEN, Page, PageState
from mailflow.desk.policy import Policy
from mailflow.errors import Refused
from mailflow.store.conditions import IN_WORK
from mailflow.store.instants import AT_ONCE, aware
from mailflow.store.numbers import LARGEST
from mailflow.store.tables import PAGE

HOUR = timedelta(hours=1)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of the wish to page somebody."""

    number: int
    withheld: str = ""  # why nobody is paged


@dataclass(frozen=True, slots=True)
class Taken:
    """A page that was taken; `after` is how long it took."""

    number: int
    on_call: str
    attempts: int
    after: timedelta


_ANY = select(PAGE.c.id).where(IN_WORK).limit(1)
"""Asked first, each second: mostly nobody is paged at all, and this is half of what the whole question costs."""
_DUE = (  # of all pages that there ever were the index has what is in work; in just these words, or it is not used
    select(PAGE)
    .where(
        IN_WORK,
        or_(
            and_(PAGE.c.state == PageState.WAITING.value, PAGE.c.due <= bindparam("now")),
            and_(PAGE.c.state == PageState.CLAIMED.value, PAGE.c.claimed_until < bindparam("now")),
        ),
        PAGE.c.id.not_in(bindparam("under_way", expanding=True)),
    )
    .order_by(PAGE.c.due, PAGE.c.id)
    .limit(bindparam("limit"))
)
_UNCLAIMED: dict[str, Any] = {"claimed_by": "", "claimed_until": None}
_INSERT = insert(PAGE).returning(PAGE.c.id)
_SAME = select(PAGE.c.id).where(
    PAGE.c.ticket == bindparam("ticket"),
    PAGE.c.on_call == bindparam("on_call"),
    or_(IN_WORK, and_(PAGE.c.state == PageState.WITHHELD.value, PAGE.c.created > bindparam("since"))),
)
_OF_LATE = (
    select(func.count())
    .select_from(PAGE)
    .where(PAGE.c.on_call == bindparam("on_call"), PAGE.c.created > bindparam("since"))
    .where(PAGE.c.state != PageState.WITHHELD.value)
)
_TAKE = (
    update(PAGE)
    .where(PAGE.c.ticket == bindparam("number"), PAGE.c.state.in_(sorted(UNTAKEN)))
    .values(state=PageState.TAKEN.value, taken_by=bindparam("by"), settled=bindparam("now"))
    .returning(PAGE.c.id, PAGE.c.on_call, PAGE.c.attempts, PAGE.c.created)
)
_OURS = and_(PAGE.c.id == bindparam("number"), PAGE.c.attempts == bindparam("attempt"))
_CLAIM = (
    update(PAGE)
    .where(PAGE.c.id == bindparam("number"))
    .values(
        state=PageState.CLAIMED.value,
        attempts=bindparam("attempt"),
        step=bindparam("at_step"),
        last_way=bindparam("way"),
        claimed_by=bindparam("node"),
        claimed_until=bindparam("until"),
    )
)
_RESULT = (  # also of one that somebody has taken meanwhile
    update(PAGE)
    .where(_OURS, PAGE.c.claimed_by != "")
    .values(
        state=case((PAGE.c.state == PageState.CLAIMED.value, PageState.WAITING.value), else_=PAGE.c.state),
        last_reply=bindparam("reply"),
        due=bindparam("again"),
        reached=func.coalesce(bindparam("at"), PAGE.c.reached),
        **_UNCLAIMED,
    )
)
_POSTPONE = (
    update(PAGE)
    .where(PAGE.c.id == bindparam("number"), IN_WORK)
    .values(state=PageState.WAITING.value, due=bindparam("again"), **_UNCLAIMED)
)
_GIVE_UP = (
    update(PAGE)
    .where(PAGE.c.id == bindparam("number"), IN_WORK)
    .values(state=PageState.GIVEN_UP.value, settled=bindparam("now"), **_UNCLAIMED)
)


def begin(connection: Connection, wish: PageOnCall, ticket: int, policy: Policy, now: datetime) -> Begun | None:
    """None if they are paged about the ticket already. More than `per_hour` is kept as withheld: a flood of mail must
    not wake anybody a hundred times."""
    since = aware(now) - HOUR
    if connection.execute(_SAME, {"ticket": ticket, "on_call": wish.on_call, "since": since}).first():
        return None
    on_call = policy.on_call.get(wish.on_call)
    of_late = connection.execute(_OF_LATE, {"on_call": wish.on_call, "since": since}).scalar_one()
    too_many = on_call is not None and of_late >= on_call.per_hour
    row = {
        "ticket": ticket, "on_call": wish.on_call, "cause": wish.cause, "created": now, "due": AT_ONCE,
        "state": (PageState.WITHHELD if too_many else PageState.WAITING).value, "step": 0, "attempts": 0,
        "last_way": "", "last_reply": "", "taken_by": "", **_UNCLAIMED,
    }  # fmt: skip
    number = connection.execute(_INSERT, row).scalar_one()
    return Begun(number, f"{of_late} pages within an hour (per_hour)" if too_many else "")


def take(connection: Connection, ticket: int, by: str, now: datetime) -> list[Taken]:
    """All pages about the ticket that nobody has taken."""
    rows = connection.execute(_TAKE, {"number": ticket, "by": by, "now": aware(now)}).all()
    return [Taken(row.id, row.on_call, row.attempts, now - row.created) for row in rows]


def due(connection: Connection, now: datetime, limit: int, under_way: Collection[int] = ()) -> list[Page]:
    """The longest overdue first; those too whose claim is over, but for what is `under_way` here."""
    if connection.execute(_ANY).first() is None:
        return []
    values = {"now": aware(now), "under_way": list(under_way), "limit": limit}
    return [_page(row) for row in connection.execute(_DUE, values)]


def claim(connection: Connection, page: Page, way: str, node: str, until: datetime) -> None:
    """For the attempt that `page` counts; its ticket is locked, and it is due."""
    values = {"number": page.number, "attempt": page.attempts, "at_step": page.step, "way": way}
    connection.execute(_CLAIM, {**values, "node": node, "until": aware(until)})


def record(connection: Connection, page: Page, reply: str, again: datetime, reached: datetime | None) -> None:
    """What came of an attempt. Refused when somebody else has begun another one since."""
    values = {"number": page.number, "attempt": page.attempts, "reply": reply, "again": aware(again), "at": reached}
    if connection.execute(_RESULT, values).rowcount != 1:
        raise Refused(f"page {page.number} was claimed again since")


def postpone(connection: Connection, page: Page, due: datetime) -> None:
    connection.execute(_POSTPONE, {"number": page.number, "again": aware(due)})


def give_up(connection: Connection, page: Page, now: datetime) -> None:
    connection.execute(_GIVE_UP, {"number": page.number, "now": aware(now)})


def recover(connection: Connection, node: str) -> None:
    """After a crash: what `node`, which has just started, was about to do is done again."""
    again = {"state": PageState.WAITING.value, "due": AT_ONCE, **_UNCLAIMED}
    connection.execute(
        update(PAGE).where(PAGE.c.state == PageState.CLAIMED.value, PAGE.c.claimed_by == node).values(again)
    )


def paged_in(connection: Connection, numbers: Collection[int]) -> dict[int, Paged]:
    """Those of these pages that there are."""
    if not numbers:
        return {}
    rows = connection.execute(select(PAGE).where(PAGE.c.id.in_([each for each in numbers if each <= LARGEST])))
    return {
        row.id: Paged(number=row.id, ticket=row.ticket, on_call=row.on_call, state=row.state, taken_by=row.taken_by)
        for row in rows
    }


# For people


def pages(
    connection: Connection, *, state: Sequence[str] | None = None, ticket: int | None = None, limit: int = 50
) -> list[Json]:
    """The newest first; those that nobody has taken if no state is asked for."""
    where: list[ColumnElement[bool]] = [PAGE.c.state.in_([PageState(each).value for each in state or sorted(UNTAKEN)])]
    if ticket is not None:
        where.append(PAGE.c.ticket == ticket)
    return [
        _shown(row) for row in connection.execute(select(PAGE).where(*where).order_by(PAGE.c.id.desc()).limit(limit))
    ]


def page(connection: Connection, number: int) -> Json | None:
    row = connection.execute(select(PAGE).where(PAGE.c.id == number)).one_or_none()
    return _shown(row) if row else None


def untaken(connection: Connection) -> dict[str, int]:
    """How many there are that need a person, by what became of them."""
    counted = select(PAGE.c.state, func.count()).where(PAGE.c.state.in_(sorted(UNTAKEN))).group_by(PAGE.c.state)
    counts: dict[str, int] = dict(connection.execute(counted).all())
    ended = {each.value: counts.get(each.value, 0) for each in (PageState.GIVEN_UP, PageState.WITHHELD)}
    return {"open": sum(counts.get(each.value, 0) for each in OPEN), **ended}


def _page(row: Any) -> Page:
    return Page(
        number=row.id,
        ticket=row.ticket,
        on_call=row.on_call,
        cause=row.cause,
        created=row.created,
        step=row.step,
        attempts=row.attempts,
    )


def _shown(row: Any) -> Json:
    return {
        "id": row.id,
        "ticket": row.ticket,
        "on_call": row.on_call,
        "cause": row.cause,
        "state": row.state,
        "created": row.created.isoformat(),
        "step": row.step,
        "attempts": row.attempts,
        "due": max(row.due, row.created).isoformat() if row.state == PageState.WAITING.value else None,
        "last_way": row.last_way,
        "last_reply": row.last_reply,
        "reached": row.reached and row.reached.isoformat(),
        "taken_by": row.taken_by or None,
        "taken_at": row.settled.isoformat() if row.settled and row.state == PageState.TAKEN.value else None,
        "settled": row.settled and row.settled.isoformat(),
    }
