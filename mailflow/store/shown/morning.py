"""What a department should know when its day begins (desk.digests.morning): counted, and a few of each kind.

Of what there was by the day's moment, as it is now: what was settled since is not told.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Select, bindparam, func, not_, select

from mailflow.desk.conversation.undeliverable import Undeliverable
from mailflow.desk.decision import Disposition
from mailflow.desk.digests.digest import Day, stale
from mailflow.desk.digests.morning import Doubtful, Morning, Promised, Untaken
from mailflow.desk.digests.pile import Pile
from mailflow.desk.paging.oncall import UNTAKEN
from mailflow.desk.policy import Policy
from mailflow.desk.timing.due import LIVE
from mailflow.store.entries import held
from mailflow.store.instants import AT_ONCE, aware
from mailflow.store.outbox import State
from mailflow.store.regions import is_disrupted
from mailflow.store.tables import OUTBOX, PAGE, TICKET, UNDELIVERABLE
from mailflow.store.tickets.tickets import load_all

SHOWN = 20
"""Of each kind, those that wait longest; but of mail (desk.digests.pile)."""
Item = TypeVar("Item")

_MOMENT: BindParameter[datetime] = bindparam("moment")
_TOTAL = func.count().over().label("total")  # of all, whatever the limit
# coalesce: hides the column from SQLite, which would rather read all that a department ever had
_OURS: ColumnElement[bool] = func.coalesce(TICKET.c.department, "") == bindparam("department")
_PROMISED = (
    select(TICKET.c.id, TICKET.c.due, _TOTAL)
    .where(TICKET.c.due > bindparam("since"), TICKET.c.due <= bindparam("until"))
    .where(_OURS, TICKET.c.created <= _MOMENT, not_(is_disrupted(TICKET.c.account)))
    .order_by(TICKET.c.due, TICKET.c.id)
)
_PAGES = (
    select(PAGE.c.id, PAGE.c.ticket, PAGE.c.on_call, PAGE.c.cause, PAGE.c.created, _TOTAL)
    .join_from(PAGE, TICKET, TICKET.c.id == PAGE.c.ticket)
    .where(_OURS, PAGE.c.state.in_(sorted(UNTAKEN)), PAGE.c.created <= _MOMENT)
    .order_by(PAGE.c.id)
)
_UNREACHABLE = (
    select(UNDELIVERABLE, _TOTAL)
    .join_from(UNDELIVERABLE, TICKET, TICKET.c.id == UNDELIVERABLE.c.ticket)
    .where(_OURS, TICKET.c.status.in_(sorted(LIVE)))
    .where(UNDELIVERABLE.c.since <= _MOMENT, UNDELIVERABLE.c.until > bindparam("now"))
    .order_by(UNDELIVERABLE.c.since, UNDELIVERABLE.c.address)
)
_DOUBTFUL = (
    select(OUTBOX.c.id, OUTBOX.c.ticket, OUTBOX.c.kind, OUTBOX.c.rcpt_to, OUTBOX.c.subject, OUTBOX.c.created, _TOTAL)
    .join_from(OUTBOX, TICKET, TICKET.c.id == OUTBOX.c.ticket)
    .where(_OURS, OUTBOX.c.state == State.UNKNOWN.value, OUTBOX.c.created <= _MOMENT)
    .order_by(OUTBOX.c.id)
)


def morning(connection: Connection, day: Day, policy: Policy, now: datetime) -> Morning:
    """Of the department of `day`."""
    department = day.department.name
    asked = {"department": department, "moment": aware(day.moment), "now": aware(now)}
    return Morning(
        overdue=_promised(connection, {**asked, "since": AT_ONCE, "until": asked["now"]}),
        today=_promised(connection, {**asked, "since": asked["now"], "until": aware(day.ends)}),
        held=held.pile(connection, department, day.moment, policy),
        failed=held.pile(connection, department, day.moment, policy, Disposition.FAILED),
        pages=_some(connection, _PAGES, asked, _page),
        unreachable=_some(connection, _UNREACHABLE, asked, _address),
        doubtful=_some(connection, _DOUBTFUL, asked, _mail),
        stale=stale(day, policy),
    )


def _promised(connection: Connection, asked: Mapping[str, Any]) -> Pile[Promised]:
    found = _some(connection, _PROMISED, asked, lambda row: (row.id, row.due))
    tickets = load_all(connection, [number for number, _ in found.shown])
    return Pile(found.count, [Promised(tickets[number], at) for number, at in found.shown])


def _some(
    connection: Connection, found: Select[Any], asked: Mapping[str, Any], made: Callable[[Row[Any]], Item]
) -> Pile[Item]:
    rows = connection.execute(found.limit(SHOWN), asked).all()
    return Pile(rows[0].total if rows else 0, [made(row) for row in rows])


def _page(row: Row[Any]) -> Untaken:
    return Untaken(number=row.id, ticket=row.ticket, on_call=row.on_call, cause=row.cause, created=row.created)


def _address(row: Row[Any]) -> Undeliverable:
    return Undeliverable(
        address=row.address, since=row.since, until=row.until, status=row.status, diagnostic=row.diagnostic,
        ticket=row.ticket,
    )  # fmt: skip


def _mail(row: Row[Any]) -> Doubtful:
    return Doubtful(
        number=row.id, ticket=row.ticket, kind=row.kind, rcpt_to=row.rcpt_to, subject=row.subject, created=row.created
    )
