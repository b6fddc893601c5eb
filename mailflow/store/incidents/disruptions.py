"""Disrupted regions, as rows: what is found by them is left alone while they last, and moved on once when they end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from mailflow.desk.actions import SetTimer, TimerKind
from mailflow.desk.incidents.disruption import STOPPED, Disruption, lifted
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Status
from mailflow.desk.timing.schedule import plain
from mailflow.errors import Refused
from mailflow.nearest import hint
from mailflow.store import apply
from mailflow.store.instants import aware
from mailflow.store.regions import LASTS
from mailflow.store.tables import ACCOUNT, DISRUPTION, TICKET, TIMER
from mailflow.store.tickets.tickets import load_all

BATCH = 200


def disrupt(connection: Connection, name: str, why: str, agent: str, now: datetime) -> int:
    """From `now` on, under each name that accounts have of it. How many accounts that are; Refused if there are none,
    or it is disrupted already."""
    named = _named(connection, name)
    if {each.region for each in active(connection)} & set(named):
        raise Refused(f"{name} is disrupted already")
    rows = [{"region": region, "since": aware(now), "why": why, "agent": agent} for region in named]
    connection.execute(insert(DISRUPTION), rows)
    return sum(named.values())


def active(connection: Connection) -> list[Disruption]:
    """The oldest first."""
    rows = connection.execute(select(DISRUPTION).where(LASTS).order_by(DISRUPTION.c.since, DISRUPTION.c.id))
    return [Disruption(region=row.region, since=row.since, why=row.why, agent=row.agent) for row in rows]


def lift(
    connection: Connection,
    name: str,
    policy: Policy,
    now: datetime,
) -> int:
    """It is over: the clocks of its tickets go on, all of them or none. How many tickets that are."""
    over = [each for each in active(connection) if plain(each.region) == plain(name)]
    if not over:
        raise Refused(f"{name} is not disrupted; {hint(name, [each.region for each in active(connection)])}")
    count = 0
    for disruption in over:
        numbers = _tickets(connection, disruption.region)
        ends = update(DISRUPTION).where(DISRUPTION.c.region == disruption.region, LASTS)
        connection.execute(ends.values(until=aware(now)))
        for start in range(0, len(numbers), BATCH):
            _go_on(connection, numbers[start : start + BATCH], disruption, policy, now)
        count += len(numbers)
    return count


def regions(connection: Connection) -> list[dict[str, Any]]:
    """Those that accounts have: how many, and since when and why it is disrupted."""
    lasting = {each.region: each for each in active(connection)}
    accounts = select(ACCOUNT.c.region, func.count()).where(ACCOUNT.c.region != "").group_by(ACCOUNT.c.region)
    counts: dict[str, int] = dict(connection.execute(accounts).all())
    return [
        {
            "region": region,
            "accounts": counts.get(region, 0),
            "disrupted": lasting[region].since.isoformat() if region in lasting else None,
            "why": lasting[region].why if region in lasting else "",
            "agent": lasting[region].agent if region in lasting else "",
        }
        for region in sorted(counts.keys() | lasting.keys())
    ]


def of_ticket(connection: Connection, number: int) -> Disruption | None:
    """The one that stops its clocks now."""
    region = connection.execute(
        select(ACCOUNT.c.region).join(TICKET, TICKET.c.account == ACCOUNT.c.id).where(TICKET.c.id == number)
    ).scalar()
    return next((each for each in active(connection) if each.region == region), None) if region else None


def _named(connection: Connection, name: str) -> dict[str, int]:
    """How many accounts each writing of the name has."""
    known = {row["region"]: row["accounts"] for row in regions(connection)}
    found = {region: count for region, count in known.items() if plain(region) == plain(name)}
    if not found:
        raise Refused(f"no account is in region '{name}'; {hint(name, known)}")
    return found


def _tickets(connection: Connection, region: str) -> Sequence[int]:
    where: list[ColumnElement[bool]] = [
        TICKET.c.account.in_(select(ACCOUNT.c.id).where(ACCOUNT.c.region == region)),
        TICKET.c.status != Status.CLOSED.value,
    ]
    return connection.execute(select(TICKET.c.id).where(*where).order_by(TICKET.c.id)).scalars().all()


def _go_on(
    connection: Connection, numbers: Sequence[int], disruption: Disruption, policy: Policy, now: datetime
) -> None:
    tickets = load_all(connection, numbers, lock=True)
    timers: dict[int, list[SetTimer]] = {}
    kinds = [kind.value for kind in STOPPED]
    for row in connection.execute(select(TIMER).where(TIMER.c.ticket.in_(numbers), TIMER.c.kind.in_(kinds))):
        timer = SetTimer(ticket=row.ticket, kind=TimerKind(row.kind), step=row.step, due=row.due)
        timers.setdefault(row.ticket, []).append(timer)
    actions = [lifted(tickets[each], timers.get(each, ()), disruption, policy.schedule, now) for each in numbers]
    apply.carry_out_all(connection, actions, policy, now)
